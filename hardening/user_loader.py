"""The app's user loader, also where the login manager is an app's own copy of Flask-Login's.

Such copies exist: Calibre-Web's gives its loader the session's key beside the id. What it wants
there only the copy knows, so it is never called with the id alone.
"""

from __future__ import annotations

from inspect import signature
from typing import Any

from flask import g, has_app_context

_KEPT = "_hardening_takes_id"  # on the manager: the loader that was looked at, and the answer


def takes_id(manager: Any) -> bool:
    """Return whether the manager's user loader can be called with a user's id alone.

    Without a manager or a loader it can, as nothing is known that speaks against it.
    """
    callback = getattr(manager, "_user_callback", None)
    if callback is None:
        return True
    kept: tuple[Any, bool] | None = manager.__dict__.get(_KEPT)
    if kept is None or kept[0] is not callback:
        kept = manager.__dict__[_KEPT] = callback, _binds(callback)
    return kept[1]


def _binds(callback: Any) -> bool:
    try:
        signature(callback).bind("id")
    except TypeError:
        return False
    except ValueError:  # written in C, or it lies about itself: Flask-Login would call it too
        return True
    return True


def load(manager: Any, user_id: str | int) -> Any:
    """Return what the app's user loader gives for `user_id`; None without a loader.

    Where the loader wants more than the id, it is the user whom the manager itself loads for this
    request, if that one has the id.
    """
    callback = getattr(manager, "_user_callback", None)
    if callback is None:
        return None
    if takes_id(manager):
        return callback(user_id)
    if not has_app_context():
        return None
    if "_login_user" not in g:
        manager._load_user()  # sets it, after our own guards had their say
    user = g.get("_login_user")
    own = getattr(user, "get_id", None)
    return user if callable(own) and str(own()) == str(user_id) else None
