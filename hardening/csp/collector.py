"""Our own endpoint for the reports of browsers: it answers them in front of the app.

Nothing of the app runs for a report: no session, no hook, no view. Most reports repeat what is
known; those cost no look at the store. A new one is counted there against limits that every
worker shares, becomes a record for 30 days, and is one event.
Whom this trusts: nobody. Anybody can send a report, so it proposes nothing that the app's own
pages do not load (`hardening.csp.proposal`). Fails open: a report that cannot be kept is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hardening.client import Client, ClientReader
from hardening.csp.evidence import shows
from hardening.csp.place import announced
from hardening.csp.records import Records
from hardening.csp.violations import NEW, OLD, Violation, read
from hardening.errors import StoreError
from hardening.hosts import OwnHosts
from hardening.outage import Outage
from hardening.shown import shown

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.csp.pages import Pages

MOST_BYTES = 16 * 1024  # of one request; our own, as are the others
WINDOW_S = 60  # seconds
MOST_OF_CLIENT = 60  # requests of one client in a window, in one process
MOST = 600  # requests in a window, in one process
MOST_SEEN = 4000  # violations that a process remembers as recorded


class Answer(NamedTuple):
    """What a browser gets for its report."""

    status: str
    headers: list[tuple[str, str]]


_TAKEN = "204 No Content"
_NO_STORE = ("Cache-Control", "no-store")


class Collector:
    """Takes reports.

    Args:
        context: the wrapped app.
        pages: what the app's own pages load.
    """

    def __init__(self, context: Context, pages: Pages) -> None:
        self._context = context
        self._pages = pages
        self._records = Records(context)
        self._clients = ClientReader(context.policy.trusted_proxies)
        self._hosts = OwnHosts(context)
        self._outage = Outage(context, "headers", context.now)
        self._seen: set[Violation] = set()
        self._lock = threading.Lock()
        self._window = 0
        self._asked: dict[str, int] = {}

    def answer(self, environ: Mapping[str, Any]) -> Answer | None:
        """Answer a request for the address of `hardening.csp.place`; None leaves it to the app."""
        if environ.get("REQUEST_METHOD") != "POST" or not announced(self._context.app, environ):
            return None
        client = self._clients.read(environ)
        if self._too_many(client.network or ""):
            retry = ("Retry-After", str(WINDOW_S))
            return _refused("429 Too Many Requests", retry)
        kind = str(environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
        if kind not in (OLD, NEW):
            return _refused("415 Unsupported Media Type")
        length = str(environ.get("CONTENT_LENGTH") or "")
        if not (length.isascii() and length.isdigit()):
            return _refused("411 Length Required")
        if len(length) > 9 or int(length) > MOST_BYTES:
            return _refused("413 Content Too Large")
        own = self._hosts.seen(environ, client)
        try:
            found = set(read(kind, environ["wsgi.input"].read(int(length)), own))
        except ValueError:
            return _refused("400 Bad Request")
        if self._context.app.config.get("SECRET_KEY"):  # without it no record can be sealed
            try:
                self._pages.flush()
                for violation in sorted(found - self._seen):
                    self._take(violation, client)
            except StoreError as error:
                self._outage.failed(error)
        return Answer(_TAKEN, [_NO_STORE])

    def _too_many(self, network: str) -> bool:
        window = int(self._context.now()) // WINDOW_S
        with self._lock:
            if window != self._window:
                self._window = window
                self._asked.clear()
            # At most `MOST` are counted in a window, so there are never more names than that.
            total = self._asked.get("all", 0)
            if total >= MOST or self._asked.get(network, 0) >= MOST_OF_CLIENT:
                return True
            self._asked["all"] = total + 1
            self._asked[network] = self._asked.get(network, 0) + 1
        return False

    def _take(self, violation: Violation, client: Client) -> None:
        own = shows(violation, self._pages.known())
        kept = self._records.keep(violation, client.network or "", own)
        self._outage.answered()
        if kept == "refused":
            return
        if len(self._seen) >= MOST_SEEN:
            self._seen.clear()
        self._seen.add(violation)
        if kept == "new":
            self._context.report(
                "malicious_csp_violation",
                "warning",
                directive=violation.directive,
                source=shown(violation.source),
                in_own_pages=own,
                enforced=self._context.policy.csp == "enforce",
            )


def _refused(status: str, *headers: tuple[str, str]) -> Answer:
    return Answer(status, [_NO_STORE, *headers])
