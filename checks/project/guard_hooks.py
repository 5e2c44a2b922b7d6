"""Hooks that run before requests and turn away who is not logged in, and for which views."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Module, Scope, last_name
from checks.lazy import lazy
from checks.project.class_routes import object_name
from checks.project.imports import imported_modules
from checks.project.strangers import side_of, turns_strangers_away

if TYPE_CHECKING:
    from checks.project import Project, Site

_SAYS_GUARD = lazy(
    r"(log(ged)?_?in|auth\w*|admin\w*|permission\w*|perm|roles?|scopes?|users?|token|jwt|member|"
    r"staff|owner|access|superuser|moderator|privilege\w*|session|api_?key|signature|account|"
    r"team)_?(is_)?(required|only|needed|accepted|protected|verified)"
    r"|^(require|requires|required|need|needs|ensure|check|verify|assert|validate|enforce|only|"
    r"has|can|must)_?\w*(log(ged)?_?in|auth|admin|perm|role|scope|user|token|jwt|member|owner|"
    r"access|privilege|session|key|signature|secret|hmac|acl|right|credential|webhook)"
    r"|^(auth|authori[sz]e|authori[sz]ed|authenticate|authenticated|protect|protected|requires|"
    r"require|secured?|login_required|private|restricted|allowed|can|has_access\w*)$",
    re.IGNORECASE,
)
_NOT_GUARD = lazy(r"anonymous|guest|logged_?out|not_log|unauthenticated|csrf", re.IGNORECASE)
_HOOKS = ("before_request", "before_app_request", "url_value_preprocessor")
_DEMANDING = frozenset({"verify_jwt_in_request", "unauthorized", "login_required"})
_WRAPPED_ALL = lazy(r"view_functions\[[^\]]+\] ?= ?\w*(login_required|auth)")
BLUEPRINTS = frozenset(
    {
        "flask.Blueprint", "flask_smorest.Blueprint", "flask_openapi3.APIBlueprint",
        "apiflask.APIBlueprint",
    }
)  # fmt: skip


def says_guard(node: ast.expr) -> bool:
    """Return whether a decorator or call is named like one that asks who is there."""
    func = getattr(node, "func", node)
    return bool(_SAYS_GUARD.search(last_name(func))) and not refuses_members(func)


def refuses_members(func: ast.expr) -> bool:
    """Return whether a name says the opposite of a login, or CSRF protection."""
    return bool(_NOT_GUARD.search(ast.unparse(func)))


class GuardHooks:
    """Finds hooks on blueprints and apps; looks at all modules once, when first asked."""

    def __init__(self, project: Project) -> None:
        """Take the project whose hooks are looked into."""
        self.project = project
        self._done = False
        self._groups: dict[str, str] = {}
        self._parents: dict[str, set[str]] = {}
        self._for_all: dict[Module, str] = {}
        self._near: dict[Module, set[Module]] = {}
        self._registered: set[Scope] = set()

    def of_group(self, group: str | None) -> str:
        """Return what guards the blueprint or API `group`, or what it is registered on."""
        self._read()
        held = (self._groups.get(name, "") for name in self.with_parents(group))
        return next((text for text in held if text), "")

    def everywhere(self, site: Site) -> str:
        """Return what guards every view of `site`, or ``""``."""
        self._read()
        homes = {scope.module for _, scope in site.apps}
        for module in site.modules:
            # A second app beside it, such as one that serves logs to the others, has its own door.
            if module in self._for_all and (len(homes) < 2 or module not in homes):
                return self._for_all[module]
        return ""

    def of_app(self, module: Module) -> str:
        """Return what guards the views in `module` because of the app that they belong to."""
        self._read()
        return next((text for home, text in self._for_all.items() if self._is_of(module, home)), "")

    def _is_of(self, module: Module, home: Module) -> bool:
        """Return whether an app made in `home` may have the views of `module`."""
        near = self._near.get(home)
        if near is None:
            near = self._near[home] = {home}
            waiting = [home]
            while waiting:
                for other in imported_modules(waiting.pop(), self.project.names):
                    if other not in near:
                        near.add(other)
                        waiting.append(other)
        return module in near or any(
            other is home for other in imported_modules(module, self.project.names)
        )

    def is_hook(self, function: Scope) -> bool:
        """Return whether `function` runs before requests of an app or blueprint."""
        self._read()
        return function in self._registered

    def _read(self) -> None:
        if not self._done:
            self._done = True
            for module in self.project.modules:
                self._hooks(module)
                self._nested(module)

    def _hooks(self, module: Module) -> None:
        for function in module.functions():
            for decorator in function.decorators:
                if isinstance(decorator, ast.Attribute) and decorator.attr in _HOOKS:
                    self._hook(decorator, function, function.parent or module.top)
        for call, scope in module.calls(*_HOOKS):
            if isinstance(call.func, ast.Attribute) and len(call.args) == 1:
                given = call.args[0]
                if isinstance(given, ast.Call) and given.args:  # login_required(lambda: None)
                    if says_guard(given):
                        self._guarded(call.func, scope, last_name(given.func))
                    continue
                hook = self.project.names.scope_of(self.project.names.qualified(given, scope))
                if hook is not None and hook.kind == "function":
                    self._hook(call.func, hook, scope)
        if "view_functions[" in module.source.text and _WRAPPED_ALL.search(module.source.text):
            self._for_all[module] = "a loop over view_functions"
        for call, scope in module.calls("Api", "Namespace"):
            for keyword in call.keywords:
                if keyword.arg == "decorators" and isinstance(keyword.value, ast.List):
                    for node in keyword.value.elts:
                        if says_guard(node):
                            self._api(call, scope)

    def _hook(self, node: ast.Attribute, function: Scope, scope: Scope) -> None:
        self._registered.add(function)
        if not _NOT_GUARD.search(function.name) and self.stops_strangers(function):
            self._guarded(node, scope, f"{function.name}() before each request")

    def stops_strangers(self, function: Scope) -> bool:
        """Return whether a hook lets only those in who are logged in.

        More is asked of it than of a decorator: a hook runs for the login page, too.
        """
        if any(says_guard(decorator) for decorator in function.decorators):
            return True  # ``@bp.before_request @login_required def check(): pass``
        for scope in function.within():
            if turns_strangers_away(scope.node):
                return True
        for call in function.calls:
            if last_name(call.func) in _DEMANDING:
                return True
            callee = self.project.names.callee(call, function)
            if callee is None and says_guard(call):
                return True
            if callee is not None and _always(call, function):
                answers = _hands_on(function, callee)
                if turns_strangers_away(callee.node, by_return=answers):
                    return True
        return False

    def _guarded(self, node: ast.Attribute, scope: Scope, text: str) -> None:
        made_by = self.project.names.type_of(node.value, scope)
        if node.attr == "before_app_request" or made_by not in BLUEPRINTS:
            if node.attr == "before_request" and made_by is None and _is_group(node.value):
                self._add(object_name(node.value, scope, self.project.names), text)
                return
            self._for_all.setdefault(scope.module, text)
        else:
            self._add(object_name(node.value, scope, self.project.names), text)

    def _add(self, group: str | None, text: str) -> None:
        if group is not None:
            self._groups.setdefault(group, text)

    def _api(self, call: ast.Call, scope: Scope) -> None:
        for assignment in scope.assignments:
            if assignment.value is call:
                name = object_name(assignment.target, scope, self.project.names)
                self._add(name, "decorators of its API")

    def _nested(self, module: Module) -> None:
        """Remember what is registered on what: a hook of the outer one runs for the inner."""
        for call, scope in module.calls("namespace"):
            # ``ns = api.namespace("admin")``: the decorators of the API are those of its parts
            for assignment in scope.assignments:
                if assignment.value is call and isinstance(call.func, ast.Attribute):
                    self._under(assignment.target, call.func.value, scope)
        for call, scope in module.calls("register_blueprint", "add_namespace", "Api"):
            outer = call.func.value if isinstance(call.func, ast.Attribute) else None
            inner = call.args[0] if call.args else None
            names = self.project.names
            if last_name(call.func) == "Api":
                # ``api = Api(blueprint)``: the blueprint's hooks run for the API
                for assignment in scope.assignments:
                    if assignment.value is call and inner is not None:
                        self._under(assignment.target, inner, scope)
            elif (
                outer is not None
                and inner is not None
                and (
                    last_name(call.func) == "add_namespace"
                    or names.type_of(outer, scope) in BLUEPRINTS
                )
            ):
                self._under(inner, outer, scope)

    def _under(self, inner: ast.expr, outer: ast.expr, scope: Scope) -> None:
        names = self.project.names
        below, above = object_name(inner, scope, names), object_name(outer, scope, names)
        if below is not None and above is not None and below != above:
            self._parents.setdefault(below, set()).add(above)

    def with_parents(self, group: str | None) -> list[str]:
        """Return `group` and what it is registered on, the nearest first."""
        self._read()
        found = [group] if group is not None else []
        for name in found:
            found += [above for above in sorted(self._parents.get(name, ())) if above not in found]
        return found


def _is_group(node: ast.expr) -> bool:
    """Return whether an object of unknown make is called like a blueprint, not like an app."""
    return not re.search(r"app", last_name(node), re.IGNORECASE)


def _always(call: ast.Call, function: Scope) -> bool:
    """Return whether a hook makes `call` for strangers, too, and lets its exceptions out."""
    for above in function.module.ancestors(call):
        if above is function.node:
            break
        if isinstance(above, ast.Try) or (isinstance(above, ast.If) and side_of(above.test)):
            return False
    return True


def _hands_on(function: Scope, helper: Scope) -> bool:
    """Return whether `function` returns what `helper` returns."""
    return any(
        isinstance(statement.value, ast.Call) and last_name(statement.value.func) == helper.name
        for statement in function.returns
    )
