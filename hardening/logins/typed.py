"""The password that a login request brings, for guards that need the text itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

# One reader of requests, not two: what is a password field is decided there.
from hardening.logins.identify import MOST_FIELDS, MOST_NAME_LENGTH, _body, _role

if TYPE_CHECKING:
    from flask import Request

METHODS = frozenset({"POST", "PUT", "PATCH"})


def typed_passwords(request: Request) -> list[str]:
    """Return the passwords in `request` that are not empty, in the order found. Never raises
    for what a client sends, and leaves the body to the view."""
    _, pairs = _body(request)
    if "form" in request.__dict__:  # the view was first, and nothing is left of the body
        pairs = pairs + list(request.form.items(multi=True))
    if request.environ.get("QUERY_STRING"):
        pairs = pairs + list(request.args.items(multi=True))
    found = [
        value
        for name, value in pairs[:MOST_FIELDS]
        if value and len(name) <= MOST_NAME_LENGTH and _role(name, ()) == "password"
    ]
    basic = request.authorization if "HTTP_AUTHORIZATION" in request.environ else None
    if basic is not None and basic.type == "basic" and basic.password:
        found.append(basic.password)
    return found
