"""Hands an upgraded hash to the app's own function, the setting ``password_writer``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hardening.passwords.deferred import DeferredError

if TYPE_CHECKING:
    from flask import Flask

Writer = Callable[[Any, str, str], bool]


def write(app: Flask, writer: Writer, user: Any, old: str, new: str) -> bool:
    """Return whether `writer` has replaced `old` by `new`.

    It gets an app context of its own, so that what a view has left half-made in its database
    session is never part of what it commits.

    Raises:
        DeferredError: it raised.
    """
    with app.app_context():
        try:
            return bool(writer(user, old, new))
        except Exception as error:  # noqa: BLE001  # the app's code: a login never fails for it
            raise DeferredError("password_writer", error=type(error).__name__) from None
