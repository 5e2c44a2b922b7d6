"""One credential that Python code holds, and the texts that may be one."""

from __future__ import annotations

import ast
import re
from typing import Literal

from checks.facts.python import Scope, last_name
from checks.facts.source import Spot
from checks.keys.words import is_placeholder, literal_of
from checks.lazy import lazy
from checks.project import Project
from checks.project.evaluated import Evaluated
from checks.records import NamedTuple

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
    little: bool = False
    """Whether it is a stand-in for a service beside the app, where something else overrules it."""
    maker: str = ""
    """For an account: the function that makes it, which may make more."""


def is_real(text: str) -> bool:
    """Return whether `text` may be somebody's password, not a name, reference or placeholder."""
    literal, _ = literal_of(text)
    if not literal or literal.lower() in NO_PASSWORD or " " in literal or "/" in literal[:1]:
        return False
    return not is_placeholder(literal) and "://" not in literal and "[" not in literal


_FILLED_IN = lazy(r"[{}<>%$]|^(?:none|null|random|auto)$", re.IGNORECASE)


def is_given(text: str) -> bool:
    """Return whether `text` stands for itself, be it a placeholder: no reference, and not empty."""
    literal, _ = literal_of(text)
    return bool(literal) and _FILLED_IN.search(literal) is None


def joined(node: ast.expr, scope: Scope, project: Project) -> tuple[str, bool] | None:
    """Return an f-string or what ``format`` or ``%`` fills in, and whether a part is a default.

    Braces stand for what is not known.
    """
    found = _pieces(node, scope, project)
    if found is None:
        return None
    parts = [each if isinstance(each, str) else _part(each, scope, project) for each in found]
    text = "".join(part if isinstance(part, str) else str(part.value) for part in parts)
    return text, any(not isinstance(part, str) and part.kind == "fallback" for part in parts)


def _pieces(node: ast.expr, scope: Scope, project: Project) -> list[str | ast.expr] | None:
    """Return what a text is put together from, or None if it is not, or not by position."""
    if isinstance(node, ast.JoinedStr):
        return [p.value if isinstance(p, ast.FormattedValue) else p for p in node.values]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        template, mark = node.left, "%s"
        given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        template, mark, given = node.func.value, "{}", node.args
        if node.func.attr != "format" or node.keywords:
            return None
    else:
        return None
    text = project.evaluate(template, scope).value
    if not isinstance(text, str) or text.count(mark) != len(given):
        return None
    first, *rest = text.split(mark)
    found: list[str | ast.expr] = [first]
    for one, after in zip(given, rest, strict=True):
        found += [one, after]
    return found


def _part(node: ast.expr, scope: Scope, project: Project) -> Evaluated | str:
    """Return what a part is worth, or braces; of what is quoted, its letters and digits."""
    quoted = _is_quoted(node, scope, project)
    found = project.evaluate(quoted or node, scope)
    if quoted is not None and isinstance(found.value, str):
        found = found._replace(value=re.sub(r"\W", "x", found.value))
    known = found.kind in ("literal", "fallback") and isinstance(found.value, str | int)
    return found if known else "{}"


def _is_quoted(node: ast.expr, scope: Scope, project: Project) -> ast.expr | None:
    """Return what ``quote(...)`` makes fit for an address."""
    if (
        not isinstance(node, ast.Call)
        or not node.args
        or not last_name(node.func).startswith("quo")
    ):
        return None
    called = project.names.called(node, scope)
    return node.args[0] if called in ("urllib.parse.quote", "urllib.parse.quote_plus") else None


def text_of(node: ast.expr | None, scope: Scope, project: Project) -> tuple[str, bool]:
    """Return the text that `node` certainly or by default is, and whether it is a default."""
    if node is None:
        return "", False
    found = project.evaluate(node, scope)
    if found.kind in ("literal", "fallback") and isinstance(found.value, str | bytes):
        value = found.value
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        return text, found.kind == "fallback"
    return joined(node, scope, project) or ("", False)


def whole_text_of(node: ast.expr | None, scope: Scope, project: Project) -> tuple[str, bool]:
    """Return what `text_of` does, but ``""`` for an f-string of which a part is not known.

    ``f"{user.password}:locked"`` is nobody's password, nor the same in two installations.
    """
    text, fallback = text_of(node, scope, project)
    parted = isinstance(node, ast.JoinedStr) and "{}" in text
    return ("", False) if parted else (text, fallback)
