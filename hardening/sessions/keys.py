"""What the session guard keeps in the app's session, and how it looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    Session = MutableMapping[str, Any]

SID = "_hardening"  # our key in the app's session
LOGIN_KEYS = ("_user_id", "_fresh", "_id", SID)


def forget_login(session: Session) -> None:
    """Take the login out of `session` and leave the rest of it alone."""
    for key in LOGIN_KEYS:
        session.pop(key, None)


def is_active(user: Any) -> bool:
    """Return whether an account is active; old user classes have a method that says so."""
    value = getattr(user, "is_active", True)
    return bool(value() if callable(value) else value)


def same_id(one: object, other: object) -> bool:
    """Return whether two user ids are the same.

    A session that the server keeps may give a UUID back as text, or a tuple as a list.
    """
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same_id, one, other))
    return one == other or str(one) == str(other)


def peek(session: Session, key: str) -> Any:
    """Return what `session` holds under `key` without marking it as accessed.

    Flask adds ``Vary: Cookie`` to every response whose session was accessed; our own look at
    it does not make a page personal.
    """
    return dict.get(session, key) if isinstance(session, dict) else session.get(key)
