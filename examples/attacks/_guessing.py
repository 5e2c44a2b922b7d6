"""Guessing passwords, and what people use against it today."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from ._browser import Browser, Reply
from ._people import OWNER, WRONG, log_in


def by_hand(app: Flask, key: Callable[[], str] = get_remote_address) -> Limiter:
    """Return the Flask-Limiter that a careful author adds to the bare side of a row."""
    return Limiter(key, app=app, storage_uri="memory://")


def guess(site: Browser, name: str = OWNER, password: str = WRONG) -> Reply:
    """Send one guess."""
    return log_in(site, name, password)


def script(app: Flask, address: str) -> Browser:
    """Return a guessing program: no browser headers, and it throws its cookies away."""
    return Browser(app, address=address, scripted=True, keeps_cookies=False)
