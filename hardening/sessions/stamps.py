"""The password's stamp on a session: a changed password ends it, a mere re-hash does not.

The stamp is a MAC over the stored hash, so the record gives nothing away. Users without a
password of their own (LDAP, OAuth) have none and need an explicit `revoke_all`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hardening.keys import keyring
from hardening.passwords import pepper

if TYPE_CHECKING:
    from flask import Flask

    from hardening.sessions.registry import Login

_BOOT = secrets.token_hex(8)
_SEEN_KEY = secrets.token_bytes(32)
_MOST_SEEN = 4096  # stamps that fitted; about 600 bytes each

# The names that public apps use, the more telling first. A name is only tried where no
# password check has shown the attribute by its value.
USUAL_NAMES = (
    "password_hash",
    "hashed_password",
    "pw_hash",
    "pwhash",
    "passwordhash",
    "password_digest",
    "pwdhash",
    "passwd_hash",
    "pass_hash",
    "encrypted_password",
    "_password",
    "_password_hash",
    "password",
    "passwd",
    "pwd",
    "hash",
)

_NO_COLUMNS: dict[str, object] = {}
# Compiled by `re` at its first use, as most processes start without one.
# Hashed as well, or named alike, and changed without the password.
_OTHER = (
    r"token|key|pin(?:_|$)|otp|mfa|totp|backup|recover|code|answer|hint|reset|old|prev|history|salt"
    r"|avatar|gravatar|cache|digest_of|etag"
)
_NAMED = r"pass|pwd|pw(?:_|$|d|h)|(?:_|r)pw"
# Modular crypt, LDAP's schemes, and Werkzeug's and Django's formats.
_HASH = (
    r"\$[0-9a-z][0-9a-z-]*\$.|\{[A-Z0-9-]+\}.|(?:pbkdf2|scrypt|bcrypt|argon2|sha\d|md5)[\w:]*\$."
)
_BARE = r"[0-9a-fA-F]{32,128}|[0-9A-Za-z+/_-]{24,128}={0,2}"


class Stamps:
    """Finds the attribute that holds a user's password hash, and makes stamps of it.

    Args:
        app: the wrapped app, for its keys.
        attribute: the setting ``password_attribute``, or None.
    """

    def __init__(self, app: Flask, attribute: str | None) -> None:
        self._app = app
        self._attribute = attribute
        self._seen: dict[type, str] = {}
        self._fitting: set[tuple[bytes, str, bytes, bytes]] = set()

    def attribute_of(self, user: Any) -> str | None:
        """Return the name of the attribute that holds `user`'s hash, or None if it has none."""
        if self._attribute is not None:
            return self._attribute
        known = self._seen.get(type(user))
        if known is not None:
            return known
        usual = next((name for name in USUAL_NAMES if read(user, name)), None)
        return usual or next((name for name in _readable(user) if _is_hash(user, name)), None)

    def learn(self, user: Any, stored: str) -> None:
        """Remember which attribute of `user` equals `stored`, a hash just verified."""
        if self._attribute is None and type(user) not in self._seen:
            name = next((name for name in _readable(user) if read(user, name) == stored), None)
            if name is not None:
                self._seen[type(user)] = name

    def make(self, user_id: object, value: str) -> str:
        """Return the stamp of a stored hash, with the id of the key that made it."""
        key = keyring(self._app, "stamp").current
        return f"{key.id}:{key.mac(str(user_id).encode(), self._inside(value).encode()).hex()}"

    def of(self, user_id: object, user: Any, attribute: str | None) -> str | None:
        """Return the stamp of what `user` holds in `attribute`; None if that is nothing."""
        value = read(user, attribute) if attribute else ""
        return self.make(user_id, value) if value else None

    def holds(self, login: Login, user: Any) -> bool:
        """Return whether `user` still has the password that `login` was made with.

        Where the users live in the memory of another worker, that worker must judge.
        """
        if login.stamp is None or login.attribute is None:
            return True
        if login.process is not None and login.process != this_process():
            return True
        value = read(user, login.attribute)
        if self.fits(login.stamp, login.user_id, value):
            return True
        following = login.next_stamp
        return following is not None and self.fits(following, login.user_id, value)

    def fits(self, stamp: str, user_id: object, value: str) -> bool:
        """Return whether `stamp` was made of `value`, by the present key or a fallback."""
        key_id, _, digest = stamp.partition(":")
        key = keyring(self._app, "stamp").find(key_id)
        if key is None:
            return False
        who, what = str(user_id).encode(), value.encode()
        # Asked for every request of a user: a keyed digest of the value is kept, never the value.
        seen = key.secret, stamp, who, hashlib.blake2b(what, key=_SEEN_KEY).digest()
        if seen in self._fitting:
            return True
        if not hmac.compare_digest(key.mac(who, self._inside(value).encode()).hex(), digest):
            return False
        if len(self._fitting) >= _MOST_SEEN:
            self._fitting.clear()
        self._fitting.add(seen)
        return True

    def _inside(self, value: str) -> str:
        """Return the hash itself where it is kept encrypted: another key is no other password."""
        return pepper.peel(value, pepper.of(self._app))


def process_of(user: Any, load: Callable[[], Any]) -> str | None:
    """Return the id of this process if `user` lives in its memory only, else None.

    A database hands out a new object for each question, or a mapped one.

    Args:
        user: the user who logs in.
        load: asks the app's user loader for the same user.
    """
    if hasattr(type(user), "__mapper__") or hasattr(user, "_sa_instance_state"):
        return None
    try:
        in_memory = load() is user
    except Exception:  # noqa: BLE001  # the app's loader; whatever it raises, it tells nothing
        return None
    return this_process() if in_memory else None


def kept(user: Any, load: Callable[[], Any]) -> Any:
    """Return the user as the app keeps it, where the one who logs in was never stored.

    Some views log in a mapped object that they made from the form; its password is the form's.

    Args:
        user: the user who logs in.
        load: asks the app's user loader for the same user.
    """
    state = getattr(user, "_sa_instance_state", None)
    if state is None or getattr(state, "key", True) is not None:
        return user
    try:
        return load() or user
    except Exception:  # noqa: BLE001  # as above
        return user


def this_process() -> str:
    """Return an id that no other worker has, forked or started, nor a later one."""
    return f"{_BOOT}.{os.getpid()}"


def read(user: Any, name: str) -> str:
    """Return the text in an attribute of `user`, empty where it cannot be read."""
    try:
        value = getattr(user, name, None)
        if value is None and "." in name:  # a key of a document that the user object wraps
            document, _, key = name.partition(".")
            value = getattr(user, document)[key]
        # SQLAlchemy-Utils hands out an object; a driver, a view of its memory.
        value = getattr(value, "hash", value)
    except Exception:  # noqa: BLE001  # a write-only `password` property raises what it likes
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def _readable(user: Any) -> list[str]:
    names = set(USUAL_NAMES)
    held = getattr(user, "__dict__", {})
    names.update(name for name in held if not name.startswith("_sa_"))
    for kind in type(user).__mro__:
        slots = vars(kind).get("__slots__", ())
        names.update((slots,) if isinstance(slots, str) else slots)
    # The columns of a mapped object that was just committed are not in its `__dict__`.
    names.update(getattr(getattr(type(user), "__mapper__", None), "columns", _NO_COLUMNS).keys())
    for name, value in held.items():
        if isinstance(value, dict):
            names.update(f"{name}.{key}" for key in value if isinstance(key, str))
    return sorted(names)


def _is_hash(user: Any, name: str) -> bool:
    """Return whether an attribute of an unusual name holds what can only be a password's hash."""
    if re.search(_OTHER, name, re.IGNORECASE):
        return False
    value = read(user, name)
    return bool(
        re.match(_HASH, value)
        or (re.search(_NAMED, name, re.IGNORECASE) and re.fullmatch(_BARE, value))
    )
