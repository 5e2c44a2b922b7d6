"""What each node of a tree stands in."""

from __future__ import annotations

import ast

from checks.facts.source import Source
from checks.facts.walk import extract


def test_notes_of_other_tools_are_not_followed(monkeypatch):
    """Python shares `Load()` between all trees, and bandit notes each node's parent on it.

    Following such notes led from tree to tree and never ended.
    """
    module = extract(Source("app.py", "print(name)\n"))
    foreign = ast.parse("other").body[0]
    shared = module.calls("print")[0][0].func.ctx
    monkeypatch.setattr(shared, "_bandit_parent", foreign, raising=False)

    assert module.parent(foreign) is None
    assert [type(node).__name__ for node in module.ancestors(shared)] == [
        "Name",
        "Call",
        "Expr",
        "Module",
    ]
