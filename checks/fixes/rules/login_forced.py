"""``login_user`` without ``force=True``."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, Unsafe
from checks.fixes.file import File
from checks.fixes.python import is_name, value_at, without
from checks.fixes.surroundings import Surroundings

_ANSWERS = r"\bUserMixin\b|\bdef is_active\b|^\s+is_active\s*[:=]"


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edit that leaves ``force=True`` out.

    Only where a user answers `is_active`, which Flask-Login then asks for.
    """
    node = value_at(finding, file)
    if not is_name(node, "True"):
        raise Unsafe("the value is made elsewhere")
    if not project.says(_ANSWERS):
        raise Unsafe("nothing says whether users answer is_active")
    return [without(node, ("force",), file.tree)]
