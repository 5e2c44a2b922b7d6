"""Functions of a project that read a variable: ``def env(name, default=None): ...``."""

from __future__ import annotations

import ast
import base64
import binascii
import hashlib

from checks.facts.lines import own_text
from checks.facts.python import Scope
from checks.lazy import lazy

_READS = lazy(r"\bos\.(?:environ|getenv)\b|\bgetenv\(|\benviron(?:\.get\(|\[)|\bdecouple\b")
_DEFAULT = lazy(
    r"(?:the_)?(?:default|fallback|otherwise|or_else|alternative)(?:_?val(?:ue)?)?|dflt"
)
_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_DECODERS = frozenset({"base64.b64decode", "base64.urlsafe_b64decode", "base64.standard_b64decode"})


def given_to_reader(call: ast.Call, function: Scope | None) -> tuple[ast.expr, ast.expr] | None:
    """Return the name of the variable and the default that `call` hands to such a function.

    Args:
        call: a call.
        function: the project's function that it calls, if it is one.
    """
    if function is None or function.kind != "function" or not call.args:
        return None
    names = [arg.arg for arg in function.parameters() if arg.arg not in ("self", "cls")]
    places = [index for index, name in enumerate(names) if _DEFAULT.fullmatch(name)]
    if not places or places[0] == 0 or not _READS.search(own_text(function)):
        return None
    default = next((k.value for k in call.keywords if k.arg == names[places[0]]), None)
    if default is None and len(call.args) > places[0]:
        default = call.args[places[0]]
    return (call.args[0], default) if default is not None else None


def decoded(called: str | None, value: object) -> str | bytes | None:
    """Return what a decoder or a digest makes of a literal, None where it is neither."""
    if called is None or not isinstance(value, str | bytes):
        return None
    if called in _DECODERS:
        try:
            return base64.b64decode(value, altchars=b"-_" if "urlsafe" in called else None)
        except (binascii.Error, ValueError):
            return None
    stem, _, name = called.rpartition(".")
    if stem != "hashlib" or name not in _HASHES:
        return None
    raw = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return hashlib.new(name, raw, usedforsecurity=False).hexdigest()
