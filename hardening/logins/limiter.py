"""A Flask-Limiter for the app's own views, counting in the same store as the logins.

It touches only what it decorates: Flask-Limiter would look at every request of the app, and
could not be added once requests have begun. Importing this module imports Flask-Limiter, which
takes a third of Flask's own time; nothing else here does.

Fails towards limits of this process alone while the store is down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flask
from flask_limiter import Limiter
from limits.storage import Storage

from hardening.errors import StoreError
from hardening.state import state_of
from hardening.storage.base import Claim

if TYPE_CHECKING:
    from flask import Flask, Response

    from hardening.context import Context
    from hardening.storage.base import Store

_SCHEME = "flask-hardening"
_NO_LIMIT = 2**31  # the strategy compares; the counter itself only counts
# An address that a proxy hides is one client, or an empty key would mean no limit at all.
_HIDDEN = "hidden"
# The app may have a Flask-Limiter of its own, whose limits and store these are.
_NOT_OURS = ("RATELIMIT_DEFAULT", "RATELIMIT_APPLICATION", "RATELIMIT_META", "RATELIMIT_STORAGE")


def make_limiter(context: Context) -> Limiter:
    """Return a limiter for `context`'s app, without any limit yet; at any time.

    Its ``limit`` and ``shared_limit`` decorate views, blueprints and context managers as those
    of Flask-Limiter do. Its key is the client's network as the throttle sees it.
    """
    return _ViewLimiter(context)


class _ViewLimiter(Limiter):
    def __init__(self, context: Context) -> None:
        super().__init__(
            _client,
            storage_uri=f"{_SCHEME}://",
            storage_options={"context": context},  # type: ignore[dict-item]  # passed on as it is
            strategy="fixed-window",
            in_memory_fallback_enabled=True,
        )
        self._target = context.app
        self._hooks = _Hooks(context.app)
        add = self.limit_manager.add_blueprint_limit

        def add_blueprint_limit(blueprint: str, limit: Any) -> None:
            add(blueprint, limit)
            self._watch(blueprint)

        self.limit_manager.add_blueprint_limit = add_blueprint_limit  # type: ignore[method-assign]  # its only way to say that a blueprint is limited
        self.init_app(self._hooks)  # type: ignore[arg-type]  # what it asks of an app is there

    def _check_request_limit(
        self, callable_name: str | None = None, in_middleware: bool = True
    ) -> None:
        noted = flask.g.setdefault("_hardening_limiter", set())
        if id(self) not in noted:
            noted.add(id(self))
            flask.after_this_request(self._finish)
        super()._check_request_limit(callable_name, in_middleware)

    def _finish(self, response: Response) -> Response:
        for function in self._hooks.after:
            response = function(response)
        return response

    def _watch(self, blueprint: str) -> None:
        functions = self._target.before_request_funcs.setdefault(blueprint, [])
        if self._check_request_limit not in functions:
            functions.append(self._check_request_limit)


class _Hooks:
    """Stands in for the app where Flask-Limiter would hook itself into every request."""

    def __init__(self, app: Flask) -> None:
        self.config = {
            key: value
            for key, value in app.config.items()
            if key.startswith("RATELIMIT_") and not key.startswith(_NOT_OURS)
        }
        self.extensions: dict[str, Any] = {}
        self.after: list[Callable[[Response], Response]] = []

    def before_request(self, function: object) -> None:
        """Take nothing: decorated views ask for themselves."""

    def after_request(self, function: Callable[[Response], Response]) -> None:
        """Keep what adds headers and conditional deductions, for requests that were limited."""
        self.after.append(function)

    def teardown_request(self, function: object) -> None:
        """Take nothing: what is kept for a request ends with it."""


class StoreStorage(Storage):
    """What Flask-Limiter's strategy asks of a storage, answered by our store."""

    STORAGE_SCHEME = [_SCHEME]  # noqa: RUF012  # the base class declares it so

    def __init__(self, uri: str | None = None, *, context: Context, **options: Any) -> None:
        super().__init__(uri, **options)
        self._context = context

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the limiter takes for an unreachable storage."""
        return StoreError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add `amount` to a window of `expiry` seconds; return its count."""
        claim = Claim(_key(key), _NO_LIMIT, expiry, counts_only=True)
        return self._store.reserve([claim] * amount, self._context.now()).grants[-1].used

    def get(self, key: str) -> int:
        """Return a window's count."""
        return self._store.counted(_key(key), self._context.now())[0]

    def get_expiry(self, key: str) -> float:
        """Return when a window ends, in seconds since the epoch."""
        return self._store.counted(_key(key), self._context.now())[1]

    def check(self) -> bool:
        """Return whether the store answers."""
        try:
            self._store.counted(b"l", self._context.now())
        except StoreError:
            return False
        return True

    def reset(self) -> int | None:
        """Refuse: logins are counted in the same store."""
        raise NotImplementedError

    def clear(self, key: str) -> None:
        """Forget one window."""
        self._store.clear([_key(key)])

    @property
    def _store(self) -> Store:
        return self._context.store


def _client() -> str:
    state = state_of(flask.request)
    return (state.client.network if state is not None else flask.request.remote_addr) or _HIDDEN


def _key(text: str) -> bytes:
    return b"l" + hashlib.sha256(text.encode()).digest()[:16]
