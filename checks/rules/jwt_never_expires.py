"""A JSON web token that stands for a user never ends.

What it does
------------
Reports `jwt.encode` (PyJWT, python-jose, Authlib, joserfc) of claims about a user without `exp`,
where all of the claims can be seen; `jwt.decode` with `verify_exp` off; claims of Authlib that are
never validated; and Flask-JWT-Extended told `expires_delta=False` or
`JWT_ACCESS_TOKEN_EXPIRES = False`.

Why it is bad
-------------
A token leaks once, in a log, a backup or a browser's history, and works for ever. A changed
password does not end it.

Bad
---
```python
import jwt
from flask import Flask
from flask_login import LoginManager, current_user

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/token")
def token():
    return jwt.encode({"user_id": current_user.id}, app.config["JWT_KEY"], algorithm="HS256")
```

Good
----
```python
from datetime import datetime, timedelta, timezone

import jwt
from flask import Flask
from flask_login import LoginManager, current_user

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/token")
def token():
    end = datetime.now(timezone.utc) + timedelta(minutes=15)
    claims = {"user_id": current_user.id, "exp": end}
    return jwt.encode(claims, app.config["JWT_KEY"], algorithm="HS256")
```

How to fix
----------
Put `exp` into every token, minutes or hours ahead, and let `jwt.decode` check it, as it does by
itself.

References
----------
- https://cwe.mitre.org/data/definitions/613.html
- https://pyjwt.readthedocs.io/en/stable/usage.html#expiration-time-claim-exp
- OWASP ASVS 5.0, requirement 9.2.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.rule import Meta
from checks.tokens.jwts import Jwt, jwt_calls
from checks.tokens.local import argument, calls_in, constant
from checks.tokens.payloads import payloads
from checks.tokens.unverified import switched_off

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=613,
    asvs=("9.2.1",),
    summary="token without an end",
    why="A token that leaks once works for ever.",
    fix="Put exp into every token, and let the decoder check it.",
)

_ABOUT_USER = lazy(
    r"\b(sub|id|uid|user\w*|e?mail|username|identity|public_id|account\w*|login|reset\w*|confirm\w*|"
    r"role\w*|admin|is_admin|current_user|name|activat\w*|verif\w*|invit\w*|token\w*)\b",
    re.IGNORECASE,
)
_KEYS = ("JWT_ACCESS_TOKEN_EXPIRES", "JWT_REFRESH_TOKEN_EXPIRES")
_MAKERS = ("create_access_token", "create_refresh_token")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that makes or takes tokens without an end."""
    for one in jwt_calls(project, "encode"):
        yield from _made(one, project)
    for one in jwt_calls(project, "decode"):
        yield from _taken(one, project)
    yield from _extended(project)


def _made(one: Jwt, project: Project) -> Iterator[Finding]:
    said = payloads(one.payload, one.scope, project)
    if not said:
        return
    endless = [
        payload
        for payload in said
        if payload.keys and payload.complete and "exp" not in payload.keys
    ]
    if not endless:
        return
    about_user = any(
        _ABOUT_USER.search(f"{' '.join(sorted(payload.keys))} {payload.text}")
        for payload in endless
    )
    # A service that names itself to another signs anew for each request.
    audience = "default" if about_user and "iss" not in endless[0].keys else "strict"
    yield found(
        RULE,
        "This token has no exp: it is good for ever.",
        one.scope.spot(one.call),
        confidence="high" if about_user else "low",
        audience="strict" if audience == "strict" else None,
    )


def _taken(one: Jwt, project: Project) -> Iterator[Finding]:
    if one.library != "authlib":
        if switched_off(one, project, "verify_exp") and not (
            switched_off(one, project, "verify_signature")
        ):
            message = "jwt.decode takes tokens whose end is past: verify_exp is off."
            yield found(RULE, message, one.scope.spot(one.call), confidence="medium")
        return
    if not _validates(one):
        message = "The claims are decoded and never validated, so that their end is not checked."
        yield found(RULE, message, one.scope.spot(one.call), confidence="medium")


def _validates(one: Jwt) -> bool:
    """Return whether a function that decodes with Authlib validates, or leaves that to others."""
    if any(
        isinstance(call.func, ast.Attribute) and call.func.attr.startswith("validate")
        for call in one.scope.calls
    ):
        return True
    parent = one.scope.module.parent(one.call)
    return isinstance(parent, ast.Return) or "exp" in {
        part.value
        for part in ast.walk(one.scope.node)
        if isinstance(part, ast.Constant) and part.value == "exp"
    }


def _extended(project: Project) -> Iterator[Finding]:
    for setting in project.settings(*_KEYS):
        if setting.reaches_production and setting.value.is_literal(False):
            message = f"{setting.key} = False makes tokens that never end."
            yield found(RULE, message, setting.spot)
    for call, scope in calls_in(project, _MAKERS):
        delta = argument(call, None, "expires_delta")
        if delta is not None and constant(delta, scope, project) is False:
            name = project.names.called(call, scope) or ""
            if name.startswith("flask_jwt_extended"):
                message = "expires_delta=False makes a token that never ends."
                yield found(RULE, message, scope.spot(call))
