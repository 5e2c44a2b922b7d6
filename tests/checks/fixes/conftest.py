"""Fixtures for tests of mending."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from checks.cli import main


@pytest.fixture
def mended(tmp_path: Path, monkeypatch, capsys) -> Callable[..., dict[str, str]]:
    """Return a function that writes files, mends them by a rule, and returns what they are then.

    ``mended(rule, files, *arguments)``; what was said is `mended.said`. Line ends are kept.
    """

    def mended(rule: str, files: str | Mapping[str, str], *arguments: str) -> dict[str, str]:
        named = {"app.py": files} if isinstance(files, str) else files
        root = tmp_path / "mended"
        for name, text in named.items():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        monkeypatch.chdir(root)
        select = ["--select", rule] if rule else []
        mended.code = main(["audit", "--fix", "--no-cache", *select, *arguments])  # type: ignore[attr-defined]  # kept for the test
        mended.said = capsys.readouterr().err  # type: ignore[attr-defined]  # the same
        found = {}
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder) / name
                found[path.relative_to(root).as_posix()] = path.read_bytes().decode()
        return found

    return mended


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
