"""What is not plainly known about a value while a hostile destination is tried."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

MAX_TEXT = 400  # characters of a text that is worked with


class Mark:
    """A value that is not known."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


UNKNOWN = Mark("unknown")
DOUBTED = Mark("unknown, made from the address")


class Decoded:
    """What a decoder made of the address: every field of it is the attacker's."""

    def __init__(self, hostile: str) -> None:
        self.hostile = hostile


def literal(node: ast.expr | None) -> object:
    """Return a short literal, else `UNKNOWN`."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) <= 64:
        parts = [literal(element) for element in node.elts]
        return tuple(parts)
    return UNKNOWN


_FAILS = (ValueError, TypeError, AttributeError, LookupError)


def attempt(work: Callable[[], Any], otherwise: object) -> object:
    """Return what `work` gives, or `otherwise` where it fails or gives too long a text."""
    try:
        found = work()
    except _FAILS:
        return otherwise
    if isinstance(found, str) and len(found) > MAX_TEXT:
        return otherwise
    return found
