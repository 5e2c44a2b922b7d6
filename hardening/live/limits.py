"""Which views Flask-Limiter limits in the loaded app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask


def limited(app: Flask, endpoints: Iterable[str]) -> dict[str, bool] | None:
    """Return whether a limit reaches each of `endpoints`; None where that cannot be told.

    Without Flask-Limiter nothing is limited by it, and that is told.
    """
    found = app.extensions.get("limiter")
    limiters = list(found) if isinstance(found, set | list | tuple) else [found] if found else []
    try:
        return {end: any(_reaches(one, app, end) for one in limiters) for end in endpoints}
    except Exception:  # noqa: BLE001  # an older Flask-Limiter keeps its limits elsewhere
        return None


def _reaches(limiter: Any, app: Flask, endpoint: str) -> bool:
    if not limiter.enabled:
        return False
    manager = limiter.limit_manager
    blueprint = endpoint.rpartition(".")[0] or None
    with app.app_context():
        several = manager.resolve_limits(app, endpoint, blueprint)
        return bool(manager.application_limits) or any(list(limits) for limits in several)
