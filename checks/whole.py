"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os

__all__ = ["write_bytes", "write_whole"]


def write_whole(text: str, file: str, mode: int = 0o600) -> None:
    """Write `text` to `file` by way of a new file beside it, which takes its place.

    Args:
        text: written as UTF-8; what cannot be is written with backslashes.
        file: replaced if it is there.
        mode: the file's permissions.

    Raises:
        OSError: it cannot be written; nothing is left behind then.
    """
    write_bytes(text.encode("utf-8", "backslashreplace"), file, mode)


def write_bytes(data: bytes, file: str, mode: int = 0o600) -> None:
    """Write `data` to `file` in the same way.

    Args:
        data: what the file is to hold.
        file: replaced if it is there.
        mode: the file's permissions.

    Raises:
        OSError: it cannot be written; nothing is left behind then.
    """
    import tempfile  # most runs write no file, or find what they look for

    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(file), prefix=".flask-hardening-")
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, mode)
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise
