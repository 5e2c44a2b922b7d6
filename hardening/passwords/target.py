"""Where an upgraded hash goes: one user's stored hash, whatever keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _unknown(old: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Target:
    """One user's stored hash."""

    write: Callable[[str, str], bool]
    """Replaces the first by the second; False if something else is stored by now. Raises
    `DeferredError` where it cannot."""
    present: Callable[[str], str | None] = _unknown
    """Returns what is stored now; None if that is the argument, or cannot be told."""
    later: bool = True
    """Whether to wait for the end of the app context, when the app's own transaction is over."""
