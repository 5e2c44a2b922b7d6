"""What a class or module that is given to ``from_object`` sets: its upper-case attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Module, Scope, last_name
from checks.project.config_reading import constants
from checks.project.names import Names
from checks.records import NamedTuple

_MAX_HOPS = 5  # files that hand their constants on with ``import *``


class Member(NamedTuple):
    """One attribute."""

    key: str
    value: ast.expr
    node: ast.AST
    """The statement."""
    scope: Scope
    """Where the value stands."""


_FEW_NAMES = 3  # members that hold their own names


def of_class(cls: Scope) -> Iterator[Member]:
    """Yield what the body of `cls`, its properties and its ``__init__`` set."""
    if _names_keys(cls):
        return
    for key, value, node in constants(cls):
        yield Member(key, value, node, cls)
    for method in cls.children:
        if method.name.isupper() and _is_property(method):
            for statement in method.returns:
                if statement.value is not None:
                    yield Member(method.name, statement.value, statement, method)
        elif method.name == "__init__" or _validates(method):
            for assignment in method.assignments:
                target = assignment.target
                if (
                    isinstance(target, ast.Attribute)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == "self"
                    and target.attr.isupper()
                ):
                    yield Member(target.attr, assignment.value, assignment.node, method)
    yield from _afterwards(cls)


def _names_keys(cls: Scope) -> bool:
    """Return whether a class only tells what keys are called: ``DB_HOST = "SHOP_DB_HOST"``."""
    texts = [
        (assignment.target.id, assignment.value.value)
        for assignment in cls.assignments
        if isinstance(assignment.target, ast.Name)
        and isinstance(assignment.value, ast.Constant)
        and isinstance(assignment.value.value, str)
    ]
    named = [name for name, text in texts if text.upper().endswith(name.upper())]
    return len(named) >= _FEW_NAMES and len(named) * 2 > len(texts)


def _is_property(method: Scope) -> bool:
    names = {getattr(each, "id", getattr(each, "attr", "")) for each in method.decorators}
    return bool(names & {"property", "cached_property", "classproperty"})


def _validates(method: Scope) -> bool:
    """Return whether pydantic runs `method` when the settings are made."""
    calls = (each.func if isinstance(each, ast.Call) else each for each in method.decorators)
    return any(last_name(call) in ("model_validator", "root_validator") for call in calls)


def _afterwards(cls: Scope) -> Iterator[Member]:
    """Yield ``Config.KEY = value`` in the class's own file."""
    top = cls.module.top
    if cls.parent is not top:
        return
    for assignment in top.assignments:
        target = assignment.target
        if (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id == cls.name
            and target.attr.isupper()
        ):
            yield Member(target.attr, assignment.value, assignment.node, top)


def of_module(module: Module, names: Names, _hops: int = 0) -> Iterator[Member]:
    """Yield what `module` sets itself, and what it imports from other project files."""
    own = [Member(key, value, node, module.top) for key, value, node in constants(module.top)]
    yield from own
    for name, bindings in module.top.bindings.items():
        if name.isupper() and len(bindings) == 1 and bindings[0].kind == "import":
            yield from _imported(name, module, names)
    if _hops >= _MAX_HOPS or not module.stars:
        return
    lines = _stars(module)
    for star in module.stars:
        other = names.find_module(star, module)
        if other is None or other is module:
            continue
        line = lines.get(star, 0)
        # A star import replaces what stands above it; what stands below replaces its names.
        hidden = {member.key for member in own if getattr(member.node, "lineno", 0) > line}
        for member in of_module(other, names, _hops + 1):
            if member.key not in hidden:
                yield member


def _imported(name: str, module: Module, names: Names) -> Iterator[Member]:
    stem, _, last = (names.qualified(ast.Name(name), module.top) or "").rpartition(".")
    home = names.modules.get(stem)
    if home is None:
        return
    for binding in home.top.bindings.get(last, ()):
        if binding.kind == "value" and binding.value is not None:
            yield Member(name, binding.value, binding.node, home.top)


def _stars(module: Module) -> dict[str, int]:
    """Return the lines of star imports, by the module they name."""
    found: dict[str, int] = {}
    waiting: list[ast.AST] = list(module.top.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            base = "." * node.level + (node.module or "")
            found[base] = max(node.lineno, found.get(base, 0))
        elif isinstance(node, ast.If | ast.Try | ast.With):
            waiting.extend(ast.iter_child_nodes(node))
        elif isinstance(node, ast.ExceptHandler):
            waiting.extend(node.body)
    return found
