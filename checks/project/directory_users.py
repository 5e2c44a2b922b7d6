"""Users that are looked up before a directory is asked for them by name and password."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from checks.facts.python import last_name
from checks.lazy import lazy

_FINDS = lazy(r"(?:find|get|load|fetch|lookup|search)_?(?:by_)?(?:user|account|member|person)")


def guarding(function: ast.AST, asked: Collection[ast.AST]) -> Iterator[str]:
    """Yield the names of users without whom what was `asked` is not asked at all.

    ``user = find_user(name)`` and ``if user is not None: ok = ask_directory(name, password)``.
    """
    looked_up = {
        last_name(node.targets[0])
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and _FINDS.search(last_name(node.value.func))
    }
    for node in ast.walk(function) if looked_up else ():
        if not isinstance(node, ast.If):
            continue
        test = node.test.left if isinstance(node.test, ast.Compare) else node.test
        inside = (part for each in node.body for part in ast.walk(each))
        if isinstance(test, ast.Name) and test.id in looked_up and any(p in asked for p in inside):
            yield test.id
