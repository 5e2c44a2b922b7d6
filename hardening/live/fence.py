"""What the loaded app may not do: reach out, start programs, write outside of the audit's folder.

An audit hook sees what Python's own functions do, in every thread, and cannot be taken away. What
libraries in C do by themselves it does not see: clients of databases are refused by name, and the
rest is what `hardening.live.namespaces` is for.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
from collections import Counter
from contextlib import suppress
from typing import Any

from hardening.live import clients
from hardening.live.patches import events, placed
from hardening.live.refusal import REFUSED
from hardening.live.shadow import Shadow

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_OUTWARD = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")
_NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_PROGRAMS = (
    "subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
    "os.startfile", "pty.spawn",
)  # fmt: skip
# Of events with two paths, or with the number of a folder that the path is relative to.
_FOLDERS = {
    "os.remove": (1,), "os.mkdir": (2,), "os.rmdir": (1,), "os.rename": (2, 3), "os.link": (2, 3),
    "os.symlink": (2,), "os.chmod": (2,), "os.chown": (3,), "os.utime": (3,),
}  # fmt: skip
_TWO = {"os.rename": (0, 1), "os.link": (1,), "os.symlink": (1,)}
_MOST_OPENED = 20_000  # files: more than any app reads while it is loaded
_LONGEST_PATH = 1024  # PATH_MAX of macOS
_NOT_FOUND = 127 << 8  # what `os.system` returns where the shell knows no such command


class Fence:
    """Counts and refuses.

    Args:
        shadow: knows what may be written.
    """

    def __init__(self, shadow: Shadow) -> None:
        self._shadow = shadow
        self._files = frozenset(events())
        self.refused: Counter[str] = Counter()
        """How often the app tried: ``network``, ``programs``, ``files``."""
        self.opened: set[str] = set()
        """The files that were opened to be read."""

    def install(self) -> None:
        """Put it up, for good."""
        os.system = self._system
        with suppress(ImportError):
            import _posixsubprocess

            # multiprocessing starts processes by it, without an event.
            _posixsubprocess.fork_exec = self._fork_exec
        clients.install(lambda: self.refused.update(["network"]))
        sys.addaudithook(self._heard)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            self._open(args)
        elif event.startswith("socket."):
            self._socket(event, args)
        elif event in _PROGRAMS:
            self._refuse("programs", PermissionError(errno.EPERM, REFUSED))
        elif event in self._files:
            self._file(event, args)
        elif event == "sqlite3.connect":
            self._database(args[0])

    def _open(self, args: tuple[Any, ...]) -> None:
        path, _, flags = args
        if not isinstance(path, str | bytes | os.PathLike):
            return
        if flags & _WRITING:
            self._judge(path)
        elif len(self.opened) < _MOST_OPENED:
            self.opened.add(os.fsdecode(path))

    def _file(self, event: str, args: tuple[Any, ...]) -> None:
        folders = [args[at] for at in _FOLDERS.get(event, ()) if at < len(args)]
        base = next((folder for folder in folders if isinstance(folder, int) and folder >= 0), None)
        for at in _TWO.get(event, (0,)):
            path = args[at]
            if isinstance(path, int):
                continue  # an open file, which was judged when it was opened
            if base is not None:
                path = os.path.join(_folder(base), os.fsdecode(path))
            self._judge(path)

    def _judge(self, path: Any) -> None:
        if not self._shadow.inside(path):
            self._refuse("files", PermissionError(errno.EACCES, REFUSED, os.fsdecode(path)))

    def _database(self, path: Any) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            placed(path, True, self._checked)

    def _checked(self, path: Any) -> Any:
        self._judge(path)
        return path

    def _socket(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _NAMES:
            self._refuse("network", socket.gaierror(socket.EAI_FAIL, REFUSED))
        elif event in _OUTWARD:
            self._refuse("network", OSError(errno.ENETUNREACH, REFUSED))

    def _refuse(self, kind: str, error: OSError) -> None:
        self.refused[kind] += 1
        raise error

    def _system(self, command: Any) -> int:
        self.refused["programs"] += 1
        return _NOT_FOUND

    def _fork_exec(self, *args: Any) -> int:
        self._refuse("programs", PermissionError(errno.EPERM, REFUSED))
        return 0


def _folder(number: int) -> str:
    """Return the path of an open folder; one that is nowhere, where it cannot be told."""
    try:
        if sys.platform == "darwin":
            found = fcntl.fcntl(number, fcntl.F_GETPATH, bytes(_LONGEST_PATH))
            return os.fsdecode(found.rstrip(b"\0"))
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return os.sep
