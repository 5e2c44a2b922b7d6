"""What every guard is given: the app it protects, its policy, its store, and whom to tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardening.client import Client, is_loopback
from hardening.events import Level, emit
from hardening.policy import Mode, Policy

if TYPE_CHECKING:
    from flask import Flask

    from hardening.storage.base import Store


@dataclass(slots=True, eq=False, repr=False)
class Context:
    """One wrapped app, as its guards see it. Shared by all of them; read at every use.

    `app.debug`, `app.testing` and the configuration may still change after `harden(app)`, so
    nothing here is copied from them.
    """

    app: Flask
    policy: Policy
    mode: Mode
    open_store: Callable[[], Store]

    @property
    def enforcing(self) -> bool:
        """Whether decisions are carried out, rather than only reported."""
        return self.mode == "enforce"

    @property
    def store(self) -> Store:
        """The store, opened at its first use so that forked workers each open their own."""
        return self.open_store()

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        return time.time()

    @property
    def login_manager(self) -> Any:
        """The app's `flask_login.LoginManager`, or None while it has none."""
        return getattr(self.app, "login_manager", None)

    def report(self, event: str, level: Level = "info", **details: object) -> None:
        """Emit an event of this app. Never raises."""
        if self.mode == "observe":
            details = {**details, "mode": "observe"}
        emit(self.app, event, level, **details)

    def lenient(self, client: Client) -> bool:
        """Whether `client` is a developer's own browser, or the app's own test client."""
        config = self.app.config  # asked first: every request of an app in production does
        if not config["DEBUG"] and not config["TESTING"]:
            return False
        return self.developing(client) or self.under_test(client)

    def developing(self, client: Client) -> bool:
        """Whether `client` is a developer's own browser on a debug server."""
        return self.app.debug and client.local

    def under_test(self, client: Client) -> bool:
        """Whether `client` is the app's own test client, whatever headers it makes up.

        WebTest names no peer at all; a Unix socket has none and is this machine's too.
        """
        return self.app.testing and (client.local or not client.peer or is_loopback(client.peer))
