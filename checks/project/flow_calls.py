"""What comes out of calls that are not followed: hashes, conversions and unknown functions."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project.hashing import ENCODINGS, hasher, is_verifier
from checks.project.names import Names
from checks.project.origins import NOTHING, Origin, Origins

_KEEPING_METHODS = frozenset(
    [
        "strip", "lstrip", "rstrip", "lower", "upper", "title", "casefold", "encode", "decode",
        "replace", "format", "join", "split", "ljust", "rjust", "zfill", "get", "copy", "items",
        "values", "keys", "to_dict", "getvalue", "hexdigest", "digest", "hex",
    ]
)  # fmt: skip
_KEEPING = frozenset(
    [
        "builtins.str", "builtins.bytes", "builtins.repr", "builtins.format", "builtins.list",
        "builtins.tuple", "builtins.dict", "builtins.set", "builtins.bytearray",
        "builtins.reversed", "builtins.sorted", "builtins.next", "builtins.iter",
        "builtins.zip", "builtins.map", "markupsafe.escape", "flask.escape", "html.escape",
        "urllib.parse.unquote", "urllib.parse.quote", "urllib.parse.urlparse",
        "urllib.parse.urlsplit", "urllib.parse.urljoin", "urllib.parse.urlunparse",
        "urllib.parse.urlunsplit", "unicodedata.normalize", "json.loads", "json.dumps",
        "copy.copy", "typing.cast", "Crypto.Util.Padding.pad", "Cryptodome.Util.Padding.pad",
    ]
)  # fmt: skip
_SAYS_HASH = lazy(r"hash|encrypt|crypt|digest|pbkdf|scrypt|argon", re.IGNORECASE)
_SAYS_TEXT = lazy(
    r"^_?((to|ensure|force|as|smart|make)_?(bytes?|str|string|text|unicode|native|utf8)|"
    r"encode(_string|_utf8)?|sanitize|clean|normali[sz]e\w*|saslprep|"
    r"pad)$",
    re.IGNORECASE,
)
_SAYS_CHECK = lazy(r"^(check|verify|is_|valid|compare|match|len$)", re.IGNORECASE)


class CallRules:
    """Decides what a call's result is made from, given what went in."""

    def __init__(self, names: Names) -> None:
        """Take the names that calls are resolved with."""
        self.names = names
        self._inputs: dict[Origin, Origins] = {}

    def made_from(self, origins: Origins) -> Origins:
        """Return `origins` and, for every hash and encoding among them, what went into it."""
        found = set(origins)
        queue = list(origins)
        while queue:
            for origin in self._inputs.get(queue.pop(), NOTHING):
                if origin not in found:
                    found.add(origin)
                    queue.append(origin)
        return frozenset(found)

    def result(self, node: ast.Call, scope: Scope, owner: Origins, given: Origins) -> Origins:
        """Return the origins of a call's result.

        Args:
            node: the call of a function that is not the project's.
            scope: where it stands.
            owner: origins of the object whose method is called.
            given: origins of all arguments together.
        """
        if not owner and not given:
            return NOTHING
        called = self.names.called(node, scope)
        if hasher(called) is not None:
            return self.hashed(node, scope, called, given)
        if is_verifier(called):
            return NOTHING
        if called in ENCODINGS:
            return self._replaced(given, "encoded", called or "", node, scope)
        if called in _KEEPING:
            return given
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        if isinstance(node.func, ast.Attribute) and name in _KEEPING_METHODS:
            return owner | given
        return self._unknown(name, node, scope, given)

    def hashed(self, node: ast.Call, scope: Scope, called: str | None, given: Origins) -> Origins:
        """Return what hash function `called` makes of `given`; nothing if it is none."""
        known = hasher(called)
        if known is None:
            return NOTHING
        kind = "slow-hash" if known[0] == "slow" else "fast-hash"
        return self._replaced(given, kind, known[1], node, scope)

    def _unknown(self, name: str, node: ast.Call, scope: Scope, given: Origins) -> Origins:
        if _SAYS_CHECK.search(name):
            return NOTHING
        if _SAYS_TEXT.match(name):
            return given
        if _SAYS_HASH.search(name):
            return self._replaced(given, "unknown-hash", name, node, scope)
        return NOTHING

    def _replaced(
        self, given: Origins, kind: str, key: str, node: ast.Call, scope: Scope
    ) -> Origins:
        """Return `given` with passwords and requests turned into the product `kind`."""
        if not any(o.kind in ("password", "fast-hash", "encoded", "unknown-hash") for o in given):
            return NOTHING
        made = Origin(kind, key, scope.spot(node))  # type: ignore[arg-type]  # a kind
        self._inputs[made] = self._inputs.get(made, NOTHING) | given
        return frozenset({made})
