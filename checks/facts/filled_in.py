"""Python files of a project's template, with what Cookiecutter fills in put there by a name.

``from {{ cookiecutter.slug }}.models import User`` is Python once there is a name in it. A tag such
as ``{% if ... %}`` goes, so that both of its branches are read. Lines keep their number. What
stands in a string stays, but where a module's name begins with it; a string of nothing else is a
name as well: a key that is yet to be filled in is no literal.
"""

from __future__ import annotations

import re

from checks.lazy import lazy

_PLACE = lazy(r"\{\{-?\s*(?P<name>[^{}]{1,200}?)\s*-?\}\}(?P<after>\.[A-Za-z_])?")
_WHOLE = lazy(
    r"(?<![\"'])(?P<quote>[\"'])\{\{-?\s*(?P<name>[^{}]{1,200}?)\s*-?\}\}(?P=quote)(?![\"'])"
)
_TAG = lazy(r"\{%[^%\n]{0,400}%\}|\{#[^\n]{0,400}#\}")


def is_template_of_project(path: str) -> bool:
    """Return whether a folder or file of `path` is named by what is filled in."""
    return "{{" in path


def filled_in(text: str) -> str:
    """Return `text`, a Python file or the path of one, with names where something is filled in."""
    if not any(mark in text for mark in ("{{", "{%", "{#")):
        return text
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    if "{" not in line:
        return line
    parts: list[str] = []
    at = 0
    line = _WHOLE.sub(lambda match: _name(match["name"]), _TAG.sub("", line))
    for match in _PLACE.finditer(line):
        before = line[: match.start()]
        inside = before.count('"') % 2 or before.count("'") % 2
        if inside and not match["after"]:
            continue
        parts += (line[at : match.start()], _name(match["name"]), match["after"] or "")
        at = match.end()
    return "".join((*parts, line[at:]))


def _name(said: str) -> str:
    return re.sub(r"\W+", "_", said).strip("_") or "_"
