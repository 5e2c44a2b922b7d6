"""The password guard alone around an app: what `harden` does for it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, Response, appcontext_popped, g, request
from flask_login.signals import user_logged_in

from hardening import events
from hardening.client import ClientReader
from hardening.context import Context
from hardening.passwords.adopt import adopt
from hardening.passwords.upgrade import Upgrades
from hardening.policy import Policy
from hardening.state import ENVIRON_KEY, State


def _no_store() -> Any:
    raise AssertionError("passwords need no store")


@dataclass
class Guarded:
    """An app with its password guard, and what that did."""

    app: Flask
    context: Context
    upgrades: Upgrades
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    stamps: list[tuple[Any, ...]] = field(default_factory=list)
    """Calls of `prepare` and `finish`, without the hashes' values."""

    def reasons(self) -> list[str]:
        """Return why upgrades were put off."""
        return [
            details["reason"]
            for name, details in self.events
            if name == "password_upgrade_deferred"
        ]

    def named(self, event: str) -> list[dict[str, Any]]:
        """Return the details of all events of that name."""
        return [details for name, details in self.events if name == event]

    def prepare(self, user_id: str, old_hash: str, new_hash: str) -> None:
        self.stamps.append(("prepare", user_id))

    def finish(self, user_id: str, old_hash: str, new_hash: str, written: bool) -> None:
        self.stamps.append(("finish", user_id, written))


@pytest.fixture
def guard() -> Iterator[Callable[..., Guarded]]:
    """Return a function that puts the password guard around an app."""
    kept: list[Any] = []

    def put_around(app: Flask, mode: Any = "enforce", **settings: Any) -> Guarded:
        context = Context(app, Policy(**settings), mode, _no_store)
        guarded = Guarded(app, context, None)  # type: ignore[arg-type]  # set below
        guarded.upgrades = Upgrades(context, guarded)
        clients = ClientReader(None)

        def listen(_sender: Any, name: str, level: str, details: dict[str, Any]) -> None:
            guarded.events.append((name, details))

        def before() -> None:
            g.state = State(clients.read(request.environ), cookies_secured=False)
            request.environ[ENVIRON_KEY] = g.state
            guarded.states.append(g.state)
            guarded.upgrades.before(request, g.state)

        def after(response: Response) -> Response:
            guarded.upgrades.after(request, g.state, response)
            return response

        def logged_in(_sender: Any, user: Any, **_: Any) -> None:
            g.state.logged_in = user
            guarded.upgrades.logged_in(g.state)

        def popped(sender: Any, **_: Any) -> None:
            guarded.upgrades.popped(sender)

        app.before_request_funcs.setdefault(None, []).insert(0, before)
        app.after_request_funcs.setdefault(None, []).insert(0, after)
        events.event.connect(listen, app)
        user_logged_in.connect(logged_in, app)
        appcontext_popped.connect(popped, app)
        kept.extend((listen, logged_in, popped))
        adopt(context)
        return guarded

    yield put_around
    kept.clear()
