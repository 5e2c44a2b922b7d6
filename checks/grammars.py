"""The versions of Python that audited files may be written for."""

from __future__ import annotations

import sys

from checks.errors import UsageError

_OLDEST = 7  # the lowest `feature_version` that ast supports is 3.7; before it, async was a name
_NEWEST = 14  # what `checks.facts.newer_syntax` and `newer_strings` put in older words


def versions() -> tuple[str, ...]:
    """Return what may be chosen, oldest first."""
    newest = max(_NEWEST, sys.version_info[1])
    return tuple(f"3.{minor}" for minor in range(_OLDEST, newest + 1))


def checked(text: str, *, key: str) -> str:
    """Return `text`, a version such as ``3.9``.

    Args:
        text: what was asked for.
        key: what named it, for the message.

    Raises:
        UsageError: it is no version, or none that the audit can read.
    """
    if text in versions():
        return text
    raise UsageError(f"{key}: {text!r}; choices: {', '.join(versions())}")


def grammar(text: str) -> tuple[int, int] | None:
    """Return a checked version as `ast.parse` takes it; None if no grammar must be held back.

    What a version after the running one has is read as it always is.
    """
    major, _, minor = text.partition(".")
    version = int(major), int(minor)
    return version if version < sys.version_info[:2] else None
