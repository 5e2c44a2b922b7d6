"""Remember tokens: random for each device, hashed at rest, ended by logout and password change.

A token is a selector, which names its record, and a validator, which is replaced when it is used.

To the browser the cookie is Flask-Login's own value, a ``~`` and our token. To the app it is
Flask-Login's own value, so ``login_remembered()`` and ``decode_cookie`` keep working; but that
value, which anybody with the key can make and which never changes, no longer lets anybody in.
Fails closed: without a live record there is no login.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hardening.errors import StoreError
from hardening.sessions.binding import browser_of
from hardening.sessions.keys import is_active
from hardening.sessions.registry import Found, Login, Registry, at_rest, new_token
from hardening.sessions.stamps import kept, process_of
from hardening.user_loader import load

if TYPE_CHECKING:
    from flask import Request

    from hardening.context import Context
    from hardening.sessions.owed import Owed
    from hardening.sessions.stamps import Stamps
    from hardening.state import State

ROTATE_S = 5 * 60  # 5 minutes: a validator is replaced at most this often: our own
GRACE_S = 60  # seconds that the validator before is still good: Spring Security #3079, #17292
SEPARATOR = "~"  # needs no quoting in a cookie, and no user id that Flask-Login signs ends in it


def join(inner: str, token: str) -> str:
    """Return the browser's cookie value: Flask-Login's, as written in a header, and our token."""
    if inner.endswith('"'):  # Werkzeug quotes what is not plain ASCII
        return f'{inner[:-1]}{SEPARATOR}{token}"'
    return f"{inner}{SEPARATOR}{token}"


def split(value: str) -> tuple[str, str | None]:
    """Return (Flask-Login's value, our token or None) of what `join` made."""
    quote = '"' if value.endswith('"') else ""
    inner, separator, token = value.removesuffix(quote).rpartition(SEPARATOR)
    return (inner + quote, token) if separator else (value, None)


class Remember:
    """Issues and checks remember tokens.

    Args:
        context: the wrapped app.
        stamps: makes password stamps.
        sessions: the records of the sessions that a token's reuse ends.
        owed: remembers the ends that the store did not take.
    """

    def __init__(self, context: Context, stamps: Stamps, sessions: Registry, owed: Owed) -> None:
        self._context = context
        self._stamps = stamps
        self._sessions = sessions
        self.registry = Registry(
            context, "remember", lambda login: login.ends, lambda: context.policy.remember_s, owed
        )

    def issue(self, request: Request, state: State, user_id: str | int, max_age_s: float) -> str:
        """Return a new token for the user who just logged in; the one it had is ended.

        Args:
            request: the request that logged in.
            state: its state.
            user_id: as the session has it.
            max_age_s: the cookie's lifetime in seconds, cut to ``remember_s``.
        """
        now = self._context.now()
        family = state.family
        if family is None and state.found is not None:  # the cookie is refreshed, or came late
            family = state.found.login.remember
        selector, validator = family or new_selector(), new_token()
        manager = self._context.login_manager
        user = state.logged_in if state.logged_in is not None else state.user
        user = kept(user, lambda: load(manager, user_id))
        attribute = self._stamps.attribute_of(user)
        browser, system = browser_of(request.headers.get("User-Agent", ""))
        login = Login(
            user_id=user_id,
            created=now,
            seen=now,
            ends=now + min(max_age_s, self._context.policy.remember_s),
            family=browser,
            system=system,
            network=state.client.network,
            prefixed=state.cookies_secured,
            fresh=False,
            active=is_active(user),
            attribute=attribute,
            stamp=self._stamps.of(user_id, user, attribute),
            process=process_of(user, lambda: load(manager, user_id)),
            check=at_rest(validator),
        )
        self.registry.add(selector, login)  # first: if that fails, nothing was lost
        before = selector_of(state)
        if before is not None and before != selector and self.registry.end_soon(before):
            self._context.report("authn_token_revoked", kind="remember")
        self._context.report("authn_token_created", user=self.registry.owner(user_id))
        return f"{selector}.{validator}"

    def find(self, request: Request, state: State) -> Found | None:
        """Return the live record of the token that the browser sent, or None.

        A validator that was replaced longer ago than the grace time can only come from a copy:
        the token's whole family ends, whoever of the two is the thief.
        """
        selector, _, validator = (state.token or "").partition(".")
        if not selector or not validator:
            return None
        found = self.registry.find(selector, self._context.now())
        if found is None or found.login.check is None:
            return None
        if found.login.ends <= self._context.now():  # whatever the store made of its expiry
            return None
        if found.login.prefixed and state.plain_token:
            # A sibling subdomain can plant this name, with a token of its own under it.
            self._context.report("authn_token_refused", "warning", reason="planted cookie")
            return None
        current = _same(found.login.check, validator)
        if not current and not self._in_grace(found.login, validator):
            self._reused(found)
            return None
        if self._context.policy.binding in ("strong", "strict"):
            browser = browser_of(request.headers.get("User-Agent", ""))
            if browser != (found.login.family, found.login.system):
                self._context.report("authn_token_refused", "warning", reason="other browser")
                return None
        if current and self._context.now() - found.login.rotated >= ROTATE_S:
            state.rotate = found
        return found

    def rotate(self, state: State) -> Found | None:
        """Replace the validator that was just used; None where another tab did so already.

        Called when the response is on its way: a validator that no browser will ever get must
        not take the place of one that a browser has.
        """
        found: Found | None = state.rotate
        state.rotate = None
        if found is None:
            return None
        now, validator = self._context.now(), new_token()
        changed = self.registry.change(
            found,
            check=at_rest(validator),
            previous=found.login.check,
            previous_until=now + GRACE_S,
            rotated=now,
            seen=now,
        )
        if changed is not None:
            state.token = f"{found.key}.{validator}"
        return changed

    def _in_grace(self, login: Login, validator: str) -> bool:
        in_time = self._context.now() <= login.previous_until
        return in_time and login.previous is not None and _same(login.previous, validator)

    def _reused(self, found: Found) -> None:
        self.registry.end_soon(found.key)
        ended = self.end_sessions(replace(found.login, remember=found.key))
        self._context.report(
            "authn_token_reuse", "error", user=found.record.owner, sessions_ended=ended
        )

    def valid_for(self, found: Found, user: Any) -> bool:
        """Return whether the token still lets `user` in: same password, account still active."""
        login = found.login
        if login.active and not is_active(user):
            return False
        return self._stamps.holds(login, user)

    def end(self, state: State) -> bool:
        """End the token that the browser sent, if any; return whether there was one."""
        selector = selector_of(state)
        return selector is not None and self._end(selector)

    def end_family(self, state: State) -> None:
        """End the token that the browser sent, and the sessions that it belongs to.

        The browser was closed since they began: copies of their cookies are what is left of them.
        """
        selector = selector_of(state)
        if selector is None:
            return
        try:
            found = self.registry.find(selector, self._context.now())
        except StoreError:  # the token ends all the same
            found = None
        self._end(selector)
        if found is not None:
            self.end_sessions(replace(found.login, remember=selector))

    def end_token(self, login: Login) -> bool:
        """End the remember token that belongs to a session; return whether there was one."""
        return login.remember is not None and self._end(login.remember)

    def end_sessions(self, login: Login) -> int:
        """End all sessions of the family that `login` is one of; return how many."""
        if login.remember is None:
            return 0
        ended = 0
        for one in list(self._sessions.of(login.user_id, self._context.now())):
            if one.login.remember == login.remember:
                ended += self._sessions.end_soon(one.key)
        return ended

    def _end(self, selector: str) -> bool:
        try:
            ended = self.registry.end(selector)
        except StoreError:  # refused here from now on, and the event for that is out
            return True
        if ended:
            self._context.report("authn_token_revoked", kind="remember")
        return ended


def _same(check: str, validator: str) -> bool:
    return hmac.compare_digest(check, at_rest(validator))


def new_selector() -> str:
    """Return 96 random bits that name a token; they let nobody in."""
    return new_token()[:16]


def selector_of(state: State) -> str | None:
    """Return the public half of the token that the browser sent, or None."""
    return (state.token or "").partition(".")[0] or None
