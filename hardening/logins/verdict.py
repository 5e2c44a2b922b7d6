"""Did this request log in, fail, or neither? Flask-Login sends no signal for a failure.

What is known of a failure: a password was sent to a login endpoint, nobody was logged in, no
password check that we saw answered yes, and the status is no server error and neither 400 nor
429, unless a check was seen to answer no.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from flask import Response

    from hardening.state import State

Verdict = Literal["success", "failure", "unclear", "neither"]

# Compiled by `re` at its first use, as most processes start without one.
# A redirect to a page for a second factor, where the first was checked in a way we cannot see.
_SECOND_FACTOR = (
    r"(?:^|[/_.-])(?:mfa|2fa|otp|totp|webauthn|two[-_]?factor|second[-_]factor|verify[-_]code)"
    r"(?:$|[/_.-])"
)


def judge(state: State, response: Response, *, checks_seen: bool = False) -> Verdict:
    """Return what became of a login attempt that reached the app's view.

    ``unclear`` is a first step that led to a second factor; ``neither`` neither failed nor let
    anybody in: an inactive user, a form without its token, an error of the app, or somebody who
    is logged in and is sent on from a login page.

    Args:
        state: of the request.
        response: what the app answered.
        checks_seen: whether the endpoint's password checks are known to be seen. Elsewhere a
            redirect may be a failure that nobody saw, and an attacker may be logged in.
    """
    if state.confirmed or (state.logged_in is not None and not state.remembered):
        return "success"
    if state.busy and not state.checks:
        return "neither"  # nobody looked at the password
    if any(check.ok for check in state.checks):
        return "neither"
    if state.checks:
        return "failure"
    if checks_seen and state.user_id_at_open and 300 <= response.status_code < 400:
        return "neither"
    if response.status_code >= 500 or response.status_code in (400, 429):
        return "neither"
    # The path only: an attacker may choose what stands in `next`.
    path = urlsplit(response.headers.get("Location", "")).path
    return "unclear" if re.search(_SECOND_FACTOR, path, re.IGNORECASE) else "failure"
