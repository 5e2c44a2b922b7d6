"""What a user object tells of its own names, for apps whose models we do not know."""

from __future__ import annotations

from typing import Any

from hardening.logins.identify import MOST_NAME_LENGTH, USUAL_NAMES, normalise


def names_of(user: Any) -> tuple[str, ...]:
    """Return every text that `user` holds as a value of its own, normalised, and its id.

    By value and not by attribute's name: what one app calls ``email`` is ``handle`` in another.
    What is longer than a name, as hashes and texts are, is left out.
    """
    values = [user.get_id() if hasattr(user, "get_id") else None, *_own_values(user)]
    texts = (str(value) for value in values if isinstance(value, str | int))
    return tuple(
        dict.fromkeys(
            name for text in texts if len(text) <= MOST_NAME_LENGTH and (name := normalise(text))
        )
    )


def _own_values(user: Any) -> list[object]:
    if isinstance(user, dict):
        return list(user.values())
    values = list(getattr(user, "__dict__", {}).values())
    # A model that a commit expired holds nothing itself until its columns are asked for.
    declared = {name for kind in type(user).__mro__ for name in vars(kind)}
    values += [_value(user, name) for name in sorted(declared & USUAL_NAMES)]
    for kind in type(user).__mro__:
        slots = vars(kind).get("__slots__", ())
        values += [_value(user, name) for name in ((slots,) if isinstance(slots, str) else slots)]
    return values


def _value(user: Any, name: str) -> object:
    try:
        return getattr(user, name, None)
    except Exception:  # noqa: BLE001  # the app's own property or database; then it has no name
        return None
