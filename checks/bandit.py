"""bandit's tests in the same audit: through its library, over all cores, without what we found too.

https://bandit.readthedocs.io/. Its ``# nosec`` comments and the ``[tool.bandit]`` table of the
audited project hold; so do our own suppressions, with ids such as ``B105``. How our rules run
under plain bandit is in `checks.bandit_plugins`.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatch
from functools import partial
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask_hardening
from checks import bandit_worker
from checks.bandit_worker import Gap, Issue
from checks.collect import Candidate
from checks.contexts import context_of
from checks.cores import cores
from checks.errors import UsageError
from checks.finding import Confidence, Finding, NotAudited, Severity
from checks.options import Options, is_bandit
from checks.records import NamedTuple

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

_INSTALL = 'pip install "flask-hardening[audit]"'
_CHUNK = 16  # files: enough to pay for a message to a process, few enough to share work evenly
_LEVELS: dict[str, Severity] = {"HIGH": "high", "MEDIUM": "medium", "LOW": "low"}
_NO_WEAKNESS = 710  # "improper adherence to coding standards", for tests that name none

_SECRETS = ("secret-", "credentials-", "password-", "jwt-", "token-", "reset-token-")
_PAGES = ("autoescape-off", "template-from-string")
# Which of our rules say the same as a test of bandit's, by the beginning of their ids.
_TWINS: dict[str, tuple[str, ...]] = {
    "B105": _SECRETS,
    "B106": _SECRETS,
    "B107": _SECRETS,
    "B201": ("debug-enabled",),
    "B301": ("session-pickled",),
    "B303": ("password-hash-", "reset-token-"),
    "B304": ("password-encrypted",),
    "B305": ("password-encrypted",),
    "B311": ("secret-generated-weakly", "reset-token-predictable"),
    "B323": ("tls-unverified",),
    "B324": ("password-hash-", "reset-token-"),
    "B501": ("tls-unverified",),
    "B701": _PAGES,
    "B702": _PAGES,
    "B703": _PAGES,
    "B704": _PAGES,
}


_Chunk = Sequence[tuple[str, str]]
_Told = tuple[list[Issue], list[Gap]]
_Task = Callable[[_Chunk], _Told]


class _Plan(NamedTuple):
    """What bandit is asked to do."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]
    folders: tuple[str, ...]
    """Paths or globs that the project leaves out for bandit."""
    nothing: bool = False
    """Whether no test of bandit's is wanted at all."""

    def wants(self, test: str) -> bool:
        chosen = not self.include or test in self.include
        return chosen and test not in self.exclude and not self.nothing


def begin(candidates: Iterable[Candidate], options: Options, *, jobs: int | None) -> Running:
    """Start bandit on the Python files among `candidates`, while the caller goes on.

    Args:
        candidates: the collected files.
        options: what was asked for.
        jobs: at most so many processes; None: one for each core.

    Raises:
        UsageError: bandit is not installed, or its settings are wrong.
    """
    _version()
    plan = _plan(options)
    wanted = [c for c in candidates if c.kind == "python" and not plan.nothing]
    files = [(c.path, c.full) for c in wanted if not _left_out(c, plan)]
    chunks = [files[start : start + _CHUNK] for start in range(0, len(files), _CHUNK)]
    task = partial(
        flask_hardening.call,
        "checks.bandit_worker",
        "scan",
        config=options.bandit_config,
        include=plan.include,
        exclude=plan.exclude,
    )
    running = Running(task, chunks, min(jobs or cores(), len(chunks)))
    if jobs != 1:  # one process means one: it then waits until the caller has done its part
        running.start()
    return running


def without_twins(theirs: Iterable[Finding], ours: Iterable[Finding]) -> list[Finding]:
    """Return those of bandit's findings that say something that none of `ours` says there."""
    by_path: dict[str | None, list[Finding]] = {}
    for finding in ours:
        by_path.setdefault(finding.path, []).append(finding)
    return [
        one for one in theirs if not any(_same(one, other) for other in by_path.get(one.path, ()))
    ]


def other_gaps(gaps: Iterable[NotAudited], known: Iterable[NotAudited]) -> list[NotAudited]:
    """Return those of bandit's gaps in files that our own run could read."""
    paths = {gap.path for gap in known}
    return [gap for gap in gaps if gap.path not in paths]


def judged(name: str, options: Options) -> bool:
    """Return whether `name` is a test of bandit's that this run asks for."""
    return is_bandit(name) and _plan(options).wants(name)


def state(config: str | None) -> list[object]:
    """Return what tells one state of bandit, its plugins and its settings from another."""
    plugins = sorted(
        (point.name, point.value, point.dist.version if point.dist else "")
        for group in ("bandit.plugins", "bandit.blacklists")
        for point in entry_points(group=group)
    )
    settings = hashlib.sha256(Path(config).read_bytes()).hexdigest() if config else ""
    return [_version(), plugins, settings]


def _version() -> str:
    try:
        return version("bandit")
    except PackageNotFoundError as error:
        raise UsageError(f"--bandit needs bandit, which is not installed: {_INSTALL}") from error


def _plan(options: Options) -> _Plan:
    table: dict[str, Any] = {}
    if options.bandit_config is not None:
        data = tomllib.loads(Path(options.bandit_config).read_text(encoding="utf-8"))
        table = data["tool"]["bandit"]
    tests, skips, folders = (_texts(table, key) for key in ("tests", "skips", "exclude_dirs"))
    chosen = [name for name in options.select if is_bandit(name)]
    if options.select and tests:
        chosen = [name for name in chosen if name in tests]
    include = chosen if options.select else tests
    exclude = [name for name in (*skips, *options.ignore) if is_bandit(name)]
    return _Plan(
        tuple(sorted({*include}.difference(exclude))),
        tuple(sorted({*exclude})),
        tuple(folders),
        nothing=bool(options.select or tests) and not {*include}.difference(exclude),
    )


def _texts(table: dict[str, Any], key: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise UsageError(f"[tool.bandit] {key} = {value!r}; choices: a list of texts")
    return value


def _left_out(candidate: Candidate, plan: _Plan) -> bool:
    # As bandit does it: a glob of the whole path, or any part of it.
    path = f"./{candidate.path}"
    return any(fnmatch(path, glob) or glob in path for glob in plan.folders)


class Running:
    """A task over chunks of files, in processes; a file whose process dies costs no other."""

    def __init__(self, task: _Task, chunks: Sequence[_Chunk], workers: int) -> None:
        """Start nothing yet."""
        self._task = task
        self._chunks = chunks
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: list[tuple[_Chunk, Future[_Told]]] = []

    def start(self) -> None:
        """Give the chunks to processes."""
        import multiprocessing  # here: an audit without bandit need not import it
        from concurrent.futures import ProcessPoolExecutor

        if not self._chunks or self._pool is not None:
            return
        # A copy of this process knows our packages; elsewhere `flask_hardening` loads them.
        kind = "fork" if sys.platform == "linux" else "spawn"
        if kind == "fork":
            bandit_worker.prepare()
        work = (flask_hardening.call, ("checks.bandit_worker", "start"))
        context = multiprocessing.get_context(kind)
        self._pool = ProcessPoolExecutor(self._workers, context, *work)
        self._waiting = [(chunk, self._pool.submit(self._task, chunk)) for chunk in self._chunks]

    def result(self) -> tuple[list[Finding], list[NotAudited]]:
        """Return the findings and the files that could not be checked, when all is done."""
        issues, gaps = self._told()
        return [_finding(issue) for issue in issues], [NotAudited(*gap) for gap in gaps]

    def _told(self) -> _Told:
        from concurrent.futures.process import BrokenProcessPool

        self.start()
        issues: list[Issue] = []
        gaps: list[Gap] = []
        dead: list[_Chunk] = []
        for chunk, future in self._waiting:
            try:
                found, skipped = future.result()
            except BrokenProcessPool:
                dead.append(chunk)
            else:
                issues += found
                gaps += skipped
        if self._pool is not None:
            self._pool.shutdown()
        alone = len(self._chunks) == 1
        for part in _parts(dead, alone=alone):
            if alone and len(self._chunks[0]) == 1:
                gaps.append((part[0][0], "bandit's process ended while it checked it"))
                continue
            found, skipped = Running(self._task, [part], 1)._told()
            issues += found
            gaps += skipped
        return issues, gaps


def _parts(dead: Iterable[_Chunk], *, alone: bool) -> Iterator[_Chunk]:
    """Yield what is tried again: chunks that may be innocent whole, a guilty one in halves."""
    for chunk in dead:
        half = len(chunk) // 2 if alone else 0
        yield from (part for part in (chunk[:half], chunk[half:]) if part)


def _finding(issue: Issue) -> Finding:
    path, test, name, severity, confidence, text, weakness, line, column, last, end = issue
    sure: Confidence = _LEVELS.get(confidence, "low")
    return Finding(
        rule=test,
        severity=_LEVELS.get(severity, "low"),
        confidence=sure,
        audience="default",
        message=text,
        why=f"bandit's test {name} takes this for a weakness.",
        fix=f"See {_page(test, name)} for what to write instead.",
        cwe=weakness or _NO_WEAKNESS,
        asvs=(),
        path=path,
        line=line,
        column=column,
        end_line=last,
        end_column=end,
        context=context_of(path),
        source="bandit",
    )


def _page(test: str, name: str) -> str:
    base = "https://bandit.readthedocs.io/en/latest"
    if name == "blacklist":
        return f"{base}/blacklists/blacklist_{'imports' if test >= 'B400' else 'calls'}.html"
    return f"{base}/plugins/{test.lower()}_{name}.html"


def _same(theirs: Finding, ours: Finding) -> bool:
    if not ours.rule.startswith(_TWINS.get(theirs.rule, ("\0",))):
        return False
    if theirs.line is None or ours.line is None:
        return False
    first, last = ours.line, ours.end_line or ours.line
    return first <= (theirs.end_line or theirs.line) and theirs.line <= last
