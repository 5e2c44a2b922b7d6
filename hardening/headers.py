"""Security headers on every response; the app's own header wins.

Flask-Talisman 1.1 is the engine. It is asked once for each distinct set of options, on an app
of its own, and what it answers is kept: so it can neither reflect the Host header, believe
``X-Forwarded-Proto``, overwrite a view's content policy nor change the app's cookie settings,
and a request pays for a few comparisons only.
Fails open: without these headers the response is the app's own. HSTS in particular is left
out where the store cannot say how long the app has been wrapped; browsers keep what they had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from hardening import unsafe_headers
from hardening.errors import StoreError
from hardening.events import Level
from hardening.hosts import names_this_machine
from hardening.shown import shown

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.policy import Policy
    from hardening.state import State

Pairs = tuple[tuple[str, str], ...]

CONTENT_POLICY = {  # ASVS 3.4.3, 3.4.6
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
    "form-action": "'self'",
}
PERMISSIONS_POLICY = {"camera": "(self)", "microphone": "(self)", "geolocation": "(self)"}
OPENER_POLICY = "same-origin-allow-popups"  # OAuth popups go on working (ASVS 3.4.8)
RESOURCE_POLICY = "same-site"  # ASVS 3.5.8

DAY_S = 24 * 60 * 60
YEAR_S = 365 * DAY_S
# (age of the store in seconds, max-age in seconds). numbers.md names the steps; when to take
# them is our own: each after the one before was in force for long enough to notice a mistake.
RAMP = ((30 * DAY_S, YEAR_S), (7 * DAY_S, 30 * DAY_S), (DAY_S, DAY_S), (0, 300))
RAMP_CHECK_S = 60  # how often the store's age is asked for, in seconds

CSP = "content-security-policy"
CSP_REPORT = "content-security-policy-report-only"
HSTS = "strict-transport-security"
CORP = "cross-origin-resource-policy"

_SAID_MOST = 1000  # (endpoint, header) pairs that are remembered as reported


class Headers:
    """Guard ``headers``.

    Args:
        context: the app and its policy.
        clock: seconds since the epoch; None: `Context.now`.
    """

    def __init__(self, context: Context, clock: Callable[[], float] | None = None) -> None:
        self._context = context
        self._clock = clock or context.now
        self._hsts_value: str | None = None
        self._hsts_until = float("-inf")
        self._said: set[tuple[str | None, ...]] = set()

    def after(self, request: Request, state: State, response: Response) -> None:
        """Add what is missing to `response`; report what the app set to something unsafe."""
        if "headers" in state.exempt:
            return
        headers = response.headers.to_wsgi_list()
        present = {name.lower() for name, _ in headers}
        personal = state.logged_in is not None or (state.user_used and state.user is not None)
        hsts = self._hsts() if self._hsts_applies(request, state) else None
        added, watched = wanted(hsts, self._context.policy.csp, personal)
        if not present.isdisjoint(watched):
            added = tuple(pair for pair in added if pair[0].lower() not in present)
            if CSP in present and self._context.policy.csp == "report-only":
                # The app has a policy of its own; a second opinion beside it would only be noise.
                added = tuple(pair for pair in added if pair[0].lower() != CSP_REPORT)
            self._judge(request.endpoint, headers)
        if not self._context.enforcing:
            if added:
                self._once({}, "headers_missing", "info", names=[name for name, _ in added])
        elif state.late is not None:
            state.late.extend(added)
        else:
            for name, value in added:
                response.headers.add(name, value)

    def _hsts_applies(self, request: Request, state: State) -> bool:
        client, policy = state.client, self._context.policy
        if client.https is not True or policy.hsts == "off":
            return False
        if policy.hsts == "ramp" and not policy.https:
            return False  # an owner who also serves http has not asked for HSTS
        if self._context.developing(client) or self._context.under_test(client):
            return False
        environ = request.environ
        if names_this_machine(environ.get("HTTP_HOST") or ""):
            return False
        return not names_this_machine(environ.get("HTTP_X_FORWARDED_HOST") or "")

    def _hsts(self) -> str | None:
        now = self._clock()
        if not self._hsts_until - RAMP_CHECK_S <= now < self._hsts_until:
            self._hsts_until = now + RAMP_CHECK_S
            try:
                self._hsts_value = hsts_value(self._context.policy, self._age(now))
            except StoreError:
                self._once({}, "hsts_age_unknown", "warning")
        return self._hsts_value

    def _age(self, now: float) -> float:
        if self._context.policy.hsts != "ramp":
            return 0.0
        return now - self._context.store.created_at()

    def _judge(self, endpoint: str | None, headers: Iterable[tuple[str, str]]) -> None:
        for name, value in headers:
            problem = unsafe_headers.problem(name.lower(), value)
            if problem is not None:
                details = {"endpoint": endpoint, "header": name, "value": shown(value)}
                self._once(details, "header_unsafe", "warning", problem=problem)

    def _once(
        self, where: dict[str, str | None], event: str, level: Level, **details: object
    ) -> None:
        """Report an event once for each endpoint and header in `where`."""
        key = (event, where.get("endpoint"), where.get("header"))
        if key not in self._said and len(self._said) < _SAID_MOST:
            self._said.add(key)
            self._context.report(event, level, **where, **details)


def hsts_value(policy: Policy, age_s: float) -> str:
    """Return the value of ``Strict-Transport-Security`` for an app wrapped `age_s` seconds ago."""
    if policy.hsts == "strict":
        return f"max-age={YEAR_S}; includeSubDomains"
    if policy.hsts == "preload":
        return f"max-age={YEAR_S}; includeSubDomains; preload"
    if isinstance(policy.hsts, int):
        return f"max-age={policy.hsts}"
    most = next((seconds for since, seconds in RAMP if age_s >= since), RAMP[-1][1])
    return f"max-age={most}"


@lru_cache(maxsize=64)  # two for each value of HSTS, which changes three times in an app's life
def wanted(hsts: str | None, csp: str, personal: bool) -> tuple[Pairs, frozenset[str]]:
    """Return the headers that a response should have, as Flask-Talisman writes them, and the
    names in lower case that make it worth looking at what the response has already.

    Args:
        hsts: the value of ``Strict-Transport-Security``, or None for none.
        csp: ``enforce``, ``report-only`` or ``off``.
        personal: whether the response was made for a user who is logged in.
    """
    found = dict(_ask_talisman(with_csp=csp != "off"))
    if csp == "report-only":
        # Talisman sends this name only with an outside address to report to.
        policy = found.pop("Content-Security-Policy")
        found["Content-Security-Policy-Report-Only"] = policy
    found["Cross-Origin-Opener-Policy"] = OPENER_POLICY
    if personal:
        found["Cross-Origin-Resource-Policy"] = RESOURCE_POLICY
    if hsts is not None:
        found["Strict-Transport-Security"] = hsts
    watched = unsafe_headers.JUDGED.union({CSP}, (name.lower() for name in found))
    return tuple(found.items()), watched


@lru_cache(maxsize=2)
def _ask_talisman(*, with_csp: bool) -> tuple[tuple[str, str], ...]:
    from flask import Flask
    from flask_talisman import Talisman

    # hardening: ignore[session-cookie-insecure] an app that is only asked for headers
    asked = Flask("hardening.headers", static_folder=None)
    Talisman(
        asked,
        force_https=False,
        session_cookie_secure=False,
        strict_transport_security=False,
        frame_options="SAMEORIGIN",
        referrer_policy="strict-origin-when-cross-origin",  # ASVS 3.4.5
        permissions_policy=PERMISSIONS_POLICY,
        feature_policy={},
        document_policy={},
        content_security_policy=CONTENT_POLICY if with_csp else None,
        x_content_type_options=True,
        x_xss_protection=False,
    )
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(),
    }
    with asked.request_context(environ):
        answer = asked.process_response(asked.response_class())
    own = ("content-type", "content-length")
    return tuple((name, value) for name, value in answer.headers if name.lower() not in own)
