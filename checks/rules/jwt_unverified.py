"""A JSON web token is believed without its signature.

What it does
------------
Reports `jwt.decode` of PyJWT and python-jose with `verify=False`, with
`options={"verify_signature": False}`, with `none` among the algorithms, or with the algorithm that
the token's own header names; `get_unverified_claims`;
`loads_unsafe` of itsdangerous; and tokens that are taken apart by hand with base64. A look into
a token that the same function verifies, before or after, is not reported, nor is the header alone,
which names the key.

Why it is bad
-------------
Anybody can write a token that says it belongs to the administrator. The signature is the only
thing that tells it from the server's own.

Bad
---
```python
import jwt
from flask import Flask, request
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@login_manager.request_loader
def load(request):
    token = request.headers.get("Authorization", "")
    claims = jwt.decode(token, options={"verify_signature": False})
    return find_user(claims["sub"])
```

Good
----
```python
import jwt
from flask import Flask, request
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@login_manager.request_loader
def load(request):
    token = request.headers.get("Authorization", "")
    claims = jwt.decode(token, app.config["JWT_KEY"], algorithms=["HS256"])
    return find_user(claims["sub"])
```

How to fix
----------
Give `jwt.decode` the key and the list of algorithms that you sign with, and leave its options
alone. Ask an identity provider for its public keys (JWKS).

References
----------
- https://cwe.mitre.org/data/definitions/347.html
- https://pyjwt.readthedocs.io/en/stable/usage.html
- OWASP ASVS 5.0, requirements 9.1.1 and 9.1.2
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Module
from checks.finding import Audience, Confidence, Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.rule import Meta
from checks.tokens.unverified import Unverified, unverified

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=347,
    asvs=("9.1.1", "9.1.2"),
    summary="token believed without its signature",
    why="Anybody can write a token for any account, and it is believed.",
    fix="Decode with the key and the list of algorithms that you sign with.",
)

# When it ends; and who made it, which only tells whose key to verify it with.
_TIMES = frozenset({"exp", "iat", "nbf", "iss", "kid"})
_EXCHANGES = lazy(r"['\"]grant_type['\"]\s*:\s*['\"]authorization_code['\"]")
# A field of the request so named; ``auth = (request.json["clientId"], SECRET)`` takes none.
_TAKES = lazy(
    r"request\.(form|args|values|json|cookies|headers|get_json\(\))(\.get)?\s*[\[(]\s*['\"][\w-]*"
    r"(token|jwt|auth)|request\.(authorization|json|form|values|get_json\(\))\s*[,)]|"
    r"[\"']http://(?!localhost|127\.)",
    re.IGNORECASE,
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that believes an unverified token."""
    for use in unverified(project):
        sure: Confidence | None = "medium" if use.doubtful or _is_provider(use) else None
        audience: Audience | None = "strict" if _is_fetched(use) or _asks_time(use) else None
        spot = use.scope.spot(use.call)
        yield found(RULE, use.message, spot, confidence=sure, audience=audience)


def _is_fetched(use: Unverified) -> bool:
    """Return whether the file itself fetches id tokens from the provider, and takes none else.

    OpenID Connect Core 1.0, section 3.1.3.7, lets TLS stand for the signature then.
    """
    text = use.scope.module.source.text
    exchanged = _EXCHANGES.search(text) and "id_token" in text
    return bool(exchanged) and not _TAKES.search(text)


def _asks_time(use: Unverified) -> bool:
    """Return whether the function only reads from the token when it ends, or who made it."""
    module = use.scope.module
    above = module.parent(use.call)
    read: list[ast.AST | None] = [above]
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        name = above.targets[0].id
        read = [
            module.parent(node)
            for node in ast.walk(use.scope.node)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
    return bool(read) and all(_read_key(node, module) in _TIMES for node in read)


def _read_key(node: ast.AST | None, module: Module) -> object:
    """Return the key that ``payload["exp"]`` or ``payload.get("exp")`` reads, by what holds it."""
    key: ast.AST | None = node.slice if isinstance(node, ast.Subscript) else None
    if isinstance(node, ast.Attribute) and node.attr == "get":
        call = module.parent(node)
        key = call.args[0] if isinstance(call, ast.Call) and call.args else None
    return key.value if isinstance(key, ast.Constant) else None


def _is_provider(use: Unverified) -> bool:
    """Return whether the token may come from an identity provider, directly over TLS."""
    first = use.call.args[0] if use.call.args else None
    return first is not None and "id_token" in ast.unparse(first)
