"""The secret key does other work besides signing the session.

What it does
------------
Reports where the app's `SECRET_KEY` is also the key of JSON web tokens (PyJWT, python-jose,
Authlib, `JWT_SECRET_KEY`, or Flask-JWT-Extended's own default, which takes it), of encryption
(Fernet), of a bare HMAC, of the CSRF tokens or the password salt, and of serializers of
itsdangerous that have no `salt=` of their own, once for each file and use; and where it is
compared with what a request brings, so that it is known outside. A serializer with a salt derives
its own key and is right, and so is an HMAC of random bytes, which signs nothing.

Why it is bad
-------------
A token that one part of the app signs for one purpose is then valid for another part, and
whoever gets the key out of one place, such as a service that verifies the tokens, can forge a
session for any user. The key cannot be changed for one purpose without breaking the other.

Bad
---
```python
import os

import jwt
from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]

def token_for(user):
    return jwt.encode({"sub": user.id}, app.config["SECRET_KEY"], algorithm="HS256")
```

Good
----
```python
import os

import jwt
from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config["TOKEN_KEY"] = os.environ["TOKEN_KEY"]

def token_for(user):
    return jwt.encode({"sub": user.id}, app.config["TOKEN_KEY"], algorithm="HS256")
```

How to fix
----------
Give each purpose a key of its own, or a `salt=` that names the purpose where itsdangerous signs.

References
----------
- https://cwe.mitre.org/data/definitions/323.html
- https://itsdangerous.palletsprojects.com/en/stable/concepts/#the-salt
- OWASP ASVS 5.0, requirement 11.1.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Module, Scope, last_name
from checks.facts.source import Spot
from checks.finding import Finding, Severity
from checks.found import found
from checks.keys.appkey import AppKeys
from checks.keys.words import is_placeholder
from checks.lazy import lazy
from checks.project import Project
from checks.project.config_reading import argument_of
from checks.project.configuration import Setting
from checks.project.visitors import takes_cookies
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=323,
    asvs=("11.1.1",),
    summary="secret key used for more than the session",
    why="Whoever gets the key from one use forges the other, sessions included.",
    fix="Give each purpose a key of its own, or a salt that names the purpose.",
)

_KEY = lazy(r"SECRET_KEY|secret_key")
_ASKED_FOR = "lets in whoever sends it"
_TOKENS, _ENCRYPTION = "signs JSON web tokens", "encrypts"
_SERIALIZER, _HMAC = "signs tokens without a salt", "makes a bare HMAC"
# Qualified names of what takes a key: which parameter, its position, and what it does with it.
_TAKERS: dict[str, tuple[str, int, str]] = {
    "jwt.encode": ("key", 1, _TOKENS),
    "jwt.decode": ("key", 1, _TOKENS),
    "jose.jwt.encode": ("key", 1, _TOKENS),
    "jose.jwt.decode": ("key", 1, _TOKENS),
    "authlib.jose.jwt.encode": ("key", 2, _TOKENS),
    "authlib.jose.jwt.decode": ("key", 1, _TOKENS),
    "authlib.jose.JsonWebToken.encode": ("key", 2, _TOKENS),
    "authlib.jose.JsonWebToken.decode": ("key", 1, _TOKENS),
    "joserfc.jwt.encode": ("key", 2, _TOKENS),
    "joserfc.jwt.decode": ("key", 1, _TOKENS),
    "jwt.PyJWT.encode": ("key", 1, _TOKENS),
    "jwt.PyJWT.decode": ("key", 1, _TOKENS),
    "cryptography.fernet.Fernet": ("key", 0, _ENCRYPTION),
    "hmac.new": ("key", 0, _HMAC),
    "hmac.digest": ("key", 0, _HMAC),
    "itsdangerous.Serializer": ("secret_key", 0, _SERIALIZER),
    "itsdangerous.Signer": ("secret_key", 0, _SERIALIZER),
    "itsdangerous.TimestampSigner": ("secret_key", 0, _SERIALIZER),
    "itsdangerous.TimedSerializer": ("secret_key", 0, _SERIALIZER),
    "itsdangerous.URLSafeSerializer": ("secret_key", 0, _SERIALIZER),
    "itsdangerous.URLSafeTimedSerializer": ("secret_key", 0, _SERIALIZER),
    "itsdangerous.JSONWebSignatureSerializer": ("secret_key", 0, _SERIALIZER),
    "itsdangerous.TimedJSONWebSignatureSerializer": ("secret_key", 0, _SERIALIZER),
}
_LAST = tuple({name.rpartition(".")[2]: None for name in _TAKERS})
_OWN_KEYS = {
    "JWT_SECRET_KEY": _TOKENS,
    "SECURITY_ASKED_FOR_SALT": "salts passwords",
    "JWT_PRIVATE_KEY": _TOKENS,
}
_USES = ("dumps", "loads", "sign", "unsign")
_JWT_MANAGERS = ("flask_jwt_extended.JWTManager", "flask_jwt.JWT")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each other use of the secret key."""
    keys: AppKeys | None = None
    apps = project.app_sites
    if apps and not any(takes_cookies(project, site) for site in apps):
        return  # no session is signed: the key is that of the tokens
    for module in project.modules:
        if module.source.context == "tests":
            continue
        uses: dict[str, list[Spot]] = {}
        for call, scope in module.calls(*_LAST):
            taken = _taken(call, scope, project)
            if taken is None:
                continue
            keys = keys or AppKeys(project)
            if keys.is_key(taken[0], scope):
                uses.setdefault(taken[1], []).append(scope.spot(taken[0]))
        for pair, scope in _asked(module):
            for node, other in (pair, pair[::-1]):
                if _is_sent(other, scope):
                    keys = keys or AppKeys(project)
                    if keys.is_key(node, scope):
                        uses.setdefault(_ASKED_FOR, []).append(scope.spot(node))
        yield from (_finding(purpose, spots) for purpose, spots in uses.items())
    for setting in project.settings(*_OWN_KEYS):
        if setting.written is not None and not _left_out(setting):
            keys = keys or AppKeys(project)
            if keys.is_key(*setting.written):
                message = f"{setting.key} is the secret key: the same key {_OWN_KEYS[setting.key]}."
                yield found(RULE, message, setting.spot)
    yield from _managers(project)


def _asked(module: Module) -> Iterator[tuple[tuple[ast.expr, ast.expr], Scope]]:
    """Yield what functions that say the key's name compare."""
    text = module.source.text
    for scope in module.saying(_KEY) if "SECRET_KEY" in text or "secret_key" in text else ():
        for compare in scope.comparisons:
            if isinstance(compare.ops[0], ast.Eq | ast.NotEq):
                yield (compare.left, compare.comparators[0]), scope
        for call in scope.calls:
            if last_name(call.func) == "compare_digest" and len(call.args) > 1:
                yield (call.args[0], call.args[1]), scope


def _is_sent(node: ast.expr, scope: Scope) -> bool:
    """Return whether `node` comes with the request."""
    bound = scope.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
    values = [binding.value for binding in bound if binding.value is not None]
    return any(re.search(r"\brequest\.", ast.unparse(value)) for value in (node, *values))


def _left_out(setting: Setting) -> bool:
    """Return whether it is for tests, or two places wait for different keys to be filled in."""
    value = setting.value.value
    stands_in = isinstance(value, str) and (is_placeholder(value) or value.startswith("<"))
    return setting.environment == "testing" or stands_in


def _taken(call: ast.Call, scope: Scope, project: Project) -> tuple[ast.expr, str] | None:
    """Return the key that `call` takes and what for, unless it is derived from a salt."""
    called = project.names.called(call, scope) or ""
    if called.startswith("itsdangerous."):
        called = f"itsdangerous.{called.rpartition('.')[2]}"
    parameter, position, purpose = _TAKERS.get(called, ("", 0, ""))
    given = argument_of(call, parameter, position) if parameter else None
    if given is None or (purpose == _SERIALIZER and _salted(call, scope, project)):
        return None
    if purpose == _HMAC and _is_of_chance(argument_of(call, "msg", 1), scope):
        return None  # an odd way to draw a key by lot, which signs nothing
    return given, purpose


_CHANCE = lazy(r"\b(urandom|token_bytes|token_hex|token_urlsafe|uuid4|randbytes)\(")


def _is_of_chance(node: ast.expr | None, scope: Scope) -> bool:
    """Return whether `node` was drawn by lot just here."""
    if node is None:
        return False
    bound = scope.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
    drawn = [node, *(binding.value for binding in bound if binding.value is not None)]
    return any(_CHANCE.search(ast.unparse(value)) for value in drawn)


def _salted(call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether the serializer, or what is dumped and loaded by it, has a salt."""
    if any(keyword.arg in ("salt", None) for keyword in call.keywords):
        return True
    above = scope.module.parent(call)
    if isinstance(above, ast.Attribute) and above.attr == "loads_unsafe":
        return True  # it reads, and does not ask whether the key has signed
    if len(call.args) > 1 and "JSONWebSignature" not in last_name(call.func):
        return True  # the second argument of those is a duration
    if any(k.arg == "salt" for use, _ in scope.module.calls(*_USES) for k in use.keywords):
        return True
    named = [last_name(a.target) for a in scope.assignments if a.value is call]
    return any(
        isinstance(use.func, ast.Attribute)
        and last_name(use.func.value) == name
        and any(keyword.arg == "salt" for keyword in use.keywords)
        for name in named  # made in one file, such as ``extensions.py``, and used in others
        for module in project.vocabulary.files(name)
        for use, _ in module.calls(*_USES)
    )


def _finding(purpose: str, spots: list[Spot]) -> Finding:
    severity: Severity | None = "medium" if purpose in (_TOKENS, _ENCRYPTION, _ASKED_FOR) else None
    related = [(spot, "and here") for spot in spots[1:6]]
    message = f"The secret key also {purpose}."
    return found(RULE, message, spots[0], severity=severity, related=related)


_MAKES = lazy(
    r"create_access_token|create_refresh_token|decode_token|jwt_required|verify_jwt_in_request|"
    r"refresh_token_required|jwt_optional|get_jwt|flask_jwt\b"
)


def _calls_manager(module: Module) -> list[tuple[ast.Call, Scope]]:
    return module.calls("JWTManager", "JWT")


def _managers(project: Project) -> Iterator[Finding]:
    """Yield the managers of web tokens that nothing gives a key: they take the app's."""
    makers = [site for site in project.app_sites if any(map(_calls_manager, site.modules))]
    if not makers or not any(_MAKES.search(module.source.text) for module in project.modules):
        return  # a manager that is set up, and never asked for a token
    for site in makers:
        configuration = project.configuration(site)
        if configuration.of("JWT_SECRET_KEY", "JWT_PRIVATE_KEY", "JWT_ALGORITHM"):
            continue
        if configuration.unknown_sources() or not configuration.of("SECRET_KEY"):
            continue
        for module in site.modules:
            for call, scope in _calls_manager(module):
                if project.names.called(call, scope) in _JWT_MANAGERS:
                    message = (
                        "Nothing sets JWT_SECRET_KEY: the secret key also signs JSON web tokens."
                    )
                    yield found(RULE, message, scope.spot(call), confidence="medium")
