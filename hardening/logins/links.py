"""Which stored hash a name led to, so that both are reserved, and unlocked, together.

Without it a name's stored hash is known only once the app has looked the user up. Kept in this
process; the store holds it for those accounts whose checks failed more than once, so that an
operator's unlock reaches what was charged to the hash. Names and hashes are keyed digests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardening.logins.identify import Account
from hardening.storage.base import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardening.logins.counting import Counters

_MOST = 4096  # names of this process: 1 MiB; only accounts that exist are among them
_KEPT_S = 400 * 24 * 60 * 60  # 400 days: longer than any device is known


REHASH_KEPT_S = (
    90 * 24 * 60 * 60
)  # 90 days for a known device to come back after a re-hash: our own


class Links:
    """The links of one app.

    Args:
        counters: the way to the store.
        clock: the time, in seconds since the epoch.
    """

    def __init__(self, counters: Counters, clock: Callable[[], float]) -> None:
        self._counters = counters
        self._clock = clock
        self._known: dict[bytes, tuple[bytes, bool]] = {}  # name -> hash, and whether it is stored

    def of(self, name: Account) -> Account | None:
        """Return the stored hash that `name` led to in this process."""
        found = self._known.get(name.key)
        return None if found is None else Account("", found[0])

    def find(self, name: Account) -> Account | None:
        """Return the stored hash that `name` led to in any process."""
        record = self._counters.get(_key(name))
        return self.of(name) if record is None else Account("", record.value)

    def rehashed(self, old: Account, new: Account) -> None:
        """Take in that `new` is a hash of the same password as `old`, for the same account."""
        expires_at = self._clock() + REHASH_KEPT_S
        self._counters.put(Record(f"rehash:{new.hashed}", "", old.key, expires_at))

    def before_rehash(self, stored: Account) -> Account | None:
        """Return the hash that `stored` replaced, or None."""
        record = self._counters.get(f"rehash:{stored.hashed}")
        return None if record is None else Account("", record.value)

    def note(self, name: Account, stored: Account, *, failures: int) -> None:
        """Take in that `name` led to `stored`.

        Args:
            name: as the request named it.
            stored: the account of the hash.
            failures: how often a check of it failed; more than one are worth a record.
        """
        known = self._known.get(name.key)
        written = known is not None and known == (stored.key, True)
        if not written and failures > 1:
            expires_at = self._clock() + _KEPT_S
            self._counters.put(Record(_key(name), "", stored.key, expires_at))
            written = True
        if known is None and len(self._known) >= _MOST:
            self._known.clear()
        self._known[name.key] = (stored.key, written)


def _key(name: Account) -> str:
    return f"link:{name.hashed}"
