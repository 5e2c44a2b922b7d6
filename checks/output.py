"""Where reports go: standard output or files, and nothing half-written."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence

from checks.errors import UsageError
from checks.records import NamedTuple
from checks.whole import write_whole


class Target(NamedTuple):
    """One report that was asked for."""

    format: str
    file: str | None
    """None for standard output."""


def targets(
    asked: Sequence[str], formats: Collection[str], *, key: str = "--format"
) -> list[Target]:
    """Return the reports that ``FORMAT`` and ``FORMAT:FILE`` texts ask for; text if none do.

    Raises:
        UsageError: a format is unknown, a file name is empty, or two go to one place.
    """
    found: list[Target] = []
    for text in asked or ("text",):
        name, colon, file = text.partition(":")
        if name not in formats:
            raise UsageError(f"{key}: unknown format {name!r}; choices: {', '.join(formats)}")
        if colon and not file:
            raise UsageError(f"{key}: {text!r} names no file; choices: {name}, {name}:FILE")
        target = Target(name, file or None)
        if any(_same(target, other) for other in found):
            where = target.file or "standard output"
            raise UsageError(f"{key}: {text!r} goes to {where} like another report; name a file")
        found.append(target)
    return found


def to_files(found: Sequence[Target], *, asked: bool) -> list[Target]:
    """Return the reports that go to files: standard output is taken by what ``--diff`` prints.

    Args:
        found: the reports.
        asked: whether the command line names them, not the configuration.

    Raises:
        UsageError: the command line sends one to standard output.
    """
    other = [target.format for target in found if target.file is None]
    if asked and other:
        raise UsageError(
            f"--format: {other[0]!r} goes to standard output, where --diff prints the patch; "
            f"name a file: {other[0]}:FILE"
        )
    return [target for target in found if target.file is not None]


def _same(one: Target, other: Target) -> bool:
    if one.file is None or other.file is None:
        return one.file == other.file
    return os.path.abspath(one.file) == os.path.abspath(other.file)


def write(text: str, file: str, *, key: str = "--format") -> None:
    """Write a report to `file`, all of it or nothing.

    Args:
        text: the report.
        file: its path.
        key: what named the file, for messages.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        if os.path.exists(file) and not os.path.isfile(file):
            _directly(text, file)
        else:
            whole = os.path.realpath(file)
            write_whole(text, whole, _mode(whole))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"{key}: cannot write {file}: {reason}") from error


def _directly(text: str, file: str) -> None:
    # A pipe or a device such as /dev/stderr must not be replaced by a file.
    with open(file, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)


def _mode(file: str) -> int:
    """Return the mode of the file that is there, else that of any new file."""
    if os.path.exists(file):
        return os.stat(file).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def show(text: str) -> None:
    """Write to standard output; a reader that has gone away (``| head``) is no error."""
    try:
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            encoding = sys.stdout.encoding or "ascii"
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_bytes(data: bytes) -> None:
    """Write bytes to standard output as they are."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(text: str) -> None:
    """Write one notice to standard error."""
    print(f"flask-hardening: {text}", file=sys.stderr)
