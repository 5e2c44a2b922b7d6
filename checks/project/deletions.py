"""Whether a function deletes records for good, whatever it and its address are called."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope, last_name
from checks.lazy import lazy

_AGED = lazy(
    r"expir|stale|orphan|outdated|obsolete|timeout|too_old|\bold\b|_old\b|dead|duplicate|invalid|"
    r"is_valid|is None|timedelta|now\(\)|exists\("
)
# What can be fetched once is gone afterwards, whoever links to it.
_HANDED_OUT = frozenset({"send_file", "send_from_directory"})
_NO_RECORDS = lazy(
    r"cache|redis|requests|client|http|storage|file|image|bucket|s3|\(", re.IGNORECASE
)
_RECORDS = lazy(r"\bquery\b|\.filter(_by)?\(|\bselect\(")


def deletes(scope: Scope) -> ast.Call | None:
    """Return the call by which `scope` itself deletes records and commits that, or None.

    What it clears away by the way, because it is too old or was found broken, is none.
    """
    if "delete" not in scope.module.called or "commit" not in scope.module.called:
        return None
    names = {last_name(call.func) for call in scope.calls}
    if "commit" not in names or names & _HANDED_OUT:
        return None
    for call in scope.calls:
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr != "delete":
            continue
        of_session = last_name(func.value) == "session" and len(call.args) == 1
        owner = "" if of_session else ast.unparse(func.value)
        of_query = _RECORDS.search(owner) is not None
        of_relation = not call.args and "." in owner and not _NO_RECORDS.search(owner)
        if (of_session or of_query or of_relation) and not _by_the_way(call, scope):
            return call
    return None


def _by_the_way(call: ast.Call, scope: Scope) -> bool:
    """Return whether `call` only clears away what is old, or what went wrong."""
    if _AGED.search(ast.unparse(call)):
        return True
    for above in scope.module.ancestors(call):
        if above is scope.node:
            return False
        if isinstance(above, ast.ExceptHandler):
            return True
        if isinstance(above, ast.If) and _AGED.search(ast.unparse(above.test)):
            return True
    return False
