"""Which names are a user's own, for apps whose models we do not know.

Only attributes that an app keeps apart from other users' count: a display name or a text in a
profile is chosen freely, and could be chosen to be a victim's name.
"""

from __future__ import annotations

from typing import Any

from hardening.logins.identify import normalise

_OWN_NAMES = (
    "username user_name userid login login_name identifier uid account"
    " email e_mail mail email_address emailaddress phone phone_number"
)


def names_of(user: Any, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that `user` logs in with, normalised.

    Args:
        user: the app's user object, or one name.
        fields: further attributes that hold such names: the policy's `identifier_fields`.
    """
    if isinstance(user, str):
        return (normalise(user),)
    values = [_value(user, name) for name in (*_OWN_NAMES.split(), *fields)]
    own_id = str(user.get_id()) if hasattr(user, "get_id") else ""
    if not own_id.isdigit():  # a name that serves as the id; a number may be another's name
        values.append(own_id)
    found = (normalise(value) for value in values if isinstance(value, str))
    return tuple(dict.fromkeys(name for name in found if name))


def _value(user: Any, name: str) -> object:
    try:
        return getattr(user, name, None)
    except Exception:  # noqa: BLE001  # the app's own property or database; then it has no name
        return None
