"""Typed passwords that are compared with stored ones as they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Binding, Scope
from checks.finding import Confidence
from checks.lazy import lazy
from checks.passwords import lookups, sql
from checks.passwords.accounts import Accounts, says_account
from checks.passwords.documents import KEY_VALUE
from checks.passwords.shapes import chain, constant, dict_items, last_name, unwrapped
from checks.passwords.study import Study, Use, typed
from checks.project.flow_run import Flow
from checks.project.origins import Origin
from checks.project.words import (
    is_foreign_password_name,
    is_password_name,
    is_plain_password_name,
    is_shared_password_name,
)

_TIMED = frozenset(
    {"hmac.compare_digest", "secrets.compare_digest", "werkzeug.security.safe_str_cmp"}
)
_FILTERS = frozenset({"filter_by", "filter", "objects", "get", "exists", "first", "get_or_none"})
_FINDERS = frozenset({"find_one", "find", "count_documents", "count", "search", "scan", "query"})
_TABLES = frozenset({"users", "accounts", "credentials", "passwords", "logins"})
_READERS = ("os.environ.get", "os.getenv", "os.environ")
_STORED_NAME = lazy(
    r"(^|_)(stored|saved|db|real|correct|actual|expected|valid|right|true|orig|original)(_|$)",
    re.IGNORECASE,
)
_LIST_OF_BAD = lazy(
    r"common|weak|bad|black|block|ban|breach|leak|forbid|disallow|histor|old|prev|denied|deny|"
    r"pwned|rockyou|worst|popular|dictionary|wordlist|placeholder|mask",
    re.IGNORECASE,
)
_NO_STORE = frozenset(["request", "form", "args", "session", "headers", "cookies", "json"])
_AUTHENTICATES = lazy(
    r"log_?in|auth|check|verif|valid|sign_?in|correct|match|credential|password|access|unlock",
    re.IGNORECASE,
)
_DEFAULT = lazy(r"default|initial|must_?change|unchanged|placeholder", re.IGNORECASE)
_MAX_DEPTH = 4  # names followed from the other side of a comparison


class Compares:
    """Finds plain comparisons in every function that a typed password passes."""

    def __init__(self, study: Study) -> None:
        """Take the study of the project."""
        self.study = study
        self.names = study.names
        self.accounts = Accounts(study)

    def find(self) -> tuple[Use, ...]:
        """Return each comparison of a typed password with a stored one."""
        return self.study.once("compares", self._find)

    def _find(self) -> Iterator[Use]:
        for scope, flow in self.study.scopes:
            if not flow.origins:
                continue
            for comparison in scope.comparisons:
                yield from self._operator(comparison, scope, flow)
            for call in scope.calls:
                yield from self._call(call, scope, flow)

    # -- operators ------------------------------------------------------------------------

    def _operator(self, node: ast.Compare, scope: Scope, flow: Flow) -> Iterator[Use]:
        if len(node.ops) != 1:
            return
        op, left, right = node.ops[0], node.left, node.comparators[0]
        if isinstance(op, ast.Eq | ast.NotEq | ast.Is | ast.IsNot):
            for one, other in lookups.pairs(left, right):
                use = self._sides(one, other, node, scope, flow)
                use = use or self._sides(other, one, node, scope, flow)
                if use is not None:
                    if not self._in_assert(node, scope):
                        yield use
                    return
        elif isinstance(op, ast.In | ast.NotIn):
            origins = self._typed(left, scope, flow)
            listed = origins and self._is_list_of_accounts(right, left, scope, flow)
            if listed and not self._in_assert(node, scope):
                what = "A typed password is looked for among stored passwords with `in`."
                yield self._use(scope, node, what, origins)

    def _in_assert(self, node: ast.AST, scope: Scope) -> bool:
        for outer in scope.module.ancestors(node):
            if isinstance(outer, ast.stmt):
                return isinstance(outer, ast.Assert)
        return False

    def _sides(
        self, one: ast.expr, other: ast.expr, node: ast.AST, scope: Scope, flow: Flow
    ) -> Use | None:
        origins = self._typed(one, scope, flow)
        if not origins:
            return None
        stored = self._stored(other, scope, flow, 0)
        if stored is None or not self._is_login(origins, other, scope):
            return None
        if lookups.is_meant_otherwise(one, unwrapped(other), node, scope):
            return None
        kept = isinstance(node, ast.Compare) and lookups.stands_for_no_change(node, scope)
        if kept and not _AUTHENTICATES.search(scope.name):
            return None
        return self._use(scope, node, f"A typed password is compared with {stored}.", origins)

    def _typed(self, node: ast.expr, scope: Scope, flow: Flow) -> list[Origin]:
        """Return the passwords that `node` is, whole, as typed and by any caller."""
        found = typed(flow.at(node))
        inner = unwrapped(node)
        if (
            isinstance(inner, ast.Subscript)
            and not isinstance(constant(inner.slice), str)
            and typed(flow.at(inner.value))
        ):
            return []  # ``password[0]`` is a part of it
        if found and self.study.callers.given(found, scope) == "hashed":
            return []
        return found

    def _is_login(self, origins: list[Origin], other: ast.expr, scope: Scope) -> bool:
        """Whether a parameter that is called password is a person's, not a client's setting."""
        inner = unwrapped(other)
        if isinstance(inner, ast.Constant) and (
            _DEFAULT.search(scope.name) or lookups.CREATES.match(scope.name)
        ):
            # ``is_default_password``: whoever still has it must change it. And what makes an
            # account knows a word for "no password of its own", and lets nobody in.
            return False
        if self.study.callers.given(origins, scope) == "typed":
            return True
        if isinstance(inner, ast.Constant):
            return _AUTHENTICATES.search(scope.name) is not None
        if isinstance(inner, ast.Attribute):
            owner = self.accounts.owner(inner.value, scope)
            return owner == "account" or _AUTHENTICATES.search(scope.name) is not None
        return True

    def _stored(self, node: ast.expr, scope: Scope, flow: Flow, depth: int) -> str | None:
        """Return what the other side is if it is a password as stored, or None."""
        node = unwrapped(node)
        if depth > _MAX_DEPTH or (flow.at(node) and _is_made(flow, node)):
            return None
        if isinstance(node, ast.Constant):
            return lookups.literal(node.value)
        if isinstance(node, ast.Name):
            return self._name(node, scope, flow, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope)
        if isinstance(node, ast.Subscript):
            return self._looked_up(node.value, node.slice, scope)
        if isinstance(node, ast.Call):
            called = self.names.called(node, scope)
            key = node.args[0] if node.args else None
            if called in _READERS:
                return _named(constant(key), "the environment's {}")
            if called == "tinydb.where":
                return _named(constant(key), "a stored {}")
            if lookups.in_redis(node, self.names, scope):
                return "a value of a key-value store"
            if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and key:
                return self._looked_up(node.func.value, key, scope)
            name = last_name(node.func)
            if re.match(r"(get|fetch|load|read|find|lookup|retrieve)", name):
                return None if is_shared_password_name(name) else _named(name, "the result of {}")
        return None

    def _name(self, node: ast.Name, scope: Scope, flow: Flow, depth: int) -> str | None:
        for binding in self.names.bindings(node.id, scope):
            if binding.kind == "value" and binding.value is not None:
                found = self._stored(binding.value, scope, flow, depth + 1)
                if found is not None:
                    return (
                        found
                        if not isinstance(binding.value, ast.Constant)
                        else (_named(node.id, "the constant {}"))
                    )
            elif binding.kind in ("unpack", "loop") and self._from_store(binding, node.id, scope):
                return f"{node.id}, which comes from stored accounts"
            elif binding.kind == "param" and _STORED_NAME.search(node.id):
                return _named(node.id, "{}")
            elif binding.kind == "import":
                return _named(node.id, "the constant {}")
        return None

    def _from_store(self, binding: Binding, name: str, scope: Scope) -> bool:
        words = lookups.words(binding.value)
        if not is_plain_password_name(name) and name not in ("p", "pw", "v", "value"):
            return False
        if words & _NO_STORE:
            return False
        return any(says_account(word) for word in words) or bool(
            words & {"fetchone", "fetchall", "split", "execute", "reader", "passwords"}
        )

    def _attribute(self, node: ast.Attribute, scope: Scope) -> str | None:
        name = node.attr
        if is_shared_password_name(name):
            return None
        if not is_plain_password_name(name) or name in self.study.hashed_attributes(scope):
            return None
        cls = self.accounts.class_of(node.value, scope)
        if self.accounts.transforms(cls, name, scope):
            return None  # a column type or property that compares by itself
        return f"{ast.unparse(node)} as it is stored" if _short(node) else f"a stored {name}"

    def _looked_up(self, base: ast.expr, key: ast.expr, scope: Scope) -> str | None:
        words = set(chain(base))
        if words & _NO_STORE or any("hash" in word.lower() for word in words):
            return None
        value = constant(key)
        if isinstance(value, str):
            if last_name(base).lower() in _TABLES:
                return f"a value of {last_name(base)}"
            if value in self.study.hashed_attributes(scope) or not is_plain_password_name(value):
                return None
            return f"a stored {value}"
        if any(_LIST_OF_BAD.search(word) for word in words):
            return None
        if isinstance(value, int):
            row = words & {"row", "rows", "record", "result", "results", "data", "fetchone", "res"}
            return "a column of a row" if row or any(map(says_account, words)) else None
        keyed = not isinstance(key, ast.Slice) and any(
            says_account(word) or is_plain_password_name(word) or word in lookups.STORES
            for word in words
        )
        keyed = keyed or self.names.type_of(base, scope) in KEY_VALUE
        return f"a value of {last_name(base)}" if keyed else None

    def _is_list_of_accounts(
        self, right: ast.expr, left: ast.expr, scope: Scope, flow: Flow
    ) -> bool:
        words = lookups.words(unwrapped(right))
        if any(_LIST_OF_BAD.search(word) for word in words) or words & _NO_STORE:
            return False
        if typed(flow.at(right)) or _is_made(flow, right):
            return False
        named = any(says_account(w) or is_plain_password_name(w) for w in words)
        named = named or "passwords" in words or {"open", "read"} <= words
        single = isinstance(right, ast.Attribute) and not words & {"passwords", "users"}
        return named and not single and not isinstance(right, ast.List | ast.Tuple | ast.Set)

    # -- calls ----------------------------------------------------------------------------

    def _call(self, call: ast.Call, scope: Scope, flow: Flow) -> Iterator[Use]:
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not any(typed(flow.at(value)) for value in values):
            return
        name = last_name(call.func)
        if name in ("compare_digest", "safe_str_cmp") and len(call.args) == 2:
            if self.names.called(call, scope) in _TIMED:
                one, other = call.args
                use = self._sides(one, other, call, scope, flow)
                use = use or self._sides(other, one, call, scope, flow)
                if use is not None:
                    yield use
        elif name in lookups.OPERATORS and isinstance(call.func, ast.Attribute):
            column = call.func.value
            origins = [o for arg in call.args for o in self._typed(arg, scope, flow)]
            stored = self._attribute(column, scope) if isinstance(column, ast.Attribute) else None
            if origins and stored is not None and self._is_login(origins, column, scope):
                yield self._use(
                    scope, call, f"A typed password is compared with {stored}.", origins
                )
        elif name in _FILTERS:
            yield from self._filter(call, scope, flow)
        elif name in _FINDERS:
            yield from self._finder(call, scope, flow)
        text = sql.statement(call, scope, self.names)
        if text is not None and sql.compares_password(text):
            origins = [o for value in values for o in typed(flow.at(value))]
            if self.study.callers.given(origins, scope) != "hashed":
                what = "A typed password is compared with a column by SQL."
                yield self._use(scope, call, what, origins)

    def _filter(self, call: ast.Call, scope: Scope, flow: Flow) -> Iterator[Use]:
        if isinstance(call.func, ast.Attribute) and set(chain(call.func.value)) & {"requests"}:
            return
        for keyword in call.keywords:
            if keyword.arg is None:
                yield from self._in_display(keyword.value, scope, flow)
                continue
            if not is_password_name(keyword.arg):
                continue
            if last_name(call.func) == "get" and not self._is_model(call.func, scope):
                continue
            yield from self._in_query(keyword.arg, keyword.value, keyword, scope, flow)

    def _is_model(self, func: ast.expr, scope: Scope) -> bool:
        owner = func.value if isinstance(func, ast.Attribute) else func
        return bool(set(chain(owner)) & {"objects", "query"}) or (
            self.accounts.class_of(owner, scope) is not None
        )

    def _finder(self, call: ast.Call, scope: Scope, flow: Flow) -> Iterator[Use]:
        for arg in call.args:
            yield from self._in_display(arg, scope, flow)

    def _in_display(self, arg: ast.expr, scope: Scope, flow: Flow) -> Iterator[Use]:
        for _, name, value in dict_items(arg):
            if is_password_name(name):
                yield from self._in_query(name, value, value, scope, flow)

    def _in_query(
        self, name: str, value: ast.expr, node: ast.AST, scope: Scope, flow: Flow
    ) -> Iterator[Use]:
        origins = self._typed(value, scope, flow)
        if (
            origins
            and name not in self.study.hashed_attributes(scope)
            and not self.accounts.transforms(None, name, scope)
        ):
            what = f"A query looks for the typed password in {name}."
            yield self._use(scope, node, what, origins)

    def _use(self, scope: Scope, node: ast.AST, what: str, origins: list[Origin]) -> Use:
        sent = self.study.callers.given(origins, scope) == "typed"
        confidence: Confidence = "high" if sent else "medium"
        related = tuple((o.spot, "the password comes in here") for o in origins[:1] if o.spot.path)
        return Use(scope, node, what, confidence, related)


def _is_made(flow: Flow, node: ast.expr) -> bool:
    """Whether `node` is a hash of something, or comes from the client itself."""
    return any(
        o.kind in ("slow-hash", "fast-hash", "unknown-hash", "encoded", "password")
        for o in flow.at(node)
    )


def _named(name: object, sentence: str) -> str | None:
    if not isinstance(name, str) or not is_plain_password_name(name):
        return None
    own = not is_foreign_password_name(name) or _STORED_NAME.search(name)
    return sentence.format(name) if own else None


def _short(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and len(node.value.id) <= 24
