"""The settings `csp_policy` and `csp_nonce`, `Hardening.headers`, and `clear_site_data`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, render_template_string, stream_with_context
from flask_talisman import Talisman
from site_app import Site

from hardening import Hardening, Policy
from hardening.errors import ConfigurationError

Make = Callable[..., Site]
CSP, REPORT = "Content-Security-Policy", "Content-Security-Policy-Report-Only"
TEMPLATE = '<script nonce="{{ csp_nonce() }}">1</script><style nonce="{{ csp_nonce() }}"></style>'


def page(app: Flask) -> None:
    app.add_url_rule("/page", "page", lambda: render_template_string(TEMPLATE))


def directives(value: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in value.split(";"))
    return {name: sources for name, _, sources in parts}


def test_directives_replace_those_of_the_default(make_site: Make) -> None:
    """A list or a string; None leaves one out; the rest of the default stays."""
    site = make_site(
        csp="enforce",
        csp_policy={
            "IMG-SRC": ["'self'", "data:", "https://*.example:*"],
            "form-action": None,
            "upgrade-insecure-requests": "",
        },
    )

    found = directives(site.browser().get("/static-page").headers[CSP])

    assert found["img-src"] == "'self' data: https://*.example:*"
    assert found["default-src"] == "'self'"
    assert found["upgrade-insecure-requests"] == ""
    assert "form-action" not in found


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("default-src 'self'", "a mapping"),
        ({"img-source": "'self'"}, "img-src"),
        ({7: "'self'"}, "img-src"),
        ({"img-src": 7}, "a string"),
        ({"img-src": ["'self'", 7]}, "a string"),
        ({"img-src": ""}, "'none'"),
        ({"img-src": "self"}, "quotes"),
        ({"img-src": "none"}, "quotes"),
        ({"script-src": "nonce-abc"}, "quotes"),
        ({"script-src": "'nonce-abc'"}, "csp_nonce=True"),
        ({"script-src": "'unsafe-inlin'"}, "'unsafe-inline'"),
        ({"script-src": "'sha256-'"}, "'unsafe-inline'"),
        ({"img-src": "'none' https://a.example"}, "'none' alone"),
        ({"img-src": "https://a.example; script-src *"}, "semicolons"),
        ({"img-src": "a.example,b.example"}, "commas"),
        ({"img-src": ["a b"]}, "spaces"),
        ({"img-src": "https://a.example\r\nX: y\x00"}, "spaces"),
        ({"img-src": "https://bücher.example"}, "spaces"),
    ],
)
def test_a_malformed_policy_is_refused(policy: Any, says: str) -> None:
    """At start, with the key, the value and what would be accepted."""
    with pytest.raises(ConfigurationError, match=re.escape("csp_policy")) as caught:
        Policy(csp_policy=policy)

    assert says in str(caught.value)


def test_the_configuration_is_read_too(make_site: Make) -> None:
    """Like every setting, and its error names the key of the configuration."""
    site = make_site(
        before=lambda app: app.config.update(HARDENING_CSP_POLICY={"img-src": "data:"})
    )

    assert "img-src data:" in site.browser().get("/static-page").headers[REPORT]
    with pytest.raises(ConfigurationError, match="HARDENING_CSP_POLICY"):
        make_site(before=lambda app: app.config.update(HARDENING_CSP_POLICY={"x": ""}))


@pytest.mark.parametrize(("csp", "name"), [("enforce", CSP), ("report-only", REPORT)])
def test_a_nonce_is_new_in_every_response(make_site: Make, csp: str, name: str) -> None:
    """In the page, in the policy for scripts and styles, and the same in all places of one page."""
    site = make_site(before=page, csp=csp, csp_nonce=True)
    nonces = []
    for _ in range(3):
        answer = site.browser().get("/page")
        script, style = re.findall(r'nonce="([^"]+)"', answer.text)
        found = directives(answer.headers[name])

        assert script == style
        assert found["script-src"] == found["style-src"] == f"'self' 'nonce-{script}'"
        nonces.append(script)

    assert len(set(nonces)) == 3
    assert all(len(nonce) >= 22 for nonce in nonces)  # 128 bits and more


def test_only_the_nonce_changes(make_site: Make) -> None:
    """Everything else is what a page that asks for none is sent with."""
    site = make_site(before=page, csp="enforce", csp_nonce=True)

    asked, other = (site.browser().get(path).headers for path in ("/page", "/static-page"))

    assert re.sub(r" 'nonce-[^']+'", "", asked[CSP]) == other[CSP]
    assert "nonce" not in other[CSP]
    assert [name for name, _ in asked] == [name for name, _ in other]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"script-src": "'self' https://a.example"}, {"script-src": "'self' https://a.example N"}),
        ({"script-src": "'none'"}, {"script-src": "'none'", "style-src": "'self' N"}),
        ({"script-src-elem": "'self'"}, {"script-src-elem": "'self' N", "script-src": "'self' N"}),
        ({"default-src": None}, {"script-src": None, "style-src": None}),
    ],
)
def test_where_the_nonce_goes(
    make_site: Make, policy: dict[str, Any], expected: dict[str, str | None]
) -> None:
    """Beside the directive's own sources, else beside those that browsers fall back to."""
    site = make_site(before=page, csp="enforce", csp_nonce=True, csp_policy=policy)

    found = directives(re.sub(r"'nonce-[^']+'", "N", site.browser().get("/page").headers[CSP]))

    assert {name: found.get(name) for name in expected} == expected


def test_a_streamed_page_has_its_nonce_in_the_header(make_site: Make) -> None:
    """Its template asks after the headers are gone."""

    def streamed(app: Flask) -> None:
        @app.get("/page")
        def view() -> Response:
            def parts() -> Iterator[str]:
                yield render_template_string(TEMPLATE)

            return Response(stream_with_context(parts()))

    answer = make_site(before=streamed, csp="enforce", csp_nonce=True).browser().get("/page")

    (nonce,) = set(re.findall(r'nonce="([^"]+)"', answer.text))
    assert f"'nonce-{nonce}'" in answer.headers[CSP]


@pytest.mark.parametrize("mode", ["observe", "off"])
def test_templates_work_in_every_mode(make_site: Make, mode: str) -> None:
    """Switching the wrapper off must not break the pages that ask for a nonce."""
    answer = make_site(before=page, mode=mode, csp_nonce=True).browser().get("/page")

    assert answer.status_code == 200
    assert not any(name.startswith(CSP) for name, _ in answer.headers)


def test_templates_work_outside_a_request(make_site: Make) -> None:
    """Such as those of a mail."""
    site = make_site(csp_nonce=True)
    with site.app.app_context():
        assert render_template_string(TEMPLATE).startswith('<script nonce="">')


def test_wrapping_does_not_make_jinjas_environment(make_site: Make) -> None:
    """An app that sets its options later still can."""
    site = make_site(csp_nonce=True)
    site.app.jinja_options = {"variable_start_string": "[["}

    assert site.app.jinja_env.variable_start_string == "[["
    assert "csp_nonce" in site.app.jinja_env.globals


@pytest.mark.parametrize("made", [True, False])
def test_the_apps_own_name_wins(make_site: Make, made: bool) -> None:
    """An app, or its Talisman, that has `csp_nonce` keeps it."""

    def own(app: Flask) -> None:
        if made:
            app.jinja_env.globals["csp_nonce"] = lambda: "own"
        page(app)

    site = make_site(before=own, csp_nonce=True)
    if not made:
        site.app.jinja_env.globals["csp_nonce"] = lambda: "own"

    assert 'nonce="own"' in site.browser().get("/page").text


def test_without_the_setting_templates_get_nothing(site: Site) -> None:
    """The name is the app's own."""
    assert "csp_nonce" not in site.app.jinja_env.globals


# Headers of one view.


def test_a_view_may_differ(make_site: Make) -> None:
    """Frames and the policy that must agree with them; other views stay as they are."""
    site = make_site(csp="enforce")
    site.hardening.headers("static_page", frame_options="DENY", csp_policy={"img-src": "*"})
    browser = site.browser()

    own, other = browser.get("/static-page").headers, browser.get("/login").headers

    assert (own["X-Frame-Options"], other["X-Frame-Options"]) == ("DENY", "SAMEORIGIN")
    assert directives(own[CSP])["frame-ancestors"] == "'none'"
    assert directives(own[CSP])["img-src"] == "*"
    assert directives(other[CSP])["frame-ancestors"] == "'self'"
    assert "img-src" not in other[CSP]


def test_a_view_may_be_embedded(make_site: Make) -> None:
    """``off`` takes both headers' say away; a policy of its own may name who embeds it."""
    site = make_site(csp="enforce")
    site.hardening.headers("static_page", frame_options="off")
    site.hardening.headers(
        "login", frame_options="off", csp_policy={"frame-ancestors": "https://a.example"}
    )
    browser = site.browser()

    free, named = browser.get("/static-page").headers, browser.get("/login").headers

    assert "X-Frame-Options" not in free
    assert "frame-ancestors" not in free[CSP]
    assert "X-Frame-Options" not in named
    assert directives(named[CSP])["frame-ancestors"] == "https://a.example"


@pytest.mark.parametrize(
    ("app_wide", "own", "present"),
    [
        ("report-only", "enforce", {CSP}),
        ("enforce", "report-only", {REPORT}),
        ("off", "enforce", {CSP}),
        ("enforce", "off", set()),
    ],
)
def test_a_view_may_be_ahead_or_behind(
    make_site: Make, app_wide: str, own: str, present: set[str]
) -> None:
    """A policy is rolled out view by view."""
    site = make_site(csp=app_wide)
    site.hardening.headers("static_page", csp=own)

    headers = site.browser().get("/static-page").headers

    assert {name for name, _ in headers if name.startswith(CSP)} == present


def test_as_a_decorator_before_the_app_is_wrapped() -> None:
    """In the factory form a view is written before there is an app."""
    hardening = Hardening(store="memory://")
    app = Flask("factory")
    app.secret_key = "5f352379324c22463451387a0aec5d2f81e7d5a6b0c0f7aa"

    @app.route("/widget")
    @hardening.headers(frame_options="off")
    def widget() -> str:
        return "widget"

    hardening.init_app(app)
    answer = app.test_client().get("/widget", base_url="https://app.example")

    assert answer.text == "widget"
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "wrong",
    [
        {"csp": "strict"},
        {"frame_options": "ALLOW-FROM https://a.example"},
        {"csp_policy": {"img-src": "self"}},
    ],
)
def test_a_views_wish_is_judged(site: Site, wrong: dict[str, Any]) -> None:
    """At once, with the choices."""
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        site.hardening.headers("login", **wrong)


def test_a_header_that_the_view_sets_wins(make_site: Make) -> None:
    """view-csp: also over `Hardening.headers`, and when an ``after_request`` function sets it."""

    def own(app: Flask) -> None:
        @app.after_request
        def after(response: Response) -> Response:
            response.headers[CSP] = "default-src 'none'"
            response.headers["X-Frame-Options"] = "DENY"
            return response

    site = make_site(before=own, csp="enforce")
    site.hardening.headers("static_page", frame_options="off", csp_policy={"img-src": "*"})

    headers = site.browser().get("/static-page").headers

    assert headers.getlist(CSP) == ["default-src 'none'"]
    assert headers.getlist("X-Frame-Options") == ["DENY"]


# An app with Flask-Talisman of its own.


@pytest.mark.parametrize("early", [True, False])
def test_an_app_with_talisman_is_redirected_once_and_told_once(
    make_site: Make, early: bool
) -> None:
    """view-csp: no header twice, no second redirect, whichever came first."""

    options = {
        "content_security_policy": {"script-src": "'self'"},
        "content_security_policy_nonce_in": ["script-src"],
    }

    def own(app: Flask) -> None:
        page(app)
        if early:
            Talisman(app, **options)

    site = make_site(before=own, csp="enforce", csp_nonce=True)
    if not early:
        Talisman(site.app, **options)
    browser = site.browser()

    redirected = browser.get("/page", base_url="http://app.example")
    answer = browser.get("/page")

    assert (redirected.status_code, redirected.headers["Location"]) == (
        308,
        "https://app.example/page",
    )
    assert answer.status_code == 200
    for headers in (redirected.headers, answer.headers):
        names = [name.lower() for name, _ in headers]
        assert sorted(names) == sorted(set(names))
    nonce = re.search(r'nonce="([^"]+)"', answer.text).group(1)
    assert f"'nonce-{nonce}'" in answer.headers[CSP]
    assert browser.login().status_code == 200
    assert browser.who() == "ada"


# Clear-Site-Data.


@pytest.mark.parametrize("path", ["/logout", "/clear"])
def test_a_logout_clears_the_browser(make_site: Make, path: str) -> None:
    """However the app logs out; nowhere else."""
    browser = make_site(clear_site_data=True).browser()
    login = browser.login()
    inside = browser.get("/private")
    out = browser.post(path)
    again = browser.post(path)

    assert out.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    for answer in (login, inside, again):
        assert "Clear-Site-Data" not in answer.headers


def test_not_unless_asked_and_never_over_http(make_site: Make) -> None:
    """Browsers ignore it over http."""
    plain = make_site().browser()
    plain.login()
    over_http = make_site(clear_site_data=True, https=False).browser()
    base = "http://app.example"
    over_http.post(
        "/login", {"username": "ada", "password": "correct horse battery staple"}, base_url=base
    )

    assert "Clear-Site-Data" not in plain.post("/logout").headers
    assert "Clear-Site-Data" not in over_http.post("/logout", base_url=base).headers


def test_the_apps_own_clearing_wins(make_site: Make) -> None:
    """What it named stays what it named."""

    def own(app: Flask) -> None:
        @app.after_request
        def after(response: Response) -> Response:
            response.headers["Clear-Site-Data"] = '"cache"'
            return response

    browser = make_site(before=own, clear_site_data=True).browser()
    browser.login()

    assert browser.post("/logout").headers.getlist("Clear-Site-Data") == ['"cache"']


def test_a_session_that_had_ended_is_no_logout(make_site: Make) -> None:
    """A browser that comes back with a revoked session keeps what it holds."""
    site = make_site(clear_site_data=True)
    browser = site.browser()
    browser.login()
    site.hardening.sessions.revoke_all("ada")

    for path in ("/who", "/static-page", "/private"):
        assert "Clear-Site-Data" not in browser.get(path).headers


def test_an_exemption_before_the_app_is_wrapped() -> None:
    """In the factory form it is written beside the view, and holds once there is an app."""
    hardening = Hardening(store="memory://")
    app = Flask("factory")
    app.secret_key = "5f352379324c22463451387a0aec5d2f81e7d5a6b0c0f7aa"

    def health() -> str:
        return "well"

    app.add_url_rule("/healthz", "health", hardening.exempt(health, "transport"))
    app.add_url_rule("/other", "other", lambda: "other")
    hardening.init_app(app)
    peer = {"REMOTE_ADDR": "203.0.113.9"}

    found = [
        app.test_client().get(path, base_url="http://app.example", environ_overrides=peer)
        for path in ("/healthz", "/other")
    ]

    assert [answer.status_code for answer in found] == [200, 308]
