"""The page of a refused login, made without an exception where nobody would catch it.

An exception lets the app show its own page for 429, and costs as much as the rest of the
refusal. So it is raised only where the app has something to show: an error handler for it, or
error handling of its own. What is answered otherwise is the page that Werkzeug makes of the
same exception, made once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flask import Flask, session
from werkzeug.exceptions import TooManyRequests

if TYPE_CHECKING:
    from flask import Request

# What `Flask._find_error_handler` looks for.
_CODES: Final = (TooManyRequests.code, None)
_KINDS: Final = TooManyRequests.__mro__
_OVERRIDDEN: Final = frozenset({"handle_user_exception", "handle_http_exception"})


def page(app: Flask, request: Request, reason: str) -> str | None:
    """Return the page to answer with, or None where the app is to be asked by an exception.

    Args:
        app: the wrapped app.
        request: the refused request.
        reason: the sentence for the person who sees it; one of a few.
    """
    if _is_replaced(type(app)) or not _OVERRIDDEN.isdisjoint(app.__dict__):
        return None
    if app.config["TRAP_HTTP_EXCEPTIONS"] or _has_handler(app, request):
        return None
    # Without a session nothing calls `save_session`, which adds the refusal's other headers.
    if app.session_interface.is_null_session(session._get_current_object()):  # type: ignore[attr-defined]  # a LocalProxy
        return None
    return _werkzeugs(reason)


def _has_handler(app: Flask, request: Request) -> bool:
    for name in (*request.blueprints, None):
        by_code = app.error_handler_spec.get(name)
        if not by_code:
            continue
        for code in _CODES:
            handlers = by_code.get(code)
            if handlers and not handlers.keys().isdisjoint(_KINDS):
                return True
    return False


def _is_replaced(kind: type[Flask]) -> bool:
    return (
        kind.handle_user_exception is not Flask.handle_user_exception
        or kind.handle_http_exception is not Flask.handle_http_exception
    )


@lru_cache(maxsize=8)  # as many as there are sentences
def _werkzeugs(reason: str) -> str:
    return TooManyRequests(description=reason).get_body()
