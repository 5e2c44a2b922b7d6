"""A login that only another service of the owner may ask, by a key, is no login of visitors."""

from __future__ import annotations

import pytest

APP = """\
from functools import wraps
from flask import Flask, abort, redirect, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash
app = Flask(__name__)
login_manager = LoginManager(app)
def from_the_shop(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
        if request.headers.get("X-Key") != app.config["SHOP_API_KEY"]:
            abort(401)
        return view(*args, **kwargs)
    return wrapper
@app.post("/login")
"""
BODY = """\
    user = find_user(request.form["email"])
    if user and check_password_hash(user.password_hash, request.form["password"]):
        login_user(user)
        return redirect("/")
    return "Wrong", 401
"""
MARK = "^^^^^^^^^^^^ Nothing limits how often login() may be tried\n"


@pytest.mark.parametrize(
    ("decorator", "mark"), [("@from_the_shop\n", ""), ("", MARK)], ids=["by key", "by anybody"]
)
def test_tries_are_counted_over_there(audit, decorator, mark):
    """Where only the owner's other service may ask, by its key, that one counts its visitors."""
    audit("login-not-limited", f"{APP}{decorator}def login():\n{mark}{BODY}")
