"""Hashes, tokens and keys that are compared with an operator which stops early."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.naming import snaked
from checks.passwords.compares import Compares
from checks.passwords.shapes import constant, last_name, unwrapped
from checks.passwords.study import Study, Use, attribute_name
from checks.project.flow_run import Flow
from checks.project.hashing import hasher
from checks.project.words import is_password_name

_SECRET = lazy(
    r"(^|_)(token|secret|api_?key|access_?key|auth_?key|secret_?key|signature|sig|hmac|"
    r"password_?reset|reset_(code|key)|webhook_?key|bearer|credential|secret_(api|code|phrase|word))s?($|_(value|hash|digest|hex)$)",
    re.IGNORECASE,
)
_NO_SECRET = lazy(
    r"type|kind|name|id$|_id_|count|len|index|expires?|status|url|field|csrf_enabled|scope|prefix|"
    r"public|next|page|sync|algorithm|cancel|dummy|placeholder|mask|redacted|hidden|sentinel|unchanged",
    re.IGNORECASE,
)
_CHANGED = lazy(r"(^|_)(un)?changed($|_)|(^|_)(has|is)_(new|changed|modified)_|(^|_)modified$")
_VERSION = lazy(
    r"version_?token|token_?version|\brevision|\betag\b|(page|sync|resume)_?token", re.IGNORECASE
)
_FORGED = lazy(r"csrf|xsrf", re.IGNORECASE)
_DIGEST = lazy(r"^(hexdigest|digest|hash_password|hash_pw|md5|sha\d+|generate_hash|hashpw|"
                     r"make_hash|encrypt_password|get_hash|hash_string|crypt)$")  # fmt: skip
_HASHES = ("fast-hash", "slow-hash", "unknown-hash")
_TEXT = lazy(r"^[A-Za-z0-9_\-+/=.]{8,}$")
_QUERIES = frozenset(
    [
        "filter",
        "where",
        "select",
        "and_",
        "or_",
        "get",
        "exists",
        "having",
        "join",
        "outerjoin",
        "on",
    ]
)
_OPENS = frozenset({"loads", "deserialize", "unserialize", "unsign"})
_MAX_DEPTH = 5


class Timing:
    """Finds comparisons of secrets with ``==`` and ``!=``."""

    def __init__(self, study: Study) -> None:
        """Take the study of the project."""
        self.study = study
        self.project = study.project
        self.names = study.names

    def find(self) -> Iterator[Use]:
        """Yield each comparison of a secret that ends at the first difference."""
        plain = {use.spot for use in Compares(self.study).find()}
        for module in self.project.modules:
            if module.source.context == "tests":
                continue
            for scope in module.scopes:
                for node in scope.comparisons:
                    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                        continue
                    if not self._may(node.left) and not self._may(node.comparators[0]):
                        continue  # most comparisons end here, before anything is resolved
                    if scope.spot(node) in plain:
                        continue
                    what = self._judge(node, scope)
                    if what is not None and not self._in_assert(node, scope):
                        yield Use(scope, node, what, "medium")

    def _judge(self, node: ast.Compare, scope: Scope) -> str | None:
        left, right = node.left, node.comparators[0]
        if _is_column(left) or _is_column(right) or self._in_query(node, scope):
            return None
        for _, caller in self.study.callers.calls(scope) if scope.parameters() else ():
            self.project.flow(caller)  # which says what the parameters are made from
        flow = self.project.flow(scope)
        if _is_renewed(node, scope) or any(_forged(side, flow) for side in (left, right)):
            return None
        if any(self._is_version(side, scope) for side in (left, right)):
            return None
        for made, other in ((left, right), (right, left)):
            kind = self._made(made, scope, flow)
            if (
                kind is not None
                and self._stored(other, scope, flow)
                and not self._is_sealed(other, scope, 0)
            ):
                return f"{kind} is compared with ==, which ends at the first difference."
        for sent, other in ((left, right), (right, left)):
            if self._sent(sent, scope, flow) and self._secret(other, sent, scope, flow):
                return "A secret is compared with ==, which ends at the first difference."
        return None

    def _is_version(self, node: ast.expr, scope: Scope) -> bool:
        """Whether a token only says which version of something was edited."""
        said = [ast.unparse(node)]
        if isinstance(node, ast.Name):
            bound = self.names.bindings(node.id, scope)
            said += [ast.unparse(b.value) for b in bound if b.kind == "value" and b.value]
        return any(map(_VERSION.search, said))

    def _may(self, node: ast.expr) -> bool:
        """Whether a side could matter, by its text alone."""
        inner = unwrapped(node)
        if any(self._may(part) for part in _put_in(inner)):
            return True
        return _is_telling(attribute_name(inner) or last_name(inner))

    def _made(self, node: ast.expr, scope: Scope, flow: Flow) -> str | None:
        """Return what `node` is if a password was hashed, or something signed, just now."""
        held = flow.at(unwrapped(node)) | flow.at(node)
        if any(o.kind in _HASHES for o in held):
            return "The hash of a password"
        return "A signature" if self._signed(unwrapped(node), scope, 0) else None

    def _signed(self, node: ast.expr, scope: Scope, depth: int) -> bool:
        if depth > _MAX_DEPTH:
            return False
        if isinstance(node, ast.Name):
            return any(
                b.kind == "value"
                and b.value is not None
                and self._signed(unwrapped(b.value), scope, depth + 1)
                for b in self.names.bindings(node.id, scope)
            )
        if isinstance(node, ast.BinOp | ast.JoinedStr):
            return any(
                self._signed(unwrapped(part), scope, depth + 1)
                for part in ast.walk(node)
                if isinstance(part, ast.Call)
            )
        if isinstance(node, ast.Call):
            known = hasher(self.names.called(node, scope))
            if known is not None and known[1] == "hmac":
                return True
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("hexdigest", "digest"):
                return self._signed(unwrapped(node.func.value), scope, depth + 1)
            if last_name(node.func) in ("b64encode", "hexlify", "urlsafe_b64encode") and node.args:
                return self._signed(unwrapped(node.args[0]), scope, depth + 1)
            helper = self.names.callee(node, scope)
            return helper is not None and any(
                returned.value is not None
                and self._signed(unwrapped(returned.value), helper, depth + 1)
                for returned in helper.returns
            )
        return False

    def _stored(self, node: ast.expr, scope: Scope, flow: Flow) -> bool:
        """Whether the other side of a hash or signature is one that was kept or sent."""
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str | bytes) and len(node.value) > 8
        kinds = {o.kind for o in flow.at(node)}
        return not kinds.intersection(_HASHES)

    def _is_sealed(self, node: ast.expr, scope: Scope, depth: int) -> bool:
        """Whether `node` came out of the session or a signed token: nobody can try values of it."""
        inner = unwrapped(node)
        if depth > _MAX_DEPTH:
            return False
        if isinstance(inner, ast.Name):
            return self.names.qualified(inner, scope) == "flask.session" or any(
                self._is_sealed(b.value, scope, depth + 1)
                for b in self.names.bindings(inner.id, scope)
                if b.kind == "value" and b.value is not None
            )
        if isinstance(inner, ast.Subscript):
            return self._is_sealed(inner.value, scope, depth)
        if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute | ast.Name):
            return False
        name = last_name(inner.func)
        if name == "get" and isinstance(inner.func, ast.Attribute):
            return self._is_sealed(inner.func.value, scope, depth)
        called = self.names.called(inner, scope) or ""
        return name in _OPENS and not called.startswith(("json.", "pickle.", "yaml."))

    def _sent(self, node: ast.expr, scope: Scope, flow: Flow) -> bool:
        """Whether the client sent `node`, or it is a parameter that is called a secret."""
        origins = flow.at(node) | flow.at(unwrapped(node))
        if any(o.kind == "request" and o.key for o in origins):
            return True
        inner = unwrapped(node)
        return (
            isinstance(inner, ast.Name)
            and not _is_command(scope)
            and any(b.kind == "param" for b in self.names.bindings(inner.id, scope))
            and _is_secret(inner.id)
        )

    def _secret(self, node: ast.expr, sent: ast.expr, scope: Scope, flow: Flow) -> bool:
        """Whether `node`, to which something sent is compared, is a secret."""
        inner = unwrapped(node)
        if any(o.kind == "request" for o in flow.at(node)):
            return False
        if any(self._secret(part, sent, scope, flow) for part in _put_in(inner)):
            return True
        if isinstance(inner, ast.Constant):
            text = inner.value if isinstance(inner.value, str) else ""
            named = last_name(unwrapped(sent)) or attribute_name(unwrapped(sent))
            digits = any(c.isdigit() for c in text)
            return bool(_TEXT.match(text)) and digits and _is_secret(named or "")
        if isinstance(inner, ast.Call):
            key = constant(inner.args[0]) if inner.args else None
            reads = last_name(inner.func) in ("get", "getenv", "pop")
            return reads and isinstance(key, str) and _is_secret(key)
        name = attribute_name(inner) or last_name(inner)
        return _is_secret(name)

    def _in_query(self, node: ast.AST, scope: Scope) -> bool:
        """Whether the database makes the comparison, by ``filter(token == x)`` and its kin."""
        for outer in scope.module.ancestors(node):
            if isinstance(outer, ast.stmt):
                return False
            if isinstance(outer, ast.Call) and last_name(outer.func) in _QUERIES:
                return True
        return False

    def _in_assert(self, node: ast.AST, scope: Scope) -> bool:
        for outer in scope.module.ancestors(node):
            if isinstance(outer, ast.stmt):
                return isinstance(outer, ast.Assert)
        return False


@lru_cache(maxsize=20_000)  # each comparison of the project is asked
def _is_telling(name: str) -> bool:
    telling = _SECRET.search(name) or _DIGEST.match(name) or is_password_name(name)
    return bool(telling) or any(word in name.lower() for word in ("hash", "digest", "sig", "mac"))


def _put_in(node: ast.expr) -> list[ast.expr]:
    """Return what is put behind a text, such as the key in ``f"Bearer {key}"``."""
    if isinstance(node, ast.JoinedStr):
        return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [node.right] if isinstance(node.left, ast.Constant) else []
    return []


def _is_command(scope: Scope) -> bool:
    """Whether people run the function in a terminal, where nobody measures its answers."""
    return any(
        last_name(getattr(each, "func", each)) in ("command", "option", "argument", "pass_context")
        for each in scope.decorators
    )


def _is_renewed(node: ast.Compare, scope: Scope) -> bool:
    """Whether it only says that what is kept is old: ``if a.key != key: a.key = key``."""
    above = scope.module.parent(node)
    if isinstance(above, ast.Assign) and _CHANGED.search(last_name(above.targets[0])):
        return True
    if not isinstance(above, ast.If) or not isinstance(node.ops[0], ast.NotEq):
        return False
    sides = {ast.unparse(node.left), ast.unparse(node.comparators[0])}
    return any(
        isinstance(statement, ast.Assign)
        and {ast.unparse(statement.targets[0]), ast.unparse(statement.value)} == sides
        for statement in above.body
    )


def _forged(node: ast.expr, flow: Flow) -> bool:
    """Whether the client sent `node` against forged forms; see `_is_secret`."""
    held = flow.at(node) | flow.at(unwrapped(node))
    return any(o.kind == "request" and _FORGED.search(o.key) for o in held)


def _is_column(node: ast.expr) -> bool:
    """Whether `node` is an attribute of a class, such as ``User.token`` or ``cls.token``."""
    if not isinstance(node, ast.Attribute):
        return False
    owner = last_name(node.value)
    return owner in ("cls", "c") or (owner[:1].isupper() and not owner.isupper())


def _is_secret(name: str) -> bool:
    snake = snaked(name).replace("-", "_")
    # One against forged forms is new in each session, and no answer is measured often enough.
    if _FORGED.search(snake):
        return False
    return bool(_SECRET.search(snake)) and not _NO_SECRET.search(snake)
