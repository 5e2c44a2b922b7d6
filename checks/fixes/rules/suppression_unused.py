"""Suppressions that hide nothing, taken out of their comments."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.surroundings import Surroundings
from checks.lazy import lazy

_UNUSED = lazy(r"The suppression of (?P<ids>.+) hides nothing here\.")
_COMMENT = lazy(r"hardening:[ \t]*ignore\[(?P<ids>[^\[\]\n]*)\]")
# How a comment begins, and how it ends where it does not go to the end of the line.
_FORMS = (("{#", "#}"), ("<!--", "-->"), ("#", ""), (";", ""))


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edit that takes ids out of a comment, or the comment if none is left.

    An id that no rule has is left: it may be one of a package that is not installed here.
    """
    told = _UNUSED.fullmatch(finding.message)
    if told is None:
        raise UnsafeError("the rule may be one of a package that is not installed here")
    if not project.is_whole:
        raise UnsafeError("an audit of the whole project may need it")
    start, end = file.span(finding)
    found = _COMMENT.search(file.text, start, end)
    if found is None:
        raise UnsafeError("it is written in a way that is not mended")
    idle = set(told["ids"].split(", "))
    kept = [name for part in found["ids"].split(",") if (name := part.strip()) and name not in idle]
    if kept:
        return [Edit(*found.span("ids"), ", ".join(kept))]
    return [_removed(start, end, found.start(), file)]


def _removed(start: int, end: int, told: int, file: File) -> Edit:
    """Return the edit that takes out a whole comment, or the end of one that says more."""
    text = file.text
    begin, finish = next(form for form in _FORMS if text.startswith(form[0], start))
    if finish:
        closing = text.find(finish, told, end)
        if closing < 0 or text[start + len(begin) : told].strip(" \t-"):
            raise UnsafeError("the comment says more, or goes on")
        end = closing + len(finish)
    elif text[start + len(begin) : told].strip():
        # What another tool is told comes first in the same comment.
        return Edit(start + len(text[start:told].rstrip()), end, "")
    first, last = file.line(start)
    if not text[first:start].strip() and not text[end:last].strip():
        return Edit(first, file.after_line(end), "")
    if not text[end:last].strip():
        return Edit(first + len(text[first:start].rstrip()), last, "")
    return Edit(start, end, "")
