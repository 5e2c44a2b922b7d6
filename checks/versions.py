"""Versions of Python packages, and the newest one that a specifier lets in.

Our own small reading of PEP 440 and of poetry's carets: the audit needs nothing but order.
"""

from __future__ import annotations

import re

from checks.lazy import lazy
from checks.records import NamedTuple

Version = tuple[tuple[int, ...], int]

_VERSION = lazy(
    r"v?(?:\d+!)?(?P<release>\d+(?:\.\d+)*)(?P<rest>[-_.]?(?P<tag>[a-zA-Z]+)?[\w.-]*)(?:\+[\w.-]*)?"
)
_CLAUSE = lazy(r"(===?|~=|<=?|>=?|!=|\^|~)\s*(\S+)")
_FINAL = ("post", "rev", "r")


class Newest(NamedTuple):
    """The newest version that may be installed."""

    version: Version
    text: str
    """As written."""
    kind: str
    """``exact``, ``at most`` or ``below``."""


def version_of(text: str) -> Version | None:
    """Return `text` as something that compares as versions do, or None."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        return None
    release = [int(part) for part in match["release"].split(".")[:8] if len(part) < 10]
    tag = (match["tag"] or "").lower()
    return _stripped(release), -1 if tag and tag not in _FINAL else 0


def newest(spec: str) -> Newest | None:
    """Return the newest version that `spec` lets in, None where nothing bounds it."""
    if "|" in spec:
        return None
    found: Newest | None = None
    for clause in spec.split(","):
        match = _CLAUSE.fullmatch(clause.strip())
        bound = _bound(match[1], match[2]) if match is not None else None
        if bound is not None and (found is None or bound.version < found.version):
            found = bound
    return found


def _bound(operator: str, text: str) -> Newest | None:
    wildcard = text.endswith(".*")
    plain = text.removesuffix(".*")
    version = version_of(plain)
    if version is None or operator in (">", ">=", "!="):
        return None
    if operator in ("<", "<="):
        return Newest(version, plain, "below" if operator == "<" else "at most")
    parts = [int(part) for part in re.findall(r"\d{1,9}", plain.split("+")[0])]
    if operator in ("==", "==="):
        return _below(parts, len(parts) - 1) if wildcard else Newest(version, plain, "exact")
    if operator == "~=":
        return _below(parts, len(parts) - 2)
    if operator == "~":
        return _below(parts, min(1, len(parts) - 1))
    first = next((i for i, part in enumerate(parts) if part), len(parts) - 1)
    return _below(parts, first)


def _below(parts: list[int], index: int) -> Newest | None:
    """Return the bound that one more at `index` of the version makes."""
    if index < 0 or not parts:
        return None
    bumped = [*parts[:index], parts[index] + 1]
    return Newest((_stripped(bumped), 0), ".".join(map(str, bumped)), "below")


def _stripped(release: list[int]) -> tuple[int, ...]:
    while len(release) > 1 and release[-1] == 0:
        release = release[:-1]
    return tuple(release)
