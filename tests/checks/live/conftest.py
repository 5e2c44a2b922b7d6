"""Apps that are really loaded, by the command."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from checks.cli import main

Report = dict[str, Any]


@pytest.fixture
def loaded(write: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    """Return a function that audits files with ``--app`` and returns exit code, report, notices."""

    def loaded(
        files: Mapping[str, str], *arguments: str, app: str = "app"
    ) -> tuple[int, Report, str]:
        monkeypatch.chdir(write(files))
        code = main(["audit", "--format", "json", "--app", app, *arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out), err

    return loaded
