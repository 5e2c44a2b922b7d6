"""Apps with a copy of Flask-Login of their own, changed as Calibre-Web's is."""

from __future__ import annotations

import importlib
import secrets
import shutil
import sys
from pathlib import Path

import flask_login
import pytest
from flask import Flask, request, session
from site_app import FIREFOX, HASH, PASSWORD, Browser, User
from werkzeug.security import check_password_hash

from hardening import Policy, harden
from hardening.events import event as any_event

MORE = "(user_id, session.get('_random'))"


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Return a copy of Flask-Login whose user loader is given more than the id."""
    folder = tmp_path / "shop_login"
    shutil.copytree(Path(flask_login.__file__).parent, folder)
    manager = folder / "login_manager.py"
    text = manager.read_text()
    changed = text.replace("self._user_callback(user_id)", f"self._user_callback{MORE}")
    assert changed.count(MORE) == 2  # from the session, and from the remember cookie
    manager.write_text(changed)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("shop_login")
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop_login"]:
        del sys.modules[name]


@pytest.fixture
def app(copied):
    """Return an app on the copy."""
    app = Flask(__name__)
    app.secret_key = secrets.token_hex(32)
    manager = copied.LoginManager(app)
    manager.login_view = "login"
    ada = User("ada", HASH)

    @manager.user_loader
    def load(user_id, random):
        return ada if user_id == "ada" and random == "drawn" else None

    @app.post("/login")
    def login():
        if not check_password_hash(ada.password_hash, request.form["password"]):
            return "wrong", 401
        session["_random"] = "drawn"
        copied.login_user(ada, remember="remember" in request.form)
        return "welcome"

    @app.get("/logout")
    def logout():
        copied.logout_user()
        return "bye"

    @app.get("/me")
    @copied.login_required
    def me():
        return copied.current_user.id

    @app.post("/confirm")
    def confirm():
        copied.confirm_login()
        return "fresh"

    return app


@pytest.fixture
def seen():
    """Return the names of the events so far."""
    names = []

    def note(_sender, name, **_):
        names.append(name)

    any_event.connect(note)
    yield names
    any_event.disconnect(note)


def test_login_and_logout(app, seen):
    """People stay in, and a cookie that was copied before the logout is worth nothing."""
    harden(app, policy=Policy(password_upgrade=False), store="memory://")
    browser = Browser(app, FIREFOX, "203.0.113.7")
    assert browser.login(name="ada", password=PASSWORD).text == "welcome"
    assert browser.get("/me").text == "ada"
    assert browser.post("/confirm").text == "fresh"
    assert browser.get("/me").text == "ada"
    thief = browser.copy_to(Browser(app, FIREFOX, "203.0.113.7"))
    assert thief.get("/me").text == "ada"
    browser.get("/logout")

    assert thief.get("/me").status_code != 200
    assert seen.count("session_created") == 1
    assert "guard_failed" not in seen


def test_remember_cookie_is_the_copys_own(app, seen):
    """The copy's remember cookie works as before; an event says that it has no token of ours."""
    harden(app, policy=Policy(password_upgrade=False), store="memory://")
    browser = Browser(app, FIREFOX, "203.0.113.7")
    browser.login(name="ada", password=PASSWORD, remember="1")
    browser.client.delete_cookie("__Host-session", domain="app.example")

    # The loader knows nobody without what the session held: that is the app's decision.
    assert browser.get("/me").status_code == 302
    assert seen.count("remember_not_guarded") == 1
    assert "guard_failed" not in seen


def test_a_changed_password_ends_sessions(app, seen):
    """The record's stamp is compared for users of the copy too."""
    harden(app, policy=Policy(password_upgrade=False), store="memory://")
    browser = Browser(app, FIREFOX, "203.0.113.7")
    browser.login(name="ada", password=PASSWORD)
    loaded = app.login_manager._user_callback("ada", "drawn")
    loaded.password_hash = HASH[:-1] + ("0" if HASH[-1] != "0" else "1")

    assert browser.get("/me").status_code == 302
    assert "session_expired" in seen


def test_wrong_passwords_meet_the_limit(app):
    """The login is found and counted."""
    harden(app, store="memory://")
    browser = Browser(app, FIREFOX, "203.0.113.7")
    answers = [browser.login(name="ada", password="wrong").status_code for _ in range(7)]

    assert answers == [401] * 5 + [429] * 2


def test_one_manager_of_two_apps(app, copied, seen):
    """The copy's signals are heard for every app that its manager serves."""
    other = Flask("other")
    other.secret_key = secrets.token_hex(32)
    app.login_manager.init_app(other)
    for name, view in app.view_functions.items():
        if name != "static":
            other.add_url_rule(f"/{name}", name, view, methods=["GET", "POST"])
    for wrapped in (app, other):
        harden(wrapped, policy=Policy(password_upgrade=False), store="memory://")
        Browser(wrapped, FIREFOX, "203.0.113.7").login(name="ada", password=PASSWORD)

    assert seen.count("authn_login_success") == 2
