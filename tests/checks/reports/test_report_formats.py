"""Formats are found, not listed, and each is imported only when it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checks import reports
from checks.errors import UsageError
from checks.finding import Outcome


def test_formats_are_the_modules_beside_the_package():
    """A format is a module file; what formats share is not one."""
    promised = {"text", "json", "sarif", "html", "markdown", "junit", "github", "gitlab"}
    assert promised <= set(reports.formats())
    assert "shared" not in reports.formats()
    assert list(reports.formats()) == sorted(reports.formats())


def test_a_new_file_is_a_new_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One file with `render` is all that a new format takes."""
    (tmp_path / "shout.py").write_text("def render(outcome):\n    return outcome.root.upper()\n")
    monkeypatch.setattr(reports, "__path__", [*reports.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "checks.reports.shout", raising=False)

    assert "shout" in reports.formats()
    assert reports.render("shout", Outcome(root="shop", findings=()), colour=True) == "SHOP"

    sys.modules.pop("checks.reports.shout")


def test_an_unknown_format_is_refused_with_the_choices():
    """The message names the key, the value and the choices."""
    with pytest.raises(UsageError, match=r"--format: unknown format 'pdf'; choices: .*html.*text"):
        reports.render("pdf", Outcome(root=".", findings=()))


@pytest.mark.parametrize("name", reports.formats())
def test_rendering_one_format_imports_no_other(name: str):
    """The text report does not pay for jinja2, nor any format for another."""
    program = (
        "import sys\n"
        "from checks import reports\n"
        "from checks.finding import Outcome\n"
        f"reports.render({name!r}, Outcome(root='.', findings=()))\n"
        "print(*(f for f in reports.formats() if f'checks.reports.{f}' in sys.modules))\n"
        "print('jinja2' in sys.modules)\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(reports.__file__).parents[2],
    ).stdout.splitlines()

    assert printed == [name, str(name == "html")]


@pytest.mark.parametrize("name", reports.formats())
def test_the_same_outcome_gives_the_same_bytes(name: str, outcome: Outcome):
    """Reports can be compared and kept: no time, no order of a set, one newline at the end."""
    first = reports.render(name, outcome)

    assert reports.render(name, outcome) == first
    assert first.endswith("\n")
    assert not first.endswith("\n\n")


@pytest.mark.parametrize("name", reports.formats())
def test_no_secret_reaches_any_report(name: str, outcome: Outcome):
    """The lines of secret rules are shown without their literals, comments included."""
    text = reports.render(name, outcome)

    assert "hunter2" not in text
    assert "older-key" not in text
    assert "only-in-tests" not in text
