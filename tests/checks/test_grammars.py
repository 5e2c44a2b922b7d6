"""``--python X.Y``: sources are parsed as the Python that the project runs on would."""

from __future__ import annotations

import sys

import pytest

from checks.cli import main
from checks.errors import UsageError
from checks.grammars import checked, versions

RUNNING = f"3.{sys.version_info[1]}"
TOO_NEW = f"3.{sys.version_info[1] + 1}"
MATCH = "import flask\n\nmatch flask.mode:\n    case 1:\n        app.run(debug=True)\n"


def test_choices_end_with_the_running_version():
    """Every version from 3.7 to the running one may be chosen."""
    assert ("3.7", RUNNING) == (versions()[0], versions()[-1])
    assert "3.9" == checked("3.9", key="--python")


@pytest.mark.parametrize("text", ["3", "3.6", "2.7", "4.0", "3.x", "", "3.9.1", "py39", "3.09"])
def test_other_versions_are_refused(text):
    """What is no version that this Python parses is refused with the choices."""
    with pytest.raises(UsageError, match=rf"--python: {text!r}.*choices: 3\.7, .*{RUNNING}$"):
        checked(text, key="--python")


def test_newer_version_says_so():
    """A version beyond the running one is refused for that reason."""
    with pytest.raises(UsageError, match="newer than the Python that runs the audit"):
        checked(TOO_NEW, key="--python")


def test_file_for_a_newer_python_is_a_gap(outcome):
    """A statement that the chosen Python lacks is told, and the file is audited nevertheless."""
    found = outcome({"app.py": MATCH}, python="3.9", select=("debug-enabled",))

    assert ["app.py"] == [gap.path for gap in found.not_audited]
    assert "it is no Python 3.9" in found.not_audited[0].reason
    assert ["debug-enabled"] == [finding.rule for finding in found.findings]


@pytest.mark.parametrize("python", ["3.10", None])
def test_file_for_that_python_is_none(outcome, python):
    """What the chosen Python, or the running one, takes is no gap."""
    found = outcome({"app.py": MATCH}, python=python, select=("debug-enabled",))

    assert () == found.not_audited
    assert ["debug-enabled"] == [finding.rule for finding in found.findings]


def test_command_keeps_outcomes_apart(write, monkeypatch, capsys):
    """An outcome that was kept for one version is not another version's."""
    monkeypatch.chdir(write({"app.py": MATCH.replace("app.run(debug=True)", "DEBUG = 1")}))

    assert [0, 3, 0, 2] == [
        main(["audit", "--select", "debug-enabled", *version])
        for version in ([], ["--python", "3.8"], ["--python", "3.10"], ["--python", TOO_NEW])
    ]
    assert f"--python: '{TOO_NEW}'" in capsys.readouterr().err
