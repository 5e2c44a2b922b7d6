"""What the audit's ``--app`` asks of a loaded app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from hardening.live.databases import SQLITE, databases_of
from hardening.live.limits import limited
from hardening.live.pages import asked
from hardening.live.settings import key_of, login_of, settings_of
from hardening.live.views import hooks_of, views_of
from hardening.policy import GUARDS


def facts_of(app: Flask, root: str, login: str | None, password: str | None) -> dict[str, Any]:
    """Return the facts about an app that was just loaded, for JSON; no value of a secret.

    Each part is found out by itself: what an app breaks is missing, and ``gaps`` says so.

    Args:
        app: any app, before its first request.
        root: the audited folder.
        login: whom to log in as, or None.
        password: of that user.
    """
    found: dict[str, Any] = {"gaps": {}}

    def part(name: str, question: Callable[[], Any]) -> None:
        try:
            found[name] = question()
        except Exception as error:  # noqa: BLE001  # an odd app must not cost the other facts
            found[name] = None
            found["gaps"][name] = type(error).__name__

    part("settings", lambda: settings_of(app))
    part("key", lambda: key_of(app))
    part("login", lambda: login_of(app))
    part("hardening", lambda: _wrapper(app))
    part("databases", lambda: databases_of(app))
    part("views", lambda: views_of(app, root))
    part("hooks", lambda: hooks_of(app))
    part("limited", lambda: limited(app, sorted(app.view_functions)))
    part("extensions", lambda: sorted(map(str, app.extensions)))
    found["debug"], found["testing"] = bool(app.debug), bool(app.testing)
    if found["databases"] is not None and set(found["databases"]) <= {SQLITE}:
        part("pages", lambda: asked(app, login, password))
    return found


def _wrapper(app: Flask) -> dict[str, Any] | None:
    """Return how the app is wrapped, or None."""
    wrapped = app.extensions.get("hardening.wrapped")
    if wrapped is None:
        return None
    policy = wrapped.context.policy
    off = [guard for guard in GUARDS if not policy.guards_on(guard)]
    return {"mode": wrapped.context.mode, "off": off, "https": policy.https, "csp": policy.csp}
