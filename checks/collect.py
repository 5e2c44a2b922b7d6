"""Which files are audited, and their bytes.

Left out: what ``.gitignore`` lists and git does not track, version control, caches, virtual
environments, installed packages and build output. A path that was named itself is always
audited. What should have been read and could not be is a `NotAudited`, never a silent gap.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from checks.errors import UsageError
from checks.finding import NotAudited
from checks.gitignore import IgnoreFile, glob_regex
from checks.kinds import ESSENTIAL, Kind, kind_of
from checks.records import NamedTuple
from checks.tracked import Tracked

MAX_BYTES = 1_000_000  # larger Python files are generated: a parse takes seconds and 200 MB
_MAX_JSON = 200_000  # bytes: larger ones are translations, dumps and other data

_SKIPPED = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", "__pycache__", ".tox", ".nox", ".venv", ".eggs",
        ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints",
        "node_modules", "bower_components", "site-packages", "dist-packages",
        "vendor", "_vendor", "vendored", "third_party",
    }
)  # fmt: skip
_STATIC = frozenset({"static", "docs", "doc", "public", "htmlcov"})
_BUILT = frozenset({"build", "dist"})  # left out unless they are packages of the project


class Candidate(NamedTuple):
    """A file to audit."""

    path: str
    """Relative to the root, with ``/``."""
    full: str
    """As the system opens it."""
    kind: Kind
    """What it is read as."""
    named: bool = False
    """Whether it was named on the command line."""


@dataclass(slots=True, eq=False, repr=False)
class Collected:
    """What a run is about."""

    root: str
    """The audited folder as given."""
    files: list[Candidate] = field(default_factory=list)
    not_audited: list[NotAudited] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def root_of(paths: Sequence[str]) -> str:
    """Return the folder that all of `paths` are in, as given where it was given.

    Raises:
        UsageError: a path does not exist.
    """
    missing = [path for path in paths if not os.path.lexists(path)]
    if missing:
        raise UsageError(f"no such file or folder: {', '.join(missing)}")
    folders = [path if os.path.isdir(path) else os.path.dirname(path) or "." for path in paths]
    if len(set(folders)) == 1:
        return _slashes(os.path.normpath(folders[0]))
    common = os.path.commonpath([os.path.abspath(folder) for folder in folders])
    return _slashes(os.path.relpath(common))


def collect(paths: Sequence[str], *, exclude: Sequence[str] = ()) -> Collected:
    """Return the files to audit below `paths`, sorted.

    Args:
        paths: files and folders, as given on the command line.
        exclude: globs relative to the root, written as in a ``.gitignore``.

    Raises:
        UsageError: a path does not exist, or a glob is empty.
    """
    found = Collected(root_of(paths))
    walker = _Walker(found, exclude)
    for path in paths:
        if os.path.isdir(path):
            walker.folder(path)
        else:
            walker.file(path, named=True)
    found.files = sorted({candidate.path: candidate for candidate in found.files}.values())
    found.not_audited = sorted(set(found.not_audited))
    found.notes = sorted(set(found.notes))
    return found


class _Walker:
    def __init__(self, found: Collected, exclude: Sequence[str]) -> None:
        self.found = found
        self.root = os.path.realpath(found.root)
        self._shown: dict[str, str] = {}  # folders as reports print them
        self.tracked = Tracked()
        try:
            self.excluded = [glob_regex(glob.rstrip("/")) for glob in exclude]
        except ValueError as error:
            raise UsageError(
                "exclude: an empty pattern; give a glob such as migrations/*"
            ) from error

    def folder(self, path: str) -> None:
        start = os.path.realpath(path)
        ignores = _outer_ignores(start)
        stack = [(start, ignores, False)]
        while stack:
            folder, ignores, listed = stack.pop()
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError as error:
                self.refuse(folder, f"the folder cannot be read: {error.strerror}")
                continue
            own = _read_ignore(os.path.join(folder, ".gitignore"))
            inner = [*ignores, (folder, own)] if own is not None else ignores
            for entry in entries:
                self._entry(entry, inner, stack, listed=listed)

    def _entry(
        self,
        entry: os.DirEntry[str],
        ignores: list[tuple[str, IgnoreFile]],
        stack: list[tuple[str, list[tuple[str, IgnoreFile]], bool]],
        *,
        listed: bool,
    ) -> None:
        is_folder = entry.is_dir(follow_symlinks=False)
        if self._left_out(entry.path):
            return
        listed = listed or _ignored(entry.path, ignores, folder=is_folder)
        if listed and not (
            self.tracked.holds_some(entry.path)
            if is_folder
            else self.tracked.holds(entry.path, self._kind(entry.path))
        ):
            return
        if entry.is_symlink():
            self._link(entry)
        elif is_folder:
            if not _skipped(entry):
                stack.append((entry.path, ignores, listed))
        else:
            self.file(entry.path)

    def _link(self, entry: os.DirEntry[str]) -> None:
        target = os.path.realpath(entry.path)
        if os.path.isdir(target):
            if entry.path.startswith(target.rstrip(os.sep) + os.sep):
                self.refuse(entry.path, "the symbolic link leads in a circle")
            elif not _inside(target, self.root):
                shown = self.shown(entry.path)
                self.found.notes.append(f"{shown} links to a folder outside and was not followed")
        elif os.path.isfile(target):
            if not _inside(target, self.root):
                self.file(entry.path)
        elif kind_of(entry.name) is not None:
            self.refuse(entry.path, "the symbolic link leads nowhere or in a circle")

    def _kind(self, path: str) -> Kind | None:
        folder, name = os.path.split(path)
        return kind_of(name, _slashes(folder.removeprefix(self.root)).strip("/"))

    def file(self, path: str, *, named: bool = False) -> None:
        kind = self._kind(path)
        if kind is None:
            if named:
                self.refuse(path, "no kind of file that the audit reads")
            return
        self.found.files.append(Candidate(self.shown(path), path, kind, named))

    def refuse(self, path: str, reason: str) -> None:
        self.found.not_audited.append(NotAudited(self.shown(path), reason))

    def shown(self, path: str) -> str:
        """Return `path` as reports print it."""
        if path == self.root:
            return "."
        parent, name = os.path.split(path)
        folder = self._shown.get(parent)
        if folder is None:
            real = os.path.realpath(os.path.abspath(parent))
            folder = self._shown[parent] = os.path.relpath(real, self.root)
        return _slashes(name if folder == "." else os.path.join(folder, name))

    def _left_out(self, path: str) -> bool:
        if not self.excluded:
            return False
        relative = self.shown(path)
        return any(regex.fullmatch(relative) for regex in self.excluded)


def read(candidate: Candidate) -> bytes | str | None:
    """Return the bytes of `candidate`, or the reason why it is not audited.

    Returns:
        None for a large data file that nobody named: it is no configuration.
    """
    try:
        # A pipe or device must not be waited for, not even if it takes the file's place now.
        handle = os.open(candidate.full, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return "it is no regular file"
        if state.st_size > MAX_BYTES:
            needed = candidate.named or (candidate.kind in ESSENTIAL and not _is_static(candidate))
            return f"it is larger than {MAX_BYTES} bytes" if needed else None
        if candidate.kind in ("json", "sql") and state.st_size > _MAX_JSON and not candidate.named:
            return None
        return b"".join(_chunks(handle, state.st_size))
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    finally:
        os.close(handle)


def _is_static(candidate: Candidate) -> bool:
    """Return whether it is a page that is handed out as it is, such as a manual."""
    return candidate.kind == "template" and not _STATIC.isdisjoint(candidate.path.split("/")[:-1])


def _chunks(handle: int, size: int) -> Iterator[bytes]:
    """Yield what is in an open file of some `size`, up to what is read of one at most."""
    left = MAX_BYTES + 1
    while left > 0 and (chunk := os.read(handle, min(left, size + 1))):
        yield chunk
        left -= len(chunk)


def _skipped(entry: os.DirEntry[str]) -> bool:
    if entry.name in _SKIPPED or entry.name.endswith(".egg-info"):
        return True
    if entry.name in _BUILT:
        return not os.path.exists(os.path.join(entry.path, "__init__.py"))
    return os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))


def _outer_ignores(start: str) -> list[tuple[str, IgnoreFile]]:
    """Return the ignore files above `start` in its repository, outermost first.

    They are dropped if they leave out `start` itself: it was named, so it is wanted.
    """
    found: list[tuple[str, IgnoreFile]] = []
    top = start
    while not os.path.exists(os.path.join(top, ".git")):
        parent = os.path.dirname(top)
        if parent == top:
            return []  # no repository: only ignore files at or below the start count
        top = parent
    for folder in _between(top, start):
        names = [".gitignore"] if folder != top else [".git/info/exclude", ".gitignore"]
        for name in names:
            ignore = _read_ignore(os.path.join(folder, *name.split("/")))
            if ignore is not None:
                found.append((folder, ignore))
    chain = [*_between(top, start), start][1:]
    if any(_ignored(folder, found, folder=True) for folder in chain):
        return []
    return found


def _between(top: str, start: str) -> Iterator[str]:
    """Yield the folders from `top` down to the parent of `start`."""
    if top == start:
        return
    yield top
    folder = top
    for part in os.path.relpath(start, top).split(os.sep)[:-1]:
        folder = os.path.join(folder, part)
        yield folder


def _read_ignore(path: str) -> IgnoreFile | None:
    if not os.path.isfile(path):
        return None
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return IgnoreFile.parse(stream.read(MAX_BYTES))
    except OSError:
        return None


def _ignored(path: str, ignores: list[tuple[str, IgnoreFile]], *, folder: bool) -> bool:
    for base, ignore in reversed(ignores):
        if path == base:
            continue
        verdict = ignore.verdict(_slashes(os.path.relpath(path, base)), folder=folder)
        if verdict is not None:
            return verdict
    return False


def _inside(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _slashes(path: str) -> str:
    return path.replace(os.sep, "/")
