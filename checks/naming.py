"""Names of variables, functions and fields, taken apart."""

from __future__ import annotations

from functools import lru_cache

from checks.lazy import lazy

__all__ = ["snaked"]

_BETWEEN = lazy(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=20_000)  # the same names come again and again
def snaked(name: str) -> str:
    """Return `name` with ``_`` where a word begins by a capital: ``userName`` is ``user_Name``."""
    return name if name.islower() else _BETWEEN.sub("_", name)
