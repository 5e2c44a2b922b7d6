"""Identity providers: OAuth, OpenID's form_post and SAML, and what an attacker makes of them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, redirect, request, session
from sign_on_app import NAME, build_client, build_provider, saml_response, served
from site_app import FIREFOX

from hardening import Policy, events, harden
from hardening.sign_on import COOKIE
from hardening.sso import asked

IDP = "https://idp.example"
EVIL = "https://evil.example"
NAVIGATION = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
Make = Callable[..., "Visitor"]


class Visitor:
    """A browser that honours SameSite, and the events of the app that it visits."""

    def __init__(self, app: Flask, scheme: str = "https") -> None:
        self.scheme = scheme
        self.client = app.test_client()
        self.events: list[tuple[str, dict[str, Any]]] = []

    def listen(self, _sender: Any, name: str, level: str, details: dict[str, Any]) -> None:
        self.events.append((name, details))

    def named(self, name: str) -> list[dict[str, Any]]:
        return [details for found, details in self.events if found == name]

    def get(self, path: str, site: str = "same-origin") -> Any:
        return self._open("GET", path, {"Sec-Fetch-Site": site, **NAVIGATION})

    def post(self, path: str, form: dict[str, str], origin: str | None = None, **more: str) -> Any:
        """Send a form; `origin` says that another site's page does, and drops Lax cookies."""
        headers = {"Sec-Fetch-Site": "cross-site" if origin else "same-origin", **NAVIGATION}
        headers |= {"Origin": origin or f"{self.scheme}://app.example", **more}
        if origin is None:
            return self._open("POST", path, headers, form)
        kept = dict(self.client._cookies)
        for key, cookie in kept.items():
            if cookie.same_site != "None":
                del self.client._cookies[key]
        try:
            return self._open("POST", path, headers, form)
        finally:
            self.client._cookies.update(
                {key: c for key, c in kept.items() if c.same_site != "None"}
            )

    def carried(self, page: Any, path: str) -> Any:
        """Press the button of the page that sends an answer once more."""
        found = re.findall(r'name="([^"]+)" value="([^"]*)"', page.text)
        assert found
        return self.post(path, {name: html.unescape(value) for name, value in found})

    def begin(self, path: str) -> dict[str, str]:
        """Start a login at the provider; returns the query that the provider gets."""
        query = parse_qs(urlsplit(self.get(path).headers["Location"]).query)
        return {name: values[0] for name, values in query.items()}

    def inside(self) -> bool:
        return bool(self.get("/me").text == f"You are {NAME}.")

    def _open(self, method: str, path: str, headers: dict[str, str], form: Any = None) -> Any:
        return self.client.open(
            path,
            method=method,
            base_url=f"{self.scheme}://app.example",
            headers={"User-Agent": FIREFOX, **headers},
            environ_overrides={"REMOTE_ADDR": "203.0.113.7"},
            data=form,
        )


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider's origin, for the calls behind the browser's back."""
    with served(build_provider()) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def make(provider: str) -> Iterator[Make]:
    """Return a maker of visitors, each of a wrapped app of its own."""
    made: list[tuple[Flask, Visitor]] = []

    def visit(mode: Any = None, change: Any = None, config: Any = None, **settings: Any) -> Visitor:
        app = build_client(provider)
        app.config.update(config or {})
        if change is not None:
            change(app)
        visitor = Visitor(app, "http" if settings.get("https") is False else "https")
        events.event.connect(visitor.listen, app)
        made.append((app, visitor))
        harden(app, policy=Policy(**settings), store="memory://", mode=mode)
        return visitor

    yield visit
    for app, visitor in made:
        events.event.disconnect(visitor.listen, app)


def answer(visitor: Visitor, path: str = "/start?post=1") -> dict[str, str]:
    return {"code": "the code", "state": visitor.begin(path)["state"]}


def test_code_flow(make: Make) -> None:
    """OAuth's usual way back is a link, which SameSite=Lax lets through."""
    visitor = make()
    back = answer(visitor, "/start")

    found = visitor.get(f"/callback?code={back['code']}&state={back['state']}", "cross-site")

    assert found.headers["Location"] == "/me"
    assert visitor.inside()
    assert COOKIE not in str(visitor.client._cookies)


def test_form_post(make: Make) -> None:
    """The answer comes without the session, is sent once more, and finds it."""
    visitor = make()
    back = answer(visitor)

    page = visitor.post("/callback", back, IDP)

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert visitor.named("sign_on_carried") == [{"endpoint": "callback"}]

    assert visitor.carried(page, "/callback").headers["Location"] == "/me"
    assert visitor.inside()
    assert COOKIE not in str(visitor.client._cookies)


def test_form_post_from_a_page_without_a_referrer(make: Make) -> None:
    """Providers that hide where they are send ``Origin: null``."""
    visitor = make()

    page = visitor.post("/callback", answer(visitor), "null")

    assert visitor.carried(page, "/callback").headers["Location"] == "/me"


def test_form_post_in_an_old_browser(make: Make) -> None:
    """Without Fetch Metadata the provider's origin tells, and ours lets the second one pass."""
    visitor = make()
    headers = {"Sec-Fetch-Site": "", "Sec-Fetch-Dest": "document"}
    back = answer(visitor)

    page = visitor.post("/callback", back, IDP, **headers)

    assert visitor.carried(page, "/callback").headers["Location"] == "/me"


def test_saml(make: Make) -> None:
    """A SAML answer names the request that the session remembers."""
    visitor = make()
    location = visitor.get("/saml/start").headers["Location"]
    back = {"SAMLResponse": saml_response(asked(location) or ""), "RelayState": "/me"}

    page = visitor.post("/saml/acs", back, IDP)

    assert visitor.carried(page, "/saml/acs").headers["Location"] == "/me"
    assert visitor.inside()


def test_an_app_that_sends_its_session_along(make: Make) -> None:
    """SESSION_COOKIE_SAMESITE = "None" is the app's own: nothing has to be sent twice."""
    visitor = make(config={"SESSION_COOKIE_SAMESITE": "None"})

    assert visitor.post("/callback", answer(visitor), IDP).headers["Location"] == "/me"
    assert visitor.inside()
    assert not visitor.named("malicious_csrf")


def test_over_plain_http(make: Make) -> None:
    """Without https browsers take no cookie that is sent from other sites; the session's comes."""
    visitor = make(https=False)
    back = answer(visitor)
    visitor.client.delete_cookie(COOKIE, domain="app.example")
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": IDP}

    found = visitor._open("POST", "/callback", headers, back)

    assert found.headers["Location"] == "/me"
    forged = {"code": "x", "state": "guessed guessed"}
    assert visitor._open("POST", "/erase", headers, forged).status_code == 403


def test_a_state_of_the_apps_own(make: Make) -> None:
    """Apps without such a library keep it in the session under any name, or deep inside."""

    def by_hand(app: Flask) -> None:
        def ask() -> Any:
            session["flow"] = {"state": ["made by hand"], "nonce": "n"}
            return redirect(f"{IDP}/?response_mode=form_post&state=made+by+hand")

        def take() -> str:
            return str(session["flow"]["state"] == [request.form["state"]])

        app.add_url_rule("/ask", "ask", ask)
        app.add_url_rule("/take", "take", take, methods=["POST"])

    visitor = make(change=by_hand)
    back = {"id_token": "x", "state": visitor.begin("/ask")["state"]}

    page = visitor.post("/take", back, IDP)

    assert visitor.carried(page, "/take").text == "True"


def test_two_tabs(make: Make) -> None:
    """Each of several questions finds its answer, whichever comes first."""
    visitor = make()
    first, second = answer(visitor), answer(visitor)

    page = visitor.post("/callback", first, IDP)
    other = visitor.post("/callback", second, IDP)

    assert "<form" in page.text
    assert "<form" in other.text


def test_a_declared_provider(make: Make) -> None:
    """The setting that the event names helps where the app sends people to it by a script."""

    def hand_over(app: Flask) -> None:
        def by_script() -> str:
            session["AuthNRequestID"] = "_0123456789abcdef"
            return "<script>"

        app.add_url_rule("/saml/script", "by_script", by_script)

    back = {"SAMLResponse": saml_response("_0123456789abcdef")}
    without, declared = make(change=hand_over), make(change=hand_over, trusted_origins=(IDP,))
    for visitor in (without, declared):
        visitor.get("/saml/script")

    assert without.post("/saml/acs", back, IDP).status_code == 400
    assert without.named("cross_site_unauthenticated")[0]["setting"] == "trusted_origins"
    page = declared.post("/saml/acs", back, IDP)
    assert declared.carried(page, "/saml/acs").headers["Location"] == "/me"
    assert declared.inside()


@pytest.mark.parametrize("origin", [EVIL, "null"])
def test_nobody_else_can_have_a_form_sent_once_more(make: Make, origin: str) -> None:
    """Or any site could act in the name of whoever is logged in."""
    visitor = make()
    visitor.carried(visitor.post("/callback", answer(visitor), IDP), "/callback")
    state = answer(visitor)["state"]

    for form in (
        {"code": "x", "state": "guessed guessed"},
        {"SAMLResponse": saml_response("guessed-guessed")},
        {"SAMLResponse": "no base64"},
        {"code": "x", "state": state[:-1]},
        {"code": "x", "state": state, "password": "added"},
    ):
        found = visitor.post("/erase", form, origin)
        assert "<form method" not in found.text
        assert "erased" not in found.text
    assert not visitor.named("sign_on_carried")[1:]


@pytest.mark.parametrize("dest", ["iframe", "empty", "image"])
def test_only_a_window_sends_it_once_more(make: Make, dest: str) -> None:
    """A frame has no cookies on the second way either."""
    visitor = make()

    found = visitor.post("/callback", answer(visitor), IDP, **{"Sec-Fetch-Dest": dest})

    assert "<form" not in found.text


def test_a_state_that_the_request_chose_is_no_question(make: Make) -> None:
    """Where a view redirects anywhere, an attacker knows the state that is in the address."""

    def leads_on(app: Flask) -> None:
        app.add_url_rule("/go", "go", lambda: redirect(request.args["to"]))

    visitor = make(change=leads_on)
    to = "https%3A%2F%2Fidp.example%2F%3Fresponse_mode%3Dform_post%26state%3Dchosenchosen"

    answered = visitor.get(f"/go?to={to}", "cross-site")

    assert "state=chosenchosen" in answered.headers["Location"]
    assert COOKIE not in answered.headers.get("Set-Cookie", "")


def test_the_page_escapes_what_it_repeats(make: Make) -> None:
    """Fields of an answer are text, whoever wrote them."""
    visitor = make(trusted_origins=(IDP,))

    page = visitor.post("/callback", {"code": '"><script>x</script>', "state": "s"}, IDP)

    assert page.text.count("<script>") == 1
    assert "&#34;&gt;&lt;script&gt;" in page.text


def test_a_popup_keeps_its_opener(make: Make) -> None:
    """The way back has no opener policy of ours; other pages do, whatever their query."""
    visitor = make()
    back = answer(visitor, "/start?popup=1")
    opener = "Cross-Origin-Opener-Policy"

    found = visitor.get(f"/callback?code={back['code']}&state={back['state']}", "cross-site")

    assert f'postMessage("{NAME}"' in found.text
    assert found.headers.getlist(opener) == ["unsafe-none"]
    policies = visitor.get("/?code=1&state=guessed-guessed", "cross-site").headers.getlist(opener)
    assert policies == ["same-origin-allow-popups"]


def test_an_apps_own_opener_policy_stays(make: Make) -> None:
    """Whoever set one meant it."""

    def own(app: Flask) -> None:
        @app.after_request
        def put(response: Any) -> Any:
            response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
            return response

    visitor = make(change=own)
    back = answer(visitor, "/start?popup=1")
    found = visitor.get(f"/callback?code={back['code']}&state={back['state']}", "cross-site")

    assert found.headers.getlist("Cross-Origin-Opener-Policy") == ["same-origin"]


def test_observing_changes_nothing(make: Make) -> None:
    """No cookie, no page of ours; and an answer to the browser's own question is no attack."""
    visitor = make(mode="observe", config={"SESSION_COOKIE_SAMESITE": "None"})
    back = answer(visitor)

    assert COOKIE not in str(visitor.client._cookies)
    assert visitor.post("/callback", back, IDP).headers["Location"] == "/me"
    assert not visitor.named("malicious_csrf")


def test_a_view_that_reads_the_body_itself(make: Make) -> None:
    """Looking at the form leaves the body there."""

    def raw(app: Flask) -> None:
        app.add_url_rule("/raw", "raw", lambda: request.get_data(), methods=["POST"])

    visitor = make(change=raw)

    assert visitor.post("/raw", {"code": "c", "state": "s"}, IDP).data == b"code=c&state=s"


@pytest.mark.parametrize(
    "location",
    [
        "https://idp.example/?response_mode=form_post",
        "https://idp.example/?response_mode=form_post&state=short",
        "https://idp.example/?response_mode=query&x=form_post&state=long-enough",
        "https://idp.example/?SAMLRequest=%00",
        "https://idp.example/?SAMLRequest=AAAA",
        "https://[idp/?response_mode=form_post&state=long-enough",
        "https://idp.example/?" + "a&" * 200 + "response_mode=form_post&state=long-enough",
    ],
)
def test_what_is_no_question(location: str) -> None:
    """Addresses that only resemble one, and never an error."""
    assert asked(location) is None
