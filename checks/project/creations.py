"""Whether a link does no more than make a record: an order, a membership, a copy."""

from __future__ import annotations

import ast
import re

from checks.facts.lines import own_text
from checks.facts.python import Scope, last_name
from checks.lazy import lazy

# What is noted when a page is looked at, and what logging in and coming back brings about.
_NOTED = lazy(
    r"(?:Event|Log|Entry|Audit|Visit(?:or)?|Hit|View|Views|Access|Clicks?|Downloads?|Activity|Read|"
    r"Seen|Impression|Statistics?|Stats|History|Track\w*|Session|Token|Identity|OAuth|User|Account)$"
)
_COMES_BACK = lazy(
    r"login_user\(|oauth|\bcode\b|\bstate\b|\btoken\b|callback|signature|webhook", re.I
)


def makes_record(scope: Scope) -> ast.Call | None:
    """Return the call by which a view keeps a record that it made, if it then only sends on.

    A page that is shown may make what it lacks; a link that makes something and shows nothing
    itself is a button. ``db.session.add(Order(...))``, ``commit()`` and ``redirect(...)``.
    """
    called = scope.module.called
    if "add" not in called or "commit" not in called or not scope.returns:
        return None
    if not all(_sends_on(each.value) for each in scope.returns):
        return None
    if "commit" not in {last_name(call.func) for call in scope.calls}:
        return None
    if _COMES_BACK.search(own_text(scope)):
        return None
    for call in scope.calls:
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr != "add" or len(call.args) != 1:
            continue
        made = _made(call.args[0], scope)
        if made and last_name(func.value) == "session" and not _NOTED.search(made):
            return call
    return None


def _sends_on(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in ("redirect", "abort")


def _made(node: ast.expr, scope: Scope) -> str:
    """Return the name of the class of which a new object is kept, or ``""``."""
    if isinstance(node, ast.Name):
        bound = scope.bindings.get(node.id, ())
        values = [each.value for each in bound if each.kind == "value"]
        node = values[0] if len(bound) == 1 and values and values[0] is not None else node
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    return name if name[:1].isupper() else ""
