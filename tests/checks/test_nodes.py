"""Going through trees as the standard library does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import checks
from checks.facts.nodes import children, expressions, walk

_OURS = sorted(Path(checks.__file__).parent.glob("project/[a-f]*.py"))


@pytest.mark.parametrize("path", _OURS[::6], ids=lambda path: path.name)
def test_the_same_nodes_in_the_same_order(path: Path) -> None:
    """What the standard library's walk yields, level by level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [*walk(tree)] == [*ast.walk(tree)]
    for node in ast.walk(tree):
        inside = [*ast.iter_child_nodes(node)]
        assert children(node) == inside
        assert expressions(node) == [one for one in inside if isinstance(one, ast.expr)]


def test_what_others_note_on_nodes_is_not_followed() -> None:
    """A parent that bandit keeps on a node would lead out of the tree, and round in circles."""
    tree = ast.parse("a.b(c)")
    call = next(node for node in walk(tree) if isinstance(node, ast.Call))
    call._bandit_parent = tree  # type: ignore[attr-defined]  # as bandit does

    assert [*walk(call)] == [*ast.walk(call)]
    assert tree not in children(call)


def test_nodes_made_by_hand_may_lack_fields() -> None:
    """As `ast.iter_child_nodes` takes them."""
    assert children(ast.Return()) == []
    name = ast.Name("f", ast.Load())
    assert [*walk(ast.Call(func=name))][1] is name
