"""The versions of Python that audited files may be written for."""

from __future__ import annotations

import sys

from checks.errors import UsageError

_OLDEST = (3, 7)  # the lowest `feature_version` that ast supports; before it, async was a name


def versions() -> tuple[str, ...]:
    """Return what may be chosen, oldest first: up to the Python that runs the audit."""
    return tuple(f"3.{minor}" for minor in range(_OLDEST[1], sys.version_info[1] + 1))


def checked(text: str, *, key: str) -> str:
    """Return `text`, a version such as ``3.9``.

    Args:
        text: what was asked for.
        key: what named it, for the message.

    Raises:
        UsageError: it is no version, or none that this Python can parse.
    """
    if text in versions():
        return text
    whole = text.replace(".", "", 1)
    newer = whole.isdecimal() and "." in text and _numbers(text) > sys.version_info[:2]
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    why = f" is newer than the Python that runs the audit, {running}" if newer else ""
    raise UsageError(f"{key}: {text!r}{why}; choices: {', '.join(versions())}")


def grammar(text: str) -> tuple[int, int]:
    """Return a checked version as `ast.parse` takes it."""
    return _numbers(text)


def _numbers(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)
