"""Edits of a text: where, and what comes there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checks.records import NamedTuple


class UnsafeError(Exception):
    """A finding is left as it is; the message is the reason, in a few words without a full stop."""


class Edit(NamedTuple):
    """One stretch of a text that is replaced."""

    start: int
    """Its first character, counted from 0."""
    end: int
    """The character after its last one; `start` where something is only put in."""
    text: str
    """What comes there."""

    def disturbs(self, other: Edit) -> bool:
        """Return whether not both can be made: they overlap, or begin at one place."""
        if self == other:
            return False
        if self.start == other.start:
            return True
        first, second = (self, other) if self.start < other.start else (other, self)
        return first.end > second.start


def fits(edits: Sequence[Edit], others: Iterable[Edit]) -> bool:
    """Return whether all of `edits` can be made together with all of `others`."""
    return not any(edit.disturbs(other) for other in others for edit in edits)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with `edits`, which do not disturb each other."""
    parts, place = [], 0
    for edit in sorted(set(edits)):
        parts += [text[place : edit.start], edit.text]
        place = edit.end
    return "".join([*parts, text[place:]])
