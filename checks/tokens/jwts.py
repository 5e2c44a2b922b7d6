"""Calls that make and read JSON web tokens, of the usual libraries."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.project import Project
from checks.records import NamedTuple
from checks.tokens.local import argument, calls_in

WORDS = ("jwt", "jose", "jws")
_PYJWT = frozenset({"jwt", "jwt.PyJWT", "jwt.api_jwt", "jwt.api_jwt.PyJWT"})
_JOSE = frozenset({"jose.jwt"})
_AUTHLIB = frozenset(
    {
        "authlib.jose.jwt", "authlib.jose.JsonWebToken", "authlib.jose.rfc7519.JsonWebToken",
        "joserfc.jwt", "authlib.jose.rfc7519.jwt.JsonWebToken",
    }
)  # fmt: skip


class Jwt(NamedTuple):
    """One call that encodes or decodes."""

    call: ast.Call
    scope: Scope
    library: str
    """``pyjwt``, ``jose`` or ``authlib``."""

    @property
    def payload(self) -> ast.expr | None:
        """What is encoded."""
        index = 1 if self.library == "authlib" else 0
        return argument(self.call, index, "payload", "claims")


def jwt_calls(project: Project, method: str) -> Iterator[Jwt]:
    """Yield the calls of ``encode`` or ``decode`` outside tests, in order."""
    for call, scope in calls_in(project, (method,), *WORDS):
        if not call.args and not call.keywords:
            continue  # "text".encode()
        library = _library(project.names.called(call, scope), method)
        if library is not None:
            yield Jwt(call, scope, library)


def _library(called: str | None, method: str) -> str | None:
    owner, _, last = (called or "").rpartition(".")
    if last != method:
        return None
    if owner in _PYJWT:
        return "pyjwt"
    if owner in _JOSE:
        return "jose"
    return "authlib" if owner in _AUTHLIB else None
