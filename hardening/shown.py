"""Text that a stranger chose, made fit for an event: short, and without anything but ASCII."""

from __future__ import annotations

MOST = 100  # characters: enough to recognise an origin or a host by


def shown(text: str, most: int = MOST) -> str:
    """Return `text` cut to `most` characters, with everything unprintable escaped."""
    cut = text[:most]
    safe = "".join(char if " " <= char <= "~" else _escaped(char) for char in cut)
    return safe if len(text) <= most else safe + "..."


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")
