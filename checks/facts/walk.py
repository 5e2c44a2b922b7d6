"""The one walk over a tree: fills a `Module` with its scopes.

Iterative, so that a deeply nested expression cannot exhaust Python's stack; scope by scope, and
by a table of the fields that can hold anything, because on a large project this walk and the
parser are what an audit costs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from checks.facts.parsing import parse
from checks.facts.python import (
    Assignment,
    Binding,
    FunctionNode,
    Module,
    Scope,
    last_name,
    module_name,
)
from checks.facts.source import Source

# Fields that hold texts, numbers and operators, but nothing to walk.
_PLAIN = frozenset(
    [
        "arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs",
        "level", "module", "name", "names", "op", "ops", "rest", "simple", "type_comment",
        "type_ignores",
    ]
)  # fmt: skip
# What holds nothing to walk; lists of nodes hold None for what is left out.
_LEAVES = frozenset(
    [ast.Name, ast.Constant, ast.MatchSingleton, ast.Pass, ast.Break, ast.Continue, type(None)]
)
_Step = tuple[Callable[[Any, Scope], object] | None, Callable[[Any], Any] | None, bool]
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def extract(source: Source) -> Module:
    """Return the facts of a Python file.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: Python cannot parse it.
    """
    tree = parse(source)
    name, is_package = module_name(source.path)
    module = Module(source, name, is_package)
    module.top = Scope("module", name, tree, module)
    module.scopes = opened(module.top)
    return module


def opened(scope: Scope) -> list[Scope]:
    """Record what stands in `scope`, and return it with every scope inside, in source order."""
    found = []
    waiting = [scope]
    while waiting:
        inner = waiting.pop()
        found.append(inner)
        _walk(inner, _inside(inner.node))
        waiting += inner.children[::-1]  # the first one next: scopes come in source order
    return found


def _inside(node: Any) -> list[ast.AST]:
    """Return what is evaluated in a scope of its own: the body, last statement first."""
    body: list[ast.AST] = node.body if isinstance(node.body, list) else [node.body]
    return body[::-1]


def _walk(scope: Scope, stack: list[ast.AST]) -> None:
    """Record everything under the nodes of `stack` that is evaluated in `scope`."""
    steps, leaves = _STEPS, _LEAVES
    pop, push, extend = stack.pop, stack.append, stack.extend
    while stack:
        node = pop()
        kind = node.__class__
        if kind in leaves:
            continue
        step = steps.get(kind)
        if step is None:
            step = steps[kind] = _step(kind)
        note, inside, single = step
        if note is not None:
            note(node, scope)
        if inside is None:
            continue
        if single:
            value = inside(node)
            if value.__class__ is list:
                extend(value[::-1])
            elif value.__class__ not in leaves:
                push(value)
        else:
            for value in inside(node):
                if value.__class__ is list:
                    if value:
                        extend(value[::-1])
                elif value.__class__ not in leaves:
                    push(value)


def _step(kind: type[ast.AST]) -> _Step:
    """Return what is noted of a kind of node, and what gets the fields that may hold more."""
    # Decorators, defaults and bases of a scope are evaluated outside, its body inside.
    plain = _PLAIN | {"body"} if issubclass(kind, _SCOPES) else _PLAIN
    names = [name for name in reversed(kind._fields) if name not in plain]
    return _RECORD.get(kind), attrgetter(*names) if names else None, len(names) == 1


def _class(node: ast.ClassDef, outer: Scope) -> None:
    scope = Scope("class", node.name, node, outer.module, outer)
    _bind(outer, node.name, Binding("class", node, scope=scope))
    outer.children.append(scope)


def _function(node: FunctionNode, outer: Scope) -> None:
    scope = Scope("function", node.name, node, outer.module, outer)
    _bind(outer, node.name, Binding("def", node, scope=scope))
    outer.children.append(scope)
    parameters(scope)


def _lambda(node: ast.Lambda, outer: Scope) -> None:
    scope = Scope("function", "<lambda>", node, outer.module, outer)
    outer.children.append(scope)
    parameters(scope)


def _call(node: ast.Call, scope: Scope) -> None:
    scope.calls.append(node)
    func = node.func
    if isinstance(func, ast.Attribute):
        name = func.attr
    else:
        name = func.id if isinstance(func, ast.Name) else ""
    called = scope.module.called
    if name in called:
        called[name].append((node, scope))
    else:
        called[name] = [(node, scope)]


def parameters(scope: Scope) -> None:
    """Bind what a function is called with."""
    args: ast.arguments = scope.node.args  # type: ignore[union-attr]  # only functions come here
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    defaults += args.defaults
    named = [*zip(positional, defaults, strict=True)]
    named += zip(args.kwonlyargs, args.kw_defaults, strict=True)
    for index, (arg, default) in enumerate(named):
        _bind(scope, arg.arg, Binding("param", arg, default, "", None, index))
    for starred in (args.vararg, args.kwarg):
        if starred is not None:
            _bind(scope, starred.arg, Binding("param", starred, index=-1))


def _bind(scope: Scope, name: str, binding: Binding) -> None:
    if name in scope.globals:
        scope = scope.module.top
    bindings = scope.bindings
    if name in bindings:
        bindings[name].append(binding)
    else:
        bindings[name] = [binding]


def _target(
    scope: Scope, target: ast.expr, value: ast.expr | None, node: ast.AST, kind: str
) -> None:
    """Bind every name in an assignment's left side."""
    if target.__class__ is ast.Attribute or target.__class__ is ast.Subscript:
        return
    if isinstance(target, ast.Name):
        _bind(scope, target.id, Binding(kind, node, value))  # type: ignore[arg-type]  # callers pass kinds
    elif isinstance(target, ast.Starred):
        _target(scope, target.value, None, node, "unpack")
    elif isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else None
        even = parts is not None and len(parts) == len(target.elts) and kind == "value"
        for index, element in enumerate(target.elts):
            if even and parts is not None:
                _target(scope, element, parts[index], node, "value")
            elif isinstance(element, ast.Name):
                _bind(scope, element.id, Binding("unpack", node, value, index=index))
            else:
                _target(scope, element, None, node, "unpack")


def _alias(module: Module, name: str, other: str) -> None:
    if other != name:
        module.aliases.setdefault(name, []).append(other)


def _assign(node: ast.Assign, scope: Scope) -> None:
    value = node.value
    said = last_name(value)
    for target in node.targets:
        if target.__class__ is ast.Tuple:
            _target(scope, target, value, node, "value")
            pairs = _pairs(target, value)
            scope.assignments += [Assignment(left, right, node) for left, right in pairs]
        else:
            if target.__class__ is ast.Name:
                bound = scope.bindings.get(target.id)
                if bound and bound[0].kind == "import" and _takes_over(bound[0], target.id, node):
                    bound.clear()
                _bind(scope, target.id, Binding("value", node, value))
            else:
                _target(scope, target, value, node, "value")
            scope.assignments.append(Assignment(target, value, node))
        if said:
            _alias(scope.module, said, last_name(target))


def _takes_over(imported: Binding, name: str, node: ast.Assign) -> bool:
    """Return whether a file gives an imported `name` another meaning, for all that comes later.

    ``from flask_login import LoginManager, login_manager`` and ``login_manager = LoginManager()``;
    not where only a branch does, or where what was imported is wrapped.
    """
    if node.col_offset or getattr(imported.node, "col_offset", 1):
        return False
    return isinstance(node.value, ast.Call) and not any(
        isinstance(part, ast.Name) and part.id == name for part in ast.walk(node.value)
    )


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Return the single assignments of ``a, b = c, d``, or the one that it is."""
    both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
    lefts, rights = getattr(target, "elts", []), getattr(value, "elts", [])
    if both and len(lefts) == len(rights):
        return list(zip(lefts, rights, strict=True))
    return [(target, value)]


def _annotated(node: ast.AnnAssign, scope: Scope) -> None:
    if isinstance(node.target, ast.Name):
        _bind(scope, node.target.id, Binding("value", node, node.value))
    if node.value is not None:
        scope.assignments.append(Assignment(node.target, node.value, node))


def _augmented(node: ast.AugAssign, scope: Scope) -> None:
    scope.assignments.append(Assignment(node.target, node.value, node, augmented=True))


def _walrus(node: ast.NamedExpr, scope: Scope) -> None:
    _target(scope, node.target, node.value, node, "value")
    scope.assignments.append(Assignment(node.target, node.value, node))


def _loop(node: ast.For | ast.AsyncFor | ast.comprehension, scope: Scope) -> None:
    _target(scope, node.target, node.iter, node, "loop")


def _with(node: ast.With | ast.AsyncWith, scope: Scope) -> None:
    for item in node.items:
        if item.optional_vars is not None:
            _target(scope, item.optional_vars, item.context_expr, node, "with")


def _import(node: ast.Import, scope: Scope) -> None:
    for alias in node.names:
        bound = alias.asname or alias.name.split(".")[0]
        target = alias.name if alias.asname else bound
        _bind(scope, bound, Binding("import", node, target=target))


def _import_from(node: ast.ImportFrom, scope: Scope) -> None:
    base = "." * node.level + (node.module or "")
    before = base if base.endswith(".") or not base else base + "."
    for alias in node.names:
        if alias.name == "*":
            scope.module.stars.append(base)
            continue
        binding = Binding("import", node, None, before + alias.name)
        _bind(scope, alias.asname or alias.name, binding)
        if alias.asname:
            _alias(scope.module, alias.name, alias.asname)


def _global(node: ast.Global, scope: Scope) -> None:
    """Note the names, and show the module what they are made of: ``global app; app = Flask()``."""
    scope.globals.update(node.names)
    shown = scope.module.top.bindings
    for name, bindings in scope.bindings.items():
        if name not in shown and bindings[0].kind == "import":
            shown[name] = bindings[:1]


_STEPS: dict[type, _Step] = {}
_RECORD: dict[type, Callable[[Any, Scope], object]] = {
    ast.Call: _call,
    ast.ClassDef: _class,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Lambda: _lambda,
    ast.Compare: lambda node, scope: scope.comparisons.append(node),
    ast.Return: lambda node, scope: scope.returns.append(node),
    ast.Raise: lambda node, scope: scope.raises.append(node),
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.NamedExpr: _walrus,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.comprehension: _loop,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Global: _global,
}
