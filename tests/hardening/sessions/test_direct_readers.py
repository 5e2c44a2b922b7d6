"""Views that read whose session it is from the session itself."""

from __future__ import annotations

import functools
import secrets

import pytest
from flask import Blueprint, Flask, g, session
from flask.views import MethodView
from flask_login import LoginManager, UserMixin, login_user, logout_user

from hardening import harden

HTTPS = "https://shop.example"


class User(UserMixin):
    id = "ann"


def _decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = secrets.token_urlsafe(48)
    LoginManager(app).user_loader(lambda key: User() if key == "ann" else None)

    @app.post("/login")
    def login():
        login_user(User())
        return "in"

    @app.get("/logout")
    def logout():
        logout_user()
        return "out"

    @app.get("/plain")
    def plain():
        return session.get("_user_id", "nobody")

    @app.get("/decorated")
    @_decorated
    def decorated():
        return session.get("_user_id", "nobody")

    @app.get("/nested")
    def nested():
        return (lambda: session.get("_user_id", "nobody"))()

    class Page(MethodView):
        def get(self):
            return session.get("_user_id", "nobody")

    app.add_url_rule("/method", view_func=Page.as_view("page"))
    blueprint = Blueprint("area", __name__)

    @blueprint.before_request
    def who():
        g.who = session.get("_user_id", "nobody")

    @blueprint.get("/hooked")
    def hooked():
        return g.who

    app.register_blueprint(blueprint)
    return app


@pytest.mark.parametrize("path", ["/plain", "/decorated", "/nested", "/method", "/hooked"])
def test_a_copy_is_nobody_after_logout(app, path):
    """A copied cookie is worth nothing there after its session has ended; before, it is."""
    harden(app, store="memory://")
    owner, thief = app.test_client(), app.test_client()
    owner.get("/plain", base_url=HTTPS)
    owner.post("/login", base_url=HTTPS)
    assert owner.get(path, base_url=HTTPS).text == "ann"
    cookie = owner.get_cookie("__Host-session", domain="shop.example")
    thief.set_cookie("__Host-session", cookie.value, domain="shop.example", secure=True)
    assert thief.get(path, base_url=HTTPS).text == "ann"
    owner.get("/logout", base_url=HTTPS)
    assert thief.get(path, base_url=HTTPS).text == "nobody"


def test_a_loader_that_raises_raises_where_it_did(app):
    """What the app's own loader raises does not come out of the wrapper."""
    harden(app, store="memory://")
    client = app.test_client()
    client.post("/login", base_url=HTTPS)

    def fails(key):
        raise RuntimeError("the database is away")

    app.login_manager.user_loader(fails)
    assert client.get("/plain", base_url=HTTPS).text == "ann"
