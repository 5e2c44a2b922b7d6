"""What runs in the processes that bandit's tests are spread over; takes and gives plain values."""

from __future__ import annotations

import ast
import gc
import logging
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from checks.collect import Candidate, read
from checks.facts.source import Source, decode_python

MOST_SECONDS = 20  # of CPU for one file; bandit's own tests have taken half an hour for one dict
# The texts of these tests quote the literal that they found.
_QUOTING = {"B105", "B106", "B107"}

Issue = tuple[str, str, str, str, str, str, int, int, int, int, int | None]
"""Path, test, its name, severity, confidence, text, weakness; line, column, last line, column."""
Gap = tuple[str, str]
"""Path and reason."""


class _TooLongError(BaseException):
    """The file has taken its time; no `Exception`, because bandit goes on after those."""


def prepare() -> None:
    """Import what a scan needs, so that processes which are copies of this one share it."""
    from bandit.core import extension_loader  # noqa: F401  # imported for later


def start() -> None:
    """Make this process one that scans."""
    # bandit's trees have cycles, so they must be collected; what was copied from the parent, its
    # trees among it, need not be gone through for that.
    gc.freeze()
    gc.enable()
    logging.getLogger("bandit").setLevel(logging.CRITICAL + 1)


def scan(
    files: Sequence[tuple[str, str]],
    config: str | None,
    include: Sequence[str],
    exclude: Sequence[str],
) -> tuple[list[Issue], list[Gap]]:
    """Return what bandit's tests find in `files`, and the files that it could not check.

    Args:
        files: path for reports, path for the system.
        config: a pyproject.toml with bandit's settings.
        include: only these tests; empty: all.
        exclude: not these.
    """
    issues: list[Issue] = []
    gaps: list[Gap] = []
    for path, full in files:
        raw = read(Candidate(path, full, "python"))
        if not isinstance(raw, bytes):
            continue  # our own run has said why
        try:
            with _limited():
                found, skipped = _tested(full, config, include, exclude)
        except _TooLongError:
            gaps.append((path, f"bandit took more than {MOST_SECONDS} seconds for it"))
            continue
        gaps += [(path, f"bandit could not check it: {reason}") for reason in skipped]
        if found:
            source = Source(path, decode_python(raw))
            issues += [_issue(issue, source) for issue in found]
    return issues, gaps


def _tested(
    full: str, config: str | None, include: Sequence[str], exclude: Sequence[str]
) -> tuple[list[Any], list[str]]:
    from bandit.core.config import BanditConfig
    from bandit.core.manager import BanditManager

    profile = {"include": {*include}, "exclude": {*exclude, *_our_own()}}
    manager = BanditManager(BanditConfig(config), "file", quiet=True, profile=profile)
    manager.files_list = [full]
    manager.run_tests()
    return manager.get_issue_list(), [str(reason) for _, reason in manager.get_skipped()]


def _our_own() -> set[str]:
    """Return the ids of our rules among bandit's plugins: here they run by themselves."""
    from bandit.core.extension_loader import MANAGER

    return {
        name
        for name, plugin in MANAGER.plugins_by_id.items()
        if plugin.entry_point.value.startswith("flask_hardening:")
    }


def _issue(issue: Any, source: Source) -> Issue:
    line = max(int(issue.lineno or 1), 1)
    last = max([line, *issue.linerange])
    node = ast.Pass(
        lineno=line,
        col_offset=max(issue.col_offset, 0),
        end_lineno=line,
        end_col_offset=max(issue.end_col_offset or 0, 0),
    )
    spot = source.spot(node)
    # Over several lines bandit's end may be that of a part; the line's end is no lie.
    end = spot.end_column if last == line and spot.end_column > spot.column else None
    text = str(issue.text)
    if issue.test_id in _QUOTING:
        text = text.partition(":")[0] + "."
    return (
        source.path,
        str(issue.test_id),
        str(issue.test),
        str(issue.severity),
        str(issue.confidence),
        text,
        int(issue.cwe.id),
        line,
        spot.column,
        last,
        end,
    )


@contextmanager
def _limited() -> Iterator[None]:
    """Raise `_TooLongError` in a body that computes for longer than `MOST_SECONDS`."""
    if not hasattr(signal, "setitimer"):  # Windows has no such clock
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
