"""What a refused attempt is answered: 429, the same for every name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException, TooManyRequests

from hardening.decision import Refusal
from hardening.logins.page import answer

if TYPE_CHECKING:
    from flask import Flask, Request, Response

    from hardening.logins.identify import Account

LOGIN = "Too many attempts to log in. Please wait before you try again."
OTHER = "Too many attempts. Please wait before you try again."
_STOPPED_RETRY_S = 24 * 60 * 60  # 1 day: what a stopped account is told, as nothing else is known


def too_many(
    app: Flask,
    request: Request,
    limit: str,
    wait_s: float,
    accounts: Sequence[Account],
    reason: str = LOGIN,
) -> Refusal:
    """Return the refusal of an attempt.

    Args:
        app: the wrapped app.
        request: the request at hand.
        limit: what kind of counter refused.
        wait_s: seconds until it would grant; infinite where only an unlock helps.
        accounts: whom the attempt was charged to.
        reason: the sentence for the person who sees it.
    """
    retry_s = seconds(wait_s)
    found = answer(app, request, reason, retry_s)
    return Refusal(
        guard="throttle",
        status=429,
        event=event_of(wait_s),
        reason=reason,
        body=found.body,
        content_type=found.content_type,
        error=found.error,
        headers=(("Retry-After", str(retry_s)),),
        details=details_of(limit, retry_s, accounts),
    )


def seconds(wait_s: float) -> int:
    """Return how many seconds a client is told to wait."""
    return _STOPPED_RETRY_S if math.isinf(wait_s) else max(1, math.ceil(wait_s))


def event_of(wait_s: float) -> str:
    """Return the event of a refusal; infinite where only an unlock helps."""
    return "authn_login_lock" if math.isinf(wait_s) else "excess_rate_limit_exceeded"


def details_of(limit: str, retry_s: int, accounts: Sequence[Account]) -> dict[str, object]:
    """Return what the event of a refusal says."""
    hashed = [account.hashed for account in accounts]
    return {"limit": limit, "accounts": hashed, "retry_after_s": retry_s}


def exception_of(app: Flask, refusal: Refusal) -> HTTPException:
    """Return `refusal` as an exception that a view may let pass."""
    if refusal.error is not None:
        return refusal.error
    retry_s = int(dict(refusal.headers)["Retry-After"])
    if refusal.body is None:
        return TooManyRequests(description=refusal.reason, retry_after=retry_s)
    response = app.response_class(refusal.body, 429, content_type=refusal.content_type)
    response.headers["Retry-After"] = str(retry_s)
    response.headers["Cache-Control"] = "no-store"
    return TooManyRequests(description=refusal.reason, response=response)


def replace(app: Flask, response: Response, refusal: Refusal) -> None:
    """Make `response` what `refusal` is answered with elsewhere."""
    page = app.make_response(app.handle_user_exception(exception_of(app, refusal)))
    response.status_code = page.status_code
    response.set_data(page.get_data())
    response.content_type = page.content_type
    response.headers.pop("Location", None)
    for name, value in refusal.headers:
        response.headers[name] = value
