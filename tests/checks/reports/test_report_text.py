"""The report in a terminal and in a CI log."""

from __future__ import annotations

import io

import pytest

from checks.finding import Finding, NotAudited, Outcome
from checks.reports.shared.colours import wanted
from checks.reports.text import render

EXPECTED = """\
No single place · 1 finding
(project): medium https-not-enforced Nothing makes HTTPS mandatory. (confidence medium)
    why   Whoever shares the network reads passwords.
    fix   Call harden(app).

web app/app.py · 2 findings
web app/app.py:3:28: high secret-key-guessable The secret key is shorter than 32 bytes.
     3 | app.config["SECRET_KEY"] = "…"  #…
       |                            ^^^
    why   Whoever knows the key signs a session of any user.
    fix   Read a random key of 32 bytes from the environment.
    see   web app/wsgi.py:2: The app is served from here.

web app/app.py:8:19: low login-redirects-anywhere The login goes to any address in next. \
(strict, seen live, bandit)
     8 |         return redirect(request.args["next"])
       |                         ^^^^^^^^^^^^^^^^^^^^
    why   A link to this site ends on another.
    fix   Check the host of the destination.

In tests; these never fail an audit
tests/settings.py · 1 finding
tests/settings.py:1:14: high secret-key-guessable The secret key is shorter than 32 bytes.
     1 | SECRET_KEY = "…"
       |              ^^^
    why   Whoever knows the key signs a session of any user.
    fix   Read a random key of 32 bytes from the environment.

Suppressed
  web app/run.py:4: debug-enabled: only on a laptop

Not audited
  web app/broken.py: It is not Python: line 3.

Protections
  absent     https          No Talisman, harden or redirect anywhere.
  undecided  login-limit    A limiter is built in a function.
  present    password-hash  web app/models.py:12

Notes
  The rules for templates were not asked for.

3 findings in shop: 1 high, 1 medium, 1 low; in tests: 1 high; 1 suppressed; \
1 not audited; 7 files read.
"""


def test_everything_an_outcome_has_is_shown(outcome: Outcome):
    """Findings by file with place, source, reason and fix; then what else a reader must know."""
    assert render(outcome) == EXPECTED


def test_an_empty_outcome_is_one_line():
    """A clean project costs a CI log one line."""
    assert render(Outcome(root=".", findings=(), files=1)) == "No findings; 1 file read.\n"


def test_colours_are_only_styles(outcome: Outcome):
    """Without its escape sequences the coloured report is the plain one."""
    coloured = render(outcome, colour=True)

    assert "\x1b[1;31mhigh\x1b[0m" in coloured
    plain = coloured
    for code in ("0", "1", "2", "1;31", "31", "32", "33", "36"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == EXPECTED


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    stream: io.StringIO, environ: dict[str, str], expected: bool
):
    """A file, NO_COLOR and a dumb terminal get none; an empty NO_COLOR means nothing."""
    assert wanted(stream, environ) is expected


def test_a_terminal_gets_no_control_characters(outcome: Outcome):
    """Contents of files, names of files and reasons cannot act on the terminal."""
    hostile = "\x1b]0;owned\x07\r\u202e"
    finding = Finding(
        rule="debug-enabled",
        severity="high",
        confidence="high",
        audience="default",
        message=hostile,
        why=hostile,
        fix=hostile,
        cwe=489,
        asvs=(),
        path=hostile,
        line=1,
        column=1,
    )
    printed = render(
        Outcome(
            root=".",
            findings=(finding,),
            not_audited=(NotAudited(hostile, hostile),),
            notes=(hostile,),
            sources={hostile: "x = 1  # \x1b[2J\u2066"},
        )
    )

    assert not {"\x1b", "\x07", "\r", "\u202e", "\u2066"} & set(printed)
    assert r"\x1b]0;owned\x07\r\u202e" in printed
    assert r"x = 1  # \x1b[2J\u2066" in printed
