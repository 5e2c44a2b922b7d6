"""Changes as a patch that ``git apply`` and ``patch -p1`` take, byte for byte."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator

from checks.fixes.rounds import Change

_NO_END = "\\ No newline at end of file\n"


def patch(changes: Iterable[Change]) -> bytes:
    """Return the unified diff of all `changes`; paths are relative to the audited folder."""
    return b"".join(_file(change) for change in changes)


def _file(change: Change) -> bytes:
    path = change.candidate.path
    # Every byte is a character of Latin-1, so that lines of any encoding come out as they are.
    old, new = _lines(change.old), _lines(change.new)
    lines = [*difflib.unified_diff(old, new, n=3)][2:]
    head = f"--- {_name('a/' + path)}\n+++ {_name('b/' + path)}\n"
    return os.fsencode(head) + "".join(_ended(lines)).encode("latin-1")


def _lines(data: bytes) -> list[str]:
    """Return the lines as patches count them: only ``\\n`` ends one."""
    text = data.decode("latin-1")
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _ended(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if not line.endswith("\n"):
            yield "\n" + _NO_END


def _name(path: str) -> str:
    """Return a path as git writes it into a patch."""
    if any(character in path for character in '"\\') or any(ord(c) < 32 for c in path):
        escaped = path.replace("\\", "\\\\").replace('"', '\\"')
        escaped = "".join(c if ord(c) >= 32 else f"\\{ord(c):03o}" for c in escaped)
        return f'"{escaped}"'
    # What stands behind a tab is no part of a name with blanks.
    return f"{path}\t" if " " in path else path
