"""Cookies that the app sets by itself, and what they lack."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.facts.source import Spot
from checks.finding import Severity
from checks.lazy import lazy
from checks.project import Project
from checks.project.own_responses import answers_protect_cookies
from checks.records import NamedTuple
from checks.tokens.local import app_modules, argument, calls_in, constant, starred, value_of

_TELLS = lazy(
    r"session|sess_?id|(^|_|-|\.)(sid|sso|jwt|uid|mfa|2fa|auth\w*|login|logged_?in|token|user\w*|"
    r"remember\w*|api_?key|secret|passw\w*|pwd|account|identity|admin|role|credential\w*|email)"
    r"($|_|-|\.)|token$",
    re.I,
)
_VALUE = lazy(
    r"(^|[._ (])(token|session_?id|sid|api_?key|password|passwd|jwt|secret|auth_token|access_token|"
    r"refresh_token|create_access_token|get_auth_token|dumps|encode)($|[ ().])"
)
_JSON = lazy(r"\b\w{0,6}json\.dumps\(")  # signs nothing, unlike a serializer
_CROSS_SITE = lazy(r"csrf|xsrf", re.I)
_PREFERENCE = lazy(
    r"lang|locale|theme|consent|banner|dark|timezone|tz$|show|view|seen|setup|dismiss|count|page",
    re.I,
)


class Cookie(NamedTuple):
    """One cookie."""

    spot: Spot
    message: str
    severity: Severity | None = None
    doubtful: bool = False
    strict: bool = False


def insecure_cookies(project: Project) -> Iterator[Cookie]:
    """Yield cookies outside tests that lack an attribute they need."""
    if not answers_protect_cookies(project):
        for call, scope in calls_in(project, ("set_cookie",)):
            yield from _call(call, scope, project)
    for module in app_modules(project, "Set-Cookie", "set-cookie"):
        for scope in module.scopes:
            yield from _headers(scope, project)
    yield from _of_jwt(project)


def _call(call: ast.Call, scope: Scope, project: Project) -> Iterator[Cookie]:
    key, value = argument(call, 0, "key"), argument(call, 1, "value")
    if key is None or value is None or starred(call):
        return
    named = constant(key, scope, project)
    name = named if isinstance(named, str) else ast.unparse(key)
    if _ends(call, value, scope, project) or not _matters(name, value, scope, project):
        return
    by_script = bool(_CROSS_SITE.search(name) or "csrf" in ast.unparse(value).lower())
    missing = []
    if _is_off(argument(call, 6, "secure"), scope, project):
        missing.append("Secure")
    if not by_script and _is_off(argument(call, 7, "httponly"), scope, project):
        missing.append("HttpOnly")
    shown = repr(name) if isinstance(named, str) else name
    if missing:
        severity: Severity | None = "low" if by_script or missing == ["HttpOnly"] else None
        message = f"The cookie {shown} is set without {' and '.join(missing)}."
        yield Cookie(scope.spot(call), message, severity, not isinstance(named, str))
    elif not by_script and _is_off(argument(call, 9, "samesite"), scope, project):
        message = f"The cookie {shown} is set without SameSite."
        yield Cookie(scope.spot(call), message, "low", strict=True)


def _is_off(node: ast.expr | None, scope: Scope, project: Project) -> bool:
    """Return whether an attribute is left out, or certainly False or None."""
    return node is None or constant(node, scope, project) in (False, None, 0)


def _ends(call: ast.Call, value: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether the cookie is deleted."""
    if constant(value, scope, project) == "":
        return True
    for index, name in ((2, "max_age"), (3, "expires")):
        node = argument(call, index, name)
        if node is not None and constant(node, scope, project) in (0, -1):
            return True
    return False


def _matters(name: str, value: ast.expr, scope: Scope, project: Project) -> bool:
    if _PREFERENCE.search(name):
        return False
    if isinstance(value_of(value, scope, project), ast.Constant):
        return False  # the same for everybody: it names nobody
    if _CROSS_SITE.search(name) or _TELLS.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)):
        return True
    text = f" {ast.unparse(value)} "
    if _JSON.search(text):  # what stands in it is what matters
        text = re.sub(r"[{}\[\]'\",:]", " ", _JSON.sub(" (", text))
    return bool(_VALUE.search(text))


def _headers(scope: Scope, project: Project) -> Iterator[Cookie]:
    """Yield ``response.headers["Set-Cookie"] = "sid=..."`` and its kin."""
    for assignment in scope.assignments:
        target = assignment.target
        if isinstance(target, ast.Subscript) and _is_header(target.slice):
            yield from _text(assignment.value, scope, project)
    for call in scope.calls:
        adds = last_name(call.func) in ("add", "set", "add_header", "setdefault", "append")
        if adds and len(call.args) > 1 and _is_header(call.args[0]):
            yield from _text(call.args[1], scope, project)


def _is_header(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).lower() == "set-cookie"


def _text(node: ast.expr, scope: Scope, project: Project) -> Iterator[Cookie]:
    worth = value_of(node, scope, project)
    if not isinstance(worth, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call):
        return
    parts = [p for p in ast.walk(worth) if isinstance(p, ast.Constant)]
    parts.sort(key=lambda part: (part.lineno, part.col_offset))
    text = "".join(part.value for part in parts if isinstance(part.value, str))
    name, sign, _ = text.partition("=")
    if not sign or not _TELLS.search(name) or _PREFERENCE.search(name):
        return
    lowered = text.lower()
    if "max-age=0" in lowered or "1970" in lowered:
        return
    missing = [word for word in ("Secure", "HttpOnly") if word.lower() not in lowered]
    if missing:
        message = f"The cookie {name.strip()!r} is set without {' and '.join(missing)}."
        yield Cookie(scope.spot(node), message)


def _of_jwt(project: Project) -> Iterator[Cookie]:
    """Yield what Flask-JWT-Extended is told, or not told, where it sets cookies."""
    for call, scope in calls_in(project, ("set_access_cookies",)):
        site = project.site_of(scope.module.path)
        if site is None:
            continue
        told = project.configuration(site).production("JWT_COOKIE_SECURE")
        off = [setting for setting in told if setting.value.is_literal(False)]
        if off:
            message = "JWT_COOKIE_SECURE = False sends the token over plain http."
            yield Cookie(off[0].spot, message)
        elif not told and not project.configuration(site).unknown_sources():
            message = "Nothing sets JWT_COOKIE_SECURE, so that the token goes over plain http."
            yield Cookie(scope.spot(call), message)
        return
