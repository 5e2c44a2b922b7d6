"""Folders of installers and tools, which are no part of the app that is deployed."""

from __future__ import annotations

from checks.lazy import lazy

_ASIDE = lazy(
    r"(^|/)(scripts?|tools|install|installers?|installation|contrib|hack|dev_?tools|devel|"
    r"bench|benchmarks?)/"
)


def is_aside(path: str) -> bool:
    """Return whether the file at `path` lies in a folder of tools."""
    return _ASIDE.search(path.lower()) is not None
