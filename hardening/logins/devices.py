"""Browsers that logged in before: each has a budget of its own for its owner's account.

So nobody locks an owner out by guessing wrong on purpose. The cookie names the device and up
to 16 accounts (a name that was sent, and the stored hash that it led to), under a MAC; the store
holds one record for each device and account, so that it can be revoked. It is no credential:
whoever steals it wins a small budget of guesses for those accounts and nothing else.

Fails closed: a device that cannot be verified is an unknown one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hardening.errors import StoreError
from hardening.keys import keyring
from hardening.logins.identify import Account, account_of_user
from hardening.storage.base import Record

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.state import State

COOKIE = "known_device"
PREFIX = "__Host-"
LIFETIME_S = 365 * 24 * 60 * 60  # 1 year: our own; browsers cut cookies at 400 days
MOST_ACCOUNTS = 16  # of one browser: two for a name and its hash; the oldest is forgotten first
_ID_BYTES = 16  # 128 bits
_MARK_BYTES = 8  # of an account in the cookie; the record holds the whole
_MAC_BYTES = 16
_MOST_COOKIE = 400  # characters; ours has at most 250


class Device(NamedTuple):
    """A browser, as its cookie says under a valid MAC."""

    id: bytes
    marks: tuple[bytes, ...]
    """The accounts that logged in from it, oldest first."""

    def marks_account(self, found: Account) -> bool:
        """Return whether the cookie names `found`; the store may have forgotten it since."""
        return found.key[:_MARK_BYTES] in self.marks


class Devices:
    """Known devices of one app.

    Args:
        context: the wrapped app.
        clock: the time, in seconds since the epoch; None: the context's.
    """

    def __init__(self, context: Context, clock: Callable[[], float] | None = None) -> None:
        self._context = context
        self._clock = clock or context.now

    def known(self, request: Request, state: State, accounts: Sequence[Account]) -> Device | None:
        """Return the device that `request` comes from, if it is known for all of `accounts`."""
        if not accounts or not self._context.policy.known_device:
            return None
        device = self._read(request, state)
        if device is None or not all(map(device.marks_account, accounts)):
            return None
        now = self._clock()
        try:
            store = self._context.store
            if all(store.get("device", _key(device.id, found), now) for found in accounts):
                return device
        except StoreError:
            pass  # the throttle's own use of the store reports it
        return None

    def read(self, request: Request, state: State) -> Device | None:
        """Return the device that `request` comes from, as its cookie says.

        The store is not asked, so that is enough for a stored hash alone: a changed password has
        another one.
        """
        return self._read(request, state) if self._context.policy.known_device else None

    def remember(
        self,
        request: Request,
        state: State,
        response: Response,
        accounts: Sequence[Account],
        hashes: Sequence[Account],
        user_id: str,
    ) -> None:
        """Let the browser be known for `accounts`, which have just logged in as `user_id`, and
        for the stored `hashes` that their password was checked against.

        Raises:
            StoreError: it could not be written; the browser then stays unknown.
        """
        ring = keyring(self._context.app, "device")
        if not accounts or not ring or not self._context.policy.known_device:
            return
        old = self._read(request, state) or Device(secrets.token_bytes(_ID_BYTES), ())
        new = [found.key[:_MARK_BYTES] for found in (*accounts, *hashes)]
        marks = ([mark for mark in old.marks if mark not in new] + new)[-MOST_ACCOUNTS:]
        owner = self._owner(user_id)
        expires_at = self._clock() + LIFETIME_S
        for found in accounts:
            record = Record(_key(old.id, found), owner, found.key, expires_at)
            self._context.store.put("device", record)
        body = _text(old.id + b"".join(marks))
        mac = _text(ring.current.mac(body.encode())[:_MAC_BYTES])
        response.set_cookie(
            _cookie_name(state),
            f"{ring.current.id}.{body}.{mac}",
            max_age=LIFETIME_S,
            path="/",
            secure=state.cookies_secured,
            httponly=True,
            samesite="Lax",
        )

    def forget(self, user_id: str) -> int:
        """Make every browser unknown again for a user, as after a password change.

        Args:
            user_id: what the user object's ``get_id()`` returns.

        Returns:
            How many were known.

        Raises:
            StoreError: the store cannot be reached; they are still known.
        """
        return self._context.store.delete_owned("device", self._owner(user_id))

    def _owner(self, user_id: str) -> str:
        return account_of_user(self._context.app, user_id).hashed

    def _read(self, request: Request, state: State) -> Device | None:
        if COOKIE not in request.environ.get("HTTP_COOKIE", ""):
            return None
        value = request.cookies.get(_cookie_name(state))
        if not value or len(value) > _MOST_COOKIE or not value.isascii():
            return None
        key_id, _, rest = value.partition(".")
        body, _, mac = rest.partition(".")
        key = keyring(self._context.app, "device").find(key_id)
        if key is None:
            return None
        expected = _text(key.mac(body.encode())[:_MAC_BYTES])
        if not hmac.compare_digest(expected.encode(), mac.encode()):
            return None
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        rest_of = raw[_ID_BYTES:]
        marks = [rest_of[at : at + _MARK_BYTES] for at in range(0, len(rest_of), _MARK_BYTES)]
        return Device(raw[:_ID_BYTES], tuple(marks))


def _cookie_name(state: State) -> str:
    return PREFIX + COOKIE if state.cookies_secured else COOKIE


def _key(device_id: bytes, found: Account) -> str:
    return hashlib.sha256(device_id + found.key).hexdigest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
