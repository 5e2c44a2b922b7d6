"""Ways to register view classes and methods: resources of APIs, exposed methods, view lists."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Module, Scope, last_name
from checks.project.names import Names

ADDERS = ("add_resource", "add_org_resource")
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


def added_resources(
    module: Module, names: Names
) -> Iterator[tuple[list[ast.expr], Scope, ast.expr | None]]:
    """Yield ([class, rule, ...], scope, router) of every ``api.add_resource(...)``.

    ``for route in ROUTES: api.add_resource(*route)`` yields each of the listed routes.
    """
    for call, scope in module.calls(*ADDERS):
        router = call.func.value if isinstance(call.func, ast.Attribute) else None
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Starred):
            for elements, where in _listed(first.value, scope, names):
                yield elements, where, router
        elif first is not None:
            yield call.args, scope, router


def _listed(node: ast.expr, scope: Scope, names: Names) -> Iterator[tuple[list[ast.expr], Scope]]:
    """Yield the tuples that a loop variable goes through, with where they are written."""
    if not isinstance(node, ast.Name):
        return
    for binding in names.bindings(node.id, scope):
        if binding.kind != "loop" or not isinstance(binding.value, ast.Name):
            continue
        value, owner = _value_of(binding.value.id, scope, names)
        if isinstance(value, ast.List | ast.Tuple) and owner is not None:
            for element in value.elts:
                if isinstance(element, ast.Tuple | ast.List) and element.elts:
                    yield element.elts, owner


def _value_of(name: str, scope: Scope, names: Names) -> tuple[ast.expr | None, Scope | None]:
    made = object_name(ast.Name(name), scope, names)
    stem, _, last = (made or "").rpartition(".")
    module = names.modules.get(stem)
    for binding in module.top.bindings.get(last, []) if module is not None else ():
        if binding.kind == "value" and module is not None:
            return binding.value, module.top
    return None, None


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
