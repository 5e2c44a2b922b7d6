"""Files that a ``.gitignore`` lists and that belong to the project all the same.

Git keeps what was added before it was listed, or with force: such a file is in everybody's
clone. Where the repository is there, its index says so. In an archive nothing does, but the
module of a package must have come with it, unless a sample to make it from lies beside it.
"""

from __future__ import annotations

import os
import re
import struct

from checks.git_index import EXTENDED, LENGTH, read_index
from checks.kinds import Kind
from checks.lazy import lazy

# What may hold settings; pages and data stay left out.
_KINDS: frozenset[Kind] = frozenset(
    ["python", "pyconfig", "env", "toml", "yaml", "ini", "docker", "procfile", "nginx", "systemd"]
)
_SAMPLE = lazy(r"example|sample|dist|template|tmpl|tpl|skel|default", re.IGNORECASE)


class Tracked:
    """Answers for the files of one run; what it has read is kept."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._tops: dict[str, str | None] = {}
        self._indexes: dict[str, bytes] = {}

    def holds(self, path: str, kind: Kind | None) -> bool:
        """Return whether the listed file `path` belongs to the project.

        Args:
            path: absolute.
            kind: what it would be read as; None for what is not read.
        """
        if kind not in _KINDS:
            return False
        folder, name = os.path.split(path)
        top = self._top(folder)
        if top is None:
            return kind == "python" and _is_of_package(folder, name)
        relative, index = _relative(path, top), self._index(top)
        at = index.find(relative + b"\0")
        while at >= 0:
            if min(len(relative), LENGTH) in _lengths(index, at):
                return True
            at = index.find(relative + b"\0", at + 1)
        return False

    def holds_some(self, folder: str) -> bool:
        """Return whether anything in the listed `folder` may belong to the project."""
        top = self._top(folder)
        if top is None:
            parent = os.path.dirname(folder)
            return all(os.path.isfile(os.path.join(f, "__init__.py")) for f in (folder, parent))
        index, start = self._index(top), _relative(folder, top) + b"/"
        at = index.find(start)
        while at >= 0:
            for length in _lengths(index, at):
                if length > len(start) and index[at + length : at + length + 1] == b"\0":
                    return True
            at = index.find(start, at + 1)
        return False

    def _index(self, top: str) -> bytes:
        if top not in self._indexes:
            self._indexes[top] = read_index(os.path.join(top, ".git"))
        return self._indexes[top]

    def _top(self, folder: str) -> str | None:
        """Return the folder of the repository that `folder` is in, None outside of one."""
        if folder not in self._tops:
            parent = os.path.dirname(folder)
            if os.path.lexists(os.path.join(folder, ".git")):
                self._tops[folder] = folder
            else:
                self._tops[folder] = self._top(parent) if parent != folder else None
        return self._tops[folder]


def _is_of_package(folder: str, name: str) -> bool:
    try:
        beside = os.listdir(folder)
    except OSError:
        return False
    stem = name.rpartition(".")[0]
    samples = (other for other in beside if stem in other and _SAMPLE.search(other))
    return "__init__.py" in beside and not any(samples)


def _lengths(index: bytes, at: int) -> list[int]:
    """Return how long a path that begins at `at` may be: an entry ends with its flags and the path.

    Further flags stand between where somebody told git to leave a file alone (``skip-worktree``).
    """
    if at < 4:
        return []
    before, flags = struct.unpack_from(">HH", index, at - 4)
    return [flags & LENGTH, *([before & LENGTH] if before & EXTENDED else [])]


def _relative(path: str, top: str) -> bytes:
    return os.fsencode(os.path.relpath(path, top).replace(os.sep, "/"))
