"""The cookies of a response as a browser reads them; never their values."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.wrappers import Response

_PREFIXES = ("__Host-", "__Secure-")


def cookies_of(app: Flask, response: Response) -> list[dict[str, Any]]:
    """Return what each ``Set-Cookie`` header says, in order."""
    return [_read(app, line) for line in response.headers.getlist("Set-Cookie")]


def _read(app: Flask, line: str) -> dict[str, Any]:
    first, *rest = line.split(";")
    name, _, value = first.strip().partition("=")
    said = {}
    for part in rest:
        key, _, given = part.strip().partition("=")
        said[key.lower()] = given
    return {
        "name": name[:100],
        "kind": kind_of(app, name),
        "deleted": not value or said.get("max-age") == "0",
        "secure": "secure" in said,
        "httponly": "httponly" in said,
        "samesite": said["samesite"].capitalize() if said.get("samesite") else None,
        "domain": bool(said.get("domain")),
    }


def kind_of(app: Flask, name: str) -> str:
    """Return ``session``, ``remember`` or ``other``."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    if name == app.config.get("SESSION_COOKIE_NAME", "session").removeprefix("__Host-"):
        return "session"
    if name == app.config.get("REMEMBER_COOKIE_NAME", "remember_token"):
        return "remember"
    return "other"
