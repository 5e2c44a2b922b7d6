"""Which audited files an expression that makes a path means, told by the end of the path."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from fnmatch import fnmatchcase

from checks.facts.python import Scope
from checks.project.evaluate import Evaluator

_MAX_DEPTH = 6  # joins and names followed for one path
_MOST_VALUES = 8
_UNKNOWN = "*"
_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser", "parent"})


def file_parts(node: ast.expr | None, scope: Scope, evaluator: Evaluator) -> tuple[str, ...]:
    """Return the last known parts of a path: ``("conf", "prod.py")``; empty if not even the name.

    Follows ``os.path.join``, ``Path(...) / "x"``, ``app.instance_path + "/x"``, names, and the file
    of a module: ``defaults.__file__``. What
    is not known inside a part is ``*``: ``("conf", "*.py")`` for ``f"conf/{env}.py"``.
    """
    return path_parts(_text(node, scope, evaluator, 0))


def possible_parts(
    node: ast.expr | None, scope: Scope, evaluator: Evaluator
) -> list[tuple[str, ...]]:
    """Return `file_parts` of each path that a name may stand for, which ``abspath`` may wrap."""
    while isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        node = node.args[0]
    several = _values(node, scope, evaluator) if isinstance(node, ast.Name) else []
    found = [file_parts(value, scope, evaluator) for value in several[:_MOST_VALUES]]
    return list(dict.fromkeys(parts for parts in found if parts))


def is_chosen(node: ast.expr | None, scope: Scope, evaluator: Evaluator) -> bool:
    """Return whether a path is a name that gets one of several values."""
    return isinstance(node, ast.Name) and len(_values(node, scope, evaluator)) > 1


def path_parts(text: str) -> tuple[str, ...]:
    """Return the parts at the end of a path that name something."""
    found: list[str] = []
    for part in reversed(text.replace("\\", "/").split("/")):
        if part == _UNKNOWN:
            break
        if part not in ("", ".", ".."):
            found.insert(0, part)
    return tuple(found)


def _text(node: ast.expr | None, scope: Scope, evaluator: Evaluator, depth: int) -> str:
    if node is None or depth > _MAX_DEPTH:
        return _UNKNOWN
    literal = evaluator.evaluate(node, scope).value
    if isinstance(literal, str):
        return literal
    if isinstance(node, ast.Attribute) and node.attr == "__file__":
        module = evaluator.names.modules.get(evaluator.names.qualified(node.value, scope) or "")
        return module.path if module is not None else _UNKNOWN
    if isinstance(node, ast.Name) and (several := _values(node, scope, evaluator))[1:]:
        texts = [_text(value, scope, evaluator, depth + 1) for value in several[:4]]
        return next((text for text in texts if "." in text.rpartition("/")[2]), _UNKNOWN)
    if (held := _elsewhere(node, scope, evaluator)) is not None:
        return _text(*held, evaluator, depth + 1)
    joint, pieces = _pieces(node, scope, evaluator)
    return joint.join(_text(p, scope, evaluator, depth + 1) for p in pieces) or _UNKNOWN


def _elsewhere(node: ast.expr, scope: Scope, evaluator: Evaluator) -> tuple[ast.expr, Scope] | None:
    """Return what another module of the project holds by this name: ``config.DEFAULT_PATH``."""
    names = evaluator.names
    if isinstance(node, ast.Attribute):
        name, module = node.attr, names.modules.get(names.qualified(node.value, scope) or "")
    elif isinstance(node, ast.Name):
        targets = [b.target for b in names.bindings(node.id, scope) if b.kind == "import"]
        home, _, name = (targets[0] or "" if len(targets) == 1 else "").rpartition(".")
        module = names.find_module(home, scope.module) if home else None
    else:
        return None
    if module is None:
        return None
    held = [b.value for b in module.top.bindings.get(name, ()) if b.kind == "value"]
    return (held[0], module.top) if len(held) == 1 and held[0] is not None else None


def _pieces(node: ast.expr, scope: Scope, evaluator: Evaluator) -> tuple[str, list[ast.expr]]:
    """Return what a path is made of, and what stands between the pieces."""
    if isinstance(node, ast.Call):
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr in _METHODS and not node.args:
            return "", [func.value]
        return "/", node.args
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
        return "/" if isinstance(node.op, ast.Div) else "", [node.left, node.right]
    if isinstance(node, ast.JoinedStr):
        return "", [p.value if isinstance(p, ast.FormattedValue) else p for p in node.values]
    if isinstance(node, ast.Name):
        return "", _values(node, scope, evaluator)
    return "", []


def _values(node: ast.Name, scope: Scope, evaluator: Evaluator) -> list[ast.expr]:
    """Return what is assigned to a name."""
    bindings = evaluator.names.bindings(node.id, scope)
    return [b.value for b in bindings if b.kind == "value" and b.value is not None]


def meant(paths: Iterable[str], parts: tuple[str, ...], near: str) -> list[str]:
    """Return those of `paths` that `parts` mean, for code in the file `near`.

    Those that share most of the end; of several of the same name, the one that lies nearest.
    """
    shared = [(_shared_end(path, parts), path) for path in paths]
    most = max((count for count, _ in shared), default=0)
    if not most:
        return []
    found = [path for count, path in shared if count == most]
    if any(_UNKNOWN in part for part in parts[-most:]):
        return found
    return [max(found, key=lambda path: (_shared_start(path, near), path))]


def _shared_end(path: str, parts: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(reversed(path.split("/")), reversed(parts), strict=False):
        if not fnmatchcase(one, other):
            break
        count += 1
    return count


def _shared_start(path: str, near: str) -> int:
    count = 0
    for one, other in zip(path.split("/"), near.split("/"), strict=False):
        if one != other:
            break
        count += 1
    return count
