"""The views of the app: which function answers which rule and method, and what guards it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from checks.facts.python import Module, Scope
from checks.project.class_routes import (
    VERBS,
    around_all,
    class_routes,
    classful_rules,
    classful_views,
    dispatched_by,
    for_method,
    is_exposed,
    object_name,
    resource_and_rules,
)
from checks.project.evaluate import Evaluator
from checks.project.names import Names
from checks.project.passed_on import passed_on
from checks.project.sites import is_flask
from checks.project.spelled_out import maker_of, spelled_out, under_decorator
from checks.project.view_names import as_view, handed, named_view, unwrapped
from checks.project.views import Decorator, View

__all__ = ["Decorator", "Routes", "View"]

_ADDERS = ("add_resource", "add_org_resource")
_ROUTERS = ("flask.Flask", "flask.Blueprint")


@dataclass(slots=True, eq=False, repr=False)
class _Draft:
    function: Scope
    rules: list[str | None] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)
    endpoint: str = ""
    router: str | None = None
    group: str | None = None
    wrappers: list[Decorator] = field(default_factory=list)
    through: tuple[Scope, ...] = ()


class Routes:
    """Finds the views of the given modules."""

    def __init__(self, modules: Iterable[Module], evaluator: Evaluator) -> None:
        """Take the modules to look in and what evaluates their expressions."""
        self.evaluator = evaluator
        self.names: Names = evaluator.names
        self.modules = list(modules)

    def find(self) -> tuple[View, ...]:
        """Return every view, sorted by place."""
        drafts: dict[Scope, _Draft] = {}
        for module in self.modules:
            for function in module.functions():
                for decorator in function.decorators:
                    self._route(decorator, function, drafts)
            for call, scope in module.calls("add_url_rule"):
                self._add_url_rule(call, scope, drafts)
            for call, scope in module.calls("register_view"):
                self._add_url_rule(call, scope, drafts)
            for call, scope in module.calls(""):
                self._called_route(call, scope, drafts)
            for call, scope in module.calls(*_ADDERS):
                self._add_resource(call, scope, drafts)
            for cls, call in class_routes(module):
                self._methods(cls, call.args, None, cls.parent or cls, drafts, router=call.func)
            for cls, on, scope in classful_views(module, self.names):
                self._methods(cls, (), None, scope, drafts, router=on)
                self._classful(cls, on, scope, drafts)
        views = [self._view(draft) for draft in drafts.values()]
        return tuple(sorted(views, key=lambda view: view.spot))

    def _view(self, draft: _Draft) -> View:
        own = [self._decorator(d, draft.function) for d in draft.function.decorators]
        cls = draft.function.enclosing_class
        return View(
            draft.function,
            tuple(draft.rules),
            frozenset(draft.methods or {"GET"}),
            draft.endpoint or draft.function.name,
            (*draft.wrappers, *self._class_decorators(cls, draft.function.name), *own),
            draft.router,
            cls,
            draft.group,
            draft.through,
        )

    def _class_decorators(self, cls: Scope | None, method: str) -> list[Decorator]:
        """Return what ``decorators = [...]`` of a view class applies, last one outermost."""
        if cls is None:
            return []
        found: list[Decorator] = []
        for base in self.names.bases(cls.full_name):
            scope = self.names.scope_of(base)
            for assignment in scope.assignments if scope is not None else ():
                named = isinstance(assignment.target, ast.Name) and assignment.target.id
                if named in ("decorators", "method_decorators"):
                    value = for_method(assignment.value, method)
                    nodes = reversed(getattr(value, "elts", []))
                    found += [self._wrapper(node, scope or cls) for node in nodes]
        return found

    def _decorator(self, node: ast.expr, function: Scope) -> Decorator:
        return self._wrapper(node, function.parent or function)

    def _wrapper(self, node: ast.expr, scope: Scope) -> Decorator:
        node = passed_on(node, scope, self.names)
        target = node.func if isinstance(node, ast.Call) else node
        name = self.names.qualified(target, scope)
        return Decorator(name, node, scope.spot(node), self._is_route(target, scope))

    def _is_route(self, target: ast.expr, scope: Scope) -> bool:
        if not isinstance(target, ast.Attribute):
            return False
        if target.attr not in ("route", "expose", *VERBS):
            return False
        made_by = self.names.type_of(target.value, scope)
        if made_by in _ROUTERS or is_flask(made_by, self.names):
            return True
        # An app that is a parameter or comes from elsewhere: only ``route`` is telling enough.
        return target.attr == "route" and (
            made_by is None
            or "flask" in made_by.lower()
            or self.names.scope_of(made_by) is not None
        )

    def _route(self, node: ast.expr, function: Scope, drafts: dict[Scope, _Draft]) -> None:
        outer = function.parent or function
        if not isinstance(node, ast.Call):
            return
        exposed = is_exposed(node, function)
        if not exposed and not self._is_route(node.func, outer):
            return
        maker = maker_of(outer) if outer.kind == "function" and not exposed else None
        if maker is not None and self._by_decorator(node, outer, maker, drafts):
            return
        draft = drafts.setdefault(function, _Draft(function))
        draft.group = outer.full_name if exposed else draft.group
        self._routed(node, outer, draft, on_class=exposed)

    def _by_decorator(
        self, node: ast.Call, inner: Scope, maker: Scope, drafts: dict[Scope, _Draft]
    ) -> bool:
        """Take in what an own decorator wraps and registers; return whether it does anywhere."""
        found = False
        for one in under_decorator(node, inner, maker, self.names):
            found = True
            if one.function is not None and one.function.kind == "function":
                draft = drafts.setdefault(one.function, _Draft(one.function))
                self._routed(one.call, one.scope, draft, on_class=False)
        return found

    def _called_route(self, call: ast.Call, scope: Scope, drafts: dict[Scope, _Draft]) -> None:
        """Take in ``bp.route("/login")(login)``."""
        made = call.func
        if len(call.args) != 1 or not isinstance(made, ast.Call):
            return
        if not self._is_route(made.func, scope):
            return
        for one in spelled_out(call, scope, self.names):
            route = one.call.func
            view, wrappers = self._unwrapped(one.call.args[0], one.scope)
            function = one.function or named_view(view, one.scope, self.names)
            if isinstance(route, ast.Call) and function is not None and function.kind == "function":
                draft = drafts.setdefault(function, _Draft(function))
                draft.wrappers += wrappers
                self._routed(route, one.scope, draft, on_class=False)

    def _routed(self, node: ast.Call, outer: Scope, draft: _Draft, *, on_class: bool) -> None:
        func = node.func
        verb = VERBS.get(func.attr) if isinstance(func, ast.Attribute) else None
        if not on_class and isinstance(func, ast.Attribute):
            self._registered_on(func.value, outer, draft)
        self._options(node, outer, draft, node.args[0] if node.args else None)
        if verb is not None:
            draft.methods.add(verb)
        elif not any(keyword.arg == "methods" for keyword in node.keywords):
            draft.methods.add("GET")

    def _registered_on(self, node: ast.expr | None, scope: Scope, draft: _Draft) -> None:
        draft.router = (_text(node) if node is not None else None) or draft.router
        draft.group = object_name(node, scope, self.names) or draft.group

    def _options(self, call: ast.Call, scope: Scope, draft: _Draft, rule: ast.expr | None) -> None:
        for keyword in call.keywords:
            if keyword.arg == "methods":
                found = self.evaluator.evaluate(keyword.value, scope).value
                if isinstance(found, tuple):
                    draft.methods |= {str(m).upper() for m in found} - {"HEAD", "OPTIONS"}
                else:
                    draft.methods |= {"GET", "POST"}
            elif keyword.arg == "endpoint":
                name = self.evaluator.evaluate(keyword.value, scope).value
                draft.endpoint = name if isinstance(name, str) else draft.endpoint
            elif keyword.arg == "rule":
                rule = keyword.value
        text = self.evaluator.evaluate(rule, scope).value
        draft.rules.append(text if isinstance(text, str) else None)

    def _add_resource(self, call: ast.Call, scope: Scope, drafts: dict[Scope, _Draft]) -> None:
        router = call.func.value if isinstance(call.func, ast.Attribute) else None
        for one in spelled_out(call, scope, self.names):
            node, rules = resource_and_rules(one.call)
            around = [self._wrapper(*each) for each in around_all(router, scope, self.names)]
            if one.function is not None and one.function.kind == "class":
                self._methods(one.function, rules, None, one.scope, drafts, around, router)
            elif node is not None:
                self._view_class(node, rules, None, one.scope, drafts, around, router)

    def _add_url_rule(self, call: ast.Call, scope: Scope, drafts: dict[Scope, _Draft]) -> None:
        router = call.func.value if isinstance(call.func, ast.Attribute) else None
        for one in spelled_out(call, scope, self.names):
            if one.function is not None and one.function.kind == "class":
                self._methods(
                    one.function, one.call.args[:1], None, one.scope, drafts, None, router
                )
            elif one.function is not None:
                draft = drafts.setdefault(one.function, _Draft(one.function))
                rules = [*one.call.args[:1]] or [
                    k.value for k in one.call.keywords if k.arg == "rule"
                ]
                self._options(one.call, one.scope, draft, rules[0] if rules else None)
                self._registered_on(router, scope, draft)
            else:
                self._add_one(one.call, one.scope, drafts, router, scope)

    def _add_one(
        self,
        call: ast.Call,
        scope: Scope,
        drafts: dict[Scope, _Draft],
        router: ast.expr | None,
        outer: Scope,
    ) -> None:
        given = {k.arg: k.value for k in call.keywords}
        view = given.get("view_func") or (call.args[2] if len(call.args) > 2 else None)
        listed = given.get("routes")  # register_view(blueprint, routes=[...], view_func=...)
        routes = listed.elts if isinstance(listed, ast.List | ast.Tuple) else []
        rule = call.args[0] if call.args and not routes else given.get("rule")
        if view is None:
            return
        if routes:
            router = call.args[0] if call.args else None
        view, wrappers = self._unwrapped(view, scope)
        cls = as_view(view)
        told = routes or ([rule] if rule is not None else [])
        for named, rules, where in handed(cls or view, told, scope, self.names):
            thing = named_view(named, where, self.names)
            if thing is not None and thing.kind == "class":  # flask-smorest takes it as it is
                self._methods(thing, rules, given.get("methods"), where, drafts, wrappers, router)
            elif thing is not None and thing.kind == "function" and cls is None:
                draft = drafts.setdefault(thing, _Draft(thing))
                self._options(call, where, draft, rules[0] if rules else None)
                draft.wrappers += wrappers
                self._registered_on(router, outer, draft)

    def _unwrapped(self, view: ast.expr, scope: Scope) -> tuple[ast.expr, list[Decorator]]:
        """Return what is wrapped, and what is around it, outermost first."""
        inner, around = unwrapped(view, scope, self.names)
        return inner, [self._wrapper(node, scope) for node in around]

    def _view_class(
        self,
        node: ast.expr,
        rules: Iterable[ast.expr],
        methods: ast.expr | None,
        scope: Scope,
        drafts: dict[Scope, _Draft],
        wrappers: list[Decorator] | None = None,
        router: ast.expr | None = None,
    ) -> None:
        cls = named_view(node, scope, self.names)
        if cls is not None and cls.kind == "class":
            self._methods(cls, rules, methods, scope, drafts, wrappers, router)

    def _methods(
        self,
        cls: Scope,
        rules: Iterable[ast.expr],
        methods: ast.expr | None,
        scope: Scope,
        drafts: dict[Scope, _Draft],
        wrappers: list[Decorator] | None = None,
        router: ast.expr | None = None,
    ) -> None:
        """Make each method of a view class a view. A `router` may be its ``route`` attribute."""
        allowed = self.evaluator.evaluate(methods, scope).value if methods is not None else None
        texts = [self.evaluator.evaluate(rule, scope).value for rule in rules]
        if isinstance(router, ast.Attribute) and router.attr in ("route", "resource"):
            router = router.value
        for child in cls.children:
            verb = VERBS.get(child.name)
            if child.kind != "function" or (verb is None and child.name != "dispatch_request"):
                continue
            if verb is not None and isinstance(allowed, tuple) and verb not in allowed:
                continue
            draft = drafts.setdefault(child, _Draft(child, endpoint=cls.name))
            draft.rules += [text if isinstance(text, str) else None for text in texts]
            draft.methods |= {verb} if verb else self._dispatched(cls, allowed)
            draft.wrappers += wrappers or []
            self._registered_on(router, scope, draft)
        for child, verb, through in dispatched_by(cls, self.names):
            if child.name.lower() == "dispatch_request" or child.name in VERBS:
                continue
            draft = drafts.setdefault(child, _Draft(child, endpoint=cls.name))
            draft.rules += [text if isinstance(text, str) else None for text in texts]
            draft.methods.add(verb)
            draft.wrappers += wrappers or []
            draft.through = through
            self._registered_on(router, scope, draft)

    def _classful(
        self, cls: Scope, router: ast.expr, scope: Scope, drafts: dict[Scope, _Draft]
    ) -> None:
        """Make each method with a rule of its own a view; ``get`` and its kin need none."""
        for child in cls.children:
            for rule in classful_rules(child):
                draft = drafts.setdefault(child, _Draft(child))
                self._options(rule, cls, draft, rule.args[0] if rule.args else None)
                if not any(keyword.arg == "methods" for keyword in rule.keywords):
                    draft.methods.add("GET")
                self._registered_on(router, scope, draft)

    def _dispatched(self, cls: Scope, allowed: object) -> set[str]:
        """Return what ``dispatch_request`` answers: what its class or its rule lists, or GET."""
        listed: object = allowed
        for base in self.names.bases(cls.full_name) if not isinstance(listed, tuple) else ():
            scope = self.names.scope_of(base)
            for binding in scope.bindings.get("methods", ()) if scope is not None else ():
                if scope is not None and binding.kind == "value":
                    listed = self.evaluator.evaluate(binding.value, scope).value
            if isinstance(listed, tuple):
                break
        named = {str(method).upper() for method in listed} if isinstance(listed, tuple) else {"GET"}
        return named - {"HEAD", "OPTIONS"}


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None
