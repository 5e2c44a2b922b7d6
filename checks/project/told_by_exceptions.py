"""Logins that leave the checking to a helper and answer by what it raises."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.answers import MISMATCH, MISSING
from checks.project.password_checks import password_checks
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

_REFUSED = lazy(r"Validation|Invalid|Unauthori[sz]ed|Authenti|Credential|WrongP")


class Told(NamedTuple):
    """Two answers that differ."""

    missing: ast.AST
    """The one for an unknown user."""
    wrong: ast.AST
    """The one for a wrong password."""


def told_apart(view: Scope, project: Project) -> Told | None:
    """Return what `view` answers where a helper raises that there is no such user.

    ``except NoSuchUser: return a`` beside ``except WrongPassword: return b``, or beside
    ``if not authenticate(name, password): return b`` in what is tried.
    """
    for node in ast.walk(view.node):
        if not isinstance(node, ast.Try):
            continue
        missing = _handled(node, MISSING)
        if missing is None or not _checks(node.body, view, project):
            continue
        mismatch = _handled(node, MISMATCH) or _handled(node, _REFUSED)
        wrong = [mismatch] if mismatch is not None else [*_refusals(node.body, view, project)]
        if wrong and all(_said(missing) != _said(each) for each in wrong):
            return Told(missing, wrong[0])
    return None


def _handled(node: ast.Try, pattern: re.Pattern[str]) -> ast.AST | None:
    """Return the answer of the handler for such exceptions, if it handles no others."""
    for handler in node.handlers:
        if handler.type is None or isinstance(handler.type, ast.Tuple):
            continue
        if pattern.search(ast.unparse(handler.type)):
            return _answer(handler.body)
    return None


def _answer(body: list[ast.stmt]) -> ast.AST | None:
    last = body[-1]
    if isinstance(last, ast.Raise):
        return last if last.exc is not None else None  # what is raised again, others answer
    said = last.value if isinstance(last, ast.Expr) else None
    if isinstance(said, ast.Call) and last_name(said.func) == "flash":
        return last  # and the page again
    return last if isinstance(last, ast.Return) else None


def _said(answer: ast.AST) -> str:
    return ast.unparse(answer)


def _refusals(body: list[ast.stmt], view: Scope, project: Project) -> Iterator[ast.AST]:
    """Yield what is answered where a helper that checks the password says no."""
    for statement in body:
        if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.UnaryOp):
            continue
        answer = _answer(statement.body)
        if answer is not None and _checks([statement], view, project):
            yield answer


def _checks(body: list[ast.stmt], view: Scope, project: Project) -> bool:
    """Return whether a function that `body` calls checks a password."""
    calls = {part for each in body for part in ast.walk(each) if isinstance(part, ast.Call)}
    return any(
        callee is not None
        and callee.kind == "function"
        and any(password_checks(scope, project.names) for scope in project.reach.of(callee))
        for call in view.calls
        if call in calls
        for callee in [project.names.callee(call, view)]
    )
