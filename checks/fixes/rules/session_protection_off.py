"""Back to Flask-Login's own default, or to the value that a misspelt one means."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.python import is_name, literal_text, respelled, value_at
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import cst


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edit that sets a value which protects.

    ``strong`` ends a session whose address changes, as those of telephones do, so nobody gets it
    who did not ask for it.
    """
    if not file.is_python:
        raise UnsafeError("only Python is mended")
    node = value_at(finding, file)
    text = literal_text(node)
    if text and isinstance(node, cst.SimpleString):
        meant = text.strip().lower()
        if meant == text or meant not in ("basic", "strong"):
            raise UnsafeError("it does not say which protection is meant")
        return [file.tree.replaced(node, respelled(node, meant))]
    if is_name(node, "None") or is_name(node, "False") or text == "":
        return [file.tree.replaced(node, '"basic"')]
    raise UnsafeError("the value is made elsewhere")
