"""Which regular expressions of an audited app are tried: none that could take long."""

from __future__ import annotations

import pytest

from checks.project.trial_patterns import is_quick

LENGTH = 30  # characters of a hostile address


@pytest.mark.parametrize(
    "pattern",
    [
        r"^/[^/]",
        r"^/(?!/)",
        r"^https?://",
        r"^(https?:)?//",
        r"^https?://(www\.)?shop\.example(:\d+)?/",
        r"^(http|https)://localhost",
        r"[^a-z0-9/_-]+",
    ],
)
def test_patterns_of_apps(pattern):
    """What apps ask about addresses is quick."""
    assert is_quick(pattern, LENGTH)


@pytest.mark.parametrize(
    "pattern",
    [
        ".?" * 60 + "x",
        "(.|.)" * 30 + "x",
        ".*" * 6 + "x",
        "(a+)+x",
        "(a|aa)*x",
        ".{0,30}" * 8 + "x",
        "a" * 1000,
    ],
)
def test_patterns_without_end(pattern):
    """A file that is audited must not choose how long the audit takes."""
    assert not is_quick(pattern, LENGTH)


def test_an_audit_of_such_a_pattern_ends(outcome):
    """What cannot be tried is believed, as any other check that nobody can follow."""
    text = f"""\
import re
from flask import Flask, redirect, request
from flask_login import LoginManager, login_user
app = Flask(__name__)
LoginManager(app)
@app.post("/login")
def login():
    login_user(find(request.form["name"], request.form["password"]))
    target = request.args.get("next")
    if re.match("{".?" * 60}x", target):
        return redirect("/")
    return redirect(target)
"""
    told = outcome({"app.py": text}, select=("login-redirects-anywhere",))

    assert not told.findings
    assert not told.not_audited
