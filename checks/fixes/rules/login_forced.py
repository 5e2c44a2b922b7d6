"""``login_user`` without ``force=True``."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, Unsafe
from checks.fixes.file import File
from checks.fixes.python import is_name, value_at, without
from checks.fixes.surroundings import Surroundings

_OWN = r"\bis_active\b|\b_?active\s*[:=]"


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edit that leaves ``force=True`` out.

    Only where every user is active, so that it changes nothing but what happens to those who will
    not be one day.
    """
    if not finding.message.startswith("force=True"):
        raise Unsafe("what becomes of users who are not active is for the app to say")
    node = value_at(finding, file)
    if not is_name(node, "True"):
        raise Unsafe("the value is made elsewhere")
    if not project.python_says(r"\bUserMixin\b") or project.python_says(_OWN):
        raise Unsafe("users who are not active may be meant to log in")
    return [without(node, ("force",), file.tree)]
