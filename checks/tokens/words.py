"""Which names say what a token is for."""

from __future__ import annotations

import re

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.naming import snaked
from checks.project.routes import View

# In this order: the confirmation of a new address is a change, a reset's confirmation a reset.
_PURPOSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("password reset", lazy(r"reset|forg[oe]t|recover|lost_?pass|new_?password", re.I)),
    ("e-mail change", lazy(r"(change|update|new)_?(e_?)?mail|mail_?change", re.I)),
    ("invitation", lazy(r"invit", re.I)),
    ("unsubscription", lazy(r"unsubscri", re.I)),
    ("login", lazy(r"magic_?link|(auth|api|access|login|bearer|remember)_?token", re.I)),
    (
        "confirmation",
        lazy(
            r"confirm|activat|verify_?(link|e_?mail|account|address|user)|verification|"
            r"(mail|account|address)_?(verify|validat)|validate_?e?_?mail|register|sign_?up",
            re.I,
        ),
    ),
)
_SHORT = lazy(r"(^|_)(otp|totp_code|one_?time(_?(code|password|pin))?)($|_)", re.I)
_MAILED = lazy(
    r"(reset|recover\w*|forgot\w*|confirm\w*|activat\w*|verif\w*|invit\w*|magic|unlock)_?\w*"
    r"(token|code|key|hash|link|pin|secret|uuid|nonce|otp)\d*$|"
    r"(token|code|key|hash|pin)_?\w*(reset|confirm|activat|verif|invit)|"
    r"((2|two)_?fa(ctor)?|mfa|sms|email|mail|login|auth|security)_?(code|otp|pin)$|"
    r"^(\w+_)?otp(_?(code|value|token|pin))?\d*$|^one_?time_?(code|password|pin|token)$|"
    r"^pass_?code$",
    re.I,
)
_NOT_VALUE = lazy(
    r"expir|_at$|time$|date|count|attempt|length|_len|ttl|max|min_|status|type|url|form|field|"
    r"avatar|gravatar|verified|valid$|sent|template|subject|message|enabled|required|error|column|_id$|format",
    re.I,
)
_ANY = lazy(r"(^|_)(token|code|pin|otp)\d*$", re.I)


def purpose(text: str) -> str | None:
    """Return what a function, salt or name so called is for, or None."""
    snake = snaked(text)
    if _SHORT.search(snake):
        return "one-time code"
    return next((name for name, pattern in _PURPOSES if pattern.search(snake)), None)


def purpose_of(scope: Scope, views: dict[Scope, View]) -> str | None:
    """Return what the tokens of a function are for, by its name, rules and class."""
    found = purpose(scope.name)
    view = views.get(scope)
    if found is None and view is not None:
        words = [view.endpoint, *(rule or "" for rule in view.rules)]
        found = next((each for word in words if (each := purpose(word))), None)
        if found is None and view.cls is not None:
            found = purpose(view.cls.name)
    return found


def is_mailed_token(name: str) -> bool:
    """Return whether a value so named is sent to somebody to prove who they are."""
    snake = snaked(name)
    return bool(_MAILED.search(snake)) and not _NOT_VALUE.search(snake)


def is_any_token(name: str) -> bool:
    """Return whether a value so named may be such a token, where its place says which."""
    return bool(_ANY.search(snaked(name)))
