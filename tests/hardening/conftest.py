"""Fixtures that build the small site of ``tests/support/site_app.py``, wrapped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from site_app import Site, build_app

from hardening import Policy, events, harden


@pytest.fixture
def make_site() -> Callable[..., Site]:
    """Return a function that builds a wrapped site; its arguments go to `harden`."""
    kept: list[Any] = []

    def make(
        store: str = "memory://", before: Callable[[Flask], None] | None = None, **settings: Any
    ) -> Site:
        app, users = build_app()
        if before is not None:
            before(app)
        mode = settings.pop("mode", None)
        site = Site(app, users)

        def listen(_sender: Any, name: str, level: str, details: dict[str, Any]) -> None:
            site.events.append((name, details))

        kept.append(listen)
        events.event.connect(listen, app)
        site.hardening = harden(app, policy=Policy(**settings), store=store, mode=mode)
        return site

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A site wrapped with the defaults, in production mode."""
    return make_site()
