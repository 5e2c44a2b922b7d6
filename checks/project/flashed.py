"""Flashed messages that hold what somebody wrote, and templates that print them unescaped."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import last_name
from checks.facts.source import Spot
from checks.facts.templates import Template
from checks.lazy import lazy
from checks.project import Project
from checks.project.own_input import OwnInput
from checks.project.untrusted import Untrusted
from checks.records import NamedTuple

_LOOP = lazy(r"\{%-?\s*for\s+(?:\(?\s*\w+\s*,\s*)?(\w+)\s*\)?\s+in\s+([^%]+?)\s*-?%\}")
_GIVEN = lazy(r"(\w+)\s*=\s*get_flashed_messages\(")
_CALLED_SO = lazy(r"(?:flash(?:es|ed)?_?)?(?:messages|msgs)|flashes")
_PRINTED = lazy(r"\s*(\w+)(?:\[[01]\]|\.[01])?\s*\|\s*safe\s*")
# No markup gets into these, or their forms let none in.
_HARMLESS = lazy(
    r"e?mail|(^|_)(id|pk|no|count|number|total|amount|price|date|time|size|len|uuid|slug|ip|port|"
    r"day|days|year|status|role|type|version|phone|address|url|code|lang|token)s?($|_)|_at$|_on$|"
    r"^(new_?|old_?)?(user_?name|user|login|nick_?name|nick|handle)$",
    re.IGNORECASE,
)
# What people write about themselves as they like. Other records are often those of editors.
_FREE = lazy(
    r"(full|first|last|display|real|given|family)_?name|title|text|comment|bio|subject|message"
)


_BRANCH = lazy(r"\{%-?\s*(if|elif|else|endif)\b([^%]*)%\}")
_ONE = lazy(r"\s*\w*categor\w*\s*==\s*[\"']([\w -]*)[\"']\s*-?")


class Flash(NamedTuple):
    """One message with something of somebody's in it."""

    kind: str
    """``request`` or ``database``."""
    spot: Spot
    category: str | None
    """Empty if none is given, None if it is no literal."""
    own: bool
    """Whether nobody but whoever sees it could have sent what is in it."""


def only_category(template: Template, spot: Spot) -> str | None:
    """Return the one category whose messages are printed at `spot`, or None.

    ``{% if category == "safe" %}{{ message|safe }}{% else %}{{ message }}{% endif %}``
    """
    lines = template.text.split("\n")
    before = "\n".join([*lines[: spot.line - 1], lines[spot.line - 1][: spot.column - 1]])
    branches = list(_BRANCH.finditer(before))
    if not branches or branches[-1][1] not in ("if", "elif"):
        return None
    match = _ONE.fullmatch(branches[-1][2])
    return match[1] if match is not None else None


def prints_flashed(template: Template, expression: str) -> bool:
    """Return whether ``message|safe`` prints what a loop over flashed messages gives."""
    match = _PRINTED.fullmatch(expression)
    if match is None:
        return False
    given = set(_GIVEN.findall(template.text))
    macro = "get_flashed_messages" in template.text or "macro" in template.text
    for name, over in _LOOP.findall(template.text):
        if name == match[1] and (
            "get_flashed_messages(" in over
            or over in given
            or (macro and _CALLED_SO.fullmatch(over))
        ):
            return True
    return False


def flashes(project: Project) -> Iterator[Flash]:
    """Yield the messages that are put together with what came from outside."""
    untrusted = Untrusted(project)
    own = OwnInput(project, untrusted)
    for module in project.modules:
        if module.source.context == "tests":
            continue
        for call, scope in module.calls("flash"):
            text = call.args[0] if call.args else None
            if text is None or project.names.called(call, scope) != "flask.flash":
                continue
            told: list[Flash] = []
            for value in _values(text):
                name = _name(value)
                kind = untrusted.source(value, scope) if not _HARMLESS.search(name) else ""
                if kind == "request" or (kind and _FREE.search(name)):
                    alone = kind == "request" and own.shown(module.path)
                    told.append(Flash(kind, scope.spot(call), _category(call), alone))
            yield from sorted(told, key=lambda one: one.own)[:1]


def _category(call: ast.Call) -> str | None:
    given = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "category")]
    if not given:
        return ""
    value = given[0].value if isinstance(given[0], ast.Constant) else None
    return value if isinstance(value, str) else None


def _values(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what a text is filled with; ``Markup`` escapes what it is filled with."""
    if isinstance(node, ast.JoinedStr):
        yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
    elif isinstance(node, ast.BinOp):
        if any(last_name(getattr(part, "func", None)) == "Markup" for part in ast.walk(node)):
            return
        right = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        if isinstance(node.op, ast.Add):
            yield from _values(node.left)
        for part in right:
            yield from [part] if isinstance(node.op, ast.Mod) else _values(part)
    elif isinstance(node, ast.Call):
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "format":
            if last_name(getattr(func.value, "func", None)) != "Markup":
                yield from (*node.args, *(keyword.value for keyword in node.keywords))
        elif last_name(func) in ("_", "gettext", "lazy_gettext"):
            yield from (keyword.value for keyword in node.keywords)
    elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        yield node


def _name(value: ast.expr) -> str:
    """Return what a value is called: ``title`` of ``form.title.data`` and ``args["title"]``."""
    named = value.value if isinstance(value, ast.Attribute) and value.attr == "data" else value
    key = getattr(getattr(named, "slice", None), "value", "")
    return str(key) if key else last_name(named.func if isinstance(named, ast.Call) else named)
