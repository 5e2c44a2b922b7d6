"""Typed passwords that reach a hash function which is too fast for them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import own_lines
from checks.facts.python import Scope
from checks.finding import Audience, Confidence
from checks.lazy import lazy
from checks.passwords import sql
from checks.passwords.elsewhere import is_sent
from checks.passwords.shapes import argument, chain, constant, last_name
from checks.passwords.study import Study, Use, typed
from checks.project.flow_run import Flow
from checks.project.hashing import hasher, is_verifier
from checks.project.names import Names
from checks.project.origins import Origin

_BREACHES = lazy(r"pwned|hibp|breach|k.?anonym", re.IGNORECASE)
# Functions that cannot be resolved, but whose names say that a password hash is made or checked.
_GOES_ON = lazy(
    r"bcrypt|argon|scrypt|pbkdf|hashpw|checkpw|check_password_hash|generate_password_hash|"
    r"^(hash|encrypt|verify|verify_and_update)$"
)
# A function that only checks hashes from before a better one came, until their owners log in.
_LEGACY = lazy(r"legacy|deprecated|migrat|upgrade", re.IGNORECASE)
# What comes out encrypts something, and is stored nowhere.
_MAKES_KEY = lazy(
    r"(?:^|_)(?:create|make|derive|get|generate|build|compute)_(?:\w+_)?(?<!api_)(?<!access_)key(?:_|$)|"
    r"^key_from|_to_key$|(?:fernet|aes|encryption|cipher)_?key",
    re.IGNORECASE,
)
_SCHEMES = lazy(r"sha\d+_?crypt|md5_?crypt|pbkdf|apr1|phpass|drupal", re.IGNORECASE)
_COMPARERS = ("compare_digest", "bytes_eq", "safe_str_cmp", "constant_time_compare")
_ROUNDS = lazy(r"rounds|iterations|cost", re.IGNORECASE)
_SENDERS = frozenset({"requests", "httpx"})
_CIPHERS = frozenset(
    {
        "Crypto.Cipher.AES.new", "Cryptodome.Cipher.AES.new", "cryptography.fernet.Fernet",
        "cryptography.hazmat.primitives.ciphers.Cipher",
    }
)  # fmt: skip
_MANY = 1000  # the fewest rounds that SHA-512-crypt allows
_NAMES = {
    "md5": "MD5", "sha1": "SHA-1", "sha224": "SHA-224", "sha256": "SHA-256",
    "sha384": "SHA-384", "sha512": "SHA-512", "blake2b": "BLAKE2b", "blake2s": "BLAKE2s",
    "sha3_224": "SHA3-224", "sha3_256": "SHA3-256", "sha3_384": "SHA3-384",
    "sha3_512": "SHA3-512", "hmac": "HMAC", "crc32": "CRC-32", "adler32": "Adler-32",
}  # fmt: skip


class Fast:
    """Finds fast hashes of passwords."""

    def __init__(self, study: Study) -> None:
        """Take the study of the project."""
        self.study = study
        self.project = study.project
        self.names = study.names

    def find(self) -> tuple[Use, ...]:
        """Return each call that hashes a typed password fast, and only fast."""
        return self.study.once("fast", self._find)

    def _find(self) -> Iterator[Use]:
        strengthened = self._strengthened()
        for scope, flow in self.study.scopes:
            if not flow.origins or _LEGACY.search(scope.name) or _is_stretched(scope):
                continue
            if any(self.names.called(call, scope) in _CIPHERS for call in scope.calls):
                continue  # makes a key of it, to encrypt with
            fed: set[str] = set()  # several pieces that go into one digest are one mistake
            for call in scope.calls:
                algorithm, origins = self._hashed(call, scope, flow)
                if algorithm is None or not origins or algorithm in fed:
                    continue
                if scope.spot(call) in strengthened or self._asks_for_breaches(scope):
                    continue
                if (
                    self._goes_elsewhere(call, scope)
                    or is_sent(call, scope)
                    or _is_handed_on(scope)
                ):
                    continue
                what = f"A password is hashed with {algorithm}, which is made to be fast."
                if last_name(call.func) == "update" or fed:
                    fed.add(algorithm)
                yield self._use(scope, call, what, origins)
            yield from self._by_sql(scope, flow)

    def _hashed(self, call: ast.Call, scope: Scope, flow: Flow) -> tuple[str | None, list[Origin]]:
        called = self.names.called(call, scope)
        known = hasher(called)
        if known is not None and known[0] == "fast" and not (called or "").startswith("passlib."):
            value = _message(call, called or "")
            return self._named(known[1], call, scope), _first_round(call, value, scope, flow)
        by_name = _by_name(call, self.names, scope)
        if by_name is not None and call.args:
            return _NAMES.get(by_name, by_name), typed(flow.at(call.args[0]))
        if isinstance(call.func, ast.Attribute) and call.func.attr == "update" and call.args:
            made = hasher(self.names.type_of(call.func.value, scope))
            if made is not None and made[0] == "fast":
                return self._named(made[1], call, scope), typed(flow.at(call.args[0]))
        return None, []

    def _named(self, algorithm: str, call: ast.Call, scope: Scope) -> str:
        if algorithm == "new":
            first = self.project.evaluate(argument(call, 0, "name"), scope).value
            if last_name(call.func) != "new" or not isinstance(first, str):
                return "a fast hash"
            algorithm = first.lower().replace("-", "")
        return _NAMES.get(algorithm.lower(), algorithm)

    def _strengthened(self) -> frozenset[object]:
        """Return the places of fast hashes that go on into a hash made for passwords.

        ``bcrypt.hashpw(b64encode(sha256(password).digest()), ...)`` is how passwords of more
        than 72 bytes are given to bcrypt.
        """
        found: set[object] = set()
        for scope, flow in self.study.scopes:
            if not flow.origins:
                continue
            for call in scope.calls:
                called = self.names.called(call, scope)
                known = hasher(called)
                slow = known is not None and known[0] == "slow"
                timed = (called or "").endswith(("compare_digest", "safe_str_cmp"))
                if (
                    not slow
                    and (timed or not is_verifier(called))
                    and (known is not None or not _GOES_ON.search(last_name(call.func)))
                ):
                    continue
                for value in (*call.args, *(keyword.value for keyword in call.keywords)):
                    origins = self.project.made_from(flow.at(value))
                    found.update(o.spot for o in origins if o.kind == "fast-hash")
        return frozenset(found)

    def _goes_elsewhere(self, call: ast.Call, scope: Scope) -> bool:
        """Whether the digest is a label of a few characters, or what another service asks for.

        Or one that only checks old hashes: a function that compares it, and hands what is left
        to a function made for checking.
        """
        for outer in scope.module.ancestors(call):
            if isinstance(outer, ast.stmt):
                return self._is_only_compared(outer, scope)
            if _compares(outer) and any(self._checks(other, scope) for other in scope.calls):
                return True
            if isinstance(outer, ast.Subscript) and isinstance(outer.slice, ast.Slice):
                bounds = [b for b in (outer.slice.lower, outer.slice.upper) if b is not None]
                if bounds and all(_small(bound) for bound in bounds):
                    return True
            if isinstance(outer, ast.Call):
                called = self.names.called(outer, scope) or ""
                words = set(chain(outer.func))
                if called.startswith(("requests.", "httpx.")) or words & {"requests", "httpx"}:
                    return True
        return False

    def _is_only_compared(self, statement: ast.stmt, scope: Scope) -> bool:
        """Whether `statement` gives the digest a name that is compared, beside newer hashes."""
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return False
        name = statement.targets[0].id
        uses = [
            node
            for node in ast.walk(scope.node)
            if isinstance(node, ast.Name)
            and node.id == name
            and isinstance(node.ctx, ast.Load)
            and node.lineno > (statement.end_lineno or statement.lineno)
        ]
        return (
            bool(uses)
            and all(_compares(scope.module.parent(use) or use) for use in uses)
            and any(self._checks(call, scope) for call in scope.calls)
        )

    def _checks(self, call: ast.Call, scope: Scope) -> bool:
        """Whether `call` checks a password by a function that is made for it."""
        called = self.names.called(call, scope)
        timed = (called or "").endswith(("compare_digest", "safe_str_cmp"))
        # ``bcrypt.hashpw(typed, stored)`` is how a hash was checked before there was ``checkpw``.
        return called == "bcrypt.hashpw" or (is_verifier(called) and not timed)

    def _asks_for_breaches(self, scope: Scope) -> bool:
        """Whether the function looks the password up in a list of leaked ones by its prefix."""
        return scope.kind == "function" and any(map(_BREACHES.search, own_lines(scope)))

    def _by_sql(self, scope: Scope, flow: Flow) -> Iterator[Use]:
        for call in scope.calls:
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            origins = [o for value in values for o in typed(flow.at(value))]
            text = sql.statement(call, scope, self.names) if origins else None
            function = sql.fast_function(text) if text is not None else None
            if function is not None:
                what = f"A password is hashed by the database with {function}, which is fast."
                yield self._use(scope, call, what, origins)

    def _use(self, scope: Scope, node: ast.AST, what: str, origins: list[Origin]) -> Use:
        given = self.study.callers.given(origins, scope)
        confidence: Confidence = "high" if given in ("typed", "nobody") else "medium"
        related = tuple((o.spot, "the password comes in here") for o in origins[:1])
        audience: Audience | None = "strict" if _MAKES_KEY.search(scope.name) else None
        return Use(scope, node, what, confidence, related, audience)


def _is_handed_on(scope: Scope) -> bool:
    """Return whether a digest made here goes to another service, which asks for it.

    ``params = {"pass": sha.hexdigest()}; client.get(url, params=params)``; or the file is a client
    of another program alone, and knows of no app, model or login.
    """
    targets = [b.target for held in scope.module.top.bindings.values() for b in held if b.target]
    if any(t.startswith(("requests", "httpx")) for t in targets) and not any(
        re.match(r"flask|sqlalchemy|\.|.*\b(models?|db|auth|users?)\b", t) for t in targets
    ):
        return True
    sent = {
        keyword.value.id
        for call in scope.calls
        if set(chain(call.func)) & _SENDERS or any("requests" in word for word in chain(call.func))
        for keyword in call.keywords
        if keyword.arg in ("params", "data", "json") and isinstance(keyword.value, ast.Name)
    }
    return any(
        isinstance(a.target, ast.Name)
        and a.target.id in sent
        and "digest()" in ast.unparse(a.value)
        for a in (scope.assignments if sent else ())
    )


def _is_stretched(scope: Scope) -> bool:
    """Return whether a function is a known scheme by hand, with the rounds that it is told."""
    if not any(map(_SCHEMES.search, (scope.name, scope.module.name.rpartition(".")[2]))):
        return False
    told = {arg.arg for arg in scope.parameters() if _ROUNDS.search(arg.arg)}
    given = getattr(scope.node, "args", None)
    if not told or not isinstance(given, ast.arguments):
        return False
    positional = [*given.posonlyargs, *given.args]
    usual: list[tuple[ast.arg, ast.expr | None]]
    usual = [*zip(positional[::-1], given.defaults[::-1], strict=False)]
    usual += zip(given.kwonlyargs, given.kw_defaults, strict=True)
    told -= {arg.arg for arg, default in usual if _is_below(constant(default), _MANY)}
    return any(
        isinstance(node, ast.For)
        and isinstance(node.iter, ast.Call)
        and last_name(node.iter.func) == "range"
        and any(isinstance(arg, ast.Name) and arg.id in told for arg in node.iter.args)
        for statement in scope.body
        for node in ast.walk(statement)
    )


def _is_below(value: object, bound: int) -> bool:
    return isinstance(value, int) and value < bound


def _compares(node: ast.AST) -> bool:
    """Whether `node` compares its parts."""
    return isinstance(node, ast.Compare) or (
        isinstance(node, ast.Call) and last_name(node.func) in _COMPARERS
    )


def _small(bound: ast.expr) -> bool:
    """Whether a bound of a slice leaves 16 characters or fewer: a label, and no stored hash."""
    inner = bound.operand if isinstance(bound, ast.UnaryOp) else bound
    return isinstance(inner, ast.Constant) and isinstance(inner.value, int) and inner.value <= 16


def _first_round(call: ast.Call, value: ast.expr | None, scope: Scope, flow: Flow) -> list[Origin]:
    """Return the passwords that `value` is, also where a loop hashes it again and again."""
    own = scope.spot(call)
    return typed(frozenset(o for o in flow.at(value) if o.spot != own))


def _by_name(call: ast.Call, names: Names, scope: Scope) -> str | None:
    """Return the algorithm of ``func.md5(x)`` of a database and ``getattr(hashlib, "md5")(x)``."""
    func = call.func
    if isinstance(func, ast.Attribute) and last_name(func.value) == "func":
        return func.attr.lower() if func.attr.lower() in _NAMES else None
    if (
        isinstance(func, ast.Call)
        and last_name(func.func) == "getattr"
        and len(func.args) > 1
        and names.qualified(func.args[0], scope) == "hashlib"
    ):
        name = constant(func.args[1])
        return name.lower() if isinstance(name, str) else "a fast hash"
    return None


def _message(call: ast.Call, called: str) -> ast.expr | None:
    """Return the argument that is hashed; a password as the key of an HMAC is none."""
    if called.startswith("hmac."):
        return argument(call, 1, "msg")
    if called == "hashlib.new":
        return argument(call, 1, "data", "string")
    return argument(call, 0, "data", "string")
