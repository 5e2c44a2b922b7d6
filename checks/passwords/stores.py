"""Typed passwords that are stored as they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cached_property

from checks.facts.python import Assignment, Scope
from checks.finding import Confidence
from checks.lazy import lazy
from checks.passwords import documents, sql
from checks.passwords.accounts import Accounts, hashes, says_account
from checks.passwords.callers import Given
from checks.passwords.constructed import attributes, is_saved, own_class
from checks.passwords.documents import KEY_VALUE
from checks.passwords.filled import assigned, filled
from checks.passwords.passing import is_kept_nowhere
from checks.passwords.shapes import chain, constant, last_name
from checks.passwords.study import Study, Use, hashed, typed
from checks.project.externals import KNOWN
from checks.project.flow_run import Flow
from checks.project.origins import Origin, Origins
from checks.project.words import is_foreign_password_name, is_password_name

_CREATORS = frozenset(
    ["create", "insert", "get_or_create", "update", "values", "create_user", "replace", "set"]
)
_NO_STORE = frozenset(
    [
        "session", "g", "config", "environ", "headers", "request", "form", "data", "payload",
        "params", "kwargs", "context", "env", "options", "args", "json", "cookies", "errors",
    ]
)  # fmt: skip
_SETS = lazy(r"^_*set_?(user_?)?(password|passwd|pwd|pw)$", re.IGNORECASE)
_NO_CLASS = lazy(
    r"form|schema|request|dto|payload|input|serializer|params|command|event|message", re.I
)

_PLACE = lazy(r"(^|_)(url|uri|host|hostname|server|endpoint|port|dsn)$")


class Stores:
    """Finds where typed passwords are kept, in every function that they pass."""

    def __init__(self, study: Study) -> None:
        """Take the study of the project."""
        self.study = study
        self.names = study.names
        self.accounts = Accounts(study)
        self.pick: Callable[[Origins], list[Origin]] = typed

    def find(self) -> tuple[Use, ...]:
        """Return each place that keeps a typed password."""
        return self.study.once("stores", self._find)

    def _find(self) -> Iterator[Use]:
        for scope, flow in self.study.scopes:
            if not flow.origins:
                continue
            for assignment in scope.assignments:
                yield from self._assignment(assignment, scope, flow)
            for call in scope.calls:
                yield from self._call(call, scope, flow)
        for scope, kept in filled(self):
            yield from self._use(scope, *kept)

    # -- assignments ----------------------------------------------------------------------

    def _assignment(self, assignment: Assignment, scope: Scope, flow: Flow) -> Iterator[Use]:
        target, origins = assignment.target, self.pick(flow.at(assignment.value))
        if not origins or assignment.augmented:
            return
        if isinstance(target, ast.Attribute):
            yield from self._attribute(target, assignment, origins, scope, flow)
        elif (
            isinstance(target, ast.Subscript)
            and self._is_store(target, scope)
            and not self._only_request(assignment.value)
        ):
            what = f"A typed password is kept in {last_name(target.value)} as it is."
            yield from self._use(scope, assignment.node, what, origins)

    def _attribute(
        self,
        target: ast.Attribute,
        assignment: Assignment,
        origins: list[Origin],
        scope: Scope,
        flow: Flow,
    ) -> Iterator[Use]:
        name = target.attr
        if not is_password_name(name) and not _sets_password(scope):
            return
        if self._is_own_setter(scope, name) and is_foreign_password_name(scope.name):
            return  # ``wifi_password``, whatever its setter calls the value
        owner = self.accounts.owner(target.value, scope)
        cls = self.accounts.class_of(target.value, scope)
        if owner == "other" or not self.is_kept(name, cls, owner, scope):
            return
        own = scope.enclosing_class
        model = self.study.project.identity.model(own.full_name) if own is not None else None
        of_self = isinstance(target.value, ast.Name) and target.value.id == "self"
        made = of_self and scope.name == "__init__" and (model is None or not model.columns)
        if made and any(_PLACE.search(arg.arg) for arg in scope.parameters()):
            return  # what somewhere else is asked with: it is told where
        if (
            own is not None
            and own.kind == "class"
            and of_self
            and not self.accounts.is_account(own.full_name)
        ):
            return
        if (
            own is not None
            and (scope.name == "__init__" or of_self)
            and (model is None or not model.columns)
            and is_kept_nowhere(own, self.study.project)
        ):
            return
        if not self._is_own_setter(scope, name) and self.accounts.transforms(cls, name, scope):
            return
        if self.hashed_later(target, assignment.node, scope, flow):
            return
        what = f"A typed password is stored in {name} without a hash."
        yield from self._use(scope, assignment.node, what, origins, attribute=name)

    def _is_own_setter(self, scope: Scope, name: str) -> bool:
        """Whether `scope` is itself the hook that would have to hash."""
        return any(last_name(decorator) == "setter" for decorator in scope.decorators)

    def is_kept(self, name: str, cls: str | None, owner: str, scope: Scope) -> bool:
        """Whether an account keeps the attribute: a column of its model, if it has columns."""
        site = self.study.site(scope)
        models = [
            model
            for model in self.study.project.identity.models
            if (model.name == cls if cls is not None else self.study.site(model.scope) is site)
            and self.accounts.is_account(model.name)
            and model.columns
        ]
        if not models:
            return owner == "account"
        return any(column.name == name for model in models for column in model.columns)

    def hashed_later(self, target: ast.expr, after: ast.AST, scope: Scope, flow: Flow) -> bool:
        """Whether the same function hashes the attribute of the same object further down."""
        base = target.value if isinstance(target, ast.Attribute) else target
        text = ast.dump(base)
        line = getattr(after, "lineno", 0)
        for later in scope.assignments:
            if getattr(later.node, "lineno", 0) > line and isinstance(later.target, ast.Attribute):
                same = ast.dump(later.target.value).replace("Store()", "Load()") == text
                if (
                    same
                    and is_password_name(later.target.attr)
                    and (hashed(flow.at(later.value)) or _says_hash(later.value))
                ):
                    return True
        for call in scope.calls:
            if call.lineno < line or not isinstance(call.func, ast.Attribute):
                continue
            if ast.dump(call.func.value) != text:
                continue
            callee = self.names.callee(call, scope)
            if (callee is not None and hashes(callee, self.study)) or _says_hash(call):
                return True
        return False

    def _is_store(self, target: ast.Subscript, scope: Scope) -> bool:
        words = set(chain(target.value))
        if words & _NO_STORE or not isinstance(
            target.value, ast.Name | ast.Attribute | ast.Subscript
        ):
            return False
        key = constant(target.slice)
        if self.holds_accounts(target.value, scope):
            return not isinstance(key, str) or is_password_name(key)
        return False

    def holds_accounts(self, node: ast.expr, scope: Scope) -> bool:
        """Return whether the container `node` is one of accounts, and kept."""
        words = set(chain(node))
        if words & _NO_STORE:
            return False
        named = any(says_account(word) or word in ("passwords", "db", "database") for word in words)
        return named or self.names.type_of(node, scope) in KEY_VALUE

    def _only_request(self, value: ast.expr) -> bool:
        """Whether the value is all of what was sent, of which nothing says it has a password."""
        return isinstance(value, ast.Call) and last_name(value) in ("get_json", "to_dict")

    # -- calls ----------------------------------------------------------------------------

    def _call(self, call: ast.Call, scope: Scope, flow: Flow) -> Iterator[Use]:
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not any(self.pick(flow.at(value)) for value in values):
            return
        pseudo = assigned(call)
        if pseudo is not None:
            yield from self._assignment(pseudo, scope, flow)
            return
        yield from self._constructed(call, scope, flow)
        for kept in documents.kept(call, scope, flow, self):
            yield from self._use(scope, *kept)
        text = sql.statement(call, scope, self.names)
        table = sql.writes_password(text) if text is not None else None
        if (
            text is not None
            and table is not None
            and sql.is_account_table(table)
            and not sql.compares_password(text)
        ):
            origins = [o for value in values for o in self.pick(flow.at(value))]
            what = f"A typed password is written to table {table} without a hash."
            yield from self._use(scope, call, what, origins)

    def _constructed(self, call: ast.Call, scope: Scope, flow: Flow) -> Iterator[Use]:
        cls = self.stores_keywords(call, scope)
        if cls is None:
            return
        for name, value, node in attributes(call, cls, scope, self.names):
            origins = self.pick(flow.at(value))
            if not origins or not is_password_name(name):
                continue
            if self.accounts.transforms(cls or None, name, scope):
                continue
            made = self._assigned_to(call, scope)
            if made is not None and self.hashed_later(made, call, scope, flow):
                continue
            what = f"A typed password is stored in {name} without a hash."
            yield from self._use(scope, node, what, origins, attribute=name)

    def stores_keywords(self, call: ast.Call, scope: Scope) -> str | None:
        """Return the account class whose attributes the keywords of `call` become, or None.

        ``""`` where it is an account by its name only.
        """
        called = self.names.called(call, scope)
        own = own_class(call, scope)
        if own is not None:
            return own if self.accounts.is_account(own) else None
        cls = self.names.scope_of(called)
        if cls is not None and cls.kind == "class":
            if called is None or not self.accounts.is_account(called):
                return None
            return called if self._passes_on(called, call) else None
        if called is not None and called.endswith(".__init__"):
            return None
        if isinstance(call.func, ast.Attribute) and call.func.attr in _CREATORS:
            if self.names.callee(call, scope) is not None:
                return None
            owner = self.accounts.class_of(call.func.value, scope)
            if owner is not None:
                made = call.func.attr in ("create", "get_or_create")
                return owner if not made or self._passes_on(owner, call) else None
            words = set(chain(call.func.value))
            store = any(word in ("objects", "datastore", "user_datastore") for word in words)
            if call.func.attr == "values":
                table = _table(call.func.value)
                owner = self.accounts.class_of(table, scope) if table is not None else None
                if owner is not None:
                    return owner
                words.add(last_name(table))
                store = any(says_account(word) for word in words)
            return "" if store else None
        unseen = called is None or (called.split(".")[0] not in KNOWN and is_saved(call, scope))
        if isinstance(call.func, ast.Name) and unseen and cls is None:
            name = call.func.id
            known = name[:1].isupper() and says_account(name) and not _NO_CLASS.search(name)
            return "" if known else None
        return None

    def _passes_on(self, cls: str, call: ast.Call) -> bool:
        """Whether keywords go to the attributes: no ``__init__``, or one that hands them on."""
        init = self.names.method_of(cls, "__init__")
        if init is None:
            return True
        taken = {arg.arg for arg in init.parameters()}
        args = getattr(init.node, "args", None)
        handed_on = args is not None and args.kwarg is not None and not hashes(init, self.study)
        given = {k.arg for k in call.keywords if k.arg and is_password_name(k.arg)}
        return handed_on and not given & taken

    @cached_property
    def _by_library(self) -> bool:
        """Whether Flask-Security makes the accounts, of passwords that it has hashed."""
        return bool(self.study.project.vocabulary.files("flask_security"))

    def _assigned_to(self, call: ast.Call, scope: Scope) -> ast.expr | None:
        parent = scope.module.parent(call)
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return ast.Name(parent.targets[0].id, ast.Load())
        return None

    def given(self, origins: list[Origin], scope: Scope) -> Given:
        """Return what the callers give to where these `origins` are kept."""
        return self.study.callers.given(origins, scope)

    def _use(
        self,
        scope: Scope,
        node: ast.AST,
        what: str,
        origins: list[Origin],
        attribute: str | None = None,
    ) -> Iterator[Use]:
        given = self.given(origins, scope)
        if given == "hashed":
            return
        checked = attribute in self.study.hashed_attributes(scope)
        confidence: Confidence = "high" if given == "typed" and not checked else "medium"
        # A constructor is as often given what a database holds, and a name proves nothing.
        unsaid = given != "typed" and scope.name == "__init__"
        if given != "typed" and (checked or (unsaid and (given == "unknown" or self._by_library))):
            return
        related = tuple((o.spot, "the password comes in here") for o in origins[:1])
        yield Use(scope, node, what, confidence, related)


def _sets_password(scope: Scope) -> bool:
    """Return whether `scope` is a method ``set_password``: what it is given is an account's,
    whatever the attribute is called that it goes to."""
    return bool(scope.enclosing_class and _SETS.search(scope.name))


def _table(node: ast.expr) -> ast.expr | None:
    """Return the ``User`` of ``insert(User)`` and ``update(User).where(...)``."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call):
            if last_name(node.func) in ("insert", "update", "replace") and node.args:
                return node.args[0]
            node = node.func
        else:
            node = node.value
    return None


def _says_hash(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and bool(
        re.search(r"hash|crypt|set_password|change_password", last_name(node.func), re.I)
    )
