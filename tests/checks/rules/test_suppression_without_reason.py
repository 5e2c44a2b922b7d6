"""Suppressions that do not say why."""

from __future__ import annotations

import pytest

RULE = "suppression-without-reason"


def test_python(audit):
    """The comment is underlined, on the line itself and above it."""
    audit(
        RULE,
        """
        app.secret_key = "x"  # hardening: ignore[secret-key-hardcoded]
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ This suppression
        # hardening: ignore[debug-enabled, login-forced]
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ This suppression of debug-enabled,
        # hardening: ignore[] because
        # hardening: ignore[]
        ^^^^^^^^^^^^^^^^^^^^^ This suppression of no rule
        """,
    )


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("templates/a.html", "{# hardening: ignore[autoescape-off] #}"),
        ("templates/a.html", "<!-- hardening: ignore[autoescape-off] -->"),
        (".env", "# hardening: ignore[secret-in-deployment]"),
        ("Dockerfile", "# hardening: ignore[debug-enabled] :-, "),
        ("compose.yaml", "environment:  # hardening: ignore[debug-enabled]"),
        ("nginx.conf", "# hardening: ignore[https-downgraded]"),
        ("settings.toml", "DEBUG = 1  # hardening: ignore[debug-enabled]"),
    ],
)
def test_other_files(outcome, name, line):
    """Every syntax that we read is looked at, and the end of a comment is no reason."""
    files = {name: f"{line}\nFLASK_ENV\n", "app.py": "import flask\n"}
    found = outcome(files, select=(RULE,)).findings

    assert [(f.path, f.line) for f in found] == [(name, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # hardening: ignore[debug-enabled] only on a laptop\n",
        "x = 1  # hardening: ignore[debug-enabled]: only on a laptop\n",
        'x = "# hardening: ignore[debug-enabled]"\n',
        '"""Write::\n\n    x = 1  # hardening: ignore[debug-enabled]\n"""\n',
        "x = 1  # hardening: ignore all of it\n",
        "x = 1  # this hardening is ignored\n",
    ],
)
def test_near_misses(audit, text):
    """A reason in any spelling, and text that is no comment."""
    audit(RULE, text)


def test_a_suppression_of_this_rule_needs_a_reason_too(audit):
    """The rule is suppressed like any other."""
    audit(
        RULE,
        """
        # hardening: ignore[suppression-without-reason] the generator leaves it out
        x = 1  # hardening: ignore[debug-enabled]
        """,
    )
