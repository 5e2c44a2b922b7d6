"""Security headers on every response; the app's own header wins.

`hardening.header_plan` knows which; here they are put on, after everything the app does, so that
what a view, an ``after_request`` function or the app's own Flask-Talisman set is there already.
Fails open: without these headers the response is the app's own. HSTS in particular is left
out where the store cannot say how long the app has been wrapped; browsers keep what they had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from flask import session

from hardening import unsafe_headers
from hardening.csp import nonce, place
from hardening.errors import StoreError
from hardening.events import Level
from hardening.header_plan import Plan, ViewHeaders
from hardening.hosts import names_this_machine
from hardening.present import header_names
from hardening.sessions.keys import peek
from hardening.shown import shown

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.csp.pages import Pages
    from hardening.policy import Policy
    from hardening.state import State

DAY_S = 24 * 60 * 60
YEAR_S = 365 * DAY_S
# (age of the store in seconds, max-age in seconds). numbers.md names the steps; when to take
# them is our own: each after the one before was in force for long enough to notice a mistake.
RAMP = ((30 * DAY_S, YEAR_S), (7 * DAY_S, 30 * DAY_S), (DAY_S, DAY_S), (0, 300))
RAMP_CHECK_S = 60  # how often the store's age is asked for, in seconds

CSP = "content-security-policy"
CSP_REPORT = "content-security-policy-report-only"
ENDS = "reporting-endpoints"

_SAID_MOST = 1000  # (endpoint, header) pairs that are remembered as reported


class Headers:
    """Guard ``headers``.

    Args:
        context: the app and its policy.
        clock: seconds since the epoch; None: `Context.now`.
        reports: whether browsers may be asked for reports.
        pages: learns what the app's own pages load; None: nobody does.
    """

    def __init__(
        self,
        context: Context,
        clock: Callable[[], float] | None = None,
        *,
        reports: bool = False,
        pages: Pages | None = None,
    ) -> None:
        self._context = context
        self._clock = clock or context.now
        self._pages = pages if context.policy.csp == "report-only" else None
        self._announces: bool | None = None if reports else False
        self._plan = Plan.of(context.policy)
        self._view_plans: dict[ViewHeaders, Plan] = {}
        self.views: Mapping[object, ViewHeaders] = {}
        """What `Hardening.headers` said, by view function or endpoint."""
        self._hsts_value: str | None = None
        self._hsts_until = float("-inf")
        self._said: set[tuple[str | None, ...]] = set()

    def after(self, request: Request, state: State, response: Response) -> None:
        """Add what is missing to `response`; report what the app set to something unsafe."""
        if "headers" in state.exempt:
            return
        present = header_names(state, response)
        personal = state.logged_in is not None or (state.user_used and state.user is not None)
        hsts = self._hsts() if self._hsts_applies(request, state) else None
        plan = self._plan_of(request) if self.views else self._plan
        prefix = request.environ.get("SCRIPT_NAME", "") if self._reports(request) else None
        clear = self._context.policy.clear_site_data and self._left(state)
        secure = state.client.https is True
        found = plan.wanted(hsts, personal, prefix, secure=secure, clear=clear)
        added = found.pairs
        if plan.nonces:
            # A page that is still being made may ask for its nonce after the headers are gone.
            value = nonce.make(state) if response.is_streamed else nonce.made(state)
            added = added if value is None else found.with_nonce(value)
        if not present.isdisjoint(found.watched):
            added = tuple(pair for pair in added if pair[0].lower() not in present)
            if CSP in present and plan.csp == "report-only":
                # The app has a policy of its own; a second opinion beside it would only be noise.
                added = tuple(pair for pair in added if pair[0].lower() not in (CSP_REPORT, ENDS))
            self._judge(request.endpoint, response.headers)
        if not self._context.enforcing:
            if added:
                self._once({}, "headers_missing", "info", names=[name for name, _ in added])
            return
        if state.late is not None:
            state.late.extend(added)
        else:
            for name, value in added:
                response.headers.add(name, value)
        if self._pages is not None:
            self._pages.look(request, state, response)

    def _plan_of(self, request: Request) -> Plan:
        endpoint = request.endpoint
        view = self._context.app.view_functions.get(endpoint or "")
        own = self.views.get(endpoint) or self.views.get(view)
        if own is None:
            return self._plan
        # Bounded: there are no more of these than calls of `Hardening.headers`.
        plan = self._view_plans.get(own)
        if plan is None:
            plan = self._view_plans[own] = self._plan.for_view(own)
        return plan

    def _reports(self, request: Request) -> bool:
        """Return whether browsers are told where to report; the app may have the address."""
        if self._announces is None:
            self._announces = place.announced(self._context.app, request.environ)
        return bool(self._announces)

    def _left(self, state: State) -> bool:
        """Return whether somebody who was logged in has just logged out, over https."""
        if state.client.https is not True or state.user_id_at_open is None or state.refused:
            return False
        # A session that had ended before lets no user in, and that is no logout. Where nobody
        # looked at the user, it was the app itself that took the login out of the session.
        was_in = state.user is not None or not state.user_used
        return was_in and peek(session._get_current_object(), "_user_id") is None  # type: ignore[attr-defined]  # LocalProxy

    def _hsts_applies(self, request: Request, state: State) -> bool:
        client, policy = state.client, self._context.policy
        if client.https is not True or policy.hsts == "off":
            return False
        if policy.hsts == "ramp" and not policy.https:
            return False  # an owner who also serves http has not asked for HSTS
        if self._context.lenient(client):
            return False
        environ = request.environ
        if names_this_machine(environ.get("HTTP_HOST") or ""):
            return False
        forwarded = environ.get("HTTP_X_FORWARDED_HOST")
        return not forwarded or not names_this_machine(forwarded)

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
