"""What several mends of Python files ask of the tree."""

from __future__ import annotations

import re

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import Tree, cst
from checks.lazy import lazy

_HEIR = r"(?i)^[ \t]*class[ \t]+\w*(?:dev|test|local|debug)\w*\([^)]*\b"
_ELSEWHERE = lazy(r"dev|test|local|debug|ci$", re.IGNORECASE)
PRODUCTION = lazy(r"prod", re.IGNORECASE)


def value_at(finding: Finding, file: File) -> cst.BaseExpression:
    """Return the expression that `finding` points at.

    Raises:
        UnsafeError: it points at none, or several names get its value.
    """
    kind = cst.BaseExpression
    node = file.tree.at(file.span(finding), kind)  # type: ignore[type-abstract]  # only asked for
    above = file.tree.parent(node)
    if isinstance(above, cst.Assign) and len(above.targets) > 1:
        raise UnsafeError("several names get the value")
    return node


def is_name(node: cst.CSTNode | None, name: str) -> bool:
    """Return whether `node` is the plain name `name`, such as ``True``."""
    return isinstance(node, cst.Name) and node.value == name


def argument_of(node: cst.CSTNode, tree: Tree) -> cst.Arg | None:
    """Return the argument of a call whose value `node` is, given by its name; or None."""
    argument = tree.parent(node)
    if not isinstance(argument, cst.Arg) or argument.keyword is None:
        return None
    return argument if isinstance(tree.parent(argument), cst.Call) else None


def called(call: cst.Call) -> str:
    """Return the last name of what is called, such as ``run``."""
    func = call.func
    if isinstance(func, cst.Attribute):
        return func.attr.value
    return func.value if isinstance(func, cst.Name) else ""


def keyword(call: cst.Call, name: str) -> cst.Arg | None:
    """Return the argument that is given by its `name`, or None."""
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == name:
            return argument
    return None


def without(node: cst.CSTNode, names: tuple[str, ...], tree: Tree) -> Edit:
    """Return the edit that takes the argument with the value `node` out of its call.

    Args:
        node: the value.
        names: what the argument may be called.
        tree: of the file.

    Raises:
        UnsafeError: it is no such argument, or not all arguments can be seen.
    """
    argument = argument_of(node, tree)
    if argument is None or argument.keyword is None or argument.keyword.value not in names:
        raise UnsafeError("it is written in a way that is not mended")
    call = tree.parent(argument)
    if isinstance(call, cst.Call) and any(given.star == "**" for given in call.args):
        raise UnsafeError("the call has arguments that cannot be seen")
    return tree.without_argument(argument)


def literal_text(node: cst.CSTNode | None) -> str | None:
    """Return the value of a plain text, or None for anything else."""
    if not isinstance(node, cst.SimpleString):
        return None
    value = node.evaluated_value
    return value if isinstance(value, str) else None


def respelled(node: cst.SimpleString, text: str) -> str:
    """Return a text without quotes in it, in the quotes that another one has."""
    return f"{node.prefix}{node.quote}{text}{node.quote}"


def held_by_heirs(node: cst.CSTNode, file: File, project: Surroundings) -> bool:
    """Return whether a class for development or tests may inherit the setting `node`.

    Such as ``DevelopmentConfig(Config)``, which does not set it itself; of one in another file
    nobody looks whether it does.
    """
    tree = file.tree
    cls = tree.above(node, cst.ClassDef)
    assign = tree.above(node, cst.Assign)
    if cls is None:
        return False
    name = re.escape(cls.name.value)
    if project.python_says(rf"{_HEIR}{name}\b", but=file.path):
        return True
    keys = {tree.code(target.target) for target in assign.targets} if assign is not None else set()
    families = {cls.name.value}
    for other in tree.module.body:  # in the order of the file: a class stands below its bases
        if not isinstance(other, cst.ClassDef):
            continue
        bases = {tree.code(base.value) for base in other.bases}
        if not families & bases or _sets(other, keys, tree):
            continue
        families.add(other.name.value)
        if _ELSEWHERE.search(other.name.value):
            return True
    return False


def _sets(cls: cst.ClassDef, keys: set[str], tree: Tree) -> bool:
    for line in cls.body.body:
        for part in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(part, cst.Assign):
                if keys & {tree.code(target.target) for target in part.targets}:
                    return True
            elif isinstance(part, cst.AnnAssign) and tree.code(part.target) in keys:
                return True
    return False


def is_of_production(node: cst.CSTNode, file: File) -> bool:
    """Return whether the class that `node` stands in, or else the file, is named for production."""
    cls = file.tree.above(node, cst.ClassDef)
    named = cls.name.value if cls is not None else file.path.rpartition("/")[2]
    return PRODUCTION.search(named) is not None
