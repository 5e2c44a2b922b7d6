"""Mended files on disk: each as a whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from checks.fixes.rounds import Change
from checks.whole import write_bytes


def is_outside(change: Change, root: str) -> bool:
    """Return whether a file is a link to one outside of the audited folder `root`."""
    top = os.path.realpath(root).rstrip(os.sep) + os.sep
    return not os.path.realpath(change.candidate.full).startswith(top)


def written(change: Change, root: str) -> str:
    """Write one mended file; return why it could not be written, or ``""``.

    A symbolic link is followed to the file itself, which must be inside `root`.

    Args:
        change: what becomes of the file.
        root: the audited folder.
    """
    if is_outside(change, root):
        return "it links to a file outside of the audited folder"
    file = os.path.realpath(change.candidate.full)
    try:
        state = os.stat(file)
        if not state.st_mode & 0o222 or not os.access(file, os.W_OK):
            return "it is read-only"
        if state.st_nlink > 1:
            return "it is a file with several names (hard links)"
        with open(file, "rb") as stream:
            if stream.read() != change.old:
                return "it has changed since it was read"
        write_bytes(change.new, file, stat.S_IMODE(state.st_mode))
        with suppress(OSError):  # whose it was; only root can give files away
            now = os.stat(file)
            if (now.st_uid, now.st_gid) != (state.st_uid, state.st_gid):
                os.chown(file, state.st_uid, state.st_gid)
    except OSError as error:
        return f"it cannot be written: {error.strerror or type(error).__name__}"
    return ""
