"""``--python X.Y``: sources are parsed as the Python that the project runs on would."""

from __future__ import annotations

import sys

import pytest

from checks.cli import main
from checks.errors import UsageError
from checks.grammars import checked, versions

TOO_NEW = f"3.{max(14, sys.version_info[1]) + 1}"
MATCH = "import flask\n\nmatch flask.mode:\n    case 1:\n        app.run(debug=True)\n"


def test_choices():
    """Every version may be chosen from 3.7 to the newest that the audit has words for."""
    assert {"3.7", "3.14", f"3.{sys.version_info[1]}"} <= {*versions()}
    assert "3.9" == checked("3.9", key="--python")


@pytest.mark.parametrize(
    "text", ["3", "3.6", "2.7", "4.0", "3.x", "", "3.9.1", "py39", "3.09", TOO_NEW]
)
def test_other_versions_are_refused(text):
    """What is no version that the audit reads is refused with the choices."""
    with pytest.raises(UsageError, match=rf"--python: {text!r}; choices: 3\.7, .*3\.14"):
        checked(text, key="--python")


def test_file_for_a_newer_python_is_a_gap(outcome):
    """A statement that the chosen Python lacks is told, and the file is audited nevertheless."""
    found = outcome({"app.py": MATCH}, python="3.9", select=("debug-enabled",))

    assert ["app.py"] == [gap.path for gap in found.not_audited]
    assert "it is no Python 3.9" in found.not_audited[0].reason
    assert ["debug-enabled"] == [finding.rule for finding in found.findings]


def test_all_of_a_large_file_is_held_against_it(outcome):
    """What no rule would ask for is looked at too."""
    rest = "".join(f"def plain_{n}(x):\n    return x + {n}\n\n\n" for n in range(200))
    late = "def late(x):\n    match x:\n        case 1:\n            return 2\n"
    found = outcome({"app.py": f'KEY = "SECRET_KEY"\n\n\n{rest}{late}'}, python="3.9")

    assert ["app.py"] == [gap.path for gap in found.not_audited]


@pytest.mark.parametrize("python", ["3.10", "3.14", None])
def test_file_for_that_python_is_none(outcome, python):
    """What the chosen Python, or the running one, takes is no gap."""
    found = outcome({"app.py": MATCH}, python=python, select=("debug-enabled",))

    assert () == found.not_audited
    assert ["debug-enabled"] == [finding.rule for finding in found.findings]


@pytest.mark.parametrize("python", ["3.12", "3.14"])
def test_newer_words_for_a_newer_python(outcome, python):
    """A project may run on a newer Python than the audit; what it writes there is read."""
    code = "import flask\n\ntype Name = str\n\n\ndef first[T](x: T) -> T:\n    return x\n"
    found = outcome(
        {"app.py": f"{code}\n\napp.run(debug=True)\n"}, python=python, select=("debug-enabled",)
    )

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
