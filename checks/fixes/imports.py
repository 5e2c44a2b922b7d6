"""Imports that a mend needs."""

from __future__ import annotations

from collections.abc import Sequence

from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.names import is_module
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import Tree, cst


def imported(name: str, file: File, project: Surroundings) -> list[Edit]:
    """Return the edits after which the module `name` is there under its own name.

    Args:
        name: a module of the standard library without dots.
        file: a Python file.
        project: where a module of that name may be.

    Raises:
        UnsafeError: the name means something else in the file, or is there only at times.
    """
    tree = file.tree
    body = tree.module.body
    if any(name in _imported(statement) for statement in _plain(body)):
        if not is_module(name, tree):
            raise UnsafeError(f"{name} has two meanings in the file")
        return []
    if name in tree.names():
        raise UnsafeError(f"{name} means something else in the file")
    if project.has_module(name, file.path):
        raise UnsafeError(f"the project has a module {name} of its own")
    place, alone = _place(name, tree)
    return [Edit(place, place, _line(name, file, place, alone=alone))]


def _line(name: str, file: File, place: int, *, alone: bool) -> str:
    end = file.newline
    text = f"import {name}{end}"
    if alone:  # between what begins the file and the first line that does something
        text += end
    if place and file.text[place - 1] not in "\r\n":
        text = end + text
    return text


def _plain(body: Sequence[cst.CSTNode]) -> list[cst.SimpleStatementLine]:
    """Return the lines at the top of a module that hold one plain import each."""
    return [
        line
        for line in body
        if isinstance(line, cst.SimpleStatementLine)
        and len(line.body) == 1
        and isinstance(line.body[0], cst.Import)
    ]


def _imported(line: cst.SimpleStatementLine) -> list[str]:
    """Return the names that ``import name, other`` binds, without those that are renamed."""
    statement = line.body[0]
    return [
        alias.name.value
        for alias in (statement.names if isinstance(statement, cst.Import) else ())
        if alias.asname is None and isinstance(alias.name, cst.Name)
    ]


def _place(name: str, tree: Tree) -> tuple[int, bool]:
    """Return where an import belongs, and whether there are no others there."""
    body = [*tree.module.body]
    first = 0
    if body and _is_docstring(body[0]):
        first = 1
    while first < len(body) and _is_future(body[first]):
        first += 1
    run = []
    for statement in body[first:]:
        if not _is_import(statement):
            break
        run.append(statement)
    plain = _plain(run)
    for line in plain:
        if _first_name(line) > name:
            return _start(line, tree), False
    if plain:
        return _after(plain[-1], tree), False
    if run:
        return _start(run[0], tree), False
    return _start(body[first], tree) if first < len(body) else len(tree.text), True


def _first_name(line: cst.SimpleStatementLine) -> str:
    statement = line.body[0]
    if not isinstance(statement, cst.Import):
        return ""
    name: cst.CSTNode = statement.names[0].name
    while isinstance(name, cst.Attribute):
        name = name.value
    return name.value if isinstance(name, cst.Name) else ""


def _start(node: cst.CSTNode, tree: Tree) -> int:
    if isinstance(node, cst.FunctionDef | cst.ClassDef) and node.decorators:
        node = node.decorators[0]
    return tree.span(node)[0]


def _after(node: cst.CSTNode, tree: Tree) -> int:
    """Return where the line after a statement begins."""
    place = tree.span(node)[1]
    while place < len(tree.text) and tree.text[place] not in "\r\n":
        place += 1
    return place + (
        2 if tree.text.startswith("\r\n", place) else 1 if place < len(tree.text) else 0
    )


def _is_docstring(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.SimpleStatementLine):
        return False
    first = node.body[0]
    return isinstance(first, cst.Expr) and isinstance(
        first.value, cst.SimpleString | cst.ConcatenatedString
    )


def _is_future(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and any(
        isinstance(part, cst.ImportFrom)
        and isinstance(part.module, cst.Name)
        and part.module.value == "__future__"
        for part in node.body
    )


def _is_import(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and all(
        isinstance(part, cst.Import | cst.ImportFrom) for part in node.body
    )
