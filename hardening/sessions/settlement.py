"""The way out: what became of the login in this request, and what its record must say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hardening.errors import StoreError
from hardening.sessions.binding import browser_of
from hardening.sessions.keys import SID, forget_login, is_active, peek
from hardening.sessions.label import label_of
from hardening.sessions.own_ids import new_id
from hardening.sessions.password_change import PasswordFollower
from hardening.sessions.registry import Found, Login, Restamps, at_rest, new_token
from hardening.sessions.remember import new_selector, selector_of
from hardening.sessions.stamps import kept, process_of, read

if TYPE_CHECKING:
    from flask import Request

    from hardening.sessions.admission import Admission
    from hardening.sessions.keys import Session
    from hardening.sessions.parts import Parts
    from hardening.state import State


class Settlement:
    """Makes, renews and ends session records when the response is on its way.

    Args:
        parts: what the session guard shares.
        admission: judges a login that nobody has loaded yet.
        restamps: moves a user's records from one hash to another.
    """

    def __init__(self, parts: Parts, admission: Admission, restamps: Restamps) -> None:
        self._parts = parts
        self._admission = admission
        self._context = parts.context
        self._registry = parts.registry
        self._owed = parts.owed
        self._passwords = PasswordFollower(parts, restamps)
        self._told = False

    def settle(self, request: Request, state: State, session: Session) -> None:
        """Make, renew or end the session's record by what happened in this request."""
        if not state.dispatched:
            return  # a test that looks into its client's session is no request
        if self._owed.debts:
            self._owed.pay()
        user_id = peek(session, "_user_id")
        if user_id is None:
            if state.sid_at_open is not None:
                self.end(state, session)
            elif state.remembered:  # restored and logged out in one request
                self._parts.remember.end_family(state)
        elif state.logged_in is not None or user_id != state.user_id_at_open:
            # `login_user`, or the app put a user into the session by itself.
            self._begin(request, state, session, user_id)
        elif state.confirmed or state.unrecorded or peek(session, SID) != state.sid_at_open:
            self._renew_login(request, state, session, user_id)
        else:
            self._keep_own_password_change(request, state, session)
            if state.renew and state.found is not None and self._context.enforcing:
                self._renew(state, session, state.found, state.found.login)

    def _begin(self, request: Request, state: State, session: Session, user_id: str | int) -> None:
        now = self._context.now()
        user = state.logged_in if state.logged_in is not None else self._reload(state, user_id)
        before = None if state.sid_at_open is None else at_rest(state.sid_at_open)
        if user is None:
            if before is not None:  # the session names nobody any more
                self._registry.end_soon(before)
            return
        user = kept(user, lambda: self._parts.load(user_id))
        for check in state.checks:
            if check.ok:
                self._parts.stamps.learn(user, check.stored)
        attribute = self._parts.stamps.attribute_of(user)
        if attribute is not None:
            self._passwords.rehashed(state, user_id, read(user, attribute))
        user_agent = request.headers.get("User-Agent", "")
        family, system = browser_of(user_agent)
        state.family = self._family(state)
        login = Login(
            user_id=user_id,
            created=now,
            seen=now,
            ends=now + self._parts.lifetime.limits()[1],
            family=family,
            system=system,
            network=state.client.network,
            label=label_of(user_agent),
            prefixed=state.cookies_secured,
            fresh=bool(peek(session, "_fresh")),
            active=is_active(user),
            attribute=attribute,
            stamp=self._parts.stamps.of(user_id, user, attribute),
            process=process_of(user, lambda: self._parts.load(user_id)),
            remember=state.family,
        )
        sid = f"{self._context.store.store_id()}.{new_token()}"
        surplus = self._surplus(user_id, before)
        if surplus is not None:
            self._registry.add(at_rest(sid), login)  # first: if that fails, nothing was lost
            session[SID] = sid
        for one in surplus or ():
            self._registry.end_soon(one.key)
            self._parts.remember.end_token(one.login)  # else it would be back at once
        if before is not None:
            self._registry.end_soon(before)
        if surplus is None:
            forget_login(session)
            return
        self._regenerate(session)
        renewed = state.confirmed or state.remembered
        self._context.report(
            "session_renewed" if renewed else "session_created", user=self._registry.owner(user_id)
        )

    def _renew_login(
        self, request: Request, state: State, session: Session, user_id: str | int
    ) -> None:
        """Begin anew for the user whom the session came with, if that login was a live one."""
        if self._admission.vouches(request, state, user_id):
            self._begin(request, state, session, user_id)
        else:
            forget_login(session)

    def _family(self, state: State) -> str:
        """Return the selector that this session and its remember token share."""
        selector = selector_of(state) if state.remembered else None
        if selector is None and state.confirmed and state.found is not None:
            selector = state.found.login.remember
        return selector or new_selector()

    def _surplus(self, user_id: str | int, before: str | None) -> list[Found] | None:
        """Return which sessions of a user make room for one more; None where none may.

        Args:
            user_id: whose they are.
            before: the session that the new one takes the place of.
        """
        limit, now = self._context.policy.session_limit, self._context.now()
        if limit is None:
            return []
        live = [found for found in self._registry.of(user_id, now) if found.key != before]
        live.sort(key=lambda found: found.login.created)
        surplus = live[: max(0, len(live) + 1 - limit)]
        if surplus and self._context.policy.session_limit_action == "refuse":
            self._context.report("session_limit_reached", "warning", limit=limit)
            return None if self._context.enforcing else []
        for _ in surplus:
            self._context.report("session_expired", reason="too many sessions")
        return surplus if self._context.enforcing else []

    def end(self, state: State, session: Session) -> None:
        """End the record of the session that the browser sent, and its remember token.

        Raises:
            StoreError: they are still in the store; this process refuses them from now on.
        """
        if SID in session:
            del session[SID]
        self._end_session(state, state.sid_at_open)

    def discard(self, state: State, session: Session) -> None:
        """End a login whose cookie the app takes out of the browser, saying nothing else.

        Raises:
            StoreError: as for `end`.
        """
        sid = peek(session, SID)
        if isinstance(sid, str):
            self._end_session(state, sid)

    def _end_session(self, state: State, sid: str | None) -> None:
        key = None if sid is None else at_rest(sid)
        found: Found | None = state.found
        failure: StoreError | None = None
        if key is not None and (found is None or found.key != key):
            found = self._found(key)
        try:
            if key is not None and self._registry.end(key):
                self._context.report("authn_token_revoked", kind="session")
        except StoreError as error:  # this process refuses it from now on, and the rest as well
            failure = error
        remembered = self._parts.remember.end(state)
        # The browser may not have sent its remember cookie, because of its path for instance;
        # and tabs that were restored at once have sessions of their own.
        if found is not None and (self._parts.remember.end_token(found.login) or remembered):
            self._parts.remember.end_sessions(found.login)
        if failure is not None:
            raise failure

    def _found(self, key: str) -> Found | None:
        try:
            return self._registry.find(key, self._context.now())
        except StoreError:  # it ends all the same
            return None

    def _keep_own_password_change(self, request: Request, state: State, session: Session) -> None:
        """Let the session that changed the password live; all others end at their next use."""
        found: Found | None = state.found
        stamp = self._passwords.changed(request, state)
        if stamp is None or found is None:
            return
        prefixed = state.cookies_secured
        login = replace(found.login, stamp=stamp, next_stamp=None, prefixed=prefixed)
        self._renew(state, session, found, login)
        self._parts.on_password_change(str(login.user_id))
        self._context.report("authn_password_change", user=found.record.owner)

    def _renew(self, state: State, session: Session, found: Found, login: Login) -> None:
        """Move a session to a new id: a copy of its cookie is out, the browser stays in."""
        sid = f"{self._context.store.store_id()}.{new_token()}"
        self._registry.add(at_rest(sid), login)  # first: if that fails, nothing was lost
        if not self._registry.end_soon(found.key):
            self._registry.end_soon(at_rest(sid))  # ended meanwhile, by a logout in another tab
            return
        session[SID] = sid
        self._regenerate(session)
        state.found = self._registry.find(at_rest(sid), self._context.now())

    def _regenerate(self, session: Session) -> None:
        """Give a session that the server keeps a new id too: its old one may be known.

        Flask-Session 0.6 and later has the method; a session in a signed cookie needs none.
        """
        regenerate = getattr(self._context.app.session_interface, "regenerate", None)
        if not self._context.enforcing:
            return
        if callable(regenerate):
            regenerate(session)
        elif not new_id(self._context.app.session_interface, session):
            self.id_kept()

    def id_kept(self) -> None:
        """Report, once in this process, that a login kept the session's id from before it."""
        if not self._told:
            self._told = True
            wrapped = self._context.app.session_interface
            interface = getattr(wrapped, "apps_own", wrapped)
            self._context.report("session_id_kept", "warning", interface=type(interface).__name__)

    def _reload(self, state: State, user_id: str | int) -> Any:
        if state.user is not None and state.user_id_at_open == user_id:
            return state.user
        return self._parts.load(user_id)
