"""Annotations in GitHub Actions."""

from __future__ import annotations

from checks.finding import Finding, NotAudited, Outcome
from checks.reports.github import render

EXPECTED = """\
::warning title=flask-hardening%3A https-not-enforced::Nothing makes HTTPS mandatory. Whoever \
shares the network reads passwords. Call harden(app).
::error file=shop/web app/app.py,title=flask-hardening%3A secret-key-guessable,line=3,endLine=3,\
col=28,endColumn=48::The secret key is shorter than 32 bytes. Whoever knows the key signs a \
session of any user. Read a random key of 32 bytes from the environment.
::notice file=shop/web app/app.py,title=flask-hardening%3A login-redirects-anywhere,line=8,\
endLine=8,col=19,endColumn=39::The login goes to any address in next. A link to this site ends on \
another. Check the host of the destination.
::notice file=shop/tests/settings.py,title=flask-hardening%3A secret-key-guessable,line=1,\
endLine=1,col=14,endColumn=29::The secret key is shorter than 32 bytes. Whoever knows the key \
signs a session of any user. Read a random key of 32 bytes from the environment.
::warning file=shop/web app/broken.py,title=flask-hardening%3A not audited::It is not Python: \
line 3.
flask-hardening: 3 findings in shop: 1 high, 1 medium, 1 low; in tests: 1 high; 1 suppressed; \
1 not audited; 7 files read.
"""


def finding(**fields: object) -> Finding:
    given = {
        "rule": "debug-enabled",
        "severity": "high",
        "confidence": "high",
        "audience": "default",
        "message": "M.",
        "why": "W.",
        "fix": "F.",
        "cwe": 489,
        "asvs": (),
        "path": "app.py",
        "line": 2,
        **fields,
    }
    return Finding(**given)  # type: ignore[arg-type]  # per test


def test_everything(outcome: Outcome):
    """One command a finding, paths from the repository's top, suppressed ones left out."""
    assert render(outcome) == EXPECTED


def test_text_of_the_project_is_no_command():
    """Line ends and what separates properties are escaped, so that nobody adds a command."""
    hostile = finding(message="50%\r\n::set-output name=x::y", path="a,b:c\n.py")
    lines = render(Outcome(root=".", findings=(hostile,))).splitlines()

    assert len(lines) == 2
    assert lines[0].startswith("::error file=a%2Cb%3Ac%0A.py,title=")
    assert "::50%25%0D%0A::set-output name=x::y W. F." in lines[0]


def test_columns_only_on_one_line():
    """A span over several lines has no columns, which GitHub would refuse."""
    spread = finding(column=3, end_line=4, end_column=9)
    line = render(Outcome(root=".", findings=(spread,))).splitlines()[0]

    assert ",line=2,endLine=4::" in line


def test_path_outside_the_root():
    """A gap above the audited folder is named from the current one."""
    gaps = (NotAudited("../x.py", "it cannot be read"),)

    assert "file=x.py," in render(Outcome(root="sub", findings=(), not_audited=gaps))
