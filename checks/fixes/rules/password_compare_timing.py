"""``hmac.compare_digest`` in the place of ``==``."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.imports import imported
from checks.fixes.python import value_at
from checks.fixes.surroundings import Surroundings
from checks.fixes.texts import Kind, is_pure, kind_of
from checks.fixes.tree import Tree, cst

_PLAIN = (cst.Name, cst.Attribute, cst.Call, cst.Subscript)


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edits that compare without telling where the difference is.

    Only where both sides are certainly texts, or certainly bytes: the function refuses anything
    else with an exception. What the client may have left out is asked for first.
    """
    if project.is_for_old_python:
        raise UnsafeError("texts are something else in older Pythons")
    tree = file.tree
    node = value_at(finding, file)
    if not isinstance(node, cst.Comparison) or len(node.comparisons) != 1:
        raise UnsafeError("it is written in a way that is not mended")
    operator, right = node.comparisons[0].operator, node.comparisons[0].comparator
    if not isinstance(operator, cst.Equal | cst.NotEqual) or "#" in tree.code(node):
        raise UnsafeError("it is written in a way that is not mended")
    left = node.left
    kinds = kind_of(left, tree), kind_of(right, tree)
    call = f"hmac.compare_digest({_pair(left, right, *kinds, tree)})"
    optional = [side for side, kind in ((left, kinds[0]), (right, kinds[1])) if kind == "maybe"]
    negated = isinstance(operator, cst.NotEqual)
    if negated:
        call = f"not {call}"
    if optional:
        if not is_pure(optional[0]):
            raise UnsafeError("a side may be missing, and may not be asked for twice")
        asked = tree.code(optional[0])
        call = f"{asked} is None or {call}" if negated else f"{asked} is not None and {call}"
    if not _may_stand(node, tree, several=bool(optional)):
        call = f"({call})"
    return [tree.replaced(node, call), *imported("hmac", file, project)]


def _pair(
    left: cst.BaseExpression,
    right: cst.BaseExpression,
    one: Kind | None,
    other: Kind | None,
    tree: Tree,
) -> str:
    if one is None or other is None:
        raise UnsafeError("nobody knows whether both sides are texts")
    if one == other == "maybe":
        raise UnsafeError("both sides may be missing, and are equal then")
    if (one == "bytes") != (other == "bytes"):
        raise UnsafeError("a text is never equal to bytes")
    plain = one == "bytes" or one == other == "ascii"
    return ", ".join(tree.code(side) if plain else _encoded(side, tree) for side in (left, right))


def _encoded(node: cst.BaseExpression, tree: Tree) -> str:
    code = tree.code(node)
    plain = isinstance(node, _PLAIN) or (
        isinstance(node, cst.SimpleString | cst.FormattedString) and "\n" not in code
    )
    return f"{code}.encode()" if plain else f"({code}).encode()"


def _may_stand(node: cst.Comparison, tree: Tree, *, several: bool) -> bool:
    """Return whether what replaces `node` needs no brackets of its own."""
    if node.lpar:
        return True
    parent = tree.parent(node)
    if isinstance(parent, cst.If | cst.While | cst.Return | cst.Assign | cst.Arg):
        return True
    return not several and isinstance(parent, cst.BooleanOperation | cst.IfExp)
