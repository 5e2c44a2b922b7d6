"""What the suites of public apps do to a wrapped app that no browser does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, redirect, request
from flask_login import current_user, login_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from site_app import PASSWORD, Site, User
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

Make = Callable[..., Site]


@pytest.mark.parametrize("behind_proxy_fix", [False, True])
def test_client_without_an_address(make_site: Make, behind_proxy_fix: bool) -> None:
    """WebTest names no peer and speaks HTTP/1.0 with a Host: it is a test client all the same."""
    site = make_site(before=lambda app: setattr(app, "secret_key", "test"))
    site.app.testing = True
    if behind_proxy_fix:
        site.app.wsgi_app = ProxyFix(site.app.wsgi_app)  # type: ignore[method-assign]  # as documented
    client = Client(site.app)
    web_test = {"SERVER_PROTOCOL": "HTTP/1.0"}

    answer = client.post(
        "/login", data={"username": "ada", "password": PASSWORD}, environ_overrides=web_test
    )

    assert answer.status_code == 200
    assert answer.headers["Set-Cookie"].startswith("session=")
    assert client.get("/who", environ_overrides=web_test).get_json() == {"user": "ada"}


def with_forms(app: Flask) -> None:
    """Give `app` Flask-WTF's protection, a page with a token, and a login that redirects."""
    CSRFProtect(app)
    app.add_url_rule("/token", "token", generate_csrf)
    app.add_url_rule("/change", "change", lambda: "changed", methods=["POST"])

    @app.post("/enter")
    def enter() -> object:
        login_user(User(request.form["username"], ""))
        return redirect("/who")


def test_context_around_several_requests(make_site: Make) -> None:
    """A suite that holds an app context open shares ``g``, where Flask-WTF keeps its token."""
    site = make_site(before=with_forms)
    site.app.testing = True

    def token() -> str:
        return client.get("/token").get_data(as_text=True)

    with site.app.app_context():
        client = site.app.test_client()
        client.post("/enter", data={"username": "ada", "csrf_token": token()})
        before = client.get("/who").get_json()
        answer = client.post("/change", data={"csrf_token": token()})

    assert before == {"user": "ada"}
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "changed")


def test_login_over_the_limit_with_remember(make_site: Make) -> None:
    """A login that the session limit refuses sends no remember cookie either."""
    site = make_site(session_limit=1, session_limit_action="refuse")
    site.browser().login()
    second = site.browser()

    answer = second.login(remember="yes")

    assert "session_limit_reached" in site.names()
    assert not any("remember_token=" in line for line in answer.headers.getlist("Set-Cookie"))
    assert "guard_failed" not in site.names()


def test_refused_login_with_remember(make_site: Make) -> None:
    """A login that a weak key refuses sends no remember cookie, wherever the view is."""

    def add(app: Flask) -> None:
        app.secret_key = "super secret string"

        @app.get("/open-sesame")
        def sesame() -> str:
            login_user(User("ada", ""), remember=True)
            return str(current_user.is_authenticated)

    site = make_site(before=add)
    owner = site.browser()

    answer = owner.get("/open-sesame")

    assert answer.status_code == 200
    assert "login_refused_weak_key" in site.names()
    assert "guard_failed" not in site.names()
    assert not any("remember_token=" in line for line in answer.headers.getlist("Set-Cookie"))
    assert owner.who() is None
