"""What a ``.gitignore`` leaves out, by the same rules everywhere the audit is installed.

Our own small matcher and not an optional library: an audit must read the same files whether or
not an extra is installed. The tests hold it to ``git check-ignore``.
"""

from __future__ import annotations

import re

from checks.records import NamedTuple


class _Pattern(NamedTuple):
    regex: re.Pattern[str]
    negated: bool
    folders_only: bool


class IgnoreFile(NamedTuple):
    """The patterns of one ``.gitignore``, for paths relative to its folder."""

    patterns: tuple[_Pattern, ...]

    @classmethod
    def parse(cls, text: str) -> IgnoreFile:
        """Return the patterns of `text`; lines that mean nothing are left out."""
        found = (_compile(line) for line in text.replace("\r\n", "\n").split("\n"))
        return cls(tuple(pattern for pattern in found if pattern is not None))

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Return True for ignored, False for kept by a ``!`` line, None for not mentioned.

        Args:
            path: relative to the ignore file's folder, with ``/``.
            folder: whether it is a folder.
        """
        for pattern in reversed(self.patterns):
            if (folder or not pattern.folders_only) and pattern.regex.fullmatch(path):
                return not pattern.negated
        return None


def glob_regex(glob: str) -> re.Pattern[str]:
    """Return a pattern for `glob`, which matches like one line of a ``.gitignore``.

    Raises:
        ValueError: the glob is empty.
    """
    pattern = _compile(glob)
    if pattern is None:
        raise ValueError("an empty pattern")
    return pattern.regex


def _compile(line: str) -> _Pattern | None:
    if not line.strip() or line.startswith("#"):
        return None
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    negated = line.startswith("!")
    line = line[1:] if negated else line
    folders_only = line.endswith("/")
    line = line.rstrip("/") if folders_only else line
    anchored = "/" in line
    line = line.removeprefix("/")
    if not line:
        return None
    prefix = "" if anchored else "(?:.*/)?"
    try:
        regex = re.compile(prefix + _translate(line), re.DOTALL)
    except re.error:
        return None
    return _Pattern(regex, negated, folders_only)


def _translate(glob: str) -> str:
    out = []
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at) and (at == 0 or glob[at - 1] == "/"):
            out.append("(?:.*/)?")
            at += 3
        elif glob[at:] == "**" and (at == 0 or glob[at - 1] == "/"):
            out.append(".+")
            at += 2
        elif glob[at] == "*":
            while at < len(glob) and glob[at] == "*":
                at += 1
            out.append("[^/]*")
        elif glob[at] == "?":
            out.append("[^/]")
            at += 1
        elif glob[at] == "[" and (end := _class_end(glob, at)) > 0:
            body = glob[at + 1 : end]
            body = "^" + body[1:] if body[0] in "!^" else body
            out.append("(?!/)[" + body.replace("[", "\\[") + "]")
            at = end + 1
        else:
            if glob[at] == "\\" and at + 1 < len(glob):
                at += 1
            out.append(re.escape(glob[at]))
            at += 1
    return "".join(out)


def _class_end(glob: str, start: int) -> int:
    first = start + 1
    if first < len(glob) and glob[first] in "!^":
        first += 1
    return glob.find("]", first + 1)
