"""Guard `cache`: rows cached-page, login-page-cached and vary-cookie."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Response, session
from flask_versions import marks_reads

Make = Callable[..., Any]

USER = SimpleNamespace(id="1")


@pytest.fixture
def site(probe: Make) -> Make:
    def make(own: dict[str, str] | None = None, **settings: Any) -> Any:
        one = probe(**settings)
        one.table.named.update(login="login", register="register", reset="reset", reauth="reauth")

        def page() -> Response:
            return Response("x", headers=own or {})

        def reads() -> str:
            return str("name" in session)

        def writes() -> str:
            session["name"] = "n"
            return "x"

        for name in ("page", "login", "register", "reset", "reauth", "blog.static"):
            one.app.add_url_rule(f"/{name}", name, page)
        one.app.add_url_rule("/reads", "reads", reads)
        one.app.add_url_rule("/writes", "writes", writes)
        return one

    return make


def used(one: Any) -> Any:
    one.change = lambda state: (setattr(state, "user_used", True), setattr(state, "user", USER))
    return one


def test_a_personal_page_is_kept_by_nobody(site: Make) -> None:
    """cached-page: neither the back button nor a shared cache shows it again."""
    answer = used(site()).get("/page")

    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_the_answer_to_a_login_is_kept_by_nobody(site: Make) -> None:
    """Also where the app did not look at the user again."""
    one = site()
    one.change = lambda state: setattr(state, "logged_in", USER)

    assert one.get("/page").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["login", "register", "reset", "reauth"])
def test_pages_with_typed_credentials_are_kept_by_nobody(site: Make, name: str) -> None:
    """login-page-cached."""
    assert site().get(f"/{name}").headers["Cache-Control"] == "no-store"


@marks_reads
def test_a_public_page_is_left_alone(site: Make) -> None:
    """Nobody logged in, nothing read: caches may do what they did before."""
    one = site()
    one.change = lambda state: setattr(state, "user_used", False)

    headers = one.get("/page").headers

    assert "Cache-Control" not in headers
    assert "Vary" not in headers


def test_a_page_that_looked_for_a_user_varies(site: Make) -> None:
    """It would have been another page with a cookie, but it is not personal."""
    one = site()
    one.change = lambda state: setattr(state, "user_used", True)

    headers = one.get("/page").headers

    assert "Cache-Control" not in headers
    assert headers["Vary"] == "Cookie"


@pytest.mark.parametrize("path", ["/reads", "/writes"])
def test_whatever_touches_the_session_varies(site: Make, path: str) -> None:
    """vary-cookie: read or written."""
    assert "Cookie" in site().get(path).headers["Vary"]


def test_a_cookie_of_the_apps_own_varies(site: Make) -> None:
    """Any cookie, once, beside what the app varies by already."""
    headers = site({"Set-Cookie": "a=b", "Vary": "Accept"}).get("/page").headers

    assert headers["Vary"] == "Accept, Cookie"


def test_a_session_of_unknown_use_varies(site: Make) -> None:
    """Where this Flask cannot tell, the safe answer is given."""
    one = site()
    state = SimpleNamespace(
        session_read=None,
        user_used=False,
        user_id_at_open=None,
        token=None,
        logged_in=None,
        exempt=frozenset(),
        kinds=None,
        header_names=None,
    )
    dynamic, static = Response(), Response()

    one.cache.after(SimpleNamespace(endpoint="page"), state, dynamic)
    one.cache.after(SimpleNamespace(endpoint="static"), state, static)

    assert ("Vary" in dynamic.headers, "Vary" in static.headers) == (True, False)


@pytest.mark.parametrize("own", ["no-store", "private, max-age=60", "no-cache", "max-age=0"])
def test_the_apps_own_rule_wins(site: Make, own: str) -> None:
    """What is safe on a personal page stays as the app wrote it, and no event is made of it."""
    one = used(site({"Cache-Control": own}))

    assert one.get("/page").headers["Cache-Control"] == own
    assert not one.reported("cache_unsafe")


@pytest.mark.parametrize("own", ["public, max-age=60", "s-maxage=60"])
def test_shared_caches_are_kept_off_personal_pages(site: Make, own: str) -> None:
    """A page of one user must not be handed to another; the owner hears of it once."""
    one = used(site({"Cache-Control": own}))

    answers = [one.get("/page") for _ in range(2)]

    assert answers[0].headers["Cache-Control"] == "no-store"
    assert len(one.reported("cache_unsafe")) == 1


@pytest.mark.parametrize("own", ["public, max-age=0, must-revalidate", "max-age=60, s-maxage=60"])
@pytest.mark.parametrize("kind", ["text/css", "text/javascript", "image/png", "font/woff2"])
def test_a_part_of_a_page_stays_in_the_browser(site: Make, own: str, kind: str) -> None:
    """A style sheet that a view serves, in an app that asks who is there before every view."""
    one = used(site({"Cache-Control": own, "Content-Type": kind}))

    control = one.get("/page").cache_control

    # Older versions of Werkzeug say "*" for private.
    assert (bool(control.private), bool(control.public), control.s_maxage) == (True, False, None)
    assert control.max_age is not None
    assert not control.no_store
    assert len(one.reported("cache_unsafe")) == 1


def test_a_lifetime_alone_becomes_private(site: Make) -> None:
    """The browser may keep it as the app wished, shared caches may not."""
    control = used(site({"Cache-Control": "max-age=60"})).get("/page").cache_control

    assert (control.max_age, bool(control.private)) == (60, True)


def test_a_public_login_page_is_only_reported(site: Make) -> None:
    """Nothing personal is in it, so the app's own rule holds."""
    one = site({"Cache-Control": "public, max-age=60"})

    assert one.get("/login").headers["Cache-Control"] == "public, max-age=60"
    assert len(one.reported("cache_unsafe")) == 1


def test_static_files_stay_cacheable(site: Make) -> None:
    """Even where the app looks at its user before every request."""
    assert "Cache-Control" not in used(site()).get("/blog.static").headers


def test_observing_changes_nothing(site: Make) -> None:
    """Observe mode says which pages could be kept."""
    one = used(site(mode="observe"))

    headers = one.get("/page").headers

    assert "Cache-Control" not in headers
    assert "Vary" not in headers
    assert one.reported("page_cacheable") == [{"endpoint": "page", "mode": "observe"}]
    assert len(one.reported("vary_missing")) == 1


def test_an_exempt_view_is_left_alone(site: Make) -> None:
    """`Hardening.exempt` holds for caching too."""
    one = site()
    one.change = lambda state: setattr(state, "exempt", frozenset({"cache"}))

    assert "Cache-Control" not in one.get("/login").headers
