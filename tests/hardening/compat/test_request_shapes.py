"""Views and contexts of every shape that Flask allows."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import (
    Flask,
    Response,
    copy_current_request_context,
    redirect,
    request,
    send_file,
    send_from_directory,
    session,
    stream_with_context,
)
from flask_login import FlaskLoginClient, current_user, login_required, login_user, logout_user
from site_app import PASSWORD, Site
from werkzeug.routing import Rule

Make = Callable[..., Site]


def name() -> str:
    return str(current_user.id) if current_user.is_authenticated else "nobody"


def with_view(make_site: Make, view: Callable[[], Any], **settings: Any) -> Site:
    """Return a wrapped site with one more view, at ``/view``."""

    def add(app: Flask) -> None:
        app.add_url_rule("/view", "view", view, methods=["GET", "POST"])

    return make_site(before=add, **settings)


def test_request_loader(make_site: Make) -> None:
    """A program that shows a key is let in, and gets no session, no cookie and no record."""
    site = make_site()
    site.app.login_manager.request_loader(  # type: ignore[attr-defined]  # set by Flask-Login
        lambda request: site.users.get(request.headers.get("X-Api-Key", ""))
    )
    script = site.browser("curl/8.5.0")
    answer = script.get("/who", headers={"X-Api-Key": "ada"})
    changed = script.post(
        "/password", {"password": "another good password"}, headers={"X-Api-Key": "bob"}
    )
    assert site.hardening is not None

    assert answer.get_json() == {"user": "ada"}
    assert changed.status_code == 200
    assert not answer.headers.getlist("Set-Cookie")
    assert script.cookies() == {}
    assert script.who() is None
    assert site.hardening.sessions.list("ada") == site.hardening.sessions.list("bob") == []
    assert "session_created" not in site.names()


def test_request_loader_beside_sessions(make_site: Make) -> None:
    """A session that was ended does not keep the key of the same request from working."""
    site = make_site()
    site.app.login_manager.request_loader(  # type: ignore[attr-defined]  # as above
        lambda request: site.users.get(request.headers.get("X-Api-Key", ""))
    )
    owner = site.browser()
    owner.login()
    assert site.hardening is not None
    site.hardening.sessions.revoke_all("ada")

    assert owner.get("/who", headers={"X-Api-Key": "bob"}).get_json() == {"user": "bob"}
    assert owner.who() is None


def test_async_view(make_site: Make) -> None:
    """Views that are coroutines log in, read the user, and log out."""

    async def view() -> str:
        return name()

    async def come() -> str:
        login_user(site.users["ada"])
        return "in"

    async def leave() -> str:
        logout_user()
        return "out"

    def add(app: Flask) -> None:
        for one in (view, come, leave):
            app.add_url_rule(f"/{one.__name__}", one.__name__, one, methods=["GET", "POST"])

    site = make_site(before=add)
    owner = site.browser()
    owner.post("/come")
    thief = owner.copy_to(site.browser())

    assert owner.get("/view").get_data(as_text=True) == "ada"

    owner.post("/leave")

    assert thief.get("/view").get_data(as_text=True) == "nobody"


def test_copied_request_context(make_site: Make) -> None:
    """A thread with a copy of the request's context sees the same user, and is judged as well."""

    def view() -> str:
        seen: list[str] = []

        @copy_current_request_context
        def work() -> None:
            seen.append(name())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return seen[0]

    site = with_view(make_site, view)
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())

    assert owner.get("/view").get_data(as_text=True) == "ada"
    assert owner.who() == "ada"

    owner.get("/logout")

    assert thief.get("/view").get_data(as_text=True) == "nobody"


@pytest.mark.parametrize("early", [True, False])
def test_streaming(make_site: Make, early: bool) -> None:
    """A response that reads the user while it streams is right, whoever read it before."""

    def view() -> Any:
        def body() -> Iterator[str]:
            yield "you are "
            yield name()

        if early:
            name()
        return stream_with_context(body())

    site = with_view(make_site, view)
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())

    assert owner.get("/view").get_data(as_text=True) == "you are ada"

    owner.get("/logout")

    assert thief.get("/view").get_data(as_text=True) == "you are nobody"
    assert owner.get("/view").get_data(as_text=True) == "you are nobody"


@pytest.mark.parametrize("cookie", ["session", "remember_token"])
def test_a_stream_that_may_be_personal_is_kept_by_nobody(make_site: Make, cookie: str) -> None:
    """Its headers are gone when it reads the user, so a login that comes along is enough."""
    site = with_view(make_site, lambda: stream_with_context(part() for part in [name]))
    owner = site.browser()
    owner.login(remember="1")
    other = "remember_token" if cookie == "session" else "session"
    owner.client.delete_cookie(f"__Host-{other}", domain="app.example")
    answer = owner.get("/view")

    assert answer.get_data(as_text=True) == "ada"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_stream_for_nobody_may_be_kept(make_site: Make) -> None:
    """Without a login nothing personal can be in it; and the app's own rule always holds."""

    def view() -> Any:
        answer = Response(stream_with_context(part() for part in [name]))
        if "own" in request.args:
            answer.headers["Cache-Control"] = "max-age=5"
        return answer

    site = with_view(make_site, view)
    owner = site.browser()
    owner.login()

    assert "Cache-Control" not in site.browser().get("/view").headers
    assert owner.get("/view?own=1").headers["Cache-Control"] == "max-age=5"


@pytest.mark.parametrize("part", [{}, {"Range": "bytes=0-2"}])
def test_files_stay_cacheable(make_site: Make, tmp_path: Path, part: dict[str, str]) -> None:
    """A file that a view sends is no page, also for somebody who is logged in."""
    (tmp_path / "site.css").write_text("body {}")
    site = with_view(make_site, lambda: send_from_directory(tmp_path, "site.css", max_age=3600))
    owner = site.browser()
    owner.login()

    def plain() -> Any:
        return send_file(io.BytesIO(b"body {}"), "text/css", conditional=True)

    site.app.view_functions["plain"] = plain
    site.app.url_map.add(Rule("/plain", endpoint="plain"))

    assert "max-age=3600" in owner.get("/view", headers=part).headers["Cache-Control"]
    assert "no-store" not in owner.get("/plain", headers=part).headers.get("Cache-Control", "")


def test_streaming_restores_without_using_up(make_site: Make) -> None:
    """A remember token that is only read while streaming stays good for the next request."""

    def view() -> Any:
        return stream_with_context(part() for part in [name])

    site = with_view(make_site, view)
    owner = site.browser()
    owner.login(remember="1")
    for _ in range(3):
        owner.client.delete_cookie("__Host-session", domain="app.example")
        assert owner.get("/view").get_data(as_text=True) == "ada"


def test_teardown_errors(make_site: Make) -> None:
    """An app whose teardown raises keeps its logins and loses none of the guard's work."""

    def add(app: Flask) -> None:
        @app.teardown_request
        def fail(_: BaseException | None) -> None:
            raise RuntimeError("in the teardown")

    site = make_site(before=add)
    owner = site.browser()
    for path, data in (("/login", {"username": "ada", "password": PASSWORD}), ("/who", None)):
        with pytest.raises(RuntimeError, match="teardown"):
            owner.open(path, "POST" if data else "GET", data=data)
    site.app.teardown_request_funcs.clear()
    assert site.hardening is not None

    assert len(site.hardening.sessions.list("ada")) == 1


def test_error_after_login_and_logout(make_site: Make) -> None:
    """A view that fails with 500 after the login, or the logout, has logged in, or out."""

    def come() -> str:
        login_user(site.users["ada"])
        raise RuntimeError("after the login")

    def leave() -> str:
        logout_user()
        raise RuntimeError("after the logout")

    def add(app: Flask) -> None:
        app.add_url_rule("/come", "come", come, methods=["POST"])
        app.add_url_rule("/leave", "leave", leave, methods=["POST"])

    site = make_site(before=add)
    owner = site.browser()

    assert owner.post("/come").status_code == 500
    assert owner.who() == "ada"

    thief = owner.copy_to(site.browser())

    assert owner.post("/leave").status_code == 500
    assert owner.who() is None
    assert thief.who() is None


def test_nested_contexts(make_site: Make) -> None:
    """A context that a view pushes inside its own ends nobody's session and starts none."""

    def view() -> str:
        with site.app.test_request_context("/elsewhere"):
            session["seen"] = True
        inner = site.app.test_client().get("/static-page")
        return f"{name()} {inner.status_code}"

    site = with_view(make_site, view, https=False)
    owner = site.browser()
    owner.login()

    assert owner.get("/view").get_data(as_text=True) == "ada 200"
    assert owner.who() == "ada"
    assert site.hardening is not None
    assert len(site.hardening.sessions.list("ada")) == 1


def test_context_by_hand(make_site: Make) -> None:
    """A script that pushes a context and logs somebody in works, and makes no record."""
    site = make_site()
    with site.app.test_request_context("/"):
        assert name() == "nobody"
        login_user(site.users["ada"])
        assert name() == "ada"
        logout_user()
        assert name() == "nobody"

    assert site.hardening is not None
    assert site.hardening.sessions.list("ada") == []


def test_session_transaction(make_site: Make) -> None:
    """A test that looks into its client's session neither ends it nor loses what it wrote."""
    site = make_site()
    site.app.testing = True
    client = site.app.test_client()
    client.post("/login", data={"username": "ada", "password": PASSWORD})
    with client.session_transaction() as held:
        assert held["_user_id"] == "ada"
        held["basket"] = 3

    assert client.get("/who").get_json() == {"user": "ada"}

    with client.session_transaction() as held:
        assert held["basket"] == 3
        held["_user_id"] = "bob"

    # The session's record is Ada's: a test that swaps users must log the second one in.
    assert client.get("/who").get_json() == {"user": None}

    with client.session_transaction() as held:
        held.clear()
        held["_user_id"], held["_fresh"] = "bob", True

    assert client.get("/who").get_json() == {"user": "bob"}


def test_login_client(make_site: Make) -> None:
    """`FlaskLoginClient` logs in, stays in, and logs out, in a test suite."""
    site = make_site()
    site.app.testing = True
    site.app.test_client_class = FlaskLoginClient
    client = site.app.test_client(user=site.users["ada"])

    assert [client.get("/who").get_json()["user"] for _ in range(2)] == ["ada", "ada"]
    client.get("/logout")

    assert client.get("/who").get_json() == {"user": None}


def test_redirect_after_login_keeps_flashes(make_site: Make) -> None:
    """What a login view puts into the session beside the login arrives on the next page."""

    def view() -> Any:
        login_user(site.users["ada"])
        session["note"] = "hello"
        return redirect("/note")

    def add(app: Flask) -> None:
        app.add_url_rule("/view", "view", view, methods=["POST"])
        app.add_url_rule("/note", "note", login_required(lambda: session["note"]))

    site = make_site(before=add)
    owner = site.browser()
    owner.post("/view")

    assert owner.get("/note").get_data(as_text=True) == "hello"
