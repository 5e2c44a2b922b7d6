"""Ways to register view classes and methods: resources of APIs, exposed methods, view lists."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Module, Scope, last_name
from checks.project.names import Names

VERBS = {"get": "GET", "post": "POST", "put": "PUT", "patch": "PATCH", "delete": "DELETE"}
"""What methods of view classes answer."""
_CLASSFUL = frozenset({"flask_classful.FlaskView", "flask_classy.FlaskView"})
_MAX_HOPS = 8  # imports followed to where an object is made


def is_exposed(decorator: ast.expr, function: Scope) -> bool:
    """Return whether ``@expose("/x")`` of Flask-AppBuilder or Flask-Admin registers a method.

    It marks the function, and wrappers keep the mark: the order of decorators is free.
    """
    return (
        isinstance(decorator, ast.Call)
        and last_name(decorator.func) == "expose"
        and function.enclosing_class is not None
    )


def class_routes(module: Module) -> Iterator[tuple[Scope, ast.Call]]:
    """Yield (class, decorator) for ``@ns.route("/x")`` and ``@api.resource("/x")`` on classes."""
    for cls in module.classes():
        for decorator in cls.decorators:
            if (
                isinstance(decorator, ast.Call)
                and isinstance(decorator.func, ast.Attribute)
                and decorator.func.attr in ("route", "resource")
            ):
                yield cls, decorator


def dispatched_by(cls: Scope, names: Names) -> Iterator[tuple[Scope, str, tuple[Scope, ...]]]:
    """Yield (method, verb, through) for what the verbs of a base class hand to methods of `cls`.

    ``def post(self): return self.POST_AUTH()`` of the base makes ``POST_AUTH`` answer POST.
    """
    own = {child.name: child for child in cls.children if child.kind == "function"}
    methods: dict[str, Scope] = {}
    for base in names.bases(cls.full_name):
        scope = names.scope_of(base)
        for child in scope.children if scope is not None and scope is not cls else ():
            methods.setdefault(child.name, child)
    for name in VERBS:
        waiting: list[tuple[Scope, ...]] = []
        if name in methods and name not in own:
            waiting.append((methods[name],))
        seen: set[Scope] = set()
        while waiting:
            through = waiting.pop()
            for call in through[-1].calls:
                func = call.func
                if not isinstance(func, ast.Attribute) or last_name(func.value) != "self":
                    continue
                handed = own.get(func.attr)
                if handed is not None and _is_of_verb(func.attr, name):
                    yield handed, VERBS[name], through
                inner = methods.get(func.attr) if handed is None else None
                if inner is not None and inner not in seen:
                    seen.add(inner)
                    waiting.append((*through, inner))


def _is_of_verb(method: str, verb: str) -> bool:
    """Return whether a method is named after the verb, or after what is asked of any page."""
    words = method.lower().strip("_").split("_")
    return verb in words or words[0] in ("handle", "process", "on", "do", "view", "run", "perform")


def for_method(value: ast.expr, method: str) -> ast.expr | None:
    """Return the list in ``decorators = [...]`` or in ``method_decorators = {"get": [...]}``."""
    if isinstance(value, ast.Dict):
        for key, listed in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == method:
                return listed
        return None
    return value if isinstance(value, ast.List | ast.Tuple) else None


def object_name(node: ast.expr | None, scope: Scope, names: Names) -> str | None:
    """Return where the object `node` is made, as the dotted name of the variable.

    Two modules that share a blueprint get the same answer: imports are followed to the module
    that makes it. None for what is not a plain name or an attribute of a module.
    """
    if isinstance(node, ast.Attribute):
        owner = names.qualified(node.value, scope)
        if owner is not None and owner in names.modules:
            return _in_module(node.attr, names.modules[owner], names, 0)
        return f"{owner or scope.full_name}.{node.attr}"
    if not isinstance(node, ast.Name):
        return None
    here: Scope | None = scope
    while here is not None and node.id not in here.bindings:
        here = here.parent
    if here is None or here.kind == "module":
        return _in_module(node.id, scope.module, names, 0)
    for binding in here.bindings[node.id]:
        if binding.kind == "import":
            return _imported(binding.target, scope.module, names, 0)
    return f"{here.full_name}.{node.id}"


def _in_module(name: str, module: Module, names: Names, hops: int) -> str:
    for binding in module.top.bindings.get(name, []) if hops < _MAX_HOPS else ():
        if binding.kind == "import":
            return _imported(binding.target, module, names, hops + 1)
        if binding.kind == "value" and isinstance(binding.value, ast.Name):
            return _in_module(binding.value.id, module, names, hops + 1)
    return f"{module.name}.{name}"


def _imported(target: str, module: Module, names: Names, hops: int) -> str:
    stem, _, last = target.rpartition(".")
    if target.startswith(".") and not stem.strip("."):
        stem = target[: len(target) - len(target.lstrip("."))]
    source = names.find_module(stem, module) if stem else None
    return _in_module(last, source, names, hops + 1) if source is not None else target


def classful_views(module: Module, names: Names) -> Iterator[tuple[Scope, ast.expr, Scope]]:
    """Yield (class, router, scope) of every ``UsersView.register(blueprint)`` of Flask-Classful."""
    for call, scope in module.calls("register"):
        func = call.func
        if not isinstance(func, ast.Attribute) or not call.args:
            continue
        named = names.qualified(func.value, scope)
        cls = names.scope_of(named)
        if cls is not None and cls.kind == "class" and _CLASSFUL & set(names.bases(named)):
            yield cls, call.args[0], scope


def classful_rules(function: Scope) -> Iterator[ast.Call]:
    """Yield the ``@route("/x", methods=[...])`` of a method of such a class."""
    for decorator in function.decorators:
        if (
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Name)
            and decorator.func.id == "route"
        ):
            yield decorator


def around_all(router: ast.expr | None, scope: Scope, names: Names) -> list[tuple[ast.expr, Scope]]:
    """Return what an API puts around all its resources, outermost first.

    ``Api(app, decorators=[login_required])`` and ``api.decorators = [login_required]``.
    """
    made = object_name(router, scope, names)
    stem, _, last = (made or "").rpartition(".")
    module = names.modules.get(stem)
    if module is None:
        return []
    given = [
        keyword.value
        for binding in module.top.bindings.get(last, ())
        if isinstance(binding.value, ast.Call)
        for keyword in binding.value.keywords
        if keyword.arg == "decorators"
    ]
    if ".decorators" in module.source.text:
        given += [
            assignment.value
            for assignment in module.top.assignments
            if isinstance(assignment.target, ast.Attribute)
            and assignment.target.attr == "decorators"
            and last_name(assignment.target.value) == last
        ]
    listed = [node for value in given for node in reversed(getattr(value, "elts", []))]
    return [(node, module.top) for node in listed]


def resource_and_rules(call: ast.Call) -> tuple[ast.expr | None, list[ast.expr]]:
    """Return the class that ``add_resource`` is given, and its rules, in either order."""
    if not call.args:
        return None, []
    first, *rest = call.args
    if rest and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return rest[0], [first, *rest[1:]]
    return first, rest
