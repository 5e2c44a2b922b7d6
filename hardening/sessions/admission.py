"""The way in: which login, in a session or a remember cookie, may be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_login import COOKIE_NAME
from flask_login.signals import session_protected

from hardening.client import prefix_of
from hardening.errors import StoreError
from hardening.outage import Outage
from hardening.sessions.adoption import Adoption
from hardening.sessions.binding import browser_of
from hardening.sessions.keys import SID, forget_login, is_active, peek, same_id
from hardening.sessions.registry import TOUCH_S, Found, at_rest

if TYPE_CHECKING:
    from flask import Request

    from hardening.sessions.keys import Session
    from hardening.sessions.parts import Parts
    from hardening.state import State


class Admission:
    """Lets logins in, and refuses those that no live record backs.

    Args:
        parts: what the session guard shares.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._context = parts.context
        self._registry = parts.registry
        self._remember = parts.remember
        self._adoption = Adoption(parts.context)
        self._unwritten = Outage(parts.context, "sessions", parts.context.now)

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
        found = self._registry.find(at_rest(sid), self._context.now())
        if found is not None and found.login.prefixed and state.plain_name:
            # A sibling subdomain can plant this name, and its own session under it.
            self._refuse(session, "session_use_after_expire", "planted cookie")
            return
        reason = self._objection(request, state, session, found)
        if reason is not None or found is None:
            self._refuse(session, "session_use_after_expire", reason or "no live record")
            if found is not None and self._context.enforcing:
                self._registry.end_soon(found.key)
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
        if not same_id(found.login.user_id, peek(session, "_user_id")):
            return "another user"
        if self._parts.lifetime.over(found.login, self._context.now()):
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
            if binding == "strict" and prefix_of(network) != prefix_of(login.network):
                return "another address prefix"
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
        self._registry.change(
            found, fresh=False, network=network or found.login.network, seen=self._context.now()
        )

    def _touch(self, state: State, found: Found) -> Found:
        now = self._context.now()
        if now - found.login.seen < TOUCH_S:
            return found
        try:
            touched = self._registry.change(found, seen=now)
        except StoreError as error:
            # The record was read, so the login is good. Where nothing can be written, as on a
            # full disk, it only ends sooner.
            self._unwritten.failed(error)
            return found
        self._unwritten.answered()
        return touched or found

    def accepts(self, state: State, session: Session, user: Any) -> bool:
        """Return whether `user`, loaded from `session`, may stay; ends the session if not."""
        found: Found | None = state.found
        if found is None:
            return True
        if found.login.active and not is_active(user):
            reason = "account deactivated"
        elif not self._parts.stamps.holds(found.login, user):
            reason = "password changed"
        else:
            return True
        if self._from_request(found):
            return True
        self._refuse(session, "session_expired", reason)
        state.found = None
        if self._context.enforcing:
            self._registry.end_soon(found.key)
            if reason == "password changed":
                self._parts.on_password_change(str(found.login.user_id))
        return False

    def _from_request(self, found: Found) -> bool:
        """Return whether the user came by the request loader, as the session's is no more."""
        manager = self._context.login_manager
        if getattr(manager, "_request_callback", None) is None:
            return False
        return self._parts.load(found.login.user_id) is None

    def vouches(self, request: Request, state: State, user_id: str | int) -> bool:
        """Return whether the login that the session came with may be renewed.

        A view may renew it without ever loading the user, so that nobody has judged it yet. In
        mode observe everything may be renewed, after it was judged.

        Args:
            request: the request.
            state: its state.
            user_id: the user that the session named when it was opened.

        Raises:
            StoreError: the store cannot be asked.
        """
        if state.found is not None or state.adopted:
            return True
        observing = not self._context.enforcing
        opened: dict[str, Any] = {"_user_id": user_id, SID: state.sid_at_open}
        self.admit(request, state, opened)
        if state.found is None:
            return state.adopted or observing
        user = self._parts.load(user_id)
        return (user is not None and self.accepts(state, opened, user)) or observing

    def restore(self, request: Request, state: State, session: Session, cookie: str) -> Any:
        """Return the user whom the remember token lets in, or None; marks the session un-fresh."""
        manager = self._context.login_manager
        if state.token is None:
            return self._adopt_remembered(state, session, cookie)
        found = self._remember.find(request, state)
        user = None if found is None else self._parts.load(found.login.user_id)
        if found is None or user is None or not self._remember.valid_for(found, user):
            self._context.report("authn_token_refused", "warning", reason="no live token")
            session["_remember"] = "clear"
            # This copy of the cookie goes; the token itself is not for its bearer to end.
            state.rotate = state.token = None
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
        user = None if user_id is None else self._parts.load(user_id)
        if user is None or not is_active(user):
            self._context.report("authn_token_refused", "warning", reason="no live token")
            session["_remember"] = "clear"
            return None
        session["_user_id"], session["_fresh"] = user_id, False
        session["_id"] = self._context.login_manager._session_identifier_generator()
        session["_remember"] = "set"  # Flask-Login sends its cookie again, with a token of ours
        state.logged_in = user
        return user

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
            forget_login(session)
