"""Code that no hand writes: nested or long beyond what rules can follow in a second."""

from __future__ import annotations

import ast

from checks.facts.python import Module

MOST_STEPS = 2000  # calls and assignments of one function; most in 37 public apps: 406
MOST_LEVELS = 150  # of nodes; Python itself refuses 100 levels of indentation


def overlong(module: Module) -> bool:
    """Return whether a function of `module` has more than `MOST_STEPS` steps."""
    return any(
        len(scope.calls) + len(scope.assignments) > MOST_STEPS
        for scope in module.scopes
        if scope.kind == "function"
    )


def too_deep(module: Module) -> bool:
    """Return whether the tree of `module` has more than `MOST_LEVELS` levels.

    Goes through the whole tree: to be asked only after a rule gave up. What nobody asked for is
    not parsed for it.
    """
    level: list[ast.AST] = [module.top.node, *(s.node for s in module.left if s.is_parsed)]
    for _ in range(MOST_LEVELS):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True
