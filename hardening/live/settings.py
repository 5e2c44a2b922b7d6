"""The configuration that the app has once it is loaded; of secrets only how good they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Flask

from flask_hardening_keys import weakness

# What these are is told; of others only whether they are set.
_TOLD = (
    "DEBUG", "TESTING", "PREFERRED_URL_SCHEME", "PROPAGATE_EXCEPTIONS", "LOGIN_DISABLED",
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE", "SESSION_REFRESH_EACH_REQUEST", "PERMANENT_SESSION_LIFETIME",
    "SESSION_PROTECTION", "SESSION_TYPE", "REMEMBER_COOKIE_NAME", "REMEMBER_COOKIE_SECURE",
    "REMEMBER_COOKIE_HTTPONLY", "REMEMBER_COOKIE_SAMESITE", "REMEMBER_COOKIE_DURATION",
    "REMEMBER_COOKIE_REFRESH_EACH_REQUEST", "WTF_CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT",
    "RATELIMIT_ENABLED",
)  # fmt: skip
_SET = ("SERVER_NAME", "TRUSTED_HOSTS", "SESSION_COOKIE_DOMAIN", "REMEMBER_COOKIE_DOMAIN")
_DAY_S = 24 * 60 * 60
_REMEMBERED_S = 365 * _DAY_S  # Flask-Login's default


def settings_of(app: Flask) -> dict[str, Any]:
    """Return the settings that matter, those that nothing sets left out."""
    found = {name: _plain(app.config[name]) for name in _TOLD if name in app.config}
    return {**found, **{name: bool(app.config.get(name)) for name in _SET}}


def _plain(value: object) -> Any:
    """Return `value` for JSON: lengths of time in seconds, and nothing of what is odd."""
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if value is None or isinstance(value, bool | int | float):
        return value
    return value[:100] if isinstance(value, str) else type(value).__name__


def key_of(app: Flask) -> dict[str, Any]:
    """Return how good the secret key and its forerunners are, and nothing else of them."""
    key = app.config.get("SECRET_KEY")
    return {**_judged(key), "fallbacks": list(_fallbacks(app, key))}


def _judged(key: object) -> dict[str, Any]:
    if not isinstance(key, str | bytes | bytearray) or not key:
        return {"kind": None, "weakness": None}
    raw = key if isinstance(key, str) else bytes(key)
    return {"kind": "text" if isinstance(key, str) else "bytes", "weakness": weakness(raw)}


def _fallbacks(app: Flask, key: object) -> Iterator[dict[str, Any]]:
    listed = app.config.get("SECRET_KEY_FALLBACKS")
    for old in listed if isinstance(listed, list | tuple) else ():
        yield {**_judged(old), "current": old == key}


def login_of(app: Flask) -> dict[str, Any] | None:
    """Return what Flask-Login is told, or None where the app has no login manager."""
    manager = getattr(app, "login_manager", None)
    if manager is None:
        return None
    views = [manager.login_view, *dict(manager.blueprint_login_views).values()]
    # Flask-Login asks the configuration first.
    protection = app.config.get("SESSION_PROTECTION", manager.session_protection)
    duration = app.config.get("REMEMBER_COOKIE_DURATION", _REMEMBERED_S)
    return {
        "protection": protection if isinstance(protection, str) else None,
        "views": sorted({view for view in views if isinstance(view, str)}),
        "disabled": bool(app.config.get("LOGIN_DISABLED", False)),
        "remember_s": _plain(duration) if isinstance(duration, int | timedelta) else None,
        "loads_users": getattr(manager, "_user_callback", None) is not None,
    }
