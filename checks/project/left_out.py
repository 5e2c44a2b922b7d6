"""Files of views that no app has: the one imported makes their blueprint by the same name."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from checks.facts.python import Module
from checks.project.imports import imported_modules
from checks.project.names import Names

# What may import a file by a name that is put together.
_DYNAMIC = ("import_module", "find_modules", "import_string", "iter_modules", "__import__", "exec(")


def left_out(modules: Sequence[Module], names: Names) -> frozenset[Module]:
    """Return the files that nothing imports, whose blueprint an imported file has by its name."""
    made: dict[str, list[Module]] = {}
    for module in modules:
        for call, _ in module.calls("Blueprint"):
            first = call.args[0] if call.args else None
            if isinstance(first, ast.Constant) and module.source.context == "app":
                made.setdefault(str(first.value), []).append(module)
    twice = [found for found in made.values() if len(set(found)) > 1]
    if not twice or any(word in module.source.text for module in modules for word in _DYNAMIC):
        return frozenset()
    imported = {
        other
        for module in modules
        if module.source.context != "tests"
        for other in imported_modules(module, names)
        if other is not module
    }
    return frozenset(
        module
        for found in twice
        if any(each in imported for each in found)
        for module in found
        if module not in imported
    )
