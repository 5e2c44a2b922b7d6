"""One credential that Python code holds, and the texts that may be one."""

from __future__ import annotations

import ast
from typing import Literal, NamedTuple

from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.keys.words import is_placeholder, literal_of
from checks.project import Project

Kind = Literal["address", "setting", "connection", "account", "assignment", "comparison"]

PASSWORD_WORDS = ("assw", "PASSW", "pwd", "PWD")
"""At a glance: a file about passwords has one of these."""
NO_PASSWORD = frozenset({"", "password", "none", "null", "true", "false", "******", "********"})


class Credential(NamedTuple):
    """A literal password or key in Python code."""

    kind: Kind
    name: str
    """What it is for: a setting, a function, a variable."""
    spot: Spot
    fallback: bool = False
    """Whether it counts only where the environment sets nothing."""
    trial: bool = False
    """Whether its file or function makes data to try the app out, or the app has it changed."""
    development: bool = False
    """Whether it is for the environment of development only, or a sample's to fill in."""
    sure: bool = True
    maker: str = ""
    """For an account: the function that makes it, which may make more."""


def is_real(text: str) -> bool:
    """Return whether `text` may be somebody's password, not a name, reference or placeholder."""
    literal, _ = literal_of(text)
    if not literal or literal.lower() in NO_PASSWORD or " " in literal or "/" in literal[:1]:
        return False
    return not is_placeholder(literal) and "://" not in literal and "[" not in literal


def joined(node: ast.expr, scope: Scope, project: Project) -> str | None:
    """Return an f-string, or what ``%`` fills in, with braces in the place of what is not known."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _filled_in(node, scope, project)
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        found = project.evaluate(inner, scope)
        known = found.kind in ("literal", "fallback") and isinstance(found.value, str | int)
        parts.append(str(found.value) if known else "{}")
    return "".join(parts)


def _filled_in(node: ast.BinOp, scope: Scope, project: Project) -> str | None:
    """Return ``"postgres://%s:%s@db" % (user, password)`` with what is known."""
    text = project.evaluate(node.left, scope).value
    given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    if not isinstance(text, str) or text.count("%s") != len(given):
        return None
    parts = text.split("%s")
    for index, value in enumerate(given):
        found = project.evaluate(value, scope)
        known = found.kind == "literal" and isinstance(found.value, str)
        parts[index] += str(found.value) if known else "{}"
    return "".join(parts)


def text_of(node: ast.expr | None, scope: Scope, project: Project) -> tuple[str, bool]:
    """Return the text that `node` certainly or by default is, and whether it is a default."""
    if node is None:
        return "", False
    found = project.evaluate(node, scope)
    if found.kind in ("literal", "fallback") and isinstance(found.value, str | bytes):
        value = found.value
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        return text, found.kind == "fallback"
    return joined(node, scope, project) or "", False


def whole_text_of(node: ast.expr | None, scope: Scope, project: Project) -> tuple[str, bool]:
    """Return what `text_of` does, but ``""`` for an f-string of which a part is not known.

    ``f"{user.password}:locked"`` is nobody's password, nor the same in two installations.
    """
    text, fallback = text_of(node, scope, project)
    parted = isinstance(node, ast.JoinedStr) and "{}" in text
    return ("", False) if parted else (text, fallback)
