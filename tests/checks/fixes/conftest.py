"""Fixtures for tests of mending."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from checks.cli import main


class Mending:
    """Writes files, mends them by a rule, and returns what they are then; keeps line ends."""

    def __init__(self, root: Path, monkeypatch, capsys) -> None:
        self._root, self._monkeypatch, self._capsys = root, monkeypatch, capsys
        self.code = 0
        """How the last run ended."""
        self.said = ""
        """What it said on standard error."""

    def __call__(
        self, rule: str, files: str | Mapping[str, str], *arguments: str
    ) -> dict[str, str]:
        named = {"app.py": files} if isinstance(files, str) else files
        for name, text in named.items():
            target = self._root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        self._monkeypatch.chdir(self._root)
        select = ["--select", rule] if rule else []
        self.code = main(["audit", "--fix", "--no-cache", *select, *arguments])
        self.said = self._capsys.readouterr().err
        root = self._root
        now = [Path(folder) / name for folder, _, names in os.walk(root) for name in names]
        return {file.relative_to(root).as_posix(): file.read_bytes().decode() for file in now}


@pytest.fixture
def mended(tmp_path: Path, monkeypatch, capsys) -> Mending:
    """Return what is called with ``(rule, files, *arguments)``."""
    return Mending(tmp_path / "mended", monkeypatch, capsys)


@pytest.fixture
def holds(mended) -> Callable[..., None]:
    """Return a function that checks what one file becomes, and that a second run changes nothing.

    ``holds(rule, before, after)``; the finding must be gone. With ``after=None`` the file must be
    left as it is, and the finding must be there.
    """

    def holds(
        rule: str,
        before: str,
        after: str | None,
        *arguments: str,
        path: str = "app.py",
        others: Mapping[str, str] = {},  # never changed
    ) -> None:
        files = {**others, path: before}
        once = mended(rule, files, *arguments)
        if after is None:
            assert once[path] == before
            assert f"left {path}:" in mended.said, mended.said
            return
        assert once[path] == after, mended.said
        assert f"mended {path}:" in mended.said
        twice = mended(rule, once, *arguments)
        assert twice == once
        assert "mended nothing" in mended.said
        assert f": {rule}:" not in mended.said

    return holds
