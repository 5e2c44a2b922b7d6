"""Registrations that a loop, a helper or a decorator makes, spelled out one by one.

``for rule, view in ROUTES: app.add_url_rule(rule, view_func=view)`` becomes one call for each of
the listed routes, and so does a helper for what its callers give, and an own decorator for what it
decorates.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import islice

from checks.facts.python import Scope, last_name
from checks.project.class_routes import object_name
from checks.project.fill_in import filled_in, is_small
from checks.project.names import Names
from checks.project.view_names import unwrapped
from checks.records import NamedTuple

_MOST = 1_000  # rounds of all loops around one call; what is listed beyond is not looked at
_MAX_HOPS = 4  # variables and helpers followed to a table
_CALLERS = 4  # of a helper that another helper calls
_KEEPS = frozenset({"list", "tuple", "sorted", "reversed", "set", "iter"})
_Given = Mapping[str, ast.expr]


class Spelled(NamedTuple):
    """One registration."""

    call: ast.Call
    scope: Scope
    """Where what is registered is written."""
    function: Scope | None = None
    """The function or class that an own decorator registers."""


def spelled_out(call: ast.Call, scope: Scope, names: Names) -> Iterator[Spelled]:
    """Yield `call` for every route that it registers; as it is where nothing repeats it."""
    followed = None
    for given, where, function in _repeated(call, scope, names):
        if followed is None:
            followed = _followed(call, scope, names)
        yield Spelled(_filled_in(followed, given), where, function)
    if followed is None:
        yield Spelled(call, scope)


def under_decorator(node: ast.Call, inner: Scope, maker: Scope, names: Names) -> Iterator[Spelled]:
    """Yield ``@app.route(rule)`` within `maker` for each function that ``@maker(...)`` decorates.

    Args:
        node: the decorator of the wrapper that is made in `inner`.
        inner: the function that `maker` gives back, which is given what is decorated.
        maker: the project's own decorator.
        names: the project's names.
    """
    places = [arg.arg for arg in inner.parameters()]
    used = {part.id for part in ast.walk(inner.node) if isinstance(part, ast.Name)}
    if len(places) == 1 and places[0] in used:
        for function, decorator, outer in _decorated_by(maker, names):
            yield Spelled(_filled_in(node, _of_call(decorator, maker)), outer, function)


def _decorated_by(maker: Scope, names: Names) -> Iterator[tuple[Scope, ast.Call, Scope]]:
    """Yield (function or class, decorator, scope) for what stands under ``@maker(...)``."""
    for module in names.calling(maker.name):
        for function in (*module.functions(), *module.classes()):
            for decorator in function.decorators:
                outer = function.parent or function
                if (
                    isinstance(decorator, ast.Call)
                    and last_name(decorator.func) == maker.name
                    and names.callee(decorator, outer) is maker
                ):
                    yield function, decorator, outer


def maker_of(inner: Scope) -> Scope | None:
    """Return ``route`` where `inner` is the function that it gives back: its decorator."""
    maker = inner.parent
    if inner.kind != "function" or maker is None or maker.kind != "function":
        return None
    gives = any(isinstance(r.value, ast.Name) and r.value.id == inner.name for r in maker.returns)
    return maker if gives else None


def _repeated(
    call: ast.Call, scope: Scope, names: Names
) -> Iterator[tuple[dict[str, ast.expr], Scope, Scope | None]]:
    used = {part.id for part in ast.walk(call) if isinstance(part, ast.Name)}
    loops = list(_loops(call, scope))
    if loops:
        for given, where in _looped(loops, {}, scope, names, iter(range(_MOST))):
            yield given, where, None
        return
    if scope.kind != "function":
        return
    places = [arg.arg for arg in scope.parameters()]
    maker = maker_of(scope) if len(places) == 1 and places[0] in used else None
    if maker is not None:
        for function, decorator, outer in _decorated_by(maker, names):
            given = _of_call(decorator, maker)
            given.pop(places[0], None)
            yield given, outer, function
        return
    view = _made_by(_view_of(call), scope, names)
    if any(isinstance(part, ast.Name) and part.id in places for part in ast.walk(view)):
        for module in names.calling(scope.name):
            for outer_call, where in module.calls(scope.name):
                if names.callee(outer_call, where) is scope:
                    yield _of_call(outer_call, scope), where, None


def _view_of(call: ast.Call) -> ast.expr:
    """Return what `call` registers, as far as its form says."""
    named = [k.value for k in call.keywords if k.arg == "view_func"]
    if named or not call.args:
        return named[0] if named else ast.Constant(None)
    rule = last_name(call.func) in ("add_url_rule", "register_view")
    if rule and len(call.args) < 3:
        return ast.Constant(None)
    return call.args[2] if rule else call.args[0]


def _loops(call: ast.Call, scope: Scope) -> Iterator[tuple[ast.expr, ast.expr, list[ast.stmt]]]:
    """Yield (target, iterated, body) of the loops around `call`, the outermost first."""
    around: list[tuple[ast.expr, ast.expr, list[ast.stmt]]] = []
    for above in scope.module.ancestors(call):
        if above is scope.node:
            break
        if isinstance(above, ast.For):
            around.append((above.target, above.iter, above.body))
        elif isinstance(above, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            around += [(each.target, each.iter, []) for each in reversed(above.generators)]
    yield from reversed(around)


def _looped(
    loops: list[tuple[ast.expr, ast.expr, list[ast.stmt]]],
    given: dict[str, ast.expr],
    scope: Scope,
    names: Names,
    left: Iterator[int],
) -> Iterator[tuple[dict[str, ast.expr], Scope]]:
    if not loops:
        yield given, scope
        return
    (target, iterated, body), *inner = loops
    elements = _elements(filled_in(iterated, given), scope, names, 0)
    for element, where in elements:
        if next(left, None) is None:
            return
        more = given | _bound(target, element)
        for statement in body:
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                value = filled_in(statement.value, more)
                if not isinstance(value, ast.Call):
                    bound = _bound(statement.targets[0], value)
                    more = {name: more[name] for name in more.keys() - bound.keys()}
                    more |= {name: each for name, each in bound.items() if is_small(each)}
        yield from _looped(inner, more, where, names, left)


def _elements(
    node: ast.expr, scope: Scope, names: Names, hops: int
) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield what a loop goes through, with where it is written."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        for each in node.elts:
            if isinstance(each, ast.Starred):
                yield from _elements(each.value, scope, names, hops + 1)
            else:
                yield each, scope
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _elements(node.left, scope, names, hops)
        yield from _elements(node.right, scope, names, hops)
    elif isinstance(node, ast.Call):
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "items" and not node.args:
            for table, where in _values(func.value, scope, names, hops):
                if isinstance(table, ast.Dict):
                    for key, value in zip(table.keys, table.values, strict=True):
                        if key is not None:
                            yield ast.Tuple([key, value], ast.Load()), where
        elif last_name(func) in _KEEPS and node.args:
            yield from _elements(node.args[0], scope, names, hops)
    elif isinstance(node, ast.Name | ast.Attribute) and hops < _MAX_HOPS:
        for value, where in _values(node, scope, names, hops):
            yield from _elements(value, where, names, hops + 1)


def _values(
    node: ast.expr, scope: Scope, names: Names, hops: int
) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield what a name of a table is bound to: here, in another file, or by callers."""
    if isinstance(node, ast.Dict | ast.List | ast.Tuple):
        yield node, scope
        return
    if isinstance(node, ast.Attribute):
        owner = names.qualified(node.value, scope)
        cls = scope.enclosing_class if last_name(node.value) in ("self", "cls") else None
        cls = cls or names.scope_of(owner)
        if cls is not None and cls.kind == "class":
            for binding in cls.bindings.get(node.attr, ()):
                if binding.value is not None:
                    yield binding.value, cls.parent or cls
            return
    elif not isinstance(node, ast.Name):
        return
    elif scope.kind == "function" and node.id in scope.bindings:
        for binding in scope.bindings[node.id]:
            if binding.kind == "value" and binding.value is not None:
                yield binding.value, scope
            elif binding.kind == "param" and hops < _MAX_HOPS:
                # Each of them may have as many callers again.
                callers = _given_by_callers(node.id, scope, names)
                for given, where in islice(callers, None if hops == 0 else _CALLERS):
                    yield from _values(given, where, names, hops + 1)
        return
    made = object_name(node, scope, names)
    stem, _, last = (made or "").rpartition(".")
    module = names.modules.get(stem)
    for binding in module.top.bindings.get(last, []) if module is not None else ():
        if binding.kind == "value" and binding.value is not None and module is not None:
            yield binding.value, module.top


def _given_by_callers(name: str, function: Scope, names: Names) -> Iterator[tuple[ast.expr, Scope]]:
    for module in names.calling(function.name):
        for call, where in module.calls(function.name):
            if names.callee(call, where) is function:
                given = _of_call(call, function).get(name)
                if given is not None:
                    yield given, where


def _of_call(call: ast.Call, function: Scope) -> dict[str, ast.expr]:
    """Return what `call` gives each parameter; ``*args`` and ``**kw`` get what is left."""
    signature = getattr(function.node, "args", None)
    if signature is None:
        return {}
    rest = signature.kwarg.arg if signature.kwarg is not None else None
    others = signature.vararg.arg if signature.vararg is not None else None
    places = [arg.arg for arg in (*signature.posonlyargs, *signature.args)]
    if function.parent is not None and function.parent.kind == "class":
        static = any(last_name(each) == "staticmethod" for each in function.decorators)
        places = places if static else places[1:]  # ``self`` is what the method is called on
    given: dict[str, ast.expr] = dict(zip(places, call.args, strict=False))
    if others is not None:
        given[others] = ast.Tuple(call.args[len(places) :], ast.Load())
    places += [arg.arg for arg in signature.kwonlyargs]
    more = [keyword for keyword in call.keywords if keyword.arg is not None]
    given |= {k.arg: k.value for k in more if k.arg in places and k.arg is not None}
    if rest is not None:
        left = [keyword for keyword in more if keyword.arg not in places]
        given[rest] = ast.Dict([ast.Constant(k.arg) for k in left], [k.value for k in left])
    return given


def _bound(target: ast.expr, element: ast.expr) -> dict[str, ast.expr]:
    if isinstance(target, ast.Name):
        return {target.id: element}
    if isinstance(target, ast.Tuple | ast.List) and isinstance(element, ast.Tuple | ast.List):
        pairs = zip(target.elts, element.elts, strict=False)
        return {name.id: value for name, value in pairs if isinstance(name, ast.Name)}
    return {}


def _followed(call: ast.Call, scope: Scope, names: Names) -> ast.Call:
    """Return `call` with what a variable was made by in its place: ``view.as_view("x")``."""
    made = ast.Call(call.func, list(call.args), list(call.keywords))
    made.keywords = [ast.keyword(k.arg, _made_by(k.value, scope, names)) for k in call.keywords]
    made.args = [_made_by(arg, scope, names) for arg in call.args]
    return ast.copy_location(made, call)


def _made_by(node: ast.expr, scope: Scope, names: Names) -> ast.expr:
    if not isinstance(node, ast.Name):
        return node
    inner, around = unwrapped(node, scope, names)
    for wrapper in reversed(around):
        inner = ast.copy_location(ast.Call(wrapper, [inner], []), node)
    return inner


def _filled_in(call: ast.Call, given: _Given) -> ast.Call:
    made = filled_in(call, given)
    assert isinstance(made, ast.Call)
    return made
