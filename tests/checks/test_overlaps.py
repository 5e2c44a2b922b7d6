"""Where two rules see the same fault, one of them speaks."""

from __future__ import annotations

import pytest

CODE = """from flask import Flask, redirect, render_template, request, session
app = Flask(__name__)
@app.post("/login")
def login():
    session["password"] = request.form["password"]
    return redirect("/")
@app.get("/form")
def form():
    return render_template("form.html")
"""
PAGE = '<form method=post action="http://{{ request.host }}/login"><input type=password></form>\n'
FILES = {"app.py": CODE, "templates/form.html": PAGE}


@pytest.mark.parametrize(
    ("silent", "speaks"),
    [
        ("password-exposed", "session-holds-secret"),
        ("https-downgraded", "form-action-http"),
    ],
)
def test_one_of_two(outcome, silent, speaks):
    """Together only one reports the place; alone each does."""
    together = {f.rule for f in outcome(FILES, select=(silent, speaks)).findings}
    alone = {f.rule for f in outcome(FILES, select=(silent,)).findings}

    assert together == {speaks}
    assert alone == {silent}


def test_other_places_stay(outcome):
    """A password that is shown elsewhere is still reported."""
    files = {
        **FILES,
        "more.py": CODE.replace('session["password"] =', "print(").replace(
            'request.form["password"]', 'request.form["password"])'
        ),
    }
    found = outcome(files, select=("password-exposed", "session-holds-secret")).findings

    assert ("password-exposed", "more.py") in {(f.rule, f.path) for f in found}
