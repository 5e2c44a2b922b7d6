"""Files and folders that only this user may read: made so, and refused where they are not."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_POSIX = hasattr(os, "geteuid")  # Windows has access lists instead of owners and modes


def create_private(path: Path) -> None:
    """Make `path` an empty file of mode 0600, or check the one that is there.

    Raises:
        PermissionError: it is no plain file, or another user owns it. The superuser may use
            anybody's: whoever can write its folder gains nothing by it.
        OSError: it cannot be made.
    """
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
    try:
        os.close(os.open(path, flags, 0o600))
    except FileExistsError:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode):
            raise PermissionError(f"{path} is not a plain file") from None
        if _POSIX:
            _check_owner(path, found, superuser_may=True)
            if stat.S_IMODE(found.st_mode) & 0o077:
                os.chmod(path, 0o600)


def private_folder(path: Path) -> Path:
    """Make `path` a folder of mode 0700, or check the one that is there; return it.

    For folders in a place that others may write to, so nothing is taken on trust.

    Raises:
        PermissionError: it is no folder, a symbolic link, another user's, or open to others.
        OSError: it cannot be made.
    """
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        found = os.lstat(path)
        if not stat.S_ISDIR(found.st_mode):
            raise PermissionError(f"{path} is not a folder") from None
        if _POSIX:
            _check_owner(path, found, superuser_may=False)
            if stat.S_IMODE(found.st_mode) & 0o077:
                raise PermissionError(f"{path} is open to other users") from None
    return path


def user_number() -> int:
    """Return the number of the user whose rights this process has; 0 where there is none."""
    return os.geteuid() if _POSIX else 0


def _check_owner(path: Path, found: os.stat_result, *, superuser_may: bool) -> None:
    user = os.geteuid()
    if found.st_uid != user and not (superuser_may and user == 0):
        raise PermissionError(f"{path} belongs to user number {found.st_uid}, not {user}")
