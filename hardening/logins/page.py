"""The page of a refused login, made without an exception where nobody would catch it.

An exception lets the app show its own page for 429, and costs as much as the rest of the
refusal. So it is raised only where the app has something to show: an error handler for it, or
error handling of its own. What is answered otherwise is the page that Werkzeug makes of the
same exception, made once, or a few members of JSON for a client that asks for JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from flask import Flask, session
from werkzeug.exceptions import HTTPException, TooManyRequests

if TYPE_CHECKING:
    from flask import Request

HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"

# What `Flask._find_error_handler` looks for.
_CODES: Final = (TooManyRequests.code, None)
_KINDS: Final = TooManyRequests.__mro__
_OVERRIDDEN: Final = frozenset({"handle_user_exception", "handle_http_exception"})
_LIMITER: Final = "flask_limiter"


class Answer(NamedTuple):
    """How a refusal is shown."""

    body: str | None
    """The complete body; None: the app is asked by an exception."""
    content_type: str = HTML
    error: HTTPException | None = None
    """The exception to ask with, where it is none of Werkzeug's."""


def answer(app: Flask, request: Request, reason: str, retry_s: int) -> Answer:
    """Return what to answer with, or the exception by which the app is asked.

    Args:
        app: the wrapped app.
        request: the refused request.
        reason: the sentence for the person who sees it; one of a few.
        retry_s: seconds until another attempt may be made.
    """
    if _is_replaced(type(app)) or not _OVERRIDDEN.isdisjoint(app.__dict__):
        return Answer(None)
    if app.config["TRAP_HTTP_EXCEPTIONS"]:
        return Answer(None)
    handler = _handler(app, request)
    if handler == "limiter":
        return Answer(None, error=_exceeded(reason, retry_s))
    if handler == "usual":
        return Answer(None)
    # Without a session nothing calls `save_session`, which adds the refusal's other headers.
    if app.session_interface.is_null_session(session._get_current_object()):  # type: ignore[attr-defined]  # a LocalProxy
        return Answer(None)
    if wants_json(request.environ):
        return Answer(body_of(reason, retry_s, as_json=True), JSON)
    return Answer(body_of(reason, retry_s, as_json=False))


def body_of(reason: str, retry_s: int, *, as_json: bool) -> str:
    """Return what is answered where the app is not asked.

    Args:
        reason: as for `answer`.
        retry_s: likewise.
        as_json: whether the client wants JSON.
    """
    if not as_json:
        return _werkzeugs(reason)
    members = {"error": "too_many_requests", "message": reason, "retry_after": retry_s}
    return json.dumps(members) + "\n"


def wants_json(environ: Mapping[str, Any]) -> bool:
    """Return whether the client that sent this request asks for JSON, or sends it."""
    accepted = environ.get("HTTP_ACCEPT", "")
    if "html" in accepted:
        return False
    return "json" in accepted or "json" in environ.get("CONTENT_TYPE", "")


def _handler(app: Flask, request: Request) -> Literal["usual", "limiter"] | None:
    """Return what kind of handler of the app's own would show the refusal."""
    limiter = sys.modules.get(_LIMITER)
    exceeded = getattr(limiter, "RateLimitExceeded", None)
    for name in (*request.blueprints, None):
        by_code = app.error_handler_spec.get(name)
        if not by_code:
            continue
        for code in _CODES:
            handlers = by_code.get(code)
            if not handlers:
                continue
            if not handlers.keys().isdisjoint(_KINDS):
                return "usual"
            if exceeded in handlers:
                return "limiter"
    return None


def _exceeded(reason: str, retry_s: int) -> HTTPException:
    """Return Flask-Limiter's exception, for an app whose only handler is for that one."""
    from flask_limiter import RateLimitExceeded
    from flask_limiter._limits import RuntimeLimit
    from limits import RateLimitItemPerSecond

    limit: Any = RuntimeLimit(
        RateLimitItemPerSecond(1, retry_s), lambda: "", None, error_message=reason
    )
    error = RateLimitExceeded(limit)
    error.retry_after = retry_s
    return error


def _is_replaced(kind: type[Flask]) -> bool:
    return (
        kind.handle_user_exception is not Flask.handle_user_exception
        or kind.handle_http_exception is not Flask.handle_http_exception
    )


@lru_cache(maxsize=8)  # as many as there are sentences
def _werkzeugs(reason: str) -> str:
    return TooManyRequests(description=reason).get_body()
