"""Large trees in parts: files that nothing ties to an app are judged apart from it.

The trees of parsed files are what an audit needs memory for. Above some size of what has to be
parsed, files are put together by their imports. Those that no import ties to a file that speaks
of Flask or of what rules ask an app for are judged in batches of their own, by another process
where there is a core for it; each batch is let go before the next. The posture is that of what
stays with the apps.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import flask_hardening
from checks.contents import Content
from checks.extract import extract
from checks.facts.matters import matters, of_an_app
from checks.facts.python import module_name
from checks.finding import Finding, NotAudited
from checks.lazy import lazy
from checks.options import Options
from checks.project.imports import Imports
from checks.records import NamedTuple
from checks.rule import Rule

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

LARGE = 6_000_000  # bytes to parse; 37 public apps have at most 4.4 million, with 200 MB of trees
_BATCH = 3_000_000  # bytes to parse at a time: some 110 MB of trees
_IMPORT = lazy(rb"import\b[ \t]*(\([^)]{0,5000}\)|[^\n#;]*)")
_FROM = lazy(rb"[ \t]*from[ \t]+([.\w]+)[ \t]*$")
_NAME = lazy(r"[.\w]+")


class Told(NamedTuple):
    """What is found in some batches."""

    findings: list[Finding]
    not_audited: list[NotAudited]
    files: int
    texts: dict[str, str]
    """Of the files that findings point at."""


@dataclass(slots=True, eq=False, repr=False)
class _File:
    """As much of a module as imports are resolved with."""

    content: Content
    name: str
    is_package: bool
    size: int
    imports: list[str]
    of_an_app: bool


def split(read: list[Content]) -> tuple[list[Content], list[list[Content]]]:
    """Return what belongs to the apps, and batches of Python files that nothing ties to them.

    Without batches where the whole is not large.
    """
    sizes = [_matters(content) for content in read]
    if sum(sizes) <= LARGE:
        return read, []
    files = [_file(content, size) for content, size in zip(read, sizes, strict=True) if size]
    batches: list[list[Content]] = [[]]
    size = 0
    for group in _groups(files):
        if any(file.of_an_app for file in group):
            continue
        if size + sum(file.size for file in group) > _BATCH:
            batches.append([])
            size = 0
        batches[-1] += [file.content for file in group]
        size += sum(file.size for file in group)
    away = {id(content) for batch in batches for content in batch}
    near = [content for content in read if id(content) not in away]
    return near, [batch for batch in batches if batch]


def _matters(content: Content) -> int:
    """Return how many bytes have to be parsed, and note where that is none of a Python file."""
    raw = content.look() if content.candidate.kind == "python" else None
    if not isinstance(raw, bytes):
        return 0
    content.matters = matters(raw)
    if not content.matters:
        content.take()  # nobody will ask for the bytes
    return len(raw) if content.matters else 0


def _file(content: Content, size: int) -> _File:
    raw = content.look()
    assert isinstance(raw, bytes)  # it was looked at before, and is held
    name, is_package = module_name(content.candidate.path)
    # A configuration may be named by a text, which is no import.
    app = of_an_app(raw) or any(word in name.lower() for word in ("config", "settings"))
    return _File(content, name, is_package, size, [*_imports(raw)], app)


def _imports(raw: bytes) -> Iterable[str]:
    """Yield the dotted names that a file may import."""
    for match in _IMPORT.finditer(raw):
        base = _FROM.match(raw, raw.rfind(b"\n", 0, match.start()) + 1, match.start())
        stem = base[1].decode("utf-8", "replace") if base is not None else ""
        for name in _NAME.findall(match[1].decode("utf-8", "replace")):
            if not stem:
                yield name
            elif stem.endswith("."):
                yield stem + name
            else:
                yield f"{stem}.{name}"
        if stem:
            yield stem


def _groups(files: Sequence[_File]) -> list[list[_File]]:
    """Return `files` by what imports put together, in order of their first files."""
    imports = Imports({file.name: file for file in files})
    up = {id(file): file for file in files}

    def top(file: _File) -> _File:
        while up[id(file)] is not file:
            up[id(file)] = up[id(up[id(file)])]
            file = up[id(file)]
        return file

    for file in files:
        for dotted in file.imports:
            found = imports.find_module(dotted, file)
            if found is not None:
                up[id(top(file))] = top(found)
    groups: dict[int, list[_File]] = {}
    for file in files:
        groups.setdefault(id(top(file)), []).append(file)
    return list(groups.values())


class Apart:
    """Batches that are judged while the caller judges the rest, or before it."""

    def __init__(
        self, batches: list[list[Content]], rules: Sequence[Rule], options: Options, workers: int
    ) -> None:
        """Start, or with no worker do the work at once."""
        self._done: list[Told] = []
        self._waiting: list[Future[Told]] = []
        self._pool: ProcessPoolExecutor | None = None
        if workers and sys.platform == "linux" and batches:
            # A copy of this process has the bytes; elsewhere they would have to be sent.
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            global _BATCHES
            _BATCHES = [(batch, rules, options) for batch in batches]
            context = multiprocessing.get_context("fork")
            self._pool = ProcessPoolExecutor(min(workers, len(batches)), context)
            task = flask_hardening.call
            self._waiting = [
                self._pool.submit(task, __name__, "numbered", number)
                for number in range(len(batches))
            ]
        else:
            self._done = [judged(batch, rules, options) for batch in batches]

    def result(self) -> Told:
        """Return all that is found."""
        done = [*self._done, *(future.result() for future in self._waiting)]
        if self._pool is not None:
            self._pool.shutdown()
        whole = Told([], [], 0, {})
        for told in done:
            whole.findings.extend(told.findings)
            whole.not_audited.extend(told.not_audited)
            whole.texts.update(told.texts)
        return Told(whole.findings, whole.not_audited, sum(t.files for t in done), whole.texts)


_BATCHES: list[tuple[list[Content], Sequence[Rule], Options]] = []


def numbered(number: int) -> Told:
    """Return what is found in one of the batches that the process began with."""
    return judged(*_BATCHES[number])


def judged(batch: list[Content], rules: Sequence[Rule], options: Options) -> Told:
    """Return what `rules` find in the files of `batch`, as a project of its own."""
    from checks.judge import all_findings  # which begins with this module

    texts: dict[str, str] = {}
    files, count = extract(batch, texts, options.python)
    found = all_findings(rules, files, options)[0]
    paths = {finding.path for finding in found}
    told = {path: text for path, text in texts.items() if path in paths}
    gaps = files.not_audited
    del files
    gc.collect()  # which is off otherwise: all that is left to go through is this batch
    return Told(found, gaps, count, told)
