"""The session guard: a session lives only while its record lives.

The session cookie stays the app's own. At login it gets a random id; the record under that id
says whose it is, from which browser, and since when. Logging out by any means, a changed
password, another browser, or a time limit ends the record, and every copy of the cookie with it.

Fails closed: where the store cannot be asked, a request is anonymous, and its cookie is left
alone so that it works again when the store is back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask_login import COOKIE_NAME
from flask_login.signals import session_protected

from hardening.sessions.adoption import Adoption
from hardening.sessions.binding import browser_of
from hardening.sessions.lifetime import Lifetime
from hardening.sessions.password_change import PasswordFollower
from hardening.sessions.registry import (
    TOUCH_S,
    Found,
    Login,
    Registry,
    Restamps,
    at_rest,
    new_token,
)
from hardening.sessions.remember import Remember, new_selector, selector_of
from hardening.sessions.stamps import Stamps, process_of, read

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from flask import Request

    from hardening.context import Context
    from hardening.state import State

    Session = MutableMapping[str, Any]

SID = "_hardening"  # our key in the app's session
LOGIN_KEYS = ("_user_id", "_fresh", "_id", SID)


class SessionGuard:
    """Admits, judges and settles the sessions of one app.

    Args:
        context: the wrapped app.
        on_password_change: called with a user's id when a changed password was seen.
    """

    def __init__(self, context: Context, on_password_change: Callable[[str], object]) -> None:
        self._context = context
        self._on_password_change = on_password_change
        self._lifetime = Lifetime(context)
        self._adoption = Adoption(context)
        self.stamps = Stamps(context.app, context.policy.password_attribute)
        self.registry = Registry(context, "session", self._lifetime.expiry)
        self.remember = Remember(context, self.stamps, self.registry)
        self._restamps = Restamps((self.registry, self.remember.registry), self.stamps)
        self._passwords = PasswordFollower(context, self.stamps, self._restamps)

    # Before the user is loaded.

    def admit(self, request: Request, state: State, session: Session) -> None:
        """Take the login out of `session` unless a live record backs it.

        Raises:
            StoreError: the store cannot be asked; the session was not touched.
        """
        if peek(session, "_user_id") is None:
            return
        sid = peek(session, SID)
        if not isinstance(sid, str):
            state.adopted = self._adopts(request, state, session)
            if not state.adopted:
                self._refuse(session, "session_use_after_expire", "no record")
            return
        found = self.registry.find(at_rest(sid), self._context.now())
        reason = self._objection(request, state, session, found)
        if reason is not None or found is None:
            self._refuse(session, "session_use_after_expire", reason or "no live record")
            if found is not None and self._context.enforcing:
                self.registry.end(found.key)
            elif found is None and not sid.startswith(f"{self._context.store.store_id()}."):
                self._context.report("store_not_shared", "error", setting="store")
            return
        state.found = self._touch(state, found)
        if not found.login.fresh and peek(session, "_fresh") and self._context.enforcing:
            session["_fresh"] = False

    def _objection(
        self, request: Request, state: State, session: Session, found: Found | None
    ) -> str | None:
        if found is None:
            return "no live record"
        if found.login.user_id != peek(session, "_user_id"):
            return "another user"
        if self._lifetime.over(found.login, self._context.now()):
            return "timed out"
        return self._bound(request, state, session, found)

    def _bound(self, request: Request, state: State, session: Session, found: Found) -> str | None:
        binding = self._context.policy.binding
        if binding == "off":
            return None
        login = found.login
        browser = browser_of(request.headers.get("User-Agent", ""))
        if browser != (login.family, login.system):
            session_protected.send(self._context.app)
            if binding != "basic":
                return "another browser"
            self._unfresh(session, found)
        network = state.client.network
        if network != login.network and network is not None and login.network is not None:
            session_protected.send(self._context.app)
            if binding == "strict":
                return "another address"
            self._unfresh(session, found, network)
        return None

    def _unfresh(self, session: Session, found: Found, network: str | None = None) -> None:
        """Ask for the password again before sensitive views, in this and every copy."""
        if not self._context.enforcing:
            self._context.report("session_not_fresh", "info", reason="another address")
            return
        if found.login.fresh:
            self._context.report("session_not_fresh", "info", reason="another address")
            session["_fresh"] = False
        self.registry.change(
            found, fresh=False, network=network or found.login.network, seen=self._context.now()
        )

    def _touch(self, state: State, found: Found) -> Found:
        now = self._context.now()
        if now - found.login.seen < TOUCH_S:
            return found
        return self.registry.change(found, seen=now) or found

    # After the user was loaded.

    def accepts(self, state: State, session: Session, user: Any) -> bool:
        """Return whether `user`, loaded from `session`, may stay; ends the session if not."""
        found: Found | None = state.found
        if found is None:
            return True
        if found.login.active and not getattr(user, "is_active", True):
            reason = "account deactivated"
        elif not self.stamps.holds(found.login, user):
            reason = "password changed"
            if self._context.enforcing:
                self._on_password_change(str(found.login.user_id))
        else:
            return True
        self._refuse(session, "session_expired", reason)
        if self._context.enforcing:
            self.registry.end(found.key)
        state.found = None
        return False

    def restore(self, request: Request, state: State, session: Session, cookie: str) -> Any:
        """Return the user whom the remember token lets in, or None; marks the session un-fresh."""
        manager = self._context.login_manager
        if state.token is None:
            return self._adopt_remembered(state, session, cookie)
        found = self.remember.find(request, state)
        user = None if found is None else manager._user_callback(found.login.user_id)
        if found is None or user is None or not self.remember.valid_for(found, user):
            self._context.report("authn_token_refused", "warning", reason="no live token")
            session["_remember"] = "clear"
            state.rotate = None
            return None
        session["_user_id"] = found.login.user_id
        session["_fresh"] = False
        session["_id"] = manager._session_identifier_generator()
        if state.rotate is not None:  # the new cookie lives as long as the token does
            session["_remember_seconds"] = max(1, int(found.login.ends - self._context.now()))
        state.logged_in, state.remembered = user, True
        return user

    def _adopt_remembered(self, state: State, session: Session, cookie: str) -> Any:
        """Return the user of Flask-Login's own remember cookie, if the policy still adopts it."""
        user_id = self._adoption.remembered(cookie)
        user = None if user_id is None else self._load(user_id)
        if user is None or not getattr(user, "is_active", True):
            self._context.report("authn_token_refused", "warning", reason="no live token")
            session["_remember"] = "clear"
            return None
        session["_user_id"], session["_fresh"] = user_id, False
        session["_id"] = self._context.login_manager._session_identifier_generator()
        session["_remember"] = "set"  # Flask-Login sends its cookie again, with a token of ours
        state.logged_in = user
        return user

    # When the response is on its way.

    def settle(self, request: Request, state: State, session: Session) -> None:
        """Make, renew or end the session's record by what happened in this request."""
        if not state.dispatched:
            return  # a test that looks into its client's session is no request
        user_id = peek(session, "_user_id")
        if user_id is None:
            if state.sid_at_open is not None:
                self._end(state, session)
        elif state.logged_in is not None or state.confirmed or state.unrecorded:
            self._begin(request, state, session, user_id)
        elif user_id != state.user_id_at_open or peek(session, SID) != state.sid_at_open:
            # The app put a user into the session by itself, without `login_user`.
            self._begin(request, state, session, user_id)
        else:
            self._keep_own_password_change(request, state, session)

    def _begin(self, request: Request, state: State, session: Session, user_id: str | int) -> None:
        now = self._context.now()
        user = state.logged_in if state.logged_in is not None else self._reload(state, user_id)
        if user is None:
            return
        for check in state.checks:
            if check.ok:
                self.stamps.learn(user, check.stored)
        attribute = self.stamps.attribute_of(user)
        if attribute is not None:
            self._passwords.rehashed(state, user_id, read(user, attribute))
        family, system = browser_of(request.headers.get("User-Agent", ""))
        state.family = self._family(state)
        login = Login(
            user_id=user_id,
            created=now,
            seen=now,
            ends=now + self._lifetime.limits()[1],
            family=family,
            system=system,
            network=state.client.network,
            fresh=bool(peek(session, "_fresh")),
            active=bool(getattr(user, "is_active", True)),
            attribute=attribute,
            stamp=self.stamps.of(user_id, user, attribute),
            process=process_of(user, lambda: self._load(user_id)),
            remember=state.family,
        )
        sid = f"{self._context.store.store_id()}.{new_token()}"
        if state.sid_at_open is not None:
            self.registry.end(at_rest(state.sid_at_open))
        if not self._room(user_id):
            for key in LOGIN_KEYS:
                session.pop(key, None)
            return
        self.registry.add(at_rest(sid), login)
        session[SID] = sid
        renewed = state.confirmed or state.remembered
        self._context.report(
            "session_renewed" if renewed else "session_created", user=self.registry.owner(user_id)
        )

    def _family(self, state: State) -> str:
        """Return the selector that this session and its remember token share."""
        selector = selector_of(state) if state.remembered else None
        if selector is None and state.confirmed and state.found is not None:
            selector = state.found.login.remember
        return selector or new_selector()

    def _room(self, user_id: str | int) -> bool:
        """Make room for one more session of a user; return False where the policy refuses it."""
        limit, now = self._context.policy.session_limit, self._context.now()
        if limit is None:
            return True
        live = sorted(self.registry.of(user_id, now), key=lambda found: found.login.created)
        surplus = live[: max(0, len(live) + 1 - limit)]
        if surplus and self._context.policy.session_limit_action == "refuse":
            self._context.report("session_limit_reached", "warning", limit=limit)
            return not self._context.enforcing
        for found in surplus:
            self.registry.end(found.key)
            self._context.report("session_expired", reason="too many sessions")
        return True

    def _end(self, state: State, session: Session) -> None:
        assert state.sid_at_open is not None  # the caller checked; for the type
        if self.registry.end(at_rest(state.sid_at_open)):
            self._context.report("authn_token_revoked", kind="session")
        self.remember.end(state)
        if SID in session:
            del session[SID]

    def _keep_own_password_change(self, request: Request, state: State, session: Session) -> None:
        """Let the session that changed the password live; all others end at their next use."""
        found: Found | None = state.found
        stamp = self._passwords.changed(request, state)
        if stamp is None or found is None:
            return
        login = replace(found.login, stamp=stamp, next_stamp=None)
        self._renew(state, session, found, login)
        self._on_password_change(str(login.user_id))
        self._context.report("authn_password_change", user=found.record.owner)

    def _renew(self, state: State, session: Session, found: Found, login: Login) -> None:
        """Move a session to a new id: a copy of its cookie is out, the browser stays in."""
        if not self.registry.end(found.key):
            return  # ended meanwhile, by a logout in another tab
        sid = f"{self._context.store.store_id()}.{new_token()}"
        self.registry.add(at_rest(sid), login)
        session[SID] = sid
        state.found = self.registry.find(at_rest(sid), self._context.now())

    # What the password guard asks for.

    def prepare(self, user_id: str, old_hash: str, new_hash: str) -> None:
        """Accept both hashes from now on; called before a re-hash is written."""
        self._restamps.prepare(user_id, old_hash, new_hash, self._context.now())

    def finish(self, user_id: str, old_hash: str, new_hash: str, written: bool) -> None:
        """Settle on one hash; called after a re-hash was written, or was not."""
        self._restamps.finish(user_id, old_hash, new_hash, written, self._context.now())

    # Helpers.

    def _adopts(self, request: Request, state: State, session: Session) -> bool:
        # `FlaskLoginClient` and suites that write the session themselves have no record.
        if self._context.under_test(state.client):
            return True
        config = self._context.app.config
        cookie = request.cookies.get(config["SESSION_COOKIE_NAME"], "")
        remembered = request.cookies.get(config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME))
        remembered = None if state.token is not None else remembered
        state.unrecorded = self._adoption.session(session, cookie, remembered)
        return state.unrecorded

    def _refuse(self, session: Session, event: str, reason: str) -> None:
        self._context.report(event, "warning", reason=reason)
        if self._context.enforcing:
            for key in LOGIN_KEYS:
                session.pop(key, None)

    def _reload(self, state: State, user_id: str | int) -> Any:
        if state.user is not None and state.user_id_at_open == user_id:
            return state.user
        return self._load(user_id)

    def _load(self, user_id: str | int) -> Any:
        callback = getattr(self._context.login_manager, "_user_callback", None)
        return None if callback is None else callback(user_id)


def peek(session: Session, key: str) -> Any:
    """Return what `session` holds under `key` without marking it as accessed.

    Flask adds ``Vary: Cookie`` to every response whose session was accessed; our own look at
    it does not make a page personal.
    """
    return dict.get(session, key) if isinstance(session, dict) else session.get(key)


__all__ = ["SID", "SessionGuard", "peek"]
