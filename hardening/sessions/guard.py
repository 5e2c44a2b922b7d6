"""The session guard: a session lives only while its record lives.

The session cookie stays the app's own. At login it gets a random id; the record under that id
says whose it is, from which browser, and since when. Logging out by any means, a changed
password, another browser, or a time limit ends the record, and every copy of the cookie with it.

Fails closed: where the store cannot be asked, a request is anonymous, and its cookie is left
alone so that it works again when the store is back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hardening.outage import Outage
from hardening.sessions.admission import Admission
from hardening.sessions.parts import Parts
from hardening.sessions.registry import Restamps
from hardening.sessions.settlement import Settlement

if TYPE_CHECKING:
    from hardening.context import Context


class SessionGuard:
    """Admits, judges and settles the sessions of one app.

    Args:
        context: the wrapped app.
        on_password_change: called with a user's id when a changed password was seen.
    """

    def __init__(self, context: Context, on_password_change: Callable[[str], object]) -> None:
        self._context = context
        parts = Parts(context, on_password_change)
        self.outage = Outage(context, "sessions", context.now)
        self.registry = parts.registry
        self.remember = parts.remember
        self._restamps = Restamps((parts.registry, parts.remember.registry), parts.stamps)
        admission = Admission(parts)
        self.admit = admission.admit
        self.accepts = admission.accepts
        self.restore = admission.restore
        self.settle = Settlement(parts, admission, self._restamps).settle

    def prepare(self, user_id: str, old_hash: str, new_hash: str) -> None:
        """Accept both hashes from now on; called before a re-hash is written."""
        self._restamps.prepare(user_id, old_hash, new_hash, self._context.now())

    def finish(self, user_id: str, old_hash: str, new_hash: str, written: bool) -> None:
        """Settle on one hash; called after a re-hash was written, or was not."""
        self._restamps.finish(user_id, old_hash, new_hash, written, self._context.now())
