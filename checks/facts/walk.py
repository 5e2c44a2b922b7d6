"""The one walk over a tree: fills a `Module` with its scopes.

Iterative, so that a deeply nested expression cannot exhaust Python's stack.
"""

from __future__ import annotations

import ast

from checks.facts.python import Assignment, Binding, Module, Scope, module_name, parse
from checks.facts.source import Source

_LEAVES = (ast.Constant, ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
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
    module.scopes.append(module.top)
    stack: list[tuple[ast.AST, Scope]] = [(tree, module.top)]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, _SCOPES):
            # Decorators, defaults and bases are evaluated outside, the body inside.
            scope = _open(node, scope, module)
        else:
            record = _RECORD.get(type(node))
            if record is not None:
                record(node, scope)
                module.owners[node] = scope
        parents = module.parents
        for child in reversed(list(ast.iter_child_nodes(node))):
            if isinstance(child, _LEAVES):
                if isinstance(child, ast.Constant):
                    parents[child] = node
                continue
            parents[child] = node
            inner = scope
            if isinstance(node, _SCOPES) and scope.parent is not None and _outside(node, child):
                inner = scope.parent
            stack.append((child, inner))
    return module


def _outside(node: ast.AST, child: ast.AST) -> bool:
    if isinstance(node, ast.Lambda):
        return False
    body = (
        node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else []
    )
    # Statements are the body; expressions are decorators, bases, annotations and the like.
    return not (isinstance(child, ast.stmt) and bool(body))


def _open(node: ast.AST, outer: Scope, module: Module) -> Scope:
    if isinstance(node, ast.ClassDef):
        scope = Scope("class", node.name, node, module, outer)
        _bind(outer, node.name, Binding("class", node, scope=scope))
    elif isinstance(node, ast.Lambda):
        scope = Scope("function", "<lambda>", node, module, outer)
    else:
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)  # narrows
        scope = Scope("function", node.name, node, module, outer)
        _bind(outer, node.name, Binding("def", node, scope=scope))
    outer.children.append(scope)
    module.scopes.append(scope)
    if scope.kind == "function":
        _parameters(scope)
    return scope


def _parameters(scope: Scope) -> None:
    args: ast.arguments = scope.node.args  # type: ignore[union-attr]  # only functions come here
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    defaults += args.defaults
    named = [*zip(positional, defaults, strict=True)]
    named += zip(args.kwonlyargs, args.kw_defaults, strict=True)
    for index, (arg, default) in enumerate(named):
        _bind(scope, arg.arg, Binding("param", arg, default, index=index))
    for starred in (args.vararg, args.kwarg):
        if starred is not None:
            _bind(scope, starred.arg, Binding("param", starred, index=-1))


def _bind(scope: Scope, name: str, binding: Binding) -> None:
    if name in scope.globals:
        scope = scope.module.top
    scope.bindings.setdefault(name, []).append(binding)


def _target(
    scope: Scope, target: ast.expr, value: ast.expr | None, node: ast.AST, kind: str
) -> None:
    """Bind every name in an assignment's left side."""
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


def _assign(node: ast.Assign, scope: Scope) -> None:
    for target in node.targets:
        _target(scope, target, node.value, node, "value")
        pairs = _pairs(target, node.value)
        scope.assignments += [Assignment(left, right, node) for left, right in pairs]


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
    for alias in node.names:
        if alias.name == "*":
            scope.module.stars.append(base)
            continue
        joint = "" if base.endswith(".") or not base else "."
        target = f"{base}{joint}{alias.name}"
        _bind(scope, alias.asname or alias.name, Binding("import", node, target=target))


def _global(node: ast.Global, scope: Scope) -> None:
    scope.globals.update(node.names)


_RECORD = {
    ast.Call: lambda node, scope: scope.calls.append(node),
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
