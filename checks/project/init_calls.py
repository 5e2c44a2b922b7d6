"""Where extension objects get their app: ``x.init_app(app)``, by a loop or a helper, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from checks.facts.python import Module, Scope, last_name
from checks.lazy import lazy
from checks.project.names import Names

# The variable, the short name, the call and where it stands.
Init = tuple[str, str, ast.Call, Scope]

# ``for init in (db.init_app, csrf.init_app): init(app)``
_REFERRED = lazy(r"\.init_app\b(?! *\()")
_WRAPPERS = frozenset({"list", "tuple", "set", "iter", "sorted", "reversed", "enumerate", "filter"})
_LOOPS = (ast.For, ast.AsyncFor, ast.comprehension)
_MAX_HOPS = 4  # names and helpers followed from a call to what is written out


def init_calls(modules: Sequence[Module], names: Names, kinds: Mapping[str, str]) -> list[Init]:
    """Return every ``x.init_app(...)`` of the extensions.

    Args:
        modules: the files to look in.
        names: the project's names.
        kinds: short names of extensions by the dotted names of what makes them.
    """
    found = []
    for module in modules:
        for call, owner, scope in _initialising(module, names):
            for node, where in _objects(owner, scope, names, 0):
                made_by = names.type_of(node, where) or names.qualified(node, where)
                short = kinds.get(made_by or "")
                if short is not None:
                    found.append((_original(node, where, names), short, call, scope))
    return found


def _initialising(module: Module, names: Names) -> Iterator[tuple[ast.Call, ast.expr, Scope]]:
    """Yield the calls that give an app, with the object that gets it."""
    for call, scope in module.calls("init_app"):
        if isinstance(call.func, ast.Attribute):
            yield call, call.func.value, scope
    for scope in module.saying(_REFERRED):
        for node in ast.walk(scope.node):
            if isinstance(node, ast.Attribute) and node.attr == "init_app":
                above = module.parent(node)
                if not isinstance(above, ast.Call) or above.func is not node:
                    yield _runs(node, module), node.value, scope


def _runs(method: ast.Attribute, module: Module) -> ast.Call:
    """Return the call that gets a method to run, or what it will be where a loop runs it."""
    for above in module.ancestors(method):
        if isinstance(above, ast.Call):
            return above
        if isinstance(above, ast.stmt):
            break
    return ast.copy_location(ast.Call(method, [], []), method)


def _objects(
    node: ast.expr, scope: Scope, names: Names, hops: int
) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield what `node` is: what a loop goes through, or what callers give for a parameter."""
    bindings = names.bindings(node.id, scope) if isinstance(node, ast.Name) else []
    kinds = {binding.kind for binding in bindings}
    if isinstance(node, ast.Name) and hops < _MAX_HOPS and kinds and kinds <= {"loop", "unpack"}:
        for binding in bindings:
            if binding.value is not None and isinstance(binding.node, _LOOPS):
                yield from _elements(binding.value, scope, names, hops + 1)
    elif isinstance(node, ast.Name) and hops < _MAX_HOPS and _is_parameter(node, scope, names):
        yield from _given(node.id, scope, names, hops + 1)
    else:
        yield node, scope


def _is_parameter(node: ast.Name, scope: Scope, names: Names) -> bool:
    return {binding.kind for binding in names.bindings(node.id, scope)} == {"param"}


def _given(
    parameter: str, scope: Scope, names: Names, hops: int
) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield what callers of the function around give for `parameter`."""
    function: Scope | None = scope
    while function is not None and parameter not in function.bindings:
        function = function.parent
    places = [arg.arg for arg in function.parameters()] if function is not None else []
    if function is None or parameter not in places:
        return
    at = places.index(parameter)
    for module in names.calling(function.name):
        for call, where in module.calls(function.name):
            if names.callee(call, where) is not function:
                continue
            named = [k.value for k in call.keywords if k.arg == parameter]
            for value in named or call.args[at : at + 1]:
                yield from _objects(value, where, names, hops)


def _elements(
    node: ast.expr, scope: Scope, names: Names, hops: int
) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield what a loop through `node` meets, pairs taken apart."""
    if hops >= _MAX_HOPS:
        return
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        for element in node.elts:
            if isinstance(element, ast.Starred):
                yield from _elements(element.value, scope, names, hops + 1)
            elif isinstance(element, ast.Tuple | ast.List):
                yield from ((part, scope) for part in element.elts)
            else:
                yield element, scope
    elif isinstance(node, ast.Dict):
        yield from ((value, scope) for value in node.values)
    elif isinstance(node, ast.BinOp):
        for side in (node.left, node.right):
            yield from _elements(side, scope, names, hops + 1)
    elif isinstance(node, ast.Call):
        inner = node.args[0] if node.args and last_name(node.func) in _WRAPPERS else None
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("values", "items"):
            inner = node.func.value
        if inner is not None:
            yield from _elements(inner, scope, names, hops + 1)
    elif isinstance(node, ast.Name) and _is_parameter(node, scope, names):
        for given, where in _given(node.id, scope, names, hops + 1):
            yield from _elements(given, where, names, hops + 1)
    elif isinstance(node, ast.Name | ast.Attribute):
        value, home = _value(node, scope, names)
        if value is not None and home is not None:
            yield from _elements(value, home, names, hops + 1)


def _value(
    node: ast.Name | ast.Attribute, scope: Scope, names: Names
) -> tuple[ast.expr | None, Scope | None]:
    """Return what a name is bound to once, here or in the file it is imported from."""
    bindings = names.bindings(node.id, scope) if isinstance(node, ast.Name) else []
    values = [b.value for b in bindings if b.kind == "value"]
    if len(values) == 1:
        return values[0], scope
    if isinstance(node, ast.Attribute) and last_name(node.value) in ("cls", "self"):
        return _of_class(node.attr, scope, names)
    stem, _, last = (names.qualified(node, scope) or "").rpartition(".")
    module = names.modules.get(stem)
    bound = module.top.bindings.get(last, []) if module is not None else []
    values = [b.value for b in bound if b.kind == "value"]
    return (values[0], module.top) if len(values) == 1 and module is not None else (None, None)


def _of_class(name: str, scope: Scope, names: Names) -> tuple[ast.expr | None, Scope | None]:
    """Return what the class around, or a base of it, binds `name` to."""
    function: Scope | None = scope
    while function is not None and function.enclosing_class is None:
        function = function.parent
    around = function.enclosing_class if function is not None else None
    for base in names.bases(around.full_name) if around is not None else ():
        cls = names.scope_of(base)
        for binding in cls.bindings.get(name, ()) if cls is not None else ():
            if binding.kind == "value":
                return binding.value, cls
    return None, None


def _original(node: ast.expr, scope: Scope, names: Names) -> str:
    """Return the name that the object had where it was made, through ``import x as y``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        for binding in names.bindings(node.id, scope):
            if binding.kind == "import":
                return binding.target.rpartition(".")[2]
            if binding.kind == "value" and isinstance(binding.value, ast.Name | ast.Attribute):
                return _original(binding.value, scope.module.top, names)
        return node.id
    return ""
