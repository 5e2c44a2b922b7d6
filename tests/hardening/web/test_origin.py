"""Guard `cross_site`: rows login-csrf, logout-img, state-csrf, csrf-basic and ws-hijack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import request

Make = Callable[..., Any]

SESSION = "session=anything"
REMEMBER = "remember_token=anything"
PASSWORD = {"username": "a", "password": "b"}
EVIL = {"Origin": "https://evil.example"}


@pytest.fixture
def site(probe: Make) -> Make:
    def make(**settings: Any) -> Any:
        one = probe(**settings)
        one.table.named.update(login="login", logout="logout")

        def view() -> str:
            return f"the view ran {sorted(request.form)}"

        one.app.add_url_rule("/socket", "socket", view, websocket=True)
        for name in ("login", "logout", "change"):
            methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
            one.app.add_url_rule(f"/{name}", name, view, methods=methods)
        return one

    return make


def passes(answer: Any) -> bool:
    assert answer.status_code in (200, 403)
    return bool(answer.status_code == 200 and "the view ran" in answer.text)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("cookies", [SESSION, REMEMBER])
@pytest.mark.parametrize("site_header", ["cross-site", "same-site", "made-up"])
def test_another_site_cannot_use_a_session(
    site: Make, method: str, cookies: str, site_header: str
) -> None:
    """state-csrf: sibling subdomains are another site, and so is what we do not know."""
    one = site()

    answer = one.send(method, "/change", cookies=cookies, headers={"Sec-Fetch-Site": site_header})

    assert not passes(answer)
    assert one.refusal.event == "malicious_csrf"
    assert one.refusal.details["exemption"] == "hardening.exempt('change', 'cross_site')"


@pytest.mark.parametrize("site_header", ["same-origin", "none"])
def test_the_own_site_may_post(site: Make, site_header: str) -> None:
    """Own pages and the address bar, whatever a privacy tool made of Origin."""
    headers = {"Sec-Fetch-Site": site_header, "Origin": "null"}

    assert passes(site().post("/change", cookies=SESSION, headers=headers))


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("https://app.example", True),
        ("https://APP.example:443", True),
        ("http://app.example", False),
        ("https://app.example:8443", False),
        ("https://evil.example", False),
        ("https://app.example.evil.example", False),
        ("https://x@app.example", False),
        ("https://app.example/", False),
        ("null", False),
        ("", False),
        ("https://", False),
        ("file://", False),
    ],
)
def test_old_browsers_are_judged_by_origin(site: Make, origin: str, own: bool) -> None:
    """Without Fetch Metadata, Origin must be this very host over the same scheme."""
    answer = site().post("/change", cookies=SESSION, headers={"Origin": origin})

    assert passes(answer) is own


def test_what_is_no_browser_passes(site: Make) -> None:
    """A script or a test client sends neither header."""
    assert passes(site().post("/change", cookies=SESSION))
    assert passes(site().post("/login", data=PASSWORD))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_passes(site: Make, method: str) -> None:
    """Links from other sites and CORS preflights are none of this guard's business."""
    headers = {"Sec-Fetch-Site": "cross-site", **EVIL}

    assert site().send(method, "/change", cookies=SESSION, headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [EVIL, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_cannot_log_anybody_in(site: Make, headers: dict[str, str]) -> None:
    """login-csrf: refused though no cookie of ours came along."""
    one = site()

    assert not passes(one.post("/login", data=PASSWORD, headers=headers))
    assert "exemption" not in one.refusal.details


def test_without_cookies_other_pages_pass(site: Make) -> None:
    """Nobody's rights are used; an event tells."""
    one = site()

    assert passes(one.post("/change", headers=EVIL))
    assert one.reported("cross_site_unauthenticated") == [
        {"endpoint": "change", "origin": "https://evil.example"}
    ]


@pytest.mark.parametrize(
    "form",
    [
        {"SAMLResponse": "x", "RelayState": "/"},
        {"code": "x", "state": "y", "iss": "https://idp.example"},
        {"id_token": "x", "state": "y", "user": "{}"},
        {"wa": "wsignin1.0", "wresult": "x"},
        {"credential": "x", "g_csrf_token": "y"},
    ],
)
def test_an_identity_providers_answer_passes(site: Make, form: dict[str, str]) -> None:
    """Single sign-on comes back as a cross-site POST to a view that logs in."""
    one = site()

    assert passes(one.post("/login", data=form, headers={"Origin": "https://idp.example"}))
    assert one.reported("cross_site_unauthenticated")


@pytest.mark.parametrize(
    "form",
    [
        {"SAMLResponse": "x", **PASSWORD},
        {"code": "123456"},
        {"user": "a", "code": "123456"},
        {"state": "x"},
        {},
    ],
)
def test_a_login_form_in_disguise_does_not(site: Make, form: dict[str, str]) -> None:
    """Fields of a protocol beside a password, or too few of them, prove nothing."""
    assert not passes(site().post("/login", data=form, headers=EVIL))


@pytest.mark.parametrize(
    ("authorization", "cookies", "passed"),
    [
        ("Bearer abc", "", True),
        ("bearer abc", "other=1", True),
        ("Bearer abc", SESSION, False),
        ("Bearer abc", REMEMBER, False),
        ("Basic abc", "", False),
        ("Digest abc", "", False),
        ("Negotiate abc", "", False),
    ],
)
def test_only_bearer_without_a_session_is_exempt(
    site: Make, authorization: str, cookies: str, passed: bool
) -> None:
    """csrf-basic: browsers add cached Basic credentials by themselves."""
    headers = {"Authorization": authorization, **EVIL}

    assert passes(site().post("/change", cookies=cookies, headers=headers)) is passed


def test_declared_origins_pass(site: Make) -> None:
    """With Fetch Metadata and without; others still do not."""
    one = site(trusted_origins=("https://Shop.example",))
    shop = {"Origin": "https://shop.example"}

    assert passes(one.post("/change", cookies=SESSION, headers=shop))
    assert passes(
        one.post("/change", cookies=SESSION, headers={**shop, "Sec-Fetch-Site": "cross-site"})
    )
    assert not passes(one.post("/change", cookies=SESSION, headers=EVIL))


def test_an_exempt_view_passes(site: Make) -> None:
    """`Hardening.exempt(view, "cross_site")`."""
    one = site()
    one.change = lambda state: setattr(state, "exempt", frozenset({"cross_site"}))

    assert passes(one.post("/change", cookies=SESSION, headers=EVIL))


def test_renamed_cookies_are_known(site: Make) -> None:
    """The app's own cookie names count."""
    one = site()
    one.app.config.update(SESSION_COOKIE_NAME="sid", REMEMBER_COOKIE_NAME="rid")

    assert not passes(one.post("/change", cookies="sid=1", headers=EVIL))
    assert not passes(one.post("/change", cookies="rid=1", headers=EVIL))
    assert passes(one.post("/change", cookies=SESSION, headers=EVIL))


@pytest.mark.parametrize(
    ("headers", "opened"),
    [
        ({"Origin": "https://app.example"}, True),
        ({"Origin": "https://app.example", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://evil.app.example", "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://friend.example"}, True),
        ({}, True),
    ],
)
def test_websockets_need_the_own_origin(site: Make, headers: dict[str, str], opened: bool) -> None:
    """ws-hijack: an upgrade is a GET, and is judged all the same."""
    one = site(trusted_origins=("https://friend.example",))
    upgrade = {"Upgrade": "WebSocket", "Connection": "Upgrade"}

    assert passes(one.get("/socket", headers={**upgrade, **headers})) is opened


@pytest.mark.parametrize("dest", ["image", "iframe", "script", "empty", "object"])
@pytest.mark.parametrize("site_header", ["cross-site", "same-site"])
def test_no_part_of_another_page_logs_out(site: Make, dest: str, site_header: str) -> None:
    """logout-img: images, frames and scripts of other sites."""
    mode = "navigate" if dest in ("iframe", "object") else "no-cors"
    headers = {"Sec-Fetch-Site": site_header, "Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": mode}
    one = site()

    assert one.get("/logout", cookies=SESSION, headers=headers).status_code == 403
    assert one.get("/logout", headers=headers).status_code == 403
    assert one.refusal.event == "malicious_csrf"


LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}


def test_a_link_elsewhere_asks_before_logging_out(site: Make) -> None:
    """The page repeats the query safely, may not be framed or kept, and runs nothing."""
    one = site()

    answer = one.get('/logout?a=1&a=2&"><script>=<b>', cookies=SESSION, headers=LINK)

    assert answer.status_code == 200
    assert "the view ran" not in answer.text
    assert '<input type="hidden" name="a" value="1">' in answer.text
    assert '<input type="hidden" name="a" value="2">' in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text
    assert "<script" not in answer.text
    assert "action=" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert one.refusal.event == "logout_confirmation"


def test_the_pages_button_logs_out(site: Make) -> None:
    """Sent from our own page, the same address is same-origin."""
    assert passes(site().get("/logout?a=1", headers={**LINK, "Sec-Fetch-Site": "same-origin"}))


def test_a_prefetch_elsewhere_is_refused(site: Make) -> None:
    """A browser that only prepares for a click shows nobody the question."""
    answer = site().get("/logout", headers={**LINK, "Sec-Purpose": "prefetch;prerender"})

    assert answer.status_code == 403


def test_old_browsers_log_out_by_get(site: Make) -> None:
    """Without Fetch Metadata nothing tells a link here from a link there."""
    assert passes(site().get("/logout", headers={"Referer": "https://evil.example/"}))


def test_a_form_elsewhere_does_not_log_out(site: Make) -> None:
    """Without cookies too: the answer deletes cookies that were not sent."""
    assert not passes(site().post("/logout", headers=EVIL))


def test_a_declared_proxy_names_the_host(site: Make) -> None:
    """The host that the client asked for counts, not the one that the proxy asks for."""
    headers = {
        "Origin": "https://app.example",
        "X-Forwarded-Host": "app.example",
        "X-Forwarded-Proto": "https",
    }
    one = site(trusted_proxies=1)

    assert passes(one.post("/change", cookies=SESSION, headers=headers, host="10.0.0.3:8000"))
    headers["Origin"] = "https://evil.example"
    assert not passes(one.post("/change", cookies=SESSION, headers=headers, host="10.0.0.3:8000"))


def test_a_strangers_forwarded_host_is_ignored(site: Make) -> None:
    """From a public peer it proves nothing."""
    headers = {**EVIL, "X-Forwarded-Host": "evil.example"}

    assert not passes(site().post("/change", cookies=SESSION, headers=headers))


def test_behind_an_undeclared_proxy_people_can_log_in(site: Make) -> None:
    """Its own idea of the host is told from the client's, until a setting names that."""
    headers = {"Origin": "http://app.example", "X-Forwarded-For": "198.51.100.7"}
    given = {"headers": headers, "peer": "127.0.0.1", "host": "127.0.0.1:8000", "https": False}
    open_, named = site(), site(trusted_hosts=("app.example",))

    assert passes(open_.post("/login", data=PASSWORD, **given))
    assert open_.reported("host_rewritten")[0]["setting"] == "trusted_hosts"
    assert passes(named.post("/login", data=PASSWORD, **given))
    headers["Origin"] = "http://evil.example"
    assert not passes(named.post("/login", data=PASSWORD, **given))
    assert not named.reported("host_rewritten")


def test_an_event_shows_no_control_characters(site: Make) -> None:
    """log-inject: an origin is escaped and cut."""
    one = site()

    one.post("/change", cookies=SESSION, headers={"Origin": "https://\x1b[31m" + "x" * 500})

    shown = one.refusal.details["origin"]
    assert "\x1b" not in shown
    assert len(shown) < 120


@pytest.mark.parametrize("kind", ["login", "reauth"])
@pytest.mark.parametrize("site_header", ["cross-site", "same-site"])
def test_a_link_elsewhere_holds_no_password(site: Make, kind: str, site_header: str) -> None:
    """A login that reads its query would log the visitor in as the attacker."""
    one = site()
    one.table.named["login"] = kind
    headers = {**LINK, "Sec-Fetch-Site": site_header}

    answer = one.get("/login?username=mallory&password=theirs", headers=headers)

    assert answer.status_code == 403
    assert one.refusal.details["what"] == "login_link"
    assert one.refusal.details["exemption"] == "hardening.exempt('login', 'cross_site')"
    assert "theirs" not in str(one.refusal)
    own = {**headers, "Sec-Fetch-Site": "same-origin"}
    assert passes(one.get("/login?username=ada&password=own", headers=own))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?next=/a",
        "?code=1&state=2",
        "?token=a-link-in-a-mail",
        "?password=",
        "?error=a&state=b",
    ],
)
def test_other_links_to_a_login_pass(site: Make, query: str) -> None:
    """Links of mails, portals and identity providers, and a browser's Basic credentials."""
    basic = {"Authorization": "Basic YTpi", **LINK}

    assert passes(site().get(f"/login{query}", headers=LINK))
    assert passes(site().get(f"/login{query}", headers=basic))


@pytest.mark.parametrize("dest", ["empty", "document"])
def test_a_head_does_not_log_out(site: Make, dest: str) -> None:
    """Flask answers HEAD by running the view for GET; nobody would see a question."""
    one = site()

    answer = one.send("HEAD", "/logout", headers={**LINK, "Sec-Fetch-Dest": dest})

    assert answer.status_code == 403


def test_the_event_names_only_what_helps(site: Make) -> None:
    """Links and pages that hide their origin have none that a setting could name."""
    one = site()

    one.get("/logout", headers={**LINK, "Sec-Fetch-Dest": "image"})
    link = one.refusal.details
    one.post("/change", cookies=SESSION, headers={"Origin": "null"})
    hidden = one.refusal.details
    one.post("/login", data=PASSWORD, headers=EVIL)
    login = one.refusal.details

    assert ("setting" in link, "exemption" in link) == (False, True)
    assert ("setting" in hidden, "exemption" in hidden) == (False, True)
    assert ("setting" in login, "exemption" in login) == (True, False)


@pytest.mark.parametrize("site_header", ["cross-site", "same-site"])
def test_sandboxed_frames_are_foreign(site: Make, site_header: str) -> None:
    """A page in a sandbox, or a redirect through another site, says ``Origin: null``."""
    headers = {"Sec-Fetch-Site": site_header, "Origin": "null"}

    assert not passes(site().post("/change", cookies=SESSION, headers=headers))


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_in_a_header_counts(site: Make, header: str) -> None:
    """A GET that says it is a DELETE is judged as one, wherever the app reads that."""
    one = site()
    headers = {header: "DELETE", "Sec-Fetch-Site": "cross-site"}

    assert not passes(one.get("/change", cookies=SESSION, headers=headers))
    assert passes(one.get("/change", cookies=SESSION, headers={header: "DELETE"}))


def test_a_method_that_a_middleware_puts_in_place_counts(site: Make) -> None:
    """As with Rails-like ``?_method=DELETE``, read before Flask sees the request."""
    one = site()
    inner = one.app.wsgi_app

    def override(environ: dict[str, Any], start_response: Any) -> Any:
        if "_method=DELETE" in environ["QUERY_STRING"]:
            environ["REQUEST_METHOD"] = "DELETE"
        return inner(environ, start_response)

    one.app.wsgi_app = override

    assert not passes(one.get("/change?_method=DELETE", cookies=SESSION, headers=LINK))


def test_a_preflight_passes(site: Make) -> None:
    """It asks what the app allows and does nothing; what follows it is judged."""
    one = site(trusted_origins=("https://spa.example",))
    asks = {
        **EVIL,
        "Sec-Fetch-Site": "cross-site",
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "x-http-method-override",
    }

    assert one.send("OPTIONS", "/change", headers=asks).status_code == 200
    assert not passes(one.send("DELETE", "/change", cookies=SESSION, headers=EVIL))
    spa = {"Origin": "https://spa.example", "Sec-Fetch-Site": "cross-site"}
    assert passes(one.send("DELETE", "/change", cookies=SESSION, headers=spa))


@pytest.mark.parametrize("origin", ["https://app.example", "https://app.example:443"])
@pytest.mark.parametrize("host", ["app.example", "app.example:443", "APP.example"])
def test_spellings_of_the_own_host(site: Make, origin: str, host: str) -> None:
    """Old browsers and proxies differ in capitals and usual ports."""
    headers = {"Origin": origin}

    assert passes(site().post("/change", cookies=SESSION, headers=headers, host=host))


@pytest.mark.parametrize("text", ["SAME-ORIGIN", "same-origin, cross-site", "", " same-origin"])
def test_made_up_metadata_proves_nothing(site: Make, text: str) -> None:
    """Only what browsers send counts; anything else needs an origin, and that is foreign."""
    headers = {"Sec-Fetch-Site": text, **EVIL}

    assert not passes(site().post("/change", cookies=SESSION, headers=headers))
