"""What happens on one way through a login function, in order."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from checks.project.password_checks import PasswordCheck
from checks.records import NamedTuple

StepKind = Literal["check", "hash", "login", "doubt", "look-up"]


class Step(NamedTuple):
    """One thing that happens on a way."""

    kind: StepKind
    """``check`` a password, make a ``hash``, ``login``, look the user up, or ``doubt``: a
    condition that may be a check we do not know."""
    node: ast.AST
    stored: ast.expr | None = None
    """For a check: the stored hash, as far as it is known on this way."""


class Way(NamedTuple):
    """One way through the function."""

    steps: tuple[Step, ...] = ()
    held: tuple[tuple[str, ast.expr], ...] = ()
    """What names hold, for those that were assigned something telling."""
    replaced: frozenset[str] = frozenset()
    """Spellings of the user that got a stand-in."""
    missed: bool = False
    """Whether it was taken because there is no such user."""

    def did(self, kind: StepKind) -> bool:
        """Return whether a step of this kind was taken."""
        return any(step.kind == kind for step in self.steps)

    def resolve(self, node: ast.expr | None) -> ast.expr | None:
        """Return what `node` holds on this way, if it is a name that holds something telling."""
        held = dict(self.held)
        for _ in range(3):
            if not isinstance(node, ast.Name) or node.id not in held:
                break
            node = held[node.id]
        return node

    def plus(self, step: Step) -> Way:
        """Return this way with one step more."""
        return self._replace(steps=(*self.steps, step))


@dataclass(slots=True, eq=False, repr=False)
class Known:
    """What is known about the calls of a function."""

    checks: Mapping[ast.Call | ast.Compare, PasswordCheck]
    hashes: frozenset[ast.AST] = frozenset()
    """Calls that hash a password or check one, whatever they are called."""
    logins: frozenset[ast.AST] = frozenset()
    """Calls that log somebody in."""
    raising: frozenset[ast.AST] = frozenset()
    """Checks that raise for a wrong password."""
