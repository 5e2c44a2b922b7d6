"""What keeps strangers out of a view: decorators, hooks before requests, and its own conditions.

The project's own decorators and hooks are recognised by what they do: they look at who is asking
and turn the request away. A name alone counts only where the code is not ours to read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from checks.facts.lines import own_text
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.guard_hooks import GuardHooks, refuses_members, says_guard
from checks.project.own_conditions import asks_who
from checks.project.routes import Decorator, View
from checks.project.strangers import turns_members_away, turns_strangers_away

if TYPE_CHECKING:
    from checks.project import Project, Site

_IDENTITY = lazy(
    r"current_user|is_authenticated|is_anonymous|is_admin|\bg\.\w*(user|account|identity|member|"
    r"admin|auth)|\bg, ?[\"']\w*user|session\w*(\.get\(|\[|\.pop\()|in (flask\.)?session\b|"
    r"[Aa]uthorization|remote_user|REMOTE_USER|jwt|get_identity|logged_in|[aA]uthenticat|"
    r"api_?key|API_?KEY|token|signature|hmac|compare_digest|permission|has_role|\.can\("
    r"|get_user|user_id|auth_?manager|login_manager|check_password|\bis_(?:staff|superuser|"
    r"moderator|member|owner|editor)\b|url_for\([\"'](?:\w+\.)?(?:log|sign)_?in[\"']",
)
_VERIFIES = lazy(r"jwt\.decode|compare_digest|signature|construct_event|Webhook|verify")
_DENIAL = lazy(
    r"abort\(|\braise\b|redirect\(|\b40[134]\b|[uU]nauthori[sz]ed|[fF]orbidden|_denied|"
    r"login_required\(|permission_denied|make_response\(|return (jsonify|\w*Response\b|render)|"
    r"return \{|return None"
)


# Notes who came, and lets everybody in, whatever it does with what goes wrong.
_WATCHES = lazy(
    r"(logged|log|log_(view|page|visit|request|access|activity|call)s?|track(ed|ing)?(_\w+)?|timed|"
    r"count(ed)?(_\w+)?|record(ed)?(_\w+)?|measured?|profiled?|monitor(ed)?|trace[dr]?)$"
)
# Looks at who comes, if anybody says so: ``@oauth.optional()``, ``@jwt_required(optional=True)``.
_OPTIONAL = lazy(r"(^|_)optional(_|$)")


def refusals(function: Scope) -> Iterator[ast.Call]:
    """Yield the calls without whose yes `function` leaves: ``if not auth.check(): return ...``."""
    for statement in function.body:
        if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.UnaryOp):
            continue
        call = statement.test.operand
        leaves = isinstance(statement.body[-1], ast.Return | ast.Raise)
        if leaves and isinstance(statement.test.op, ast.Not) and isinstance(call, ast.Call):
            yield call


def lets_anybody_in(decorator: ast.expr) -> bool:
    """Return whether a decorator says that one may be logged in, and need not."""
    if _OPTIONAL.search(last_name(getattr(decorator, "func", decorator))):
        return True
    return isinstance(decorator, ast.Call) and any(
        keyword.arg == "optional"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for keyword in decorator.keywords
    )


def helpers_asked(function: Scope, project: Project) -> Iterator[Scope]:
    """Yield the helpers without whose yes `function` leaves, with what these run."""
    for call in refusals(function):
        callee = project.names.callee(call, function)
        yield from project.reach.of(callee)[:4] if callee is not None else ()


class Guards:
    """Answers what protects a view; answers are kept."""

    def __init__(self, project: Project) -> None:
        """Take the project whose functions are looked into."""
        self.project = project
        self._demands: dict[Scope, bool] = {}
        self._of_view: dict[View, str] = {}
        self._hooks = GuardHooks(project)

    def of(self, view: View) -> str:
        """Return what lets only some people use `view`, in a few words, or ``""``."""
        found = self._of_view.get(view)
        if found is None:
            found = self._of_view[view] = self._find(view)
        return found

    def everywhere(self, site: Site) -> str:
        """Return what guards every view of `site`, or ``""``."""
        return self._hooks.everywhere(site)

    def is_hook(self, function: Scope) -> bool:
        """Return whether `function` runs before requests."""
        return self._hooks.is_hook(function)

    def groups(self, group: str | None) -> list[str]:
        """Return `group`, a blueprint or API, and all that it is registered on."""
        return self._hooks.with_parents(group)

    def stops_strangers(self, function: Scope) -> bool:
        """Return whether `function`, run before a view, turns away who is not logged in."""
        return self._hooks.stops_strangers(function)

    def demands(self, function: Scope) -> bool:
        """Return whether `function`, or what it runs, looks at who asks and turns others away."""
        found = self._demands.get(function)
        if found is None:
            self._demands[function] = False  # a circle
            found = self._demands[function] = self._turns_away(function)
        return found

    def is_guard(self, decorator: Decorator, scope: Scope) -> bool:
        """Return whether `decorator`, applied in `scope`, asks who is there."""
        node = decorator.node
        target = node.func if isinstance(node, ast.Call) else node
        name = last_name(target)
        if decorator.is_route or refuses_members(target) or _WATCHES.match(name):
            return False
        if lets_anybody_in(node):
            return False
        function = self.project.names.scope_of(decorator.name)
        if function is None and isinstance(target, ast.Attribute):
            # ``@api.secure``: a method of an object of the project
            owner = self.project.names.type_of(target.value, scope)
            function = self.project.names.method_of(owner, target.attr)
        if function is not None and function.kind == "class":
            function = self.project.names.method_of(function.full_name, "__call__") or function
        if function is not None and function.kind == "function":
            guests = any(
                isinstance(scope.node, ast.FunctionDef) and turns_members_away(scope.node)
                for scope in function.children
            )
            return not guests and self.demands(function)
        other_name = ast.Name(decorator.name.rpartition(".")[2]) if decorator.name else target
        return says_guard(target) or _by_parts(target) or says_guard(other_name)

    def _find(self, view: View) -> str:
        outer = view.function.parent or view.function
        for decorator in view.decorators:
            if self.is_guard(decorator, outer):
                return f"@{last_name(getattr(decorator.node, 'func', decorator.node))}"
        hook = self._hooks.of_group(view.group) or self._hooks.of_app(view.module)
        if hook:
            return hook
        if view.cls is not None and self._class_guard(view.cls):
            return "its class"
        if any(map(self.demands, view.through)):
            return "its class"
        return "its own condition" if self.asks_itself(view) else ""

    def _class_guard(self, cls: Scope) -> bool:
        """Return whether Flask-Admin's ``is_accessible`` or a ``dispatch_request`` asks."""
        for name in ("is_accessible", "dispatch_request", "before_request", "_handle_view"):
            method = self.project.names.method_of(cls.full_name, name)
            if method is not None and (name == "is_accessible" or self.demands(method)):
                return True
        return not getattr(cls.node, "bases", ()) and self._is_mixed_in(cls)

    def _is_mixed_in(self, cls: Scope) -> bool:
        """Return whether `cls`, no view itself, gives methods to classes that all ask."""
        takers = [
            other
            for module in self.project.vocabulary.files(cls.name)
            for other in module.classes()
            if other is not cls and cls.full_name in self.project.names.bases(other.full_name)
        ]
        return bool(takers) and all(self._class_guard(other) for other in takers)

    def asks_itself(self, view: View, known: Collection[str] | None = None) -> bool:
        """Return whether the view has a condition on who asks, or calls what turns others away.

        Args:
            view: the view to look at.
            known: parameters that are no secret, whatever they are called, where only what names
                a person is to count; None for any condition that may ask who is there.
        """
        if any(asks_who(scope, known) for scope in _own(view.function)):
            return True
        for scope in _own(view.function):
            for call in scope.calls:
                callee = self.project.names.callee(call, scope)
                if callee is None or callee.kind != "function":
                    if says_guard(call) or _VERIFIES.search(ast.unparse(call.func)):
                        return True
                elif _NOT_FOUND.search(callee.name) or callee is view.function:
                    continue
                elif known is not None:
                    if turns_strangers_away(callee.node, by_return=False):
                        return True
                elif self.demands(callee):
                    return True
        return False

    def _turns_away(self, function: Scope) -> bool:
        scopes = self.project.reach.of(function)[:12]
        texts = [own_text(scope) for scope in scopes]
        asks = any(_IDENTITY.search(text) for text in texts)
        for decorator in function.decorators:
            # A guard made by another: ``@permission_wrapper def admin_only(): ...``
            name = self.project.names.qualified(
                getattr(decorator, "func", decorator), function.parent or function
            )
            maker = self.project.names.scope_of(name)
            if maker is not None and maker.kind == "function":
                if self.demands(maker):
                    return True
            elif says_guard(decorator):
                return True
        for scope in function.within():
            # ``return login_required(view)(*args)``
            for call in scope.calls:
                if says_guard(call) and self.project.names.callee(call, scope) is None:
                    return True
        if not asks:
            return False
        if any(self._leaves_unless(scope) for scope in function.within()):
            return True
        # What is nested last holds the wrapper: a denial must be where the question is.
        return any(_IDENTITY.search(text) and _DENIAL.search(text) for text in texts)

    def _leaves_unless(self, scope: Scope) -> bool:
        """Return whether `scope` leaves unless a helper, asking who is there, says yes."""
        helpers = helpers_asked(scope, self.project)
        return any(_IDENTITY.search(own_text(helper)) for helper in helpers)


def _own(function: Scope) -> list[Scope]:
    """Return the function and what is nested in it."""
    return list(function.within())


# Helpers of the tutorials: what they turn away is an address, not a person.
_NOT_FOUND = lazy(r"not_?found|(doesnt|does_not|not)_?exist|_or_404$|_exists$", re.IGNORECASE)


def _by_parts(target: ast.expr) -> bool:
    """Return whether ``admin.require(403)`` or ``auth.required`` says a permission."""
    if not isinstance(target, ast.Attribute):
        return False
    owner = target.value
    said = last_name(owner.func if isinstance(owner, ast.Call) else owner)
    return bool(
        re.search(r"auth|permission|admin|role|allows|oidc|jwt|acl|principal", said, re.I)
        and re.search(r"requi|login|protect|need|allow|check", target.attr, re.I)
    )
