"""The guards of one app, and their order: first the connection, then the origin, then the login.

Nothing that goes wrong inside a guard reaches the app: it becomes the event ``guard_failed``
and the request goes on as that guard's own file documents.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hardening.cache import Cache
from hardening.csp.pages import Pages
from hardening.headers import Headers
from hardening.kinds import kinds_of
from hardening.logins.detect import Endpoints
from hardening.logins.throttle import Throttle
from hardening.logins.timing import Timing
from hardening.origin import CrossSite
from hardening.passwords.submitted import SubmittedHash
from hardening.passwords.upgrade import Upgrades
from hardening.redirects import Redirects
from hardening.secret_key import SecretKey
from hardening.sessions.guard import SessionGuard
from hardening.sessions.keys import peek
from hardening.transport import Transport

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.csp.collector import Answer, Collector
    from hardening.csp.proposal import Proposal
    from hardening.decision import Refusal
    from hardening.policy import Guard
    from hardening.state import State

T = TypeVar("T")

_READS = frozenset({"GET", "HEAD"})


class Judges(Protocol):
    """A guard that may refuse a request."""

    def before(self, request: Request, state: State) -> Refusal | None:
        """Return why the request must not reach the app, or None."""


class Finishes(Protocol):
    """A guard that looks at the response."""

    def after(self, request: Request, state: State, response: Response) -> None:
        """Settle what the request meant, and change the response where the guard must."""


class Pipeline:
    """Builds the guards that the policy leaves on and calls them in order.

    Args:
        context: the wrapped app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        on = context.policy.guards_on
        self.endpoints = Endpoints(context)
        self.secret_key = SecretKey(context, self.endpoints)
        self.throttle = Throttle(context, self.endpoints)
        self.timing = Timing(context, self.endpoints)
        self.sessions = SessionGuard(context, self.throttle.devices.forget)
        self.upgrades = Upgrades(context, self.sessions)
        if on("throttle"):
            self.upgrades.rehashed = self.throttle.checks.rehashed
        cross_site = CrossSite(context, self.endpoints)
        self.cross_site = cross_site if on("cross_site") else None
        redirects = Redirects(context, self.endpoints)
        self.pages = Pages(context)
        transport, cache = Transport(context), Cache(context, self.endpoints)
        self._reports = context.enforcing and on("headers")
        self._collector: Collector | None = None
        self._collector_lock = Lock()
        self.headers = Headers(context, reports=self._reports, pages=self.pages)
        before: list[tuple[Guard, Judges]] = [
            ("passwords", self.upgrades),
            ("transport", transport),
            ("sessions", self.secret_key),
            ("redirects", redirects),
            ("cross_site", cross_site),
            ("throttle", self.throttle),
            ("passwords", SubmittedHash(context, self.endpoints)),
        ]
        after: list[tuple[Guard, Finishes]] = [
            ("timing", self.timing),
            ("throttle", self.throttle),
            ("passwords", self.upgrades),
            ("redirects", redirects),
            ("cross_site", cross_site),
            ("cache", cache),
            ("headers", self.headers),
        ]
        self._before = [(name, guard) for name, guard in before if on(name)]
        self._after = [(name, guard) for name, guard in after if on(name)]
        # What is left of them where nobody logs in, out, or anything like it.
        pages = (self.upgrades, transport, cross_site)
        self._before_pages = [(name, guard) for name, guard in self._before if guard in pages]
        finishes = (cache, self.headers)
        self._after_pages = [(name, guard) for name, guard in self._after if guard in finishes]
        self._started = False

    def before(self, request: Request, state: State) -> Refusal | None:
        """Return the first refusal that is to be carried out; report those that are not."""
        state.page = self._is_page(request, state)
        for name, guard in self._before_pages if state.page else self._before:
            if name in state.exempt:
                continue
            try:
                refusal = guard.before(request, state)
            except Exception as error:  # noqa: BLE001  # the wrapped app must not see our failures
                self.failed(name, error)
                continue
            if refusal is None:
                continue
            self._context.report(refusal.event, refusal.level, **refusal.details)
            if self._context.enforcing:
                return refusal
        return None

    def _is_page(self, request: Request, state: State) -> bool:
        """Return whether a request only asks for a page: most do, so the rest is left out early.

        Not the first request of a process: guards that judge the app's settings then do so.
        """
        if not self._started:
            self._started = True
            return False
        if request.method not in _READS or request.environ.get("QUERY_STRING"):
            return False
        try:
            return not kinds_of(self.endpoints, request, state)
        except Exception as error:  # noqa: BLE001  # as below
            self.failed("throttle", error)
            return False

    def after(self, request: Request, state: State, response: Response) -> None:
        """Let every guard finish the response."""
        # A view that looks like any other may still log somebody in or check a password.
        quiet = (
            state.page
            and state.attempt is None
            and state.logged_in is None
            and not (state.checks or state.produced or state.confirmed or state.notes)
            and response.status_code < 300
            and (state.user_id_at_open is None or peek(state.session, "_user_id") is not None)
        )
        for name, guard in self._after_pages if quiet else self._after:
            if name not in state.exempt:
                try:
                    guard.after(request, state, response)
                except Exception as error:  # noqa: BLE001  # as above
                    self.failed(name, error)

    def report(self, environ: dict[str, Any]) -> Answer | None:
        """Answer a browser's report about the content policy; None leaves it to the app."""
        return self.collector().answer(environ) if self._reports else None

    def collector(self) -> Collector:
        """Return what takes those reports, made for the first of them."""
        if self._collector is None:
            from hardening.csp.collector import Collector

            with self._collector_lock:  # what it counts must be counted by one
                if self._collector is None:
                    self._collector = Collector(self._context, self.pages)
        return self._collector

    def csp_proposal(self) -> Proposal:
        """Return what browsers reported about the content policy, and what follows.

        Raises:
            StoreError: the store cannot be asked.
        """
        from hardening.csp.proposal import propose
        from hardening.csp.records import Records

        context, pages = self._context, self.pages
        pages.flush()
        kept = Records(context).all()
        return propose(kept, pages.known(), pages.endpoints(), context.policy.csp_policy)

    def guarded(self, name: str, call: Callable[[], T]) -> T | None:
        """Return what `call` returns; None where it fails, which becomes an event."""
        try:
            return call()
        except Exception as error:  # noqa: BLE001  # the wrapped app must not see our failures
            self.failed(name, error)
            return None

    def failed(self, name: str, error: Exception) -> None:
        """Report an internal failure by its kind only: its text may hold a secret."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}"
        line = 0 if trace is None else trace.tb_lineno
        self._context.report(
            "guard_failed", "error", guard=name, error=type(error).__name__, at=f"{where}:{line}"
        )
