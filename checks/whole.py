"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os

__all__ = ["write_whole"]


def write_whole(text: str, file: str, mode: int = 0o600) -> None:
    """Write `text` to `file` by way of a new file beside it, which takes its place.

    Not by `tempfile`, which brings along as much as a fiftieth of a small audit.

    Args:
        text: written as UTF-8; what cannot be is written with backslashes.
        file: replaced if it is there.
        mode: the file's permissions.

    Raises:
        OSError: it cannot be written; nothing is left behind then.
    """
    folder, name = os.path.split(file)
    # A name that nobody can tell beforehand, and that must be new: as mkstemp has it.
    temporary = os.path.join(folder, f".{name[:40]}-{os.urandom(8).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(temporary, flags, 0o600)
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise
