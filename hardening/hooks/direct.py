"""Views that ask the session itself who is logged in, past Flask-Login.

A session's record is looked up when the user is loaded, which a request for a static file never
does. A view that reads ``session["_user_id"]`` by itself would believe a cookie whose session has
ended. Such views are known by their code, and have the user loaded for them beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask, Request

KEY = "_user_id"  # where Flask-Login keeps whose session it is
_MOST_WRAPPERS = 8  # decorators looked through


class DirectReaders:
    """Tells the endpoints of one app that read the session's user by themselves.

    Only the code of views and of functions that run before them is looked at, once for each.

    Args:
        app: the wrapped app.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._known: dict[object, bool] = {}
        self._answers: dict[tuple[object, int], bool] = {}

    def reads(self, request: Request) -> bool:
        """Return whether the view of `request`, or what runs before it, asks the session."""
        view = self._app.view_functions.get(request.endpoint or "")
        if view is None:
            return False
        before = self._app.before_request_funcs
        # Functions may be added until the first request, and views by nobody after it.
        key = (view, sum(map(len, before.values())))
        known = self._answers.get(key)
        if known is None:
            names = (None, *request.blueprints)
            functions = [view, *(each for name in names for each in before.get(name, ()))]
            known = self._answers[key] = any(map(self._names_key, functions))
        return known

    def _names_key(self, function: Callable[..., Any]) -> bool:
        known = self._known.get(function)
        if known is None:
            known = self._known[function] = any(KEY in code.co_consts for code in _codes(function))
        return known


def _codes(function: object) -> Iterator[CodeType]:
    """Yield the code of `function`, of what it wraps, of a view class's methods, and inside."""
    waiting: list[object] = [function]
    for _ in range(_MOST_WRAPPERS):
        if not waiting:
            return
        here = waiting.pop()
        wrapped = getattr(here, "__wrapped__", None)
        if wrapped is not None:
            waiting.append(wrapped)
        cls = getattr(here, "view_class", None)
        if isinstance(cls, type):
            for method in vars(cls).values():
                yield from _inside(getattr(method, "__code__", None))
        yield from _inside(getattr(here, "__code__", None))


def _inside(code: CodeType | None) -> Iterator[CodeType]:
    stack = [code] if code is not None else []
    while stack:
        here = stack.pop()
        yield here
        stack += [const for const in here.co_consts if isinstance(const, CodeType)]
