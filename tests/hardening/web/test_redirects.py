"""Guard `redirects`: row next-redirect, and the honest redirects beside it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Response, jsonify, redirect, request, session

Make = Callable[..., Any]

USER = SimpleNamespace(id="1")

FOREIGN = [
    "https://evil.example",
    "//evil.example",
    "////evil.example",
    "/\t/evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "http:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "https://app.example@evil.example/",
    "https://app.example.evil.example/",
    "https://evil.example\\@app.example/",
    "https://evil%2eexample/",
    "//evil\u3002example",
    "https://app.example:8443/",
    "https://evil example/",
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "data:text/html,x",
    "ftp://evil.example/",
]
OWN = [
    "/",
    "/dashboard?next=//evil.example#x",
    "dashboard",
    "?page=2",
    "https://app.example/x",
    "http://app.example/",
    "https://APP.example:443/",
    "//app.example/x",
    "/login?u=https://evil.example",
]


@pytest.fixture
def site(probe: Make) -> Make:
    def make(**settings: Any) -> Any:
        one = probe(**settings)
        one.table.named.update(
            login="login", logout="logout", register="register", kept="login", idp="login"
        )

        def to_next() -> Any:
            return redirect(request.values.get("next") or "/")

        def header() -> Response:
            answer = Response("x")
            answer.headers[request.args["header"]] = request.args["value"]
            return answer

        def answer() -> Any:
            return jsonify({**request.args.to_dict(), **(request.get_json(silent=True) or {})})

        def keep() -> str:
            session["next"] = request.args["next"]
            return "kept"

        def kept() -> Any:
            return redirect(session.pop("next"))

        def idp() -> Any:
            return redirect("https://idp.example/authorize?client_id=1")

        def cookie() -> Any:
            return redirect(request.cookies["next"])

        def referrer() -> Any:
            return redirect(request.referrer or "/")

        def part(rest: str) -> Any:
            return redirect(f"https://{rest}")

        one.app.add_url_rule("/part/<path:rest>", "part", part)
        one.table.named.update(part="login", header="login", answer="login")
        one.table.named.update(cookie="login", referrer="login")
        for name, view in {
            "login": to_next,
            "logout": to_next,
            "register": to_next,
            "other": to_next,
            "header": header,
            "answer": answer,
            "keep": keep,
            "kept": kept,
            "idp": idp,
            "cookie": cookie,
            "referrer": referrer,
        }.items():
            one.app.add_url_rule(f"/{name}", name, view, methods=["GET", "POST"])
        return one

    return make


@pytest.mark.parametrize("target", FOREIGN)
def test_no_login_leads_to_a_site_that_the_request_named(site: Make, target: str) -> None:
    """next-redirect: in the query or in the form."""
    one = site()

    by_query = one.get("/login", query_string={"next": target})
    by_form = one.post("/login", data={"next": target})

    assert (by_query.headers["Location"], by_form.headers["Location"]) == ("/", "/")
    assert "evil" not in by_query.text
    assert len(one.reported("open_redirect_blocked")) == 2


@pytest.mark.parametrize("target", OWN)
def test_own_pages_are_reached(site: Make, target: str) -> None:
    """The near misses: nothing is changed, nothing is reported."""
    one, bare = site(), site(mode="off")

    found = one.get("/login", query_string={"next": target}).headers["Location"]

    bare.change = lambda state: setattr(state, "exempt", frozenset({"redirects"}))
    expected = bare.get("/login", query_string={"next": target}).headers["Location"]
    assert found == expected
    assert not one.reported("open_redirect_blocked")


@pytest.mark.parametrize("endpoint", ["logout", "register"])
def test_its_companions_are_judged_too(site: Make, endpoint: str) -> None:
    """Logging out and registering lead on as well."""
    answer = site().get(f"/{endpoint}?next=https://evil.example")

    assert answer.headers["Location"] == "/"


def test_other_views_redirect_as_they_like(site: Make) -> None:
    """A link list may lead anywhere, unless somebody is logged in or out on the way."""
    one = site()
    path = "/other?next=https://evil.example"

    assert one.get(path).headers["Location"] == "https://evil.example"
    one.change = lambda state: setattr(state, "logged_in", USER)
    assert one.get(path).headers["Location"] == "/"
    one.change = lambda state: setattr(state, "user_id_at_open", "1")
    assert one.get(path).headers["Location"] == "/"


def test_an_identity_provider_is_reached(site: Make) -> None:
    """A destination that the app chose itself is not judged, whatever else was sent."""
    one = site()
    idp = "https://idp.example/authorize?client_id=1"

    for given in (
        {},
        {"query_string": {"next": "/", "user": "a@idp.example"}},
        {"query_string": {"next": "https://evil.example"}},
        {"headers": {"Referer": "https://idp.example/"}},
        {"cookies": "seen=https://idp.example/"},
    ):
        assert one.get("/idp", **given).headers["Location"] == idp
    assert not one.reported("open_redirect_blocked")


def test_a_host_that_the_request_named_is_judged(site: Make) -> None:
    """Also where the view put the rest of the address around it."""
    one = site()

    for rest in ("evil.example", "evil.example/x", "a@evil.example/", "evil\u3002example"):
        assert one.get(f"/part/{rest}").headers["Location"] == "/"


def test_the_sessions_next_is_judged(site: Make) -> None:
    """It came from an earlier request; the view has taken it out when we look."""
    one = site()
    kept = one.get("/keep?next=https://evil.example").headers["Set-Cookie"].partition(";")[0]

    assert one.get("/kept", cookies=kept).headers["Location"] == "/"


def test_cookies_and_the_referrer_count_as_a_whole(site: Make) -> None:
    """The very address that came in must not go out."""
    one = site()

    assert one.get("/cookie", cookies="next=https://evil.example/x").headers["Location"] == "/"
    headers = {"Referer": "https://evil.example/x"}
    assert one.get("/referrer", headers=headers).headers["Location"] == "/"


def test_decoys_do_not_hide_a_destination(site: Make) -> None:
    """More values than we look at count as naming anything."""
    decoys = {f"a{n}": str(n) for n in range(600)}

    answer = site().get("/login", query_string={**decoys, "next": "//evil.example"})

    assert answer.headers["Location"] == "/"


def test_layers_of_encoding_do_not_hide_a_destination(site: Make) -> None:
    """A view that decodes once more than Flask does is judged by what it made of it."""
    one = site()
    one.table.named["decoding"] = "login"
    one.app.add_url_rule("/decoding", "decoding", lambda: redirect(unquote(request.args["next"])))

    answer = one.get("/decoding?next=https%253A%252F%252Fevil.example")

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        ("Refresh", "0; url=https://evil.example", "0; url=/"),
        ("Refresh", "5;URL='//evil.example'", "5;url=/"),
        ("Refresh", "0, //evil.example", "0, url=/"),
        ("Refresh", "5", "5"),
        ("Refresh", "5; url=/home", "5; url=/home"),
        ("HX-Redirect", "//evil.example", "/"),
        ("HX-Redirect", "/home", "/home"),
        ("HX-Location", "https://evil.example", "/"),
        ("HX-Location", '{"path": "//evil.example", "target": "#a"}', None),
        ("HX-Location", '{"path": "/home"}', '{"path": "/home"}'),
        ("X-Other", "https://evil.example", "https://evil.example"),
    ],
)
def test_other_headers_that_lead_on(
    site: Make, header: str, value: str, expected: str | None
) -> None:
    """Refresh and htmx's headers are read as their readers do."""
    found = site().get("/header", query_string={"header": header, "value": value}).headers[header]

    assert found == (expected or '{"path": "/", "target": "#a"}')


@pytest.mark.parametrize("name", ["next", "redirect", "redirect_url", "redirect_to", "url"])
def test_json_that_a_script_follows(site: Make, name: str) -> None:
    """A destination in the answer's JSON is replaced there, the rest stays."""
    found = site().get("/answer", query_string={name: "javascript:alert(1)", "x": "y"})

    assert found.json == {name: "/", "x": "y"}
    assert found.headers["Content-Length"] == str(len(found.data))


def test_json_that_is_no_destination(site: Make) -> None:
    """Somebody's home page and where they live are not redirects."""
    content = {"url": "https://alice.example/", "location": "Bonn: Mitte", "next": "/a", "n": 1}

    one = site()
    found = one.post("/answer", json=content)

    assert found.json == content
    assert not one.reported("open_redirect_blocked")


def test_the_policy_names_other_hosts(site: Make) -> None:
    """Hosts of the policy and configured hosts may be named by a request."""
    one = site(redirect_hosts=("docs.example", ".many.example"), trusted_hosts=("www.example",))

    for target in ("https://docs.example/a", "https://a.many.example/", "https://www.example/"):
        assert one.get("/login", query_string={"next": target}).headers["Location"] == target
    assert one.get("/login?next=https://x.docs.example").headers["Location"] == "/"


def test_an_app_below_a_path_gets_its_own_root(site: Make) -> None:
    """The start page is the app's, not the server's."""
    one = site()
    client = one.app.test_client()

    answer = client.get(
        "/login?next=//evil.example",
        base_url="https://app.example/shop",
        environ_overrides={"REMOTE_ADDR": "203.0.113.9"},
    )

    assert answer.headers["Location"] == "/shop/"


def test_observing_only_reports(site: Make) -> None:
    """Observe mode: the event and nothing else. It never shows more than the host."""
    one = site(mode="observe")

    answer = one.get("/login?next=https://evil.example/?token=secret")

    assert answer.headers["Location"].startswith("https://evil.example")
    (event,) = one.reported("open_redirect_blocked")
    assert (event["host"], event["mode"]) == ("evil.example", "observe")
    assert "secret" not in str(event)


def test_an_exempt_view_is_not_judged(site: Make) -> None:
    """`Hardening.exempt(view, "redirects")`."""
    one = site()
    one.change = lambda state: setattr(state, "exempt", frozenset({"redirects"}))

    answer = one.get("/login?next=https://evil.example")

    assert answer.headers["Location"] == "https://evil.example"
