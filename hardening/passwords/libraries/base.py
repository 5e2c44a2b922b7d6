"""What the adopters of all libraries share."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from hardening.passwords.current import calls_here
from hardening.passwords.watched import Watched
from hardening.passwords.work import inside

if TYPE_CHECKING:
    from hardening.passwords.calls import Calls

Make = Callable[[Callable[..., Any]], Callable[..., Any]]


def here() -> Calls | None:
    """Return who answers for the current app; None where the original has to.

    That is outside a wrapped app, and inside a hash that is being computed: libraries call one
    another, and we call them.
    """
    return None if inside() else calls_here()


def replace(
    holder: type | ModuleType, name: str, label: str, make: Make, *, verifies: bool
) -> list[Watched]:
    """Replace a function of a module, or a method of a class, by what `make` makes of it.

    Args:
        holder: the module or class.
        name: its attribute; an absent one is left absent, as versions of a library differ.
        label: what the status calls it.
        make: takes the original function and returns the replacement.
        verifies: whether it checks passwords, rather than making hashes.
    """
    held = namespace(holder).get(name)
    if held is None:
        return []
    wrapper = type(held) if isinstance(held, classmethod | staticmethod) else None
    original = held if wrapper is None else held.__func__
    replacement = make(original)
    setattr(holder, name, replacement if wrapper is None else wrapper(replacement))
    return [Watched(label, original, replacement, verifies)]


def namespace(holder: type | ModuleType) -> dict[str, Any] | MappingProxyType[str, Any]:
    """Return what `holder` itself holds, without waking a lazy module."""
    return vars(holder)
