"""Colours for a terminal, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

_CODES = {
    "bold": "1",
    "dim": "2",
    "high": "1;31",
    "medium": "33",
    "low": "36",
    "present": "32",
    "absent": "31",
    "undecided": "33",
}


def wanted(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether to colour what is written to `stream`.

    Only a terminal gets colours, and none where ``NO_COLOR`` is set to anything
    (https://no-color.org) or the terminal is a dumb one.
    """
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


class Paint:
    """Writes text in a style, or plainly."""

    def __init__(self, colour: bool) -> None:
        """Colour only if `colour`."""
        self._colour = colour

    def __call__(self, style: str, text: str) -> str:
        """Return `text` in `style`, one of the names in this module."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._colour else text
