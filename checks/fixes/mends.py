"""Which rules mend, and how one finding is mended."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError, edited
from checks.fixes.file import File
from checks.rule import Rule
from checks.rules import discover

if TYPE_CHECKING:
    from checks.fixes.surroundings import Surroundings

Mend = Callable[[Finding, File, "Surroundings"], list[Edit]]

_OURS = "checks.rules."


@lru_cache(maxsize=1)
def mending() -> dict[str, Rule]:
    """Return the rules that say what they mend, by id."""
    return {rule.id: rule for rule in discover() if rule.meta.mended}


@cache
def mend_of(name: str) -> Mend:
    """Return the function that mends findings of the rule with the id `name`.

    For a rule of ours it is `mend` of the module of its name in `checks.fixes.rules`, for one of
    another distribution `mend` of its own module.
    """
    home = mending()[name].check.__module__
    if home.startswith(_OURS):
        home = f"checks.fixes.rules.{home.removeprefix(_OURS)}"
    mend: Mend = import_module(home).mend
    return mend


def edits_for(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edits that mend `finding`.

    Raises:
        UsageError: a library is missing.
        UnsafeError: it is left as it is; the message says why.
    """
    if finding.audience == "strict":
        raise UnsafeError("only a careful shop objects to it")
    if finding.confidence == "low":
        raise UnsafeError("it is not certain that it is wrong")
    edits = mend_of(finding.rule)(finding, file, project)
    if edited(file.text, edits) == file.text:
        raise UnsafeError("nothing would change")
    return edits


def checked(file: File, text: str) -> bytes:
    """Return the bytes of a mended file.

    Args:
        file: as it was.
        text: as it is to be.

    Raises:
        UnsafeError: it could not be read any more as what it is.
    """
    raw = file.encoded(text)
    try:
        if file.is_python:
            ast.parse(raw, file.path)
        elif file.kind == "json":
            json.loads(raw)
        elif file.kind == "toml":
            import tomllib

            tomllib.loads(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UnsafeError("the file could not be parsed after the mend") from None
    return raw
