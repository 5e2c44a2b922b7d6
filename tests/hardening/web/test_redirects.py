"""Guard `redirects`: row next-redirect, and the honest redirects beside it."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

import pytest
from flask import Response, jsonify, redirect, request, session
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from hardening.submitted import unpacked

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

        def packed() -> Response:
            # Past Werkzeug, which refuses line ends in a header: a script reads this one.
            answer = Response("x")
            answer.headers._list.append((request.args["header"], unquote(request.args["value"])))
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
        one.table.named.update(part="login", header="login", answer="login", packed="login")
        one.table.named.update(cookie="login", referrer="login")
        for name, view in {
            "login": to_next,
            "logout": to_next,
            "register": to_next,
            "other": to_next,
            "header": header,
            "packed": packed,
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

    for more in (
        {},
        {"query_string": {"next": "/", "user": "a@idp.example"}},
        {"query_string": {"next": "https://evil.example"}},
        {"headers": {"Referer": "https://idp.example/"}},
        {"cookies": "seen=https://idp.example/"},
    ):
        assert one.get("/idp", **more).headers["Location"] == idp
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
        ("X-Inertia-Location", "//evil.example", "/"),
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


@pytest.mark.parametrize(
    "name", ["next", "redirect", "redirect_url", "redirectUrl", "redirect-to", "returnTo", "url"]
)
def test_json_that_a_script_follows(site: Make, name: str) -> None:
    """A destination in the answer's JSON is replaced there, the rest stays."""
    found = site().get("/answer", query_string={name: "javascript:alert(1)", "x": "y"})

    assert found.json == {name: "/", "x": "y"}
    assert found.headers["Content-Length"] == str(len(found.data))


def test_json_in_an_envelope(site: Make) -> None:
    """APIs answer ``{"response": {"redirect": ...}}``."""
    one = site()

    found = one.post("/answer", json={"response": {"data": {"redirectTo": "//evil.example"}}})

    assert found.json == {"response": {"data": {"redirectTo": "/"}}}


PACKED = {"next": "https://evil.example/x"}


@pytest.mark.parametrize(
    "state",
    [
        b64encode(b"https://evil.example/x").decode(),
        urlsafe_b64encode(json.dumps(PACKED).encode()).decode().rstrip("="),
        f"e30.{urlsafe_b64encode(json.dumps(PACKED).encode()).decode().rstrip('=')}.c2ln",
        URLSafeSerializer("a key").dumps(PACKED),
        URLSafeSerializer("a key").dumps({**PACKED, "more": "x" * 500}),
    ],
    ids=["base64", "json", "jwt", "signed", "compressed"],
)
@pytest.mark.parametrize("way", ["query", "form"])
def test_a_token_that_the_request_brought(site: Make, state: str, way: str) -> None:
    """OAuth's state and SAML's RelayState carry destinations, signed or not."""
    one = site()
    one.table.named["callback"] = "login"
    one.app.add_url_rule(
        "/callback", "callback", lambda: redirect("https://evil.example/x"), methods=["GET", "POST"]
    )

    if way == "query":
        answer = one.get("/callback", query_string={"code": "x", "state": state})
    else:
        answer = one.post("/callback", data={"SAMLResponse": "x", "RelayState": state})

    assert answer.headers["Location"] == "/"


@given(st.text(max_size=200))
@example("." + "A" * 40)
@example("AAAAAAAA." * 20)
def test_any_text_may_be_a_token(text: str) -> None:
    """Taking texts apart never fails."""
    assert all(isinstance(inner, str) for inner in unpacked(text))


@pytest.mark.parametrize("name", ["next", "return_to", "login_target", "goto", "came_from", "dest"])
def test_names_under_which_a_session_keeps_it(site: Make, name: str) -> None:
    """The view takes it out before the answer is judged."""
    one = site()
    one.table.named["later"] = "login"

    def keep() -> str:
        session[name] = "https://evil.example/x"
        return "kept"

    one.app.add_url_rule("/earlier", "earlier", keep)
    one.app.add_url_rule("/later", "later", lambda: redirect(session.pop(name)))
    kept = one.get("/earlier").headers["Set-Cookie"].partition(";")[0]

    assert one.get("/later", cookies=kept).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("config", "allowed", "refused"),
    [
        (
            {"FAB_SAFE_REDIRECT_HOSTS": ["docs.example", "*.many.example", "p.example:8443"]},
            ["https://docs.example/", "https://a.b.many.example/", "https://p.example:8443/"],
            ["https://many.example/", "https://docs.example.evil.example/", "https://p.example/"],
        ),
        (
            {"SERVER_NAME": "app.example", "SECURITY_REDIRECT_ALLOW_SUBDOMAINS": True},
            ["https://blog.app.example/"],
            ["https://evil.example\\.app.example/", "https://notapp.example/"],
        ),
        (
            {"SERVER_NAME": "app.example", "SECURITY_REDIRECT_ALLOW_SUBDOMAINS": False},
            ["https://app.example/"],
            ["https://blog.app.example/"],
        ),
        (
            {
                "SECURITY_REDIRECT_BASE_DOMAIN": "base.example",
                "SECURITY_REDIRECT_ALLOWED_SUBDOMAINS": [".", "my.photo"],
            },
            ["https://base.example/", "https://my.photo.base.example/"],
            ["https://photo.base.example/", "https://x.my.photo.base.example/"],
        ),
        (
            {"FAB_SAFE_REDIRECT_HOSTS": None, "SECURITY_REDIRECT_BASE_DOMAIN": "base.example"},
            [],
            ["https://base.example/", "https://evil.example/"],
        ),
        ({"FAB_SAFE_REDIRECT_HOSTS": ["*"]}, ["https://evil.example/"], ["javascript:alert(1)"]),
    ],
)
def test_settings_of_other_extensions(
    site: Make, config: dict[str, Any], allowed: list[str], refused: list[str]
) -> None:
    """Whoever told Flask-AppBuilder or Flask-Security which hosts are good meant it."""
    one = site()
    one.app.config.update(config)

    def go(target: str) -> str:
        answer = one.get("/header", query_string={"header": "HX-Redirect", "value": target})
        return str(answer.headers["HX-Redirect"])

    assert [go(target) for target in allowed] == allowed
    assert [go(target) for target in refused] == ["/" for _ in refused]


def leaves(row: dict[str, Any]) -> bool:
    """Return whether the browser left the site, by its own answer."""
    answer = row["answer"]
    if answer is None:
        return True
    # The usual port of the other scheme counts as the site's own: nobody else can listen there.
    own = answer["host"] == "app.example" and answer["port"] in ("", "80", "443")
    return not own or answer["scheme"] not in ("http", "https")


def test_every_text_that_a_browser_was_asked(site: Make) -> None:
    """What leaves on either base is replaced, and what stays on both is left alone."""
    one = site()
    table = json.loads(Path(__file__).with_name("browser_urls.json").read_text(encoding="utf-8"))
    away: dict[str, bool] = {}
    for row in table["answers"]:
        away[row["text"]] = away.get(row["text"], False) or leaves(row)
    wrong = []
    for text, gone in away.items():
        query = {"header": "X-Inertia-Location", "value": quote(text, safe="")}
        found = one.get("/packed", query_string=query).headers["X-Inertia-Location"]
        if (found == "/") is not (gone or text == "/"):
            wrong.append((text, found))

    assert wrong == []
    assert sum(away.values()) > 150
    assert sum(not gone for gone in away.values()) > 60


def test_json_that_is_no_destination(site: Make) -> None:
    """Somebody's home page and where they live are not redirects."""
    content = {"url": "https://alice.example/", "location": "Bonn: Mitte", "next": "/a", "n": 1}

    one = site()
    found = one.post("/answer", json=content)

    assert found.json == content
    assert not one.reported("open_redirect_blocked")


def test_the_policy_names_other_hosts(site: Make) -> None:
    """Hosts of the policy and configured hosts may be named by a request."""
    one = site(
        redirect_hosts=("docs.example", ".many.example"),
        trusted_hosts=("www.example", "app.example"),
    )

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
