"""The login form with what was typed is shown from the browser's cache.

Row `login-page-cached`: a form that comes back after a mistake holds the name, and often more. The
next person at the machine presses "back".
"""

from __future__ import annotations

from flask import Flask, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import Browser
from ._people import OWNER, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target
from .cached_page import History

ROW = Row("the login form with what was typed is shown from the browser's cache")
FORM = """<form method="post"><input name="username" value="{{ request.form.username }}">
<input name="password" type="password"><button>Log in</button></form>"""


def build(target: Target) -> Flask:
    """An app whose login form comes back filled in."""
    app = target.app(__name__)
    users = people(app)
    add_me(app)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        user = users.get(request.form.get("username", ""))
        if user is not None and user.knows(request.form["password"]):
            login_user(user)
            return redirect("/me")
        return render_template_string(FORM)

    @app.get("/about")
    def about() -> str:
        return "About us."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Mistype, give up, and let somebody else press back."""
    app = build(target)
    browser, history = Browser(app), History()
    typed = browser.post("/login", {"username": OWNER, "password": "mistyped"})
    require(OWNER in typed.text, "the form did not come back with what was typed")
    history.show("/login", typed)
    history.show("/about", browser.get("/about"))
    kept = history.back("/login")
    require(history.back("/about"), "a page that shows nothing personal may no longer be cached")
    log_in(browser)
    require(inside(browser), "the owner could not log in")
    if kept:
        return Outcome(True, f"the back button shows a form with {OWNER!r} in it")
    return Outcome(False, "the form was not kept, the public page was")
