"""What a mend may ask about the rest of the project."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from checks.collect import Candidate
from checks.collect import read as read_bytes
from checks.finding import Outcome
from checks.scope import TOPS

# Code that also runs on Pythons without `secrets`, or where texts are not what they are now.
_OLD_PYTHON = (
    r"^from __future__ import[ \t]*\(?\s*(?!annotations\b|generator_stop\b)\w|"
    r"^[ \t]*(?:import|from)[ \t]+six\b|\bPY2\b|Programming Language :: Python :: (?:2|3\.[0-5])\b|"
    r"python_requires\s*=\s*['\"][^'\"]*>=?\s*(?:2|3\.[0-5]\b)"
)
_TOLD = r"force_https(?!\s*=\s*True\b)|SSL_DISABLED|SSLIFY_"


class Surroundings:
    """The files of a project as they are now, mended ones included.

    Args:
        candidates: the project's files.
        mended: the new bytes of files that were mended in an earlier round, by path.
        outcome: what the audit says of that state.
    """

    def __init__(
        self, candidates: Sequence[Candidate], mended: Mapping[str, bytes], outcome: Outcome
    ) -> None:
        self._candidates = candidates
        self._mended = mended
        self._outcome = outcome
        self._read: dict[str, str] = {}
        self._said: dict[tuple[str, str], bool] = {}

    @property
    def https(self) -> bool:
        """Whether something makes HTTPS mandatory, so that nobody uses the app over http.

        Talisman that is told something of it elsewhere may be told not to.
        """
        rows = [row for row in self._outcome.posture if row.name == "https"]
        return any(row.state == "present" for row in rows) and not self.python_says(_TOLD)

    @property
    def is_for_old_python(self) -> bool:
        """Whether some of the code is written for Python 2 too, or for one before 3.6."""
        return self.python_says(_OLD_PYTHON)

    @property
    def is_whole(self) -> bool:
        """Whether all of a project was audited, not only a folder of it."""
        folder = os.path.realpath(self._outcome.root)
        while folder != os.path.dirname(folder):
            if any(os.path.exists(os.path.join(folder, top)) for top in TOPS):
                return folder == os.path.realpath(self._outcome.root)
            folder = os.path.dirname(folder)
        return True

    def has_module(self, name: str, file: str) -> bool:
        """Return whether ``import name`` in `file` may find a module of the project's own.

        Files that are not audited count: git is often told to leave ``secrets.py`` out.
        """
        endings = (f"{name}.py", f"{name}/__init__.py")
        if any(
            f"/{c.path}".endswith(tuple(f"/{end}" for end in endings)) for c in self._candidates
        ):
            return True
        folder = os.path.dirname(file)
        while True:
            if any(os.path.exists(os.path.join(self._outcome.root, folder, e)) for e in endings):
                return True
            if not folder:
                return False
            folder = os.path.dirname(folder)

    def says(self, pattern: str) -> bool:
        """Return whether a file says something.

        Args:
            pattern: a regular expression, matched in any line.
        """
        compiled = _compiled(pattern)
        return any(
            compiled.search(self._text(candidate)) is not None for candidate in self._candidates
        )

    def python_says(self, pattern: str, *, but: str = "") -> bool:
        """Return whether a Python file says something; see `says`.

        Args:
            pattern: a regular expression, matched in any line.
            but: the path of a file that is not asked.
        """
        if (pattern, but) not in self._said:
            compiled = _compiled(pattern)
            self._said[pattern, but] = any(
                compiled.search(self._text(candidate)) is not None
                for candidate in self._candidates
                if candidate.kind in ("python", "pyconfig") and candidate.path != but
            )
        return self._said[pattern, but]

    def texts(self, pattern: str) -> list[str]:
        """Return what the first group of a regular expression matches, in all files."""
        compiled = _compiled(pattern)
        return [
            match.group(1)
            for candidate in self._candidates
            for match in compiled.finditer(self._text(candidate))
        ]

    def _text(self, candidate: Candidate) -> str:
        known = self._read.get(candidate.path)
        if known is None:
            raw: bytes | str | None = self._mended.get(candidate.path) or read_bytes(candidate)
            known = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
            self._read[candidate.path] = known
        return known


@lru_cache(maxsize=200)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)
