"""What the calls of a login function do: check a password, hash slowly, log somebody in."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.hashing import hasher, is_verifier
from checks.project.login_steps import Known
from checks.project.logins import SIGN_IN, is_current_user
from checks.project.password_checks import PasswordCheck, password_checks

if TYPE_CHECKING:
    from checks.project import Project

# They take no time that could be measured.
_COMPARERS = frozenset(
    {
        "hmac.compare_digest", "secrets.compare_digest", "werkzeug.security.safe_str_cmp",
        "flask_hashing.Hashing.check_value",
    }
)  # fmt: skip
_RAISING = frozenset(
    {"argon2.PasswordHasher.verify", "nacl.pwhash.verify", "argon2.verify_password"}
)
_KEEPERS = frozenset({"lru_cache", "cache", "cached", "memoize", "memoized"})
_ROOT = lazy(r"^[A-Z]|^(cls|self|form|request|session|g)$")


def _is_kept(function: Scope) -> bool:
    """Return whether a function's answer is kept: it hashes once, not at each login."""
    made_by = (getattr(decorator, "func", decorator) for decorator in function.decorators)
    return any(last_name(decorator) in _KEEPERS for decorator in made_by)


def _does_nothing(method: Scope) -> bool:
    """Return whether a method of a guest or of an abstract user only gives a fixed answer."""
    (*before, last) = method.body
    return all(isinstance(each, ast.Expr) for each in before) and (
        isinstance(last, ast.Pass | ast.Raise)
        or (isinstance(last, ast.Return) and isinstance(last.value, ast.Constant | None))
    )


class LoginCalls:
    """Tells the calls of one project's functions; answers are kept."""

    def __init__(self, project: Project) -> None:
        """Take the audited project."""
        self.project = project
        self.names = project.names
        self._slow: dict[Scope, bool] = {}
        self._known: dict[Scope, Known] = {}

    def of(self, function: Scope) -> Known:
        """Return what is known of the calls that stand directly in `function`."""
        if function not in self._known:
            self._known[function] = self._study(function)
        return self._known[function]

    def _study(self, function: Scope) -> Known:
        checks = {
            check.node: self._about_user(check)
            for check in password_checks(function, self.names)
            if not is_current_user(check.stored, function, self.names)
        }
        return Known(
            checks,
            frozenset(
                call
                for call in function.calls
                if call not in checks and self.is_slow(call, function)
            ),
            frozenset(call for call in function.calls if self.logs_in(call, function)),
            frozenset(node for node in checks if self._raises(node, function)),
        )

    def _about_user(self, check: PasswordCheck) -> PasswordCheck:
        """Return `check` without what is no user: ``User.authenticate(name, password)``."""
        node = check.stored
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        called = isinstance(check.node, ast.Call) and check.stored is node
        if called and isinstance(node, ast.Name):
            module = self.names.bindings(node.id, check.scope)
            if _ROOT.match(node.id) or any(binding.kind == "import" for binding in module):
                return check._replace(stored=None)
        return check

    def is_slow(self, call: ast.Call, scope: Scope) -> bool:
        """Return whether `call` computes a slow password hash, in itself or in what it calls."""
        if self._hashes(self.names.called(call, scope)):
            return True
        callee = self.names.callee(call, scope)
        if callee is not None:
            return not _is_kept(callee) and self._reaches(callee)
        methods = self._methods(call, scope)
        return bool(methods) and all(map(self._reaches, methods))

    def _methods(self, call: ast.Call, scope: Scope) -> list[Scope]:
        """Return what may run for a method of a user that a query gave: all of that name."""
        if not isinstance(call.func, ast.Attribute):
            return []
        made_by = (self.names.type_of(call.func.value, scope) or "").split(".")
        for count in range(len(made_by), 0, -1):
            method = self.names.method_of(".".join(made_by[:count]), call.func.attr)
            if method is not None:
                return [method]
        return [m for m in self.names.methods_called(call.func.attr) if not _does_nothing(m)]

    def _reaches(self, function: Scope) -> bool:
        if function not in self._slow:
            self._slow[function] = any(
                self._hashes(self.names.called(call, scope))
                for call, scope in self.project.reach.calls(function)
            )
        return self._slow[function]

    def _hashes(self, called: str | None) -> bool:
        found = hasher(called)
        if found is not None:
            return found[0] == "slow"
        if called is None or called in _COMPARERS or not is_verifier(called):
            return False
        made_by = hasher(f"{called.rpartition('.')[0]}.hash")
        return made_by is None or made_by[0] == "slow"

    def logs_in(self, call: ast.Call, scope: Scope) -> bool:
        """Return whether `call` is ``login_user``, or a project function that begins with it."""
        if self.names.called(call, scope) in SIGN_IN:
            return True
        word = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        word = word or getattr(call.func, "id", "")
        if not re.search(r"log_?in|sign_?in", word):
            return False
        callee = self.names.callee(call, scope)
        return callee is not None and callee in self._signing_in

    @cached_property
    def _signing_in(self) -> frozenset[Scope]:
        """Functions that call ``login_user`` and check no password themselves."""
        return frozenset(
            scope
            for module in self.project.modules
            for call, scope in module.calls("login_user")
            if self.names.called(call, scope) in SIGN_IN
            and not any(True for _ in password_checks(scope, self.names))
        )

    def _raises(self, node: ast.Call | ast.Compare, scope: Scope) -> bool:
        if not isinstance(node, ast.Call):
            return False
        called = self.names.called(node, scope)
        if called in _RAISING:
            return True
        above = scope.module.parent(node)
        if is_verifier(called) or not isinstance(above, ast.Expr | ast.Assign | ast.AnnAssign):
            return False  # a condition: it says yes or no
        callee = self.names.callee(node, scope)
        if callee is None:
            return True  # such as ``user = provider.authenticate(name, password)``
        return any(
            inner.raises or any(_is_abort(call) for call in inner.calls)
            for inner in self.project.reach.of(callee)
        )


def _is_abort(call: ast.Call) -> bool:
    return getattr(call.func, "id", getattr(call.func, "attr", "")) == "abort"
