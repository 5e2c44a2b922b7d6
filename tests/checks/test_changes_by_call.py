"""Accounts that a method of theirs changes, and logins by a method of the user's own."""

from __future__ import annotations

import pytest

HEAD = """\
from flask import Flask, redirect, request, session
from flask_login import LoginManager, current_user, login_required, login_user
app = Flask(__name__)
manager = LoginManager(app)
@app.post("/login")
def enter():
    login_user(find(request.form["name"]))
    return redirect("/")
"""


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("    user_id = session.get('_user_id')\n"
         "    user = db.query(User).filter(User.id == user_id).first()\n"
         "    user.update(email=request.form['email'])\n", True),
        ("    current_user.update(email=request.form['email'])\n", True),
        ("    user_id = session.get('_user_id')\n"
         "    user = db.query(User).filter(User.id == user_id).first()\n"
         "    user.update(city=request.form['city'])\n", False),
    ],
)  # fmt: skip
def test_address_by_an_update(outcome, lines, found):
    """A user who is looked up by what the session holds is who is logged in."""
    text = HEAD + "@app.post('/me')\n@login_required\ndef edit_account():\n" + lines
    told = [f for f in outcome({"app.py": text}).findings if f.rule == "fresh-login-not-required"]

    assert bool(told) is found


@pytest.mark.parametrize(("name", "found"), [("restore_password", True), ("add_user", False)])
def test_password_that_is_restored(outcome, name, found):
    """A reset goes by other names, too, and may hand the hash to a method."""
    text = HEAD + f"@app.post('/x/<tk>')\ndef {name}(tk):\n    user = by_link(tk)\n"
    text += "    User.update(self=user, password=hashed(request.form['password']))\n"
    told = [f for f in outcome({"app.py": text}).findings if f.rule == "session-not-ended"]

    assert bool(told) is found


def test_user_who_checks_the_password(outcome):
    """``user.authenticated(password=...)`` checks a password, and makes the view a login."""
    lines = (
        "    user = find(request.form['name'])\n"
        "    password = request.form['password']\n"
        "    if user and user.authenticated(password=password):\n        login_user(user)\n"
    )
    text = HEAD.replace('    login_user(find(request.form["name"]))\n', lines)
    told = {f.rule for f in outcome({"app.py": text}).findings}

    assert "login-not-limited" in told


CONTEXT = """\
import ssl
def fetch(url, {parameter}):
    if {asked}:
        return urlopen(url)
    context = ssl.create_default_context()
    if not ({asked}):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return urlopen(url, context=context)
"""


@pytest.mark.parametrize(
    ("parameter", "asked", "audience"),
    [
        ("validate_cert=True", "validate_cert", "strict"),
        ("validate_certificate=True", "validate_certificate", "strict"),
        ("validate_cert=False", "validate_cert", "default"),
        ("fast=True", "fast", "default"),
    ],
)
def test_parameter_that_asks_whether_to_validate(outcome, parameter, asked, audience):
    """Who asks for no validation gets none; who says nothing does."""
    text = CONTEXT.format(parameter=parameter, asked=asked)
    found = outcome({"app.py": HEAD, "fetch.py": text}, strict=True).findings

    assert {f.audience for f in found if f.rule == "tls-unverified"} == {audience}


@pytest.mark.parametrize(
    ("name", "audience"), [("validate_email", "strict"), ("send_email", "default")]
)
def test_question_about_an_address(outcome, name, audience):
    """What looks at an address sends nothing there."""
    text = (
        HEAD
        + f"def {name}(address):\n    return '{{}}/in?to={{}}'.format(request.host_url, address)\n"
    )
    found = outcome({"app.py": text}, strict=True).findings

    assert {f.audience for f in found if f.rule == "host-header-trusted"} == {audience}


@pytest.mark.parametrize(("key", "audience"), [("pending", ["strict"]), ("colour", [])])
def test_second_factor_that_is_set_up_at_a_login(outcome, key, audience):
    """The last step of a login, unless who is logged in is sent there, too."""
    text = (
        HEAD
        + f"""\
@app.post("/verify")
def verify():
    user = User.query.filter(User.name == session.get("pending")).first()
    if user.is_code_right(request.form["code"]):
        user.two_factor_enabled = True
        db.session.commit()
        login_user(user)
    return redirect("/")
@app.post("/toggle")
@login_required
def toggle():
    session["{key}"] = current_user.name
    return redirect("/verify")
"""
    )
    found = outcome({"app.py": text}, strict=True).findings

    assert [f.audience for f in found if f.rule == "fresh-login-not-required"] == audience
