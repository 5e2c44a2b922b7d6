"""The attack gallery: one module per row, each an attack on an app of its own.

A module's name is the row's id with underscores, its docstring says what the attack is. It
holds ``ROW`` and ``attack(target) -> Outcome``. Modules with a leading underscore are the
laboratory they share.
"""

from __future__ import annotations

import importlib
import pkgutil

from ._row import Entry


def discover() -> tuple[Entry, ...]:
    """Return every row of the gallery, sorted by id.

    Raises:
        TypeError: a module lacks ``ROW`` or ``attack``; the message names it.
    """
    names = sorted(name for _, name, _ in pkgutil.iter_modules(__path__) if name[0] != "_")
    return tuple(entry(name) for name in names)


def entry(name: str) -> Entry:
    """Return the row of one module, by the module's name or the row's id."""
    name = name.replace("-", "_")
    module = importlib.import_module(f"{__name__}.{name}")
    row, attack = getattr(module, "ROW", None), getattr(module, "attack", None)
    if row is None or attack is None:
        raise TypeError(f"{module.__name__} must define ROW and attack(target)")
    return Entry(id=name.replace("_", "-"), row=row, attack=attack)
