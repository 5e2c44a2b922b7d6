"""Which literals an app refuses as its secret key when it starts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from checks.facts.python import Module, Scope, last_name
from checks.lazy import lazy
from checks.project import Project
from checks.project.configuration import Setting

_KEY = lazy(r"[Ss]ecret|SECRET")
_APP_KEY = lazy(r"\b(?:app_|flask_)?secret(?:_?[Kk]ey)?\b|\b(?:APP_|FLASK_)?SECRET(?:_KEY)?\b")
_EXITS = frozenset({"exit", "_exit", "abort"})


class Refused:
    """The literals that an app does not start with."""

    def __init__(self, literals: frozenset[str | bytes] = frozenset(), shortest: int = 0) -> None:
        """Take what is refused.

        Args:
            literals: these.
            shortest: whatever is shorter, in characters.
        """
        self.literals, self.shortest = literals, shortest

    def __contains__(self, key: object) -> bool:
        """Return whether `key` is refused."""
        return isinstance(key, str | bytes) and (key in self.literals or len(key) < self.shortest)


_known: WeakKeyDictionary[Project, Refused] = WeakKeyDictionary()


def refused_keys(project: Project) -> Refused:
    """Return the literals that a comparison keeps from being used: it raises or exits.

    ``if app.config["SECRET_KEY"] == DEFAULT: sys.exit(1)`` in a function or at the top of a module,
    whatever else the condition asks for, such as that the app is no development copy; the exit may
    be the last that a function of the project does. So is ``len(key) < 32``. An ``assert`` does
    not count: ``python -O`` leaves it out.
    """
    if project not in _known:
        literals: set[str | bytes] = set()
        shortest = 0
        for comparison, scope in _refusals(project):
            literals.update(_literals(comparison, scope, project))
            shortest = max(shortest, _length(comparison, scope, project))
        _known[project] = Refused(frozenset(literals), shortest)
    return _known[project]


def _refusals(project: Project) -> Iterator[tuple[ast.Compare, Scope]]:
    for module in project.vocabulary.files("SECRET", "ecret"):
        if module.source.context == "tests":
            continue
        for scope in module.scopes:
            for comparison in scope.comparisons:
                told = _says_key(comparison, module) or _validates_key(scope)
                if told and _refuses(comparison, scope, project):
                    yield comparison, scope


def _says_key(node: ast.Compare, module: Module) -> bool:
    """Return whether a line of `node` speaks of a secret, before anything is resolved."""
    lines = module.source.lines[node.lineno - 1 : node.end_lineno]
    return any("SECRET" in line or "ecret" in line for line in lines)


def _refuses(comparison: ast.Compare, scope: Scope, project: Project) -> bool:
    """Return whether the app ends where `comparison` holds."""
    if len(comparison.ops) != 1:
        return False
    node: ast.AST = comparison
    holds = isinstance(comparison.ops[0], ast.Eq | ast.In | ast.Lt | ast.LtE)
    for above in scope.module.ancestors(comparison):
        if isinstance(above, ast.If):
            ending = above.body if holds else above.orelse
            return node is above.test and _ends(ending, scope, project)
        if not isinstance(above, ast.BoolOp):
            return False
        if isinstance(above.op, ast.Or) and not holds:
            return False
        node = above
    return False


def _ends(body: list[ast.stmt], scope: Scope, project: Project | None) -> bool:
    """Return whether the last statement raises or ends the process."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.If):
        return _ends(last.body, scope, project) or _ends(last.orelse, scope, project)
    called = last.value if isinstance(last, ast.Expr) else None
    if isinstance(last, ast.Raise):
        return True
    if not isinstance(called, ast.Call):
        return False
    return last_name(called.func) in _EXITS or _calls_end(called, scope, project)


def _calls_end(call: ast.Call, scope: Scope, project: Project | None) -> bool:
    """Return whether `call` runs a function of the project that ends so, not one that it calls."""
    callee = project.names.callee(call, scope) if project is not None else None
    if callee is None or not isinstance(callee.node, ast.FunctionDef):
        return False
    return not callee.returns and _ends(callee.node.body[-1:], callee, None)


def _literals(comparison: ast.Compare, scope: Scope, project: Project) -> list[str | bytes]:
    """Return the literals of one side, if the other is called like a key."""
    left, right = comparison.left, comparison.comparators[0]
    for key, other in ((left, right), (right, left)):
        if not _KEY.search(ast.unparse(key)) and not _validates_key(scope):
            continue
        several = _elements(other, scope, project)
        values = [project.evaluate(each, scope).value for each in several]
        known = [value for value in values if isinstance(value, str | bytes) and value]
        if known and not isinstance(key, ast.Constant):
            return known
    return []


def _elements(node: ast.expr, scope: Scope, project: Project) -> list[ast.expr]:
    """Return what `node` is, or holds: ``in KNOWN_WEAK_KEYS`` names what is written elsewhere."""
    if isinstance(node, ast.Name):
        bound = [b.value for b in project.names.bindings(node.id, scope) if b.kind == "value"]
        if len(bound) == 1 and isinstance(bound[0], ast.Tuple | ast.List | ast.Set | ast.Call):
            node = bound[0]
    if isinstance(node, ast.Call) and last_name(node.func) in ("frozenset", "set") and node.args:
        node = node.args[0]
    return node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]


def _length(comparison: ast.Compare, scope: Scope, project: Project) -> int:
    """Return the least characters that ``len(key) < 32`` lets through; 0 for something else."""
    measured = comparison.left
    if not isinstance(measured, ast.Call) or last_name(measured.func) != "len":
        return 0
    if not measured.args or not _APP_KEY.search(ast.unparse(measured.args[0])):
        return 0
    bound = project.evaluate(comparison.comparators[0], scope).value
    if not isinstance(bound, int) or not isinstance(comparison.ops[0], ast.Lt | ast.LtE):
        return 0
    return bound + isinstance(comparison.ops[0], ast.LtE)


def _validates_key(scope: Scope) -> bool:
    """Return whether `scope` is pydantic's check of the key: ``@field_validator("secret_key")``."""
    told = [ast.unparse(decorator) for decorator in scope.decorators if scope.kind == "function"]
    return any("validator" in each and _KEY.search(each.upper()) for each in told)


def is_kept_from_production(setting: Setting) -> bool:
    """Return whether the block that falls back on a literal raises first where it is deployed.

    ``if not key: if os.path.exists("/data"): raise ...; key = "dev"``
    """
    _, scope = setting.written or (None, None)
    line = setting.value.spot.line if setting.value.spot else 0
    if scope is None or setting.value.kind != "fallback":
        return False
    for assignment in scope.assignments:
        above = scope.module.parent(assignment.node)
        if assignment.node.lineno == line and isinstance(above, ast.If):
            block = above.body if assignment.node in above.body else above.orelse
            before = block[: block.index(assignment.node)] if assignment.node in block else []
            return any(
                isinstance(each, ast.If) and _ends(each.body, scope, None) for each in before
            )
    return False
