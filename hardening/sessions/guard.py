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

from hardening.errors import StoreError
from hardening.outage import Outage
from hardening.sessions.admission import Admission
from hardening.sessions.keys import SID, peek
from hardening.sessions.parts import Parts
from hardening.sessions.registry import Restamps
from hardening.sessions.settlement import Settlement

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.sessions.keys import Session
    from hardening.state import State


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
        self._settlement = Settlement(parts, admission, self._restamps)
        self.settle = self._settlement.settle
        self.discard = self._settlement.discard
        self.id_kept = self._settlement.id_kept

    def logged_out(self, state: State, session: Session) -> None:
        """End the session at once where no response will settle it any more.

        As in an event of Socket.IO, or in a body that is still streamed.

        Args:
            state: what is known of the request, or of the one that opened the connection.
            session: the present session, which may be a copy of the browser's.
        """
        if (state.dispatched and not state.finished) or "sessions" in state.exempt:
            return
        sid = peek(session, SID)
        if isinstance(sid, str):  # the response may have moved the session to a new id
            state.sid_at_open = sid
        try:
            self._settlement.end(state, session)
        except StoreError as error:
            self.outage.failed(error)

    def prepare(self, user_id: str, old_hash: str, new_hash: str) -> None:
        """Accept both hashes from now on; called before a re-hash is written."""
        self._restamps.prepare(user_id, old_hash, new_hash, self._context.now())

    def finish(self, user_id: str, old_hash: str, new_hash: str, written: bool) -> None:
        """Settle on one hash; called after a re-hash was written, or was not."""
        self._restamps.finish(user_id, old_hash, new_hash, written, self._context.now())
