"""How a run treats rules: which are asked, and what becomes of one that fails."""

from __future__ import annotations

from checks.options import Options
from checks.rules import discover
from checks.run import audit, exit_code

BAD = "from flask import Flask\napp = Flask(__name__)\napp.secret_key = 'dev'\n"


def fail(project):
    """Be a rule with a bug."""
    raise KeyError(project)


def test_failing_rule_is_a_gap(write):
    """A rule that raises is listed as not audited; the others still report."""
    known = next(rule for rule in discover() if rule.id == "secret-key-hardcoded")
    broken = known._replace(id="broken", check=fail)

    outcome = audit([str(write({"app.py": BAD}))], Options(), rules=[broken, known])

    assert [finding.rule for finding in outcome.findings] == ["secret-key-hardcoded"]
    assert [gap.reason for gap in outcome.not_audited] == [
        "rule broken failed with KeyError: a bug, please report it"
    ]
    assert exit_code(outcome, "never") == 3


def test_select_and_ignore(write):
    """Only selected rules run, and ignored ones do not."""
    root = str(write({"app.py": BAD}))
    chosen = audit([root], Options(select=("secret-key-hardcoded", "secret-key-guessable")))
    fewer = audit([root], Options(ignore=("secret-key-hardcoded",)))

    assert {f.rule for f in chosen.findings} == {"secret-key-hardcoded", "secret-key-guessable"}
    assert "secret-key-hardcoded" not in {f.rule for f in fewer.findings}


def test_strict_rules_are_asked_in_strict_audits(write):
    """Nothing of a rule for careful shops is shown otherwise, so it costs nothing either."""
    known = next(rule for rule in discover() if rule.id == "secret-key-hardcoded")
    strict = known._replace(meta=known.meta._replace(audience="strict"), check=fail)
    root = str(write({"app.py": BAD}))

    assert audit([root], Options(), rules=[strict]).not_audited == ()
    assert audit([root], Options(strict=True), rules=[strict]).not_audited != ()


def test_posture_has_its_rows(write):
    """Every run says which protections there are, sorted, with where or what was looked for."""
    outcome = audit([str(write({"app.py": BAD}))], Options())

    rows = {row.name: row for row in outcome.posture}
    assert list(rows) == sorted(rows)
    assert set(rows) == {
        "csrf", "hardening", "https", "login-limit", "password-hash", "remember-cookie",
        "secret-key", "session-cookie",
    }  # fmt: skip
    assert rows["secret-key"].state == "absent"
    assert "app.py:3" in rows["secret-key"].evidence
