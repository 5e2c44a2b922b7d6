"""Violations in the store: each once for 30 days, for all workers together, and not too many."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from hardening.csp.violations import KEYWORDS, Violation
from hardening.errors import StoreError
from hardening.keys import keyring
from hardening.sessions.seal import seal, unseal
from hardening.storage.base import Claim, Record

if TYPE_CHECKING:
    from hardening.context import Context

OWNER = "csp-violation"
KEEP_S = 30 * 24 * 60 * 60  # 30 days, in seconds; our own, as are the others
HOUR_S = 60 * 60
NEW_OF_CLIENT = 30  # new violations of one client in an hour
NEW = 200  # new violations of all clients in an hour that the app's pages do not show
MOST_FOREIGN = 500  # violations kept that the app's pages do not show
MOST = 2000  # violations kept

Kept = Literal["new", "known", "refused"]


@dataclass(frozen=True, slots=True)
class Kept30Days:
    """One violation as it was first reported."""

    violation: Violation
    """What was blocked, or would have been."""
    since: float
    """When it was first reported, in seconds since the epoch."""


class Records:
    """The violations of one app.

    Args:
        context: the wrapped app; it has a ``SECRET_KEY``.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def keep(self, violation: Violation, network: str, own: bool) -> Kept:
        """Keep `violation` unless it is known or somebody reports too much.

        Args:
            violation: what was reported.
            network: who reports.
            own: whether the app's own pages show it; then forged reports cannot crowd it out.

        Raises:
            StoreError: the store cannot be asked.
        """
        context = self._context
        store, now = context.store, context.now()
        # Keywords are few, so they need no such care either.
        wanted = own or violation.source in KEYWORDS
        key = _key(violation)
        names = keyring(context.app, "name").oldest
        once = names.mac(b"csp-once", key.encode())
        claims = [
            Claim(once, 1, KEEP_S),
            Claim(names.mac(b"csp-client", network.encode()), NEW_OF_CLIENT, HOUR_S),
        ]
        if not wanted:
            claims.append(Claim(names.mac(b"csp-all"), NEW, HOUR_S))
        taken = store.reserve(claims, now)
        if taken.refused_by is not None:
            return "known" if taken.refused_by == once else "refused"
        try:
            if len(store.owned("setting", OWNER, now)) >= (MOST if wanted else MOST_FOREIGN):
                store.refund(taken.grants[:1], now)
                return "refused"
            fields = {"directive": violation.directive, "source": violation.source, "since": now}
            value = seal(context.app, "setting", key, OWNER, fields)
            store.put("setting", Record(key, OWNER, value, now + KEEP_S))
        except StoreError:
            store.refund(taken.grants, now)
            raise
        return "new"

    def all(self) -> list[Kept30Days]:
        """Return the violations of the last 30 days, sorted.

        Raises:
            StoreError: the store cannot be asked.
        """
        context = self._context
        ring = keyring(context.app, "record")
        found = []
        for record in context.store.owned("setting", OWNER, context.now()):
            fields = unseal(ring, "setting", record.key, OWNER, record.value)
            if fields is not None:
                violation = Violation(str(fields["directive"]), str(fields["source"]))
                found.append(Kept30Days(violation, float(fields["since"])))
        return sorted(found, key=lambda one: one.violation)


def _key(violation: Violation) -> str:
    return f"{OWNER}:{sha256(' '.join(violation).encode()).hexdigest()[:32]}"
