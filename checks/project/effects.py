"""What a view changes: rows, files, accounts; by the calls that it and its helpers make."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.reach import Reach

_SAVES = frozenset(
    [
        "commit", "save", "insert_one", "insert_many", "update_one", "update_many", "replace_one",
        "delete_one", "delete_many", "bulk_save_objects", "delete_instance", "put_item",
        "delete_item", "hset", "find_one_and_update", "find_one_and_delete",
    ]
)  # fmt: skip
_REMOVES = frozenset(["delete", "drop", "truncate", "remove", "unlink", "rmtree", "drop_all"])
# The app itself is started again, or ended.
_ENDS = frozenset(["execl", "execle", "execlp", "execv", "execve", "execvp", "kill", "_exit"])
_ADDS = frozenset(["add", "merge", "add_all", "create", "update"])
_CHANGES = _SAVES | _REMOVES | _ADDS
# What Flask's own session, a dictionary, does not have.
_OF_DATABASES = frozenset(["add", "add_all", "bulk_save_objects", "commit", "delete", "merge"])
# Classes of what is made for the answer, and kept nowhere: ``JsonResponse.create(...)``.
_MADE = lazy(
    r"(?:Response|Reply|Answer|Result|Error|Exception|Problem|Request|Client|Schema|Form|View|"
    r"Context|Factory|Builder)$"
)
# Rows that say that somebody looked, unless they are made of what was sent.
_NOTES = lazy(
    r"^(?:[A-Z]\w*)?(?:Event|Log|LogEntry|Audit|AuditEntry|AuditLog|Visit|Visitor|Hit|PageView|"
    r"View|Access|AccessLog|Click|Download|Activity|Impression|Statistic)$"
)
_SENT = lazy(r"request\.(?:form|json|values|files|get_json)\b|\bform\b|\.data\b|\*\*")
_SQL = lazy(r"^\s*(insert\s+into|update\s+\S+\s+set|delete\s+from|replace\s+into)\b", re.I)
_ELSEWHERE = lazy(
    r"cache|redis|cookie|resp|request|client|^http|api$|^os\.environ|flash|logger|headers|"
    r"args|params|seen|set\(|list|dict|config|context|stats|metrics|digest|hash|"
    r"^(flask\.)?session\b|hmac|buffer|pool|queue|fig|plt|image|img|form$",
    re.IGNORECASE,
)


def changed_by(function: Scope, reach: Reach) -> ast.Call | None:
    """Return the call by which `function`, or a helper near it, changes what is kept, or None."""
    changes = reach.changes
    for scope in reach.of(function)[:10]:
        if scope not in changes:
            changes[scope] = next((call for call in scope.calls if _changes(call)), None)
            if changes[scope] is not None and _only_notes(scope):
                changes[scope] = None
        if changes[scope] is not None:
            return changes[scope]
    return None


def _only_notes(scope: Scope) -> bool:
    """Return whether all that is stored is a row of a log: ``db.session.add(Event(...))``."""
    made: set[str] = set()
    for call in scope.calls:
        name = last_name(call.func)
        if name in ("commit", "flush") or not _changes(call):
            continue
        given = call.args[0] if name == "add" and len(call.args) == 1 else None
        if isinstance(given, ast.Name):
            bound = scope.bindings.get(given.id, ())
            given = bound[0].value if len(bound) == 1 else None
        if not isinstance(given, ast.Call) or _is_sent(given, scope):
            return False
        made.add(last_name(given.func))
    written = any(isinstance(one.target, ast.Attribute) for one in scope.assignments)
    return bool(made) and not written and all(map(_NOTES.search, made))


def _is_sent(row: ast.Call, scope: Scope) -> bool:
    """Return whether a row is made of what somebody wrote: ``Event(title=form.title.data)``."""
    names = [part.id for part in ast.walk(row) if isinstance(part, ast.Name)]
    bound = [b.value for name in names for b in scope.bindings.get(name, ()) if b.value]
    return any(_SENT.search(ast.unparse(each)) for each in (row, *bound))


def _changes(call: ast.Call) -> bool:
    name = last_name(call.func)
    if name == "execute":
        return bool(_SQL.search(_first_text(call)))
    if not isinstance(call.func, ast.Attribute):
        return name in ("rmtree", "unlink")
    if name in _ENDS:
        return last_name(call.func.value) == "os"
    if name not in _CHANGES:
        return False
    owner = ast.unparse(call.func.value)
    if owner == "session" and name in _OF_DATABASES:
        return not _says_address(call)
    if name in _ADDS:
        row = re.search(r"(^|\.)_?(db_?)?session$|query|objects|^[A-Z]\w+$", owner) is not None
        return row and owner != "session" and not _MADE.search(owner)
    if name == "remove":
        return owner == "os"
    return not _ELSEWHERE.search(owner) or owner.endswith("db.session")


def _says_address(call: ast.Call) -> bool:
    """Return whether a session of requests is told an address: ``session.delete(f"{host}/x")``."""
    return bool(call.args) and isinstance(call.args[0], ast.Constant | ast.JoinedStr | ast.BinOp)


def _first_text(call: ast.Call) -> str:
    node = call.args[0] if call.args else None
    while isinstance(node, ast.Call) and node.args:  # text("...")
        node = node.args[0]
    if isinstance(node, ast.BinOp):
        while isinstance(node, ast.BinOp):
            node = node.left
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    return str(node.value) if isinstance(node, ast.Constant) else ""
