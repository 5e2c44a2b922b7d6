"""The bytes of the audited files, and what tells one state of them from another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checks.collect import Candidate, read
from checks.facts.source import decode_python, decode_text

_KEPT_BYTES = 32 * 1024 * 1024  # 32 MiB: a tree beyond it is read again rather than held


@dataclass(slots=True, eq=False, repr=False)
class Content:
    """One file as it was read."""

    candidate: Candidate
    digest: bytes
    """Of the bytes, or of the reason why there are none."""
    _found: bytes | str | None
    _held: bool = True
    matters: bool | None = None
    """Whether a Python file is worth parsing; None: nobody has asked yet."""
    given: bool = False
    """Whether these are other bytes than the file has, so that they cannot be read again."""

    def look(self) -> bytes | str | None:
        """Return what `checks.collect.read` returned, and hold it."""
        if not self._held:
            self._found, self._held = read(self.candidate), True
        return self._found

    def take(self) -> bytes | str | None:
        """Return what `checks.collect.read` returned, and let go of it."""
        found = self._found if self._held else read(self.candidate)
        if self.given:
            return found
        self._found, self._held = None, False
        return found


def contents(
    candidates: Iterable[Candidate], instead: Mapping[str, bytes] | None = None
) -> Iterator[Content]:
    """Read all `candidates`; yields each with its digest.

    Args:
        candidates: the files.
        instead: what some files are taken to hold, by path.
    """
    held = 0
    for candidate in candidates:
        given = instead.get(candidate.path) if instead else None
        if given is not None:
            digest = hashlib.blake2b(given, digest_size=16, person=b"b").digest()
            yield Content(candidate, digest, given, given=True)
            continue
        found = read(candidate)
        data = found if isinstance(found, bytes) else repr(found).encode()
        kind = b"b" if isinstance(found, bytes) else b"-"
        digest = hashlib.blake2b(data, digest_size=16, person=kind).digest()
        keep = held + len(data) <= _KEPT_BYTES
        held += len(data) if keep else 0
        yield Content(candidate, digest, found if keep else None, keep)


def text_of(candidate: Candidate, raw: bytes) -> str:
    """Return the text of a file as it is kept.

    Raises:
        SyntaxError, UnicodeDecodeError: a Python file that is in no encoding it could be in.
    """
    written = candidate.kind in ("python", "pyconfig")
    return decode_python(raw) if written else decode_text(raw)
