"""Parses a file, also one that is written for a newer or an older Python."""

from __future__ import annotations

import ast
import warnings

from checks.facts.newer_strings import in_older_words
from checks.facts.newer_syntax import without_type_parameters
from checks.facts.older_syntax import parse_older
from checks.facts.source import Source
from checks.lazy import lazy

__all__ = ["parse"]

_F_STRING = lazy(r"\b[rR]?[fF][rR]?[\"']")


def parse(source: Source) -> ast.Module:
    """Return the tree of `source`.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: Python cannot parse it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an audited file's escapes are not our user's concern
        if source.python is not None:
            try:
                return ast.parse(source.text, feature_version=source.python)
            except SyntaxError as error:
                source.newer = error.msg  # without the line: it is where the statement ends
        try:
            return ast.parse(source.text)
        except SyntaxError as error:
            newer = _parse_newer(source.text)
            if newer is not None:
                return newer
            older = parse_older(source.text)
            if older is None:
                raise error from None
            source.older = True
            return older


def _parse_newer(text: str) -> ast.Module | None:
    """Return the tree of a file with f-strings or statements of a newer Python; None for others."""
    older = without_type_parameters(text)
    try:
        if older != text:
            return ast.parse(older)
    except SyntaxError:
        pass
    if _F_STRING.search(text) is None:
        return None
    try:
        return ast.parse(in_older_words(older))
    except (SyntaxError, ValueError):
        return None
