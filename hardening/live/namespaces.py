"""Namespaces of Linux around the process that loads an audited app.

In them there is no network, every file is read-only but for one folder, and no socket file of the
machine can be connected to, whatever the app's libraries are written in. Where the system grants
none, as in many containers, `enter` says so and the audit hook of `hardening.live.fence` is alone.
This keeps accidents away; it is no prison for code that wants out.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress

# <linux/sched.h>, <linux/mount.h> and <linux/fcntl.h>
_NEW_NAMES, _NEW_USER, _NEW_NET = 0x0002_0000, 0x1000_0000, 0x4000_0000
_BIND, _RECURSIVE, _PRIVATE = 1 << 12, 1 << 14, 1 << 18
_MOUNT_SETATTR = 442  # the same number on every architecture; Linux 5.12
_HERE, _WHOLE_TREE, _READ_ONLY = -100, 0x8000, 1
_PLACES = (("/run", 3), ("/tmp", 1))  # noqa: S108  # folders looked through, and how deep
_SHARED = "/dev/shm"  # noqa: S108  # a new one is mounted there
_MOST = 500  # sockets that are covered


class _Attributes(ctypes.Structure):
    """``struct mount_attr``."""

    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


def enter(folder: str) -> tuple[bool, bool]:
    """Move this process, which has one thread, into namespaces of its own.

    Args:
        folder: the only one that can be written afterwards.

    Returns:
        Whether there is no network any more, and whether files are read-only.
    """
    if sys.platform != "linux":
        return False, False
    library = ctypes.CDLL(None, use_errno=True)
    sockets = list(_sockets())
    user, group = os.getuid(), os.getgid()
    if library.unshare(_NEW_USER | _NEW_NET | _NEW_NAMES) == 0:
        _stay(user, group)
    elif library.unshare(_NEW_NET | _NEW_NAMES) != 0:
        return False, False
    try:
        _close(library, folder, sockets)
    except OSError:
        return True, False
    return True, True


def _stay(user: int, group: int) -> None:
    """Keep the numbers of user and group, which a new namespace knows nothing of."""
    lines = {"setgroups": "deny", "uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}
    for name, text in lines.items():
        with suppress(OSError), open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _close(library: ctypes.CDLL, folder: str, sockets: list[str]) -> None:
    _mount(library, "none", "/", None, _RECURSIVE | _PRIVATE)
    _mount(library, folder, folder, None, _BIND)
    for path in sockets:
        with suppress(OSError):  # it may be gone, or out of reach for the app too
            _mount(library, os.devnull, path, None, _BIND)
    _attributes(library, "/", _WHOLE_TREE, _Attributes(set=_READ_ONLY))
    _attributes(library, folder, 0, _Attributes(clear=_READ_ONLY))
    if not folder.startswith(_SHARED):
        with suppress(OSError):  # semaphores of multiprocessing are files there
            _mount(library, "none", _SHARED, "tmpfs", 0)


def _mount(library: ctypes.CDLL, what: str, at: str, kind: str | None, flags: int) -> None:
    named = os.fsencode(kind) if kind is not None else None
    if library.mount(os.fsencode(what), os.fsencode(at), named, ctypes.c_ulong(flags), None) != 0:
        raise OSError(ctypes.get_errno(), "mount", at)


def _attributes(library: ctypes.CDLL, at: str, flags: int, attributes: _Attributes) -> None:
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    pointer = ctypes.byref(attributes)
    if library.syscall(_MOUNT_SETATTR, _HERE, os.fsencode(at), flags, pointer, size) != 0:
        raise OSError(ctypes.get_errno(), "mount_setattr", at)


def _sockets() -> Iterator[str]:
    """Yield the socket files that a program may listen at: of a database, say."""
    found: dict[str, None] = {}
    with suppress(OSError), open("/proc/net/unix", encoding="utf-8", errors="replace") as table:
        for line in table:
            _, slash, rest = line.rstrip("\n").partition("/")
            found[slash + rest] = None
    for place, depth in _PLACES:
        found.update(dict.fromkeys(_below(place, depth)))
    for path in list(found)[:_MOST]:
        with suppress(OSError, ValueError):
            if stat.S_ISSOCK(os.stat(path).st_mode):
                yield path


def _below(folder: str, depth: int) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                if depth > 1:
                    yield from _below(entry.path, depth - 1)
            elif not entry.is_file(follow_symlinks=False):
                yield entry.path
