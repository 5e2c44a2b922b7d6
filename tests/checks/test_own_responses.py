"""Cookies whose attributes a response class of the app's own decides."""

from __future__ import annotations

import pytest

APP = """\
from flask import Flask, Response, request, session
from flask_login import login_user
class OwnResponse(Response):
    def set_cookie(self, key, value="", **kwargs):
        BODY
        super().set_cookie(key, value, **kwargs)
app = Flask(__name__)
app.response_class = OwnResponse
@app.post("/login")
def login():
    login_user(find(request.form["name"]), remember=True)
    session["token"] = 1
    response = OwnResponse("")
    response.set_cookie("session_id", make())
    return response
"""
RULES = ("session-cookie-insecure", "remember-cookie-insecure", "cookie-set-insecure")


@pytest.mark.parametrize(
    "body",
    [
        'kwargs["secure"] = request.is_secure',
        'kwargs |= {"secure": True, "samesite": "Lax"}',
        "kwargs.update(secure=request.is_secure)",
    ],
)
def test_decided_by_the_response(outcome, body):
    """What the class gives every cookie is not asked of the configuration."""
    found = {f.rule for f in outcome({"app.py": APP.replace("BODY", body)}).findings}

    assert found.isdisjoint(RULES)


@pytest.mark.parametrize("body", ["key = key.lower()", "kwargs['path'] = '/shop'"])
def test_not_decided(outcome, body):
    """A class that does something else with cookies leaves them as they are."""
    found = {f.rule for f in outcome({"app.py": APP.replace("BODY", body)}).findings}

    assert found.issuperset(RULES)
