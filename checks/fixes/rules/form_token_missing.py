"""A hidden field with the token, as the first thing in the form."""

from __future__ import annotations

import re

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.surroundings import Surroundings
from checks.lazy import lazy

_FIELD = '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'
_NAMES = ("CSRFProtect", "CsrfProtect")
_OTHER_SYNTAX = r"WTF_CSRF_FIELD_NAME|variable_start_string|SeaSurf"
# Where no page uses the function yet, the protection must be there in every environment.
_USED = r"\bcsrf_token\(\)"
_ALWAYS = (
    r"^(?: {4}|\t)?(?:[\w.]+ *= *)?(?:(?:\w+\.)*C[Ss][Rr][Ff]Protect\(\w+\)|"
    r"\w*csrf\w*\.init_app\(\w+\))"
)
_RAW = lazy(r"\{%-?\s*raw\b|\bcsrf_token\s*=|\bset\s+csrf_token\b")


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edit that puts the field behind the form's tag.

    Flask-WTF gives every template the function, and refuses the form without the field.
    """
    if not any(f"that {name} asks for" in finding.message for name in _NAMES):
        raise UnsafeError("nobody knows which field the protection looks for")
    if finding.confidence == "low" or file.kind != "template":
        raise UnsafeError("a script may send the form with the token")
    if project.says(_OTHER_SYNTAX) or _RAW.search(file.text):
        raise UnsafeError("the field or the template is written in another way")
    if not project.says(_USED) and not project.python_says(_ALWAYS):
        raise UnsafeError("the protection may not be there in every environment")
    start, end = file.span(finding)
    if file.text[start : start + 5].lower() != "<form" or file.text[end - 1] != ">":
        raise UnsafeError("it is written in a way that is not mended")
    before = file.text[:start].lower()
    if before.count("<script") > before.count("</script") or before.rfind("<!--") > before.rfind(
        "-->"
    ):
        raise UnsafeError("the form is made by a script, or stands in a comment")
    indent = file.text[file.line(start)[0] : start]
    if indent.strip() or file.text[end : file.line(end)[1]].strip():
        return [Edit(end, end, _FIELD)]
    return [Edit(end, end, f"{file.newline}{indent}{_step(file, end, indent)}{_FIELD}")]


def _step(file: File, end: int, indent: str) -> str:
    """Return by how much the line after the form's tag is indented more than the tag."""
    match = re.compile(r"\s*?[\r\n]+([ \t]*)\S").match(file.text, end)
    more = match[1] if match is not None else ""
    return more[len(indent) :] if more.startswith(indent) else ""
