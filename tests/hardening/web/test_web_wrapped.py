"""The guards of this folder together, in an app that was wrapped by one line."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, redirect, request, session
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)

from hardening import Policy, harden


class User(UserMixin):
    id = "1"


def build(**settings: Any) -> Flask:
    app = Flask("wrapped")
    app.secret_key = "5f352379324c22463451387a0aec5d2f81e7d5a6b0c0f7aa"
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.user_loader(lambda user_id: User())

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        if request.method == "POST" and request.form.get("password") == "right":
            login_user(User())
            return redirect(request.args.get("next") or "/private")
        return "log in"

    @app.get("/logout")
    @login_required
    def logout() -> str:
        logout_user()
        return "logged out"

    @app.get("/private")
    @login_required
    def private() -> str:
        return f"private to {current_user.id}"

    @app.get("/public")
    def public() -> str:
        return "public"

    @app.get("/counts")
    def counts() -> str:
        return str(len(session))

    harden(app, policy=Policy(**settings), store="memory://")
    return app


@pytest.fixture
def browser() -> Any:
    """Return a maker of browsers that come from the internet over https."""

    def make(**settings: Any) -> Any:
        client = build(**settings).test_client()
        client.environ_base["REMOTE_ADDR"] = "203.0.113.9"

        def send(method: str, path: str, site: str = "same-origin", **given: Any) -> Any:
            mode = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
            headers = {**mode, "Sec-Fetch-Dest": "document", **given.pop("headers", {})}
            base = given.pop("base_url", "https://app.example")
            return client.open(path, method=method, base_url=base, headers=headers, **given)

        return send

    return make


RIGHT = {"username": "a", "password": "right"}


def test_a_day_in_a_wrapped_app(browser: Any) -> None:
    """Honest use meets none of the guards but their headers."""
    send = browser()

    entered = send("POST", "/login?next=/private", data=RIGHT)
    page = send("GET", "/private")
    left = send("GET", "/logout")

    assert (entered.status_code, entered.headers["Location"]) == (302, "/private")
    assert (page.text, left.text) == ("private to 1", "logged out")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-site"
    assert page.headers["Vary"] == "Cookie"
    assert send("GET", "/private").status_code == 302


def test_reading_the_session_varies(browser: Any) -> None:
    """A page that counts what is in the session is another page with another cookie."""
    assert browser()("GET", "/counts").headers.getlist("Vary") == ["Cookie"]


def test_the_attacks_fail(browser: Any) -> None:
    """Each of the rows of this folder, once, against the whole."""
    send = browser()

    assert send("POST", "/login", site="cross-site", data=RIGHT).status_code == 403
    assert send("POST", "/login", base_url="http://app.example", data=RIGHT).status_code == 403
    assert send("GET", "/public", base_url="http://app.example").status_code == 308
    led = send("POST", "/login?next=////evil.example", data=RIGHT)
    assert led.headers["Location"] == "/"
    image = {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}
    assert send("GET", "/logout", site="cross-site", headers=image).status_code == 403
    assert send("GET", "/private").text == "private to 1"


@pytest.mark.parametrize("csp", ["report-only", "enforce"])
def test_the_question_keeps_its_own_policy(browser: Any, csp: str) -> None:
    """The page that asks before logging out runs nothing and cannot be framed."""
    send = browser(csp=csp)
    send("POST", "/login", data=RIGHT)

    asked = send("GET", "/logout?from=mail", site="cross-site")
    answered = send("GET", "/logout?from=mail")

    assert 'name="from" value="mail"' in asked.text
    assert asked.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert asked.headers["Cache-Control"] == "no-store"
    assert answered.text == "logged out"


@pytest.mark.parametrize("guard", ["transport", "cross_site", "redirects", "headers", "cache"])
def test_a_guard_can_be_switched_off(browser: Any, guard: str) -> None:
    """Each alone, by its name in the policy."""
    send = browser(guards=(guard,))

    blocked = {
        "transport": send("GET", "/public", base_url="http://app.example").status_code == 308,
        "cross_site": send("POST", "/login", site="cross-site", data={}).status_code == 403,
        "redirects": send("POST", "/login?next=//evil.example", data=RIGHT).location == "/",
        "headers": "X-Frame-Options" in send("GET", "/public").headers,
        "cache": "Cache-Control" in send("GET", "/private").headers,
    }

    assert [name for name, held in blocked.items() if not held] == [guard]
