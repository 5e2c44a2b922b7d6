"""References to the original functions that rebinding names cannot reach.

A static method, a default argument, a partial, a closure or a registry keeps the function
object itself. They are found by asking the garbage collector who refers to it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType
from typing import Any

from hardening.passwords.watched import WATCHED, Watched

DEPTH = 4  # steps up from the function to something with a name: partial, tuple, dict, class
BREADTH = 200  # objects looked at per step and function
OWN_PACKAGES = ("hardening", "werkzeug", "flask_bcrypt", "bcrypt", "passlib", "argon2", "django")


@dataclass(frozen=True, slots=True)
class Missed:
    """One place that still calls an original function."""

    function: str
    where: str

    def __str__(self) -> str:
        return f"{self.function} in {self.where}"


_found: dict[str, tuple[int, tuple[Missed, ...]]] = {}


def find(*, verifying: bool = False) -> tuple[Missed, ...]:
    """Return the places that still call an original function, sorted.

    Walks all objects a few times, so the answer is kept until another module is loaded: by
    then every name is rebound, and only a new module can bring old references along.

    Args:
        verifying: leave out the functions that only make hashes.
    """
    asked = [one for one in list(WATCHED) if one.verifies or not verifying]
    stale = [one for one in asked if _found.get(one.name, (0, ()))[0] != len(sys.modules)]
    if stale:
        loaded = len(sys.modules)
        # Nearly always nobody holds any of them, and one walk for all together says so.
        held = bool(_holders(stale))
        if held and gc.collect():  # what is only garbage calls nothing
            held = bool(_holders(stale))
        for one in stale:
            wheres = sorted(_holders([one])) if held else []
            _found[one.name] = (loaded, tuple(Missed(one.name, where) for where in wheres))
    return tuple(place for one in asked for place in _found[one.name][1])


def _holders(functions: Sequence[Watched]) -> set[str]:
    modules = {
        id(object.__getattribute__(module, "__dict__")): name
        for name, module in list(sys.modules.items())
        if issubclass(type(module), ModuleType)
    }
    names: set[str] = set()
    seen = {id(modules), id(WATCHED), id(functions), *map(id, functions)}
    replacements = {id(function.replacement) for function in functions}
    level: list[Any] = [function.original for function in functions]
    for _ in range(DEPTH):
        if not level:
            break
        seen.update(map(id, level))
        above = gc.get_referrers(*level)
        seen |= {id(level), id(above)}
        following: list[Any] = []
        for holder in above:
            if id(holder) in seen or _passing(holder) or id(holder) in replacements:
                continue
            name = _name(holder, modules, level)
            if name is None:
                following.append(holder)
            elif not name.startswith(tuple(f"{own}." for own in OWN_PACKAGES)):
                names.add(name)
        level = following[: BREADTH * len(functions)]
    return names


def _passing(holder: object) -> bool:
    """Return whether `holder` is a call in progress or the collector's own machinery."""
    return isinstance(holder, FrameType | BuiltinFunctionType)


def _name(holder: Any, modules: dict[int, str], held: list[Any]) -> str | None:
    """Return where a reader of the source finds `holder`, or None to look one step further up."""
    if type(holder) is dict:
        if id(holder) not in modules:
            return None
        wanted = set(map(id, held))
        key = next((str(key) for key, value in list(holder.items()) if id(value) in wanted), "")
        return f"{modules[id(holder)]}.{key}"
    if isinstance(holder, type):
        return f"{holder.__module__}.{holder.__qualname__} (attribute of the class)"
    if type(holder) is FunctionType:
        return f"{holder.__module__}.{holder.__qualname__} (default argument or closure)"
    return None
