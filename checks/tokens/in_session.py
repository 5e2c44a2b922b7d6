"""Which secrets are written into Flask's session."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project import Project
from checks.project.origins import passwords
from checks.project.words import is_password_name
from checks.records import NamedTuple
from checks.tokens.local import app_modules
from checks.tokens.words import is_mailed_token

_SESSION = "flask.session"
_WRITTEN = lazy(r"session(\[|\.update\(|\.setdefault\()")
_CODE = lazy(
    r"(^|_)(captcha(_(text|answer|code|value|result))?|totp_?secret|otp_?secret|mfa_?secret|"
    r"two_?factor_?secret|2fa_?secret|secret_?answer|random_?code|pin_?code|vcode|verify_?code)$",
    re.I,
)
_FOREIGN = lazy(
    r"(oauth|access|refresh|api|bearer|google|github|azure|oidc|facebook|id|auth|jwt)_?\w*"
    r"(token|api_?key)s?$|^token$|api_?key$|(client|app)_?secret$|^secret$|private_?key",
    re.I,
)
_NOT_SECRET = lazy(
    r"csrf|state|nonce|challenge|verifier|error|_at$|time|expir|count|attempt|url|next|sent|type|"
    r"verified|required|_id$|method|valid|ok$|mode|public",
    re.I,
)


class Secret(NamedTuple):
    """One write."""

    node: ast.AST
    scope: Scope
    what: str
    kind: Literal["password", "code", "foreign"]
    """``foreign``: a token of another service, which is the user's own."""


def session_secrets(project: Project) -> Iterator[Secret]:
    """Yield secrets that are written into the session, outside tests."""
    for module in app_modules(project, "session"):
        for scope in module.saying(_WRITTEN):
            for name, value, target in _writes(scope):
                if not _is_session(target, scope, project):
                    continue
                found = _judge(name, value, scope, project)
                if found is not None:
                    what, kind = found
                    yield Secret(value, scope, what, kind)


def _writes(scope: Scope) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """Yield what is written under which name to something called like a session."""
    for assignment in scope.assignments:
        target = assignment.target
        if isinstance(target, ast.Subscript) and "session" in last_name(target.value).lower():
            key = target.slice
            name = key.value if isinstance(key, ast.Constant) else last_name(key)
            yield str(name), assignment.value, target.value
    for call in scope.calls:
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr not in ("update", "setdefault"):
            continue
        if "session" not in last_name(func.value).lower():
            continue
        for keyword in call.keywords:
            if keyword.arg:
                yield keyword.arg, keyword.value, func.value
        if func.attr == "setdefault" and len(call.args) == 2:
            yield str(getattr(call.args[0], "value", "")), call.args[1], func.value
        for arg in call.args:
            if isinstance(arg, ast.Dict):
                for given, value in zip(arg.keys, arg.values, strict=True):
                    if isinstance(given, ast.Constant):
                        yield str(given.value), value, func.value


def _is_session(node: ast.expr, scope: Scope, project: Project) -> bool:
    return project.names.qualified(node, scope) == _SESSION


def _judge(
    name: str, value: ast.expr, scope: Scope, project: Project
) -> tuple[str, Literal["password", "code", "foreign"]] | None:
    if isinstance(value, ast.Constant | ast.Compare | ast.UnaryOp) or _is_truth(value):
        return None
    parts: list[ast.expr] = [value, *getattr(value, "elts", ())]
    for part in parts:
        if isinstance(part, ast.Attribute) and is_password_name(part.attr):
            owner = last_name(part.value)
            if owner not in ("form", "self") and part.attr in project.identity.password_attributes:
                return f"The stored password ({part.attr})", "password"
    held = project.flow(scope).at(value) if scope.kind == "function" else frozenset()
    typed = passwords(held)
    if typed:
        return f"The typed password ({typed[0].key})", "password"
    if any(origin.kind == "slow-hash" for origin in held):
        return "A password's hash", "password"
    if _NOT_SECRET.search(name):
        return None
    if is_mailed_token(name) or _CODE.search(name):
        # What the client sent it knows already.
        sent = any(origin.kind == "request" for origin in held)
        return None if sent or _is_address(value, scope, project) else (name, "code")
    if _FOREIGN.search(name):
        return name, "foreign"
    return None


def _is_address(value: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether `value` is a part of the address by which the visitor came."""
    if not isinstance(value, ast.Name) or all(a.arg != value.id for a in scope.parameters()):
        return False
    return any(view.function is scope for view in project.views)


def _is_truth(value: ast.expr) -> bool:
    """Return whether a value is a yes or no: ``bool(...)``, ``check_password(...)``."""
    return isinstance(value, ast.Call) and bool(
        re.match(r"bool$|is_|check_|verify|has_|len$|int$|time$|url_for$", last_name(value.func))
    )
