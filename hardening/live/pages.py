"""What is asked of a loaded app by requests: pages first, then a login if there is a user."""

from __future__ import annotations

from typing import Any

from flask import Flask

from hardening.live.asking import Visitor
from hardening.live.signing_in import signed_in


def asked(app: Flask, login: str | None, password: str | None) -> dict[str, Any]:
    """Return the answers of pages, and what a login of `login` shows.

    Args:
        app: the loaded app; what it does to its database, it does to a copy.
        login: whom to log in as, or None.
        password: of that user.
    """
    visitor = Visitor(app)
    found: dict[str, Any] = {"answers": visitor.answers()}
    if login is not None and password is not None:
        try:
            found["session"] = signed_in(visitor, login, password)
        except Exception as error:  # noqa: BLE001  # what the app raises must not cost the pages
            found["session"] = {"failed": f"a request raised {type(error).__name__}"}
    return found
