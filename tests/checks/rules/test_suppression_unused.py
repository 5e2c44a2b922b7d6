"""Suppressions that hide nothing."""

from __future__ import annotations

import json

import pytest

from checks.options import Options
from checks.run import audit as run
from checks.suppress import Configured

RULE = "suppression-unused"
KEY = "app.secret_key = 'dev'"
HEAD = "from flask import Flask\napp = Flask(__name__)\n"


def found(outcome, files, **options):
    """Return the rule's findings as places with the beginnings of their messages."""
    files = {"app.py": HEAD + files} if isinstance(files, str) else files
    result = outcome(files, **{"select": (RULE,), **options})
    about = [f for f in result.findings if f.rule == RULE and f.suppressed is None]
    assert options or len(about) == len([f for f in result.findings if f.suppressed is None])
    return [(f.path, f.line, f.message) for f in about]


def test_underlined(audit):
    """The comment is underlined; its message names the ids that do nothing."""
    audit(
        RULE,
        """
        x = 1  # hardening: ignore[debug-enabled] it was here once
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ The suppression of debug-enabled
        """,
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"{KEY}  # hardening: ignore[debug-enabled] other rule\n", "debug-enabled"),
        (f"# hardening: ignore[secret-key-hardcoded] too far\n\n{KEY}\n", "secret-key-hardcoded"),
        (f"{KEY}\n# hardening: ignore[secret-key-hardcoded] below\n", "secret-key-hardcoded"),
        (f"x = 1  # hardening: ignore[secret-key-hardcoded] other line\n{KEY}\n", "secret-key-h"),
        (
            f"{KEY}  # hardening: ignore[secret-key-hardcoded, debug-enabled] half\n",
            "debug-enabled",
        ),
        ("x = 1  # hardening: ignore[login-forced] gone\n", "login-forced"),
    ],
)
def test_hides_nothing(outcome, text, names):
    """What is on another line, of another rule or mended is not hidden."""
    ((path, _, message),) = found(outcome, text)

    assert path == "app.py"
    assert message.startswith(f"The suppression of {names}")


def test_unknown_rule(outcome):
    """An id that no rule has is told apart: it may be misspelt."""
    ((_, line, message),) = found(
        outcome, f"{KEY}  # hardening: ignore[secret-key-hardcode] demo\n"
    )

    assert line == 3
    assert message == "There is no rule secret-key-hardcode for this to suppress."


@pytest.mark.parametrize(
    "text",
    [
        f"{KEY}  # hardening: ignore[secret-key-hardcoded, secret-key-guessable] demo\n",
        f"# hardening: ignore[secret-key-hardcoded, secret-key-guessable] demo\n{KEY}\n",
        "app.secret_key = (\n    'dev'  # hardening: ignore[secret-key-hardcoded] demo\n)\n",
        f"{KEY}  # hardening: ignore[secret-key-hardcoded]\n",
        'x = "# hardening: ignore[debug-enabled] in a text"\n',
        "x = 1  # hardening: ignore[B105] bandit did not run\n",
        "x = 1  # hardening: ignore[suppression-unused] for the next release\n",
    ],
)
def test_near_misses(outcome, text):
    """One that hides something, has no reason, is no comment, or was not judged."""
    assert found(outcome, text) == []


def test_rules_that_were_not_asked_for_are_asked(outcome):
    """A suppression that another run needs is not unused in this one."""
    text = f"{KEY}  # hardening: ignore[secret-key-hardcoded, secret-key-guessable] demo\n"

    assert found(outcome, text, select=(RULE, "debug-enabled")) == []
    assert found(outcome, text, select=(), ignore=("secret-key-hardcoded",)) == []


def test_strict_rules_count(outcome):
    """What hides a finding for careful shops is used in other runs too."""
    page = '<script src="https://cdn.example.com/a.js"></script>\n'
    note = "{# hardening: ignore[script-without-integrity] our own CDN #}\n"
    text = "from flask import Flask, render_template\napp = Flask(__name__)\n\n"
    text += "@app.route('/')\ndef index():\n    return render_template('a.html')\n"
    files = {"app.py": text, "templates/a.html": note + page}
    strict = outcome(files, select=("script-without-integrity",), strict=True).findings

    assert [finding.suppressed for finding in strict] == ["our own CDN"]
    assert found(outcome, files) == []


def test_configured(write, tmp_path):
    """An entry of the configuration for a file without the finding is named; it has no place."""
    root = write({"app.py": HEAD, "settings.json": json.dumps({"SECRET_KEY": "x"})})
    entry = Configured("testing-enabled", "settings.json", "demo")
    away = Configured("secret-key-hardcoded", "other/settings.json", "not in this run")
    options = Options(select=(RULE,), suppress=(entry, away))
    (finding,) = run([str(root)], options).findings

    assert finding.path is None
    assert finding.message == ("The suppression of testing-enabled hides nothing in settings.json.")


def test_suppressed_itself(outcome):
    """The rule is suppressed like any other."""
    text = (
        "# hardening: ignore[suppression-unused] kept for the next release\n"
        "x = 1  # hardening: ignore[debug-enabled] soon\n"
    )

    assert found(outcome, text) == []


def test_failed_rule_says_nothing(write):
    """A rule that gave up may have found what the comment hides."""
    from checks.rule import Meta, Rule
    from checks.rules import discover

    def check(project):
        raise RecursionError

    meta = Meta(severity="low", confidence="low", cwe=1, asvs=(), summary="s", why="W.", fix="F.")
    late = tuple(rule for rule in discover() if rule.id == RULE)
    root = write({"app.py": HEAD + "x = 1  # hardening: ignore[deep-rule] why\n"})

    result = run([str(root)], Options(), rules=(Rule("deep-rule", meta, "page", check), *late))
    assert result.findings == ()


APPS = """from flask import Flask
app = Flask(__name__)
def ask():
    # hardening: ignore[session-cookie-insecure] only asked for its headers
    other = Flask("other")
    return other
"""


def test_an_app_that_findings_do_not_point_at(outcome):
    """Findings about apps stand at the first: at a second one a suppression is for a part of it."""
    assert outcome({"app.py": APPS}, select=("suppression-unused",)).findings == ()


def test_beside_an_app_it_is_unused(outcome):
    """A line further away it is about something else."""
    text = APPS.replace("    other = ", "    print()\n    other = ")

    (finding,) = outcome({"app.py": text}, select=("suppression-unused",)).findings
    assert finding.line == 4
