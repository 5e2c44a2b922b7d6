"""Where `csrf-missing` finds the session in files that have it from a file of their own."""

from __future__ import annotations

import pytest

RULE = "csrf-missing"
VIEWS = """\
from helpers import Blueprint, redirect, request, session
pages = Blueprint("pages", __name__)

@pages.route("/name", methods=["GET", "POST"])
def rename():
    if request.method == "POST" and "user" in session:
        named = (request.form["name"], session["user"])
        connection.execute("UPDATE users SET name = ? WHERE id = ?", named)
        connection.commit()
    return redirect("/")
"""
APP = """\
from flask import Flask
from views import pages
app = Flask(__name__)
{marks}app.register_blueprint(pages)
"""
MARKS = "      ^^^^^^^^^^^^^^^ Nothing protects rename() against\n"


@pytest.mark.parametrize(
    ("helpers", "found"),
    [
        ("from flask import Blueprint, redirect, request, session\n", True),
        ("from flask import Blueprint, redirect, request\nfrom database import session\n", False),
    ],
)
def test_session_of_helpers(audit, helpers, found):
    """A session is Flask's by where it comes from in the end; one of a database is none."""
    audit(
        RULE,
        {
            "helpers.py": helpers,
            "database.py": "from sqlalchemy.orm import Session\nsession = Session()\n",
            "views.py": VIEWS,
            "app.py": APP.format(marks=MARKS if found else ""),
        },
    )
