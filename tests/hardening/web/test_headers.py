"""Guard `headers`: rows no-headers and view-csp, and the ramp of HSTS."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Response
from flask_talisman import Talisman

from hardening.errors import StoreError
from hardening.headers import DAY_S
from hardening.unsafe_headers import problem

Make = Callable[..., Any]

CONTENT_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "form-action 'self'"
)
YEAR = 31536000
USER = SimpleNamespace(id="1")


@pytest.fixture
def site(probe: Make) -> Make:
    def make(own: dict[str, str] | None = None, **settings: Any) -> Any:
        one = probe(**settings)

        @one.app.get("/")
        def page() -> Response:
            return Response("x", headers=own or {})

        return one

    return make


def test_exactly_the_list(site: Make) -> None:
    """no-headers: these and no others, as numbers.md has them."""
    answer = site().get("/")

    own = {"Content-Type", "Content-Length", "Vary"}
    found = {name: value for name, value in answer.headers.items() if name not in own}
    assert found == {
        "Strict-Transport-Security": "max-age=300",
        "Content-Security-Policy-Report-Only": CONTENT_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "X-Frame-Options": "SAMEORIGIN",
        "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
    }


@pytest.mark.parametrize("path", ["/nowhere", "/static/none.css"])
def test_on_every_response(site: Make, path: str) -> None:
    """Errors carry them too."""
    assert site().get(path).headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("field", ["user", "logged_in"])
def test_personal_pages_are_not_for_other_sites(site: Make, field: str) -> None:
    """CORP is set where the page was made for a user, and nowhere else."""
    one = site()
    anonymous = one.get("/")
    one.change = lambda state: (setattr(state, "user_used", True), setattr(state, field, USER))

    assert one.get("/").headers["Cross-Origin-Resource-Policy"] == "same-site"
    assert "Cross-Origin-Resource-Policy" not in anonymous.headers


@pytest.mark.parametrize(
    ("csp", "present", "absent"),
    [
        ("enforce", "Content-Security-Policy", "Content-Security-Policy-Report-Only"),
        ("report-only", "Content-Security-Policy-Report-Only", "Content-Security-Policy"),
    ],
)
def test_the_content_policy_follows_the_setting(
    site: Make, csp: str, present: str, absent: str
) -> None:
    """Enforced or reported, never both."""
    answer = site(csp=csp).get("/")

    assert answer.headers[present] == CONTENT_POLICY
    assert absent not in answer.headers


def test_no_content_policy_if_switched_off(site: Make) -> None:
    """``off`` leaves it to the app."""
    headers = site(csp="off").get("/").headers

    assert not [name for name, _ in headers if name.startswith("Content-Security")]
    assert headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("csp", ["enforce", "report-only"])
def test_a_views_own_values_win(site: Make, csp: str) -> None:
    """view-csp: what the app says is neither replaced nor said twice."""
    own = {
        "content-security-policy": "default-src 'none'",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=60",
    }

    headers = site(own, csp=csp).get("/").headers

    assert {name: headers.getlist(name) for name in own} == {k: [v] for k, v in own.items()}
    assert "Content-Security-Policy-Report-Only" not in headers


def test_an_enforced_policy_stands_beside_the_apps_report(site: Make) -> None:
    """An app that only reports has not enforced anything yet; the owner asked to."""
    own = {"Content-Security-Policy-Report-Only": "default-src 'none'"}

    headers = site(own, csp="enforce").get("/").headers

    assert headers["Content-Security-Policy"] == CONTENT_POLICY
    assert headers.getlist("Content-Security-Policy-Report-Only") == ["default-src 'none'"]


def test_an_app_with_talisman_keeps_it(site: Make) -> None:
    """Only what its Talisman leaves out is added; nothing appears twice."""
    one = site()
    Talisman(one.app, content_security_policy={"default-src": "'none'"}, frame_options="DENY")

    headers = one.get("/").headers

    assert headers["Content-Security-Policy"] == "default-src 'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    names = [name.lower() for name, _ in headers]
    assert len(names) == len(set(names))


def test_the_apps_cookie_settings_are_left_alone(site: Make) -> None:
    """Asking Talisman changes nothing in the wrapped app."""
    one = site()
    one.app.config["SESSION_COOKIE_SAMESITE"] = "Strict"
    hooks = len(one.app.before_request_funcs[None])

    one.get("/")

    assert one.app.config["SESSION_COOKIE_SAMESITE"] == "Strict"
    assert one.app.config["SESSION_COOKIE_SECURE"] is False
    assert len(one.app.before_request_funcs[None]) == hooks


@pytest.mark.parametrize(
    ("age_s", "seconds"),
    [
        (0, 300),
        (DAY_S - 61, 300),
        (DAY_S, DAY_S),
        (7 * DAY_S, 30 * DAY_S),
        (30 * DAY_S, YEAR),
        (-5, 300),
    ],
)
def test_hsts_ramps_up_by_itself(site: Make, age_s: float, seconds: int) -> None:
    """The longer the app has been wrapped, the longer browsers are told to remember."""
    one = site(clock=lambda: one.store.created_at() + age_s)

    assert one.get("/").headers["Strict-Transport-Security"] == f"max-age={seconds}"


def test_the_store_is_asked_once_a_minute(site: Make) -> None:
    """The ramp costs a look at the store per minute, not per request."""
    now = [1000.0]
    one = site(clock=lambda: now[0])

    for _ in range(5):
        one.get("/")
    first = one.opened
    now[0] += 61
    one.get("/")

    assert (first, one.opened) == (1, 2)


@pytest.mark.parametrize(
    ("hsts", "value"),
    [
        ("strict", f"max-age={YEAR}; includeSubDomains"),
        ("preload", f"max-age={YEAR}; includeSubDomains; preload"),
        (600, "max-age=600"),
        ("off", None),
    ],
)
def test_hsts_follows_the_setting(site: Make, hsts: str | int, value: str | None) -> None:
    """Every other setting holds from the first response, without a store."""
    one = site(hsts=hsts)

    assert one.get("/").headers.get("Strict-Transport-Security") == value
    assert one.opened == 0


def test_a_store_that_fails_keeps_the_last_value(site: Make) -> None:
    """Without a known age there is no HSTS; with one it stays; one event tells."""
    one = site()
    fresh = site()

    def fail() -> None:
        raise StoreError("gone")

    one.get("/")
    one.context.open_store = fresh.context.open_store = fail
    one.headers._hsts_until = 0.0

    assert one.get("/").headers["Strict-Transport-Security"] == "max-age=300"
    assert "Strict-Transport-Security" not in fresh.get("/").headers
    assert len(fresh.reported("hsts_age_unknown")) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"https": False, "peer": "10.0.0.2", "headers": {"X-Forwarded-For": "198.51.100.7"}},
        {"host": "localhost:5000"},
        {"host": "127.0.0.1"},
        {"host": "[::1]:8000"},
        {"host": "app.localhost"},
    ],
)
def test_no_hsts_where_it_would_lock_out(site: Make, given: dict[str, Any]) -> None:
    """Not where https is not known to work, and never for this machine's own names."""
    assert "Strict-Transport-Security" not in site().get("/", **given).headers


@pytest.mark.parametrize("flag", ["debug", "testing"])
def test_no_hsts_for_developers_and_tests(site: Make, flag: str) -> None:
    """A forgotten flag does not switch it off for strangers."""
    one = site()
    setattr(one.app, flag, True)

    assert "Strict-Transport-Security" not in one.get("/", peer="127.0.0.1").headers
    assert "Strict-Transport-Security" in one.get("/").headers


def test_no_ramp_where_http_is_allowed(site: Make) -> None:
    """``https=False`` means that http must go on working."""
    assert "Strict-Transport-Security" not in site(https=False).get("/").headers
    assert "Strict-Transport-Security" in site(https=False, hsts=60).get("/").headers


def test_an_unsafe_value_is_kept_and_reported_once(site: Make) -> None:
    """The app wins, and its owner hears of it."""
    one = site({"X-Frame-Options": "ALLOWALL"})

    answers = [one.get("/") for _ in range(3)]

    assert answers[0].headers["X-Frame-Options"] == "ALLOWALL"
    (event,) = one.reported("header_unsafe")
    assert (event["endpoint"], event["header"]) == ("page", "X-Frame-Options")


@pytest.mark.parametrize(
    ("name", "value", "unsafe"),
    [
        ("strict-transport-security", "max-age=0", True),
        ("strict-transport-security", "includeSubDomains", True),
        ("strict-transport-security", 'max-age="31536000"', False),
        ("x-content-type-options", "sniff", True),
        ("x-content-type-options", "NoSniff", False),
        ("x-frame-options", "ALLOW-FROM https://a.example", True),
        ("x-frame-options", "deny", False),
        ("referrer-policy", "unsafe-url", True),
        ("referrer-policy", "no-referrer", False),
        ("content-security-policy", "default-src *", True),
        ("content-security-policy", "default-src 'self'; script-src 'unsafe-inline'", True),
        ("content-security-policy", "script-src 'unsafe-inline' 'nonce-abc'", False),
        ("content-security-policy", "script-src 'strict-dynamic' 'nonce-a' https:", False),
        ("content-security-policy", "script-src 'self'; script-src *", False),
        ("content-security-policy", "frame-ancestors 'none'", False),
        ("content-security-policy", "style-src 'unsafe-inline'; default-src 'self'", False),
        ("x-powered-by", "anything", False),
    ],
)
def test_what_counts_as_unsafe(name: str, value: str, unsafe: bool) -> None:
    """Values that undo the header's purpose are told from those that only differ from ours."""
    assert (problem(name, value) is not None) is unsafe


def test_observing_adds_nothing(site: Make) -> None:
    """Observe mode names what is missing, once."""
    one = site(mode="observe")

    answers = [one.get("/") for _ in range(2)]

    assert "X-Frame-Options" not in answers[0].headers
    (event,) = one.reported("headers_missing")
    assert "X-Frame-Options" in event["names"]


def test_an_exempt_view_gets_none(site: Make) -> None:
    """`Hardening.exempt` holds for headers too."""
    one = site()
    one.change = lambda state: setattr(state, "exempt", frozenset({"headers"}))

    assert "X-Frame-Options" not in one.get("/").headers
