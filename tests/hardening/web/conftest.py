"""One real Flask app with the guards of this folder around it, each built and called alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, Response, abort, request

from hardening import events
from hardening.cache import Cache, session_was_read
from hardening.client import ClientReader
from hardening.context import Context
from hardening.decision import Refusal
from hardening.headers import Headers
from hardening.origin import CrossSite
from hardening.policy import Mode, Policy
from hardening.redirects import Redirects
from hardening.state import State
from hardening.storage.memory import MemoryStore
from hardening.transport import Transport


@dataclass
class Table:
    """Endpoints whose kinds a test says outright."""

    named: dict[str, str] = field(default_factory=dict)

    def kinds(self, endpoint: str) -> frozenset[str]:
        return frozenset({self.named[endpoint]} if endpoint in self.named else ())


class Probe:
    """An app, its guards, and what they reported."""

    def __init__(self, policy: Policy, mode: Mode, clock: Callable[[], float]) -> None:
        self.app = Flask("probe")
        self.app.secret_key = "a key for tests only"
        self.table = Table()
        self.store = MemoryStore()
        self.opened = 0
        self.context = Context(self.app, policy, mode, self._open)
        self.transport = Transport(self.context)
        self.cross_site = CrossSite(self.context, self.table)
        self.redirects = Redirects(self.context, self.table)
        self.cache = Cache(self.context, self.table)
        self.headers = Headers(self.context, clock)
        self.change: Callable[[State], None] = lambda state: None
        self.refusal: Refusal | None = None
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._state: State | None = None
        self.app.before_request(self._before)
        self.app.after_request(self._after)

    def _open(self) -> MemoryStore:
        self.opened += 1
        return self.store

    def listen(self, sender: object, name: str, level: str, details: dict[str, Any]) -> None:
        self.events.append((name, details))

    def reported(self, name: str) -> list[dict[str, Any]]:
        return [details for found, details in self.events if found == name]

    def get(self, path: str = "/", **given: Any) -> Any:
        return self.send("GET", path, **given)

    def post(self, path: str = "/", **given: Any) -> Any:
        return self.send("POST", path, **given)

    def send(
        self,
        method: str,
        path: str,
        *,
        peer: str = "203.0.113.9",
        https: bool = True,
        host: str = "app.example",
        cookies: str = "",
        **given: Any,
    ) -> Any:
        """Send one request from `peer`, without a session unless `cookies` has one."""
        headers = dict(given.pop("headers", {}))
        if cookies:
            headers["Cookie"] = cookies
        client = self.app.test_client(use_cookies=False)
        scheme = "https" if https else "http"
        environ = {"REMOTE_ADDR": peer, "HTTP_HOST": host}
        return client.open(
            path,
            method=method,
            base_url=f"{scheme}://app.example",
            headers=headers,
            environ_overrides=environ,
            **given,
        )

    def _before(self) -> Response | None:
        client = ClientReader(self.context.policy.trusted_proxies).read(request.environ)
        self._state = State(client=client, cookies_secured=True)
        self.change(self._state)
        self.refusal = None
        for guard in (self.transport, self.cross_site):
            self.refusal = guard.before(request, self._state)
            if self.refusal is not None:
                self._state.refused = True
                return self._answer(self.refusal)
        self.redirects.before(request, self._state)
        return None

    @staticmethod
    def _answer(refusal: Refusal) -> Response:
        if refusal.location is None and refusal.body is None:
            abort(refusal.status, refusal.reason)
        answer = Response(refusal.body, refusal.status, dict(refusal.headers), "text/html")
        if refusal.location is not None:
            answer.headers["Location"] = refusal.location
        return answer

    def _after(self, response: Response) -> Response:
        from flask.globals import request_ctx

        state = self._state
        assert state is not None
        # Flask 3.1.3 keeps it under another name, where asking for it counts as reading.
        held = vars(request_ctx)
        state.session_read = session_was_read(held.get("_session", held.get("session")))
        for guard in (self.redirects, self.cache, self.headers):
            guard.after(request, state, response)
        return response


@pytest.fixture
def probe() -> Iterator[Callable[..., Probe]]:
    """Return a maker of apps; policy settings are its keyword arguments."""
    made: list[Probe] = []

    def make(
        mode: Mode = "enforce", clock: Callable[[], float] = lambda: 0.0, **settings: Any
    ) -> Probe:
        one = Probe(Policy(**settings), mode, clock)
        events.event.connect(one.listen, one.app)
        made.append(one)
        return one

    yield make
    for one in made:
        events.event.disconnect(one.listen, one.app)
