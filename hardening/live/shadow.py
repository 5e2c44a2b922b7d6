"""Files that the loaded app writes: in a folder of the audit's own, instead of where they are.

Everything outside that folder stays as it is. What the app opens for writing is copied first, what
it makes is made there, what it removes is only gone for it, and what it reads afterwards is what
it wrote. Paths keep their names, so an app notices nothing.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from typing import Any

LARGEST = 256 << 20  # bytes of a file that is copied: databases of development are smaller
_MOST_LINKS = 40  # that follow one another, as in Linux
_BESIDE = ("-wal", "-journal")  # what SQLite keeps beside a database until it is written there


class Shadow:
    """The files of one run.

    Args:
        folder: an empty folder that nobody else uses; what is in it is the app's own.
    """

    def __init__(self, folder: str) -> None:
        self._folder = os.path.realpath(folder)
        self._copies = os.path.join(self._folder, "copies")
        self._gone: set[str] = set()
        # These stay what they are when the app's own are exchanged.
        self._stat, self._readlink = os.stat, os.readlink
        self._folders: dict[str, str] = {}
        self.copied = 0
        """How many files were copied because the app may write to them."""
        os.mkdir(self._copies)

    def whole(self, path: Any) -> str:
        """Return the absolute path of `path`; one folder has one, whatever links lead to it."""
        head, name = os.path.split(os.path.abspath(os.fsdecode(path)))
        return os.path.join(self._resolved(head), name)

    def _resolved(self, folder: str, links: int = 0) -> str:
        known = self._folders.get(folder)
        if known is None:
            head, name = os.path.split(folder)
            known = folder if head == folder else os.path.join(self._resolved(head, links), name)
            try:
                target = self._readlink(known) if links < _MOST_LINKS else None
            except OSError:
                target = None
            if target is not None:
                joined = os.path.normpath(os.path.join(os.path.dirname(known), target))
                known = self._resolved(joined, links + 1)
            self._folders[folder] = known
        return known

    def inside(self, path: Any) -> bool:
        """Return whether `path` is one that the app may write to."""
        whole = self.whole(path)
        return whole == self._folder or whole.startswith((self._folder + os.sep, "/dev/"))

    def reading(self, path: Any) -> Any:
        """Return where what the app calls `path` is to be read.

        Raises:
            FileNotFoundError: the app removed it.
        """
        if not isinstance(path, str | bytes | os.PathLike) or self.inside(path):
            return path
        whole = self.whole(path)
        copy = self._copies + whole
        if self._is_there(copy):
            return copy
        if whole in self._gone:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
        return path

    def writing(self, path: Any, *, empty: bool = False) -> Any:
        """Return where what the app calls `path` is to be written.

        Args:
            path: as the app names it.
            empty: whether what is in it is lost anyway.

        Raises:
            OSError: it is too large to be copied, or cannot be read.
        """
        if not isinstance(path, str | bytes | os.PathLike) or self.inside(path):
            return path
        whole = self.whole(path)
        copy = self._copies + whole
        if not self._prepared(os.path.dirname(whole)):
            return path  # there is no such folder: what the app calls says so
        if not self._is_there(copy) and whole not in self._gone:
            self._copy(whole, copy, empty)
        self._gone.discard(whole)
        return copy

    def database(self, path: Any) -> Any:
        """Return where the SQLite database `path` is, with all that belongs to it."""
        found = self.writing(path)
        if found is not path:
            for end in _BESIDE:
                if self._is_there(self.whole(path) + end):
                    self.writing(self.whole(path) + end)
        return found

    def made(self, path: Any) -> Any:
        """Return where a folder that the app calls `path` is to be made.

        Raises:
            FileExistsError: it is there.
        """
        if self.inside(path):
            return path
        whole = self.whole(path)
        if self._is_there(self._copies + whole) or (
            self._is_there(whole) and whole not in self._gone
        ):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path))
        if not self._prepared(os.path.dirname(whole)):
            return path
        self._gone.discard(whole)
        return self._copies + whole

    def removed(self, path: Any) -> Any:
        """Note that the app removes `path`; return what is to be removed for it, or None.

        Raises:
            FileNotFoundError: it is not there.
        """
        if self.inside(path):
            return path
        found = self.reading(path)
        self._stat(found, follow_symlinks=False)
        self._gone.add(self.whole(path))
        return None if found is path else found

    def gone(self, path: Any) -> None:
        """Note that what the app calls `path` is no longer there."""
        self._gone.add(self.whole(path))

    def _prepared(self, folder: str) -> bool:
        """Return whether the app may put something into `folder`, and make its copy."""
        copy = self._copies + folder
        if self._is_there(copy):
            return True
        if not self._is_there(folder) or folder in self._gone:
            return False
        os.makedirs(copy, exist_ok=True)
        return True

    def _copy(self, whole: str, copy: str, empty: bool) -> None:
        try:
            found = self._stat(whole)
        except FileNotFoundError:
            return
        if not stat.S_ISREG(found.st_mode):
            if stat.S_ISDIR(found.st_mode):
                os.makedirs(copy, exist_ok=True)
            return
        if found.st_size > LARGEST:
            raise OSError(errno.EFBIG, "too large to be copied for the audit", whole)
        if not empty:
            shutil.copyfile(whole, copy)
            self.copied += 1

    def _is_there(self, path: str) -> bool:
        try:
            self._stat(path, follow_symlinks=False)
        except (OSError, ValueError):
            return False
        return True
