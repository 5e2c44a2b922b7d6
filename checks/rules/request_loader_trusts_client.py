"""A request loader takes the client's word for who it is.

What it does
------------
Reports request loaders of Flask-Login that return the user whom a header, cookie, form field or
query parameter names, without checking a password, a signature, or a secret that is stored with
the user. Looking a user up by a token or API key is such a check; a decoded token whose
signature is not verified is none. What the server itself says (`REMOTE_USER` of the environment)
is not the client's word.

Why it is bad
-------------
Everybody is whoever they write into the request: no password is needed.

Bad
---
```python
from flask_login import LoginManager

login_manager = LoginManager()

@login_manager.request_loader
def load_user_from_request(request):
    return User.query.get(request.headers.get("X-User-Id"))
```

Good
----
```python
from flask_login import LoginManager

login_manager = LoginManager()

@login_manager.request_loader
def load_user_from_request(request):
    key = request.headers.get("X-Api-Key")
    return User.query.filter_by(api_key=key).first() if key else None
```

How to fix
----------
Look the user up by a long random token, or verify a signed one with its age. A header that a
proxy sets belongs into the server's environment, where clients cannot write.

References
----------
- https://cwe.mitre.org/data/definitions/290.html
- https://flask-login.readthedocs.io/en/latest/#custom-login-using-request-loader
- OWASP ASVS 5.0, requirements 6.3.1 and 9.1.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=290,
    asvs=("6.3.1", "9.1.1"),
    summary="request loader that believes the client",
    why="Everybody is whoever they write into the request, without a password.",
    fix="Look the user up by a secret token, or verify a signature, before returning the user.",
)

_SECRET_NAME = lazy(
    r"token|api_?key|secret|passw|signature|hmac|digest|hash|otp|credential|\bkey\b|_key\b",
    re.IGNORECASE,
)
_VERIFIES = lazy(
    r"verif|check|valid|authenticat|authori[sz]e|decrypt|unsign|compare_digest|introspect|bind|"
    r"decode_(auth|token|jwt|access)|load_token|parse_token|userinfo|get_jwt|hmac|pbkdf|bcrypt|"
    r"^b?loads$|(by|from|for|with)_\w*(token|key|secret|jwt|hash)|^decode$",
    re.IGNORECASE,
)
_MAPPINGS = frozenset(["args", "form", "json", "headers", "cookies", "values", "get_json"])
_NOT_LOADS = ("json.", "pickle.", "yaml.", "base64.", "ast.", "simplejson.", "orjson.")
_BY_PROXY = lazy(
    r"^(x-)?(remote|forwarded|auth|webauth|proxy|authenticated|authentik|authelia|goog)[-_]?"
    r"(request[-_])?(user|email|username|preferred-username|authenticated-user-email|login)$",
    re.IGNORECASE,
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each loader that verifies nothing."""
    seen = set()
    for loader in project.identity.loaders:
        function = loader.function
        if loader.kind != "request" or function in seen:
            continue
        seen.add(function)
        if function.module.source.context != "tests" and _returns_somebody(function):
            yield from _judge(function, project)


def _judge(function: Scope, project: Project) -> Iterator[Finding]:
    scopes = project.reach.of(function)[:20]
    if any(_verifies(scope, project) for scope in scopes):
        return
    reads = [read for scope in scopes for read in _reads(scope, function, project)]
    if not reads:
        return
    node, key, scope = reads[0]
    what = f"the {key!r} that the client sends" if key else "what the client sends"
    by_proxy = bool(key and _BY_PROXY.match(key))
    yield found(
        RULE,
        f"{function.name}() takes {what} for the user, and checks no secret.",
        scope.spot(node),
        severity="medium" if by_proxy else None,
        confidence="medium" if by_proxy or not key else None,
        # A name of a header that is a setting is one that the operator's proxy sets.
        audience="strict" if _is_setting(node) else None,
        related=[(function.spot(), "the request loader")],
    )


def _is_setting(read: ast.expr) -> bool:
    """Return whether the field's name is an attribute, such as ``self.header_name``."""
    return isinstance(_keyed(read)[1], ast.Attribute)


def _returns_somebody(function: Scope) -> bool:
    return any(
        statement.value is not None
        and not (isinstance(statement.value, ast.Constant) and statement.value.value is None)
        for statement in function.returns
    )


def _verifies(scope: Scope, project: Project) -> bool:
    """Return whether `scope` checks or looks up something that only the user knows."""
    for call in scope.calls:
        if _call_verifies(call, scope, project):
            return True
    for compare in scope.comparisons:
        literal = any(
            isinstance(part, ast.Constant) for part in (compare.left, *compare.comparators)
        )
        plain = isinstance(compare.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn)
        if plain and not literal and _SECRET_NAME.search(ast.unparse(compare)):
            return True
    # TOKENS[token]
    return any(
        isinstance(node, ast.Subscript) and _SECRET_NAME.search(last_name(node.value))
        for statement in scope.body
        for node in ast.walk(statement)
    )


def _call_verifies(call: ast.Call, scope: Scope, project: Project) -> bool:
    name = last_name(call.func)
    if any(
        _SECRET_NAME.search(keyword.arg or "") and name != "decode" for keyword in call.keywords
    ):
        return True  # filter_by(api_key=key)
    if name == "get" and isinstance(call.func, ast.Attribute):
        return bool(_SECRET_NAME.search(last_name(call.func.value)))  # TOKENS.get(token)
    if not _VERIFIES.search(name):
        return False
    called = project.names.called(call, scope) or ""
    if called.startswith(_NOT_LOADS):
        return False
    if name == "decode":
        return "jwt" in (called or ast.unparse(call.func)).lower() and not _unverified(call)
    return True


def _unverified(call: ast.Call) -> bool:
    """Return whether ``jwt.decode`` is told not to look at the signature."""
    text = "".join(ast.unparse(keyword) for keyword in call.keywords).replace('"', "'")
    return bool(re.search(r"verify(_signature'?)?\s*[=:]\s*False", text))


def _reads(
    scope: Scope, loader: Scope, project: Project
) -> Iterator[tuple[ast.expr, str | None, Scope]]:
    """Yield (expression, key, scope) for what is read from the client's request."""
    names = {"request", *(arg.arg for arg in loader.parameters()[:1])}
    if loader.enclosing_class is not None or loader.kind != "function":
        names |= {arg.arg for arg in loader.parameters()[1:2]}
    # A header loader is handed the header itself.
    given = (
        {arg.arg for arg in loader.parameters()[:1]} if _takes_header(loader, project) else set()
    )
    for statement in scope.body:
        for node in ast.walk(statement):
            mapping, key = _keyed(node)
            if isinstance(mapping, ast.Call):
                mapping = mapping.func
            if not isinstance(mapping, ast.Attribute) or mapping.attr not in _MAPPINGS:
                if isinstance(node, ast.Name) and node.id in given and scope is loader:
                    yield node, None, scope
                    return
                continue
            owner = mapping.value
            is_request = isinstance(owner, ast.Name) and owner.id in names
            if is_request or project.names.qualified(owner, scope) == "flask.request":
                text = project.evaluate(key, scope).value if key is not None else None
                if isinstance(node, ast.expr) and _tells_who(text):
                    yield node, text if isinstance(text, str) else None, scope


def _tells_who(key: object) -> bool:
    return not (isinstance(key, str) and re.search(r"accept|agent|content|origin|host", key, re.I))


def _keyed(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    """Return (mapping, key) of ``x.headers["k"]``, ``x.headers.get("k")``."""
    if isinstance(node, ast.Subscript):
        return node.value, node.slice
    func = node.func if isinstance(node, ast.Call) and node.args else None
    if isinstance(node, ast.Call) and isinstance(func, ast.Attribute):
        return (func.value, node.args[0]) if func.attr in ("get", "pop") else (None, None)
    return None, None


def _takes_header(loader: Scope, project: Project) -> bool:
    for decorator in loader.decorators:
        if last_name(decorator) == "header_loader":
            return True
    return any(
        arg is not None and last_name(arg) == loader.name
        for call, _ in loader.module.calls("header_loader")
        for arg in call.args[:1]
    )
