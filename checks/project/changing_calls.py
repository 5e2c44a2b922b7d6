"""Calls that change something: records, files, the machine, or the visitor's own session."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_CALLS = frozenset(
    {
        "commit", "delete_one", "delete_many", "drop_all", "flushall", "flushdb", "rmtree",
        "unlink", "insert_one", "insert_many", "update_one", "update_many", "find_one_and_delete",
        "delete_by_id", "delete_instance", "find_one_and_update", "bulk_save_objects",
    }
)  # fmt: skip
_QUALIFIED = frozenset(
    {
        "os.remove", "os.unlink", "os.rmdir", "shutil.rmtree", "os.kill", "os._exit",
        "os.execl", "os.execle", "os.execlp", "os.execv", "os.execve", "os.execvp",
    }
)  # fmt: skip
_QUALIFIED_NAMES = frozenset(name.rpartition(".")[2] for name in _QUALIFIED)
# How far somebody has come says no verb that forms are named after: ``complete``, ``join``.
_OF_SESSION = frozenset({"flask.session.clear", "flask.session.pop"})
_KEPT_BY_REPOSITORIES = frozenset({"add", "create", "insert", "update", "remove", "delete", "save"})
_REPOSITORY = lazy(r"(^|_)(repo(sitory)?|dao)$")
# What MongoEngine finds and changes at once.
_OBJECTS = lazy(r"\.objects(?:\(|\.)")
_SQL = lazy(r"^\s*(?:DELETE|UPDATE|INSERT|DROP|TRUNCATE|REPLACE|ALTER)\s", re.IGNORECASE)
PREFERENCE = lazy(
    r"\b_?(locale|lang|language|theme|time_?zone|dark_mode|sort_by|per_page|"
    r"(?:show|hide|display|expand|collapse)_\w+)s?\b"
)
"""What a visitor chose to see; to lose it costs a click."""
_COMMAND = lazy(r"\b(?:shutdown|reboot|poweroff|halt|rm|systemctl|service|kill)\b")


def is_change(call: ast.Call, scope: Scope, project: Project, *, own: bool) -> bool:
    """Return whether `call` changes something.

    Args:
        call: the call to look at.
        scope: where it stands.
        project: what knows its names.
        own: whether what the visitor's own session forgets counts.
    """
    name = last_name(call.func)
    if name in _CALLS:
        return True
    owner_name = last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    if name == "update" and _OBJECTS.search(_unparsed_owner(call)):
        return True
    if name in _KEPT_BY_REPOSITORIES and _REPOSITORY.search(owner_name):
        return True
    if name in ("delete", "save", "drop"):
        owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        return owner.startswith("db_") or not re.search(
            r"cache|redis|requests|client|http|storage|img|image|fig|buf", owner, re.I
        )
    if name in ("execute", "executescript", "execute_sql", "text", "raw"):
        first = call.args[0] if call.args else None
        value = project.evaluate(first, scope).value
        if not isinstance(value, str) and isinstance(first, ast.JoinedStr) and first.values:
            head = first.values[0]
            value = head.value if isinstance(head, ast.Constant) else None
        return isinstance(value, str) and _SQL.search(value) is not None
    if name in ("system", "run", "Popen", "call", "check_call", "check_output"):
        text = " ".join(
            part.value
            for arg in call.args[:1]
            for part in ast.walk(arg)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
        return bool(_COMMAND.search(text))
    if name == "pop" and call.args and PREFERENCE.search(ast.unparse(call.args[0])):
        return False
    if name in _QUALIFIED_NAMES or name in ("clear", "pop"):
        called = project.names.called(call, scope)
        return called in _QUALIFIED or (own and called in _OF_SESSION)
    return False


def _unparsed_owner(call: ast.Call) -> str:
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def is_started(call: ast.Call, scope: Scope) -> bool:
    """Return whether what a function makes is run: ``container.delete_user().execute(id)``."""
    above = scope.module.parent(call)
    return isinstance(above, ast.Attribute) and above.attr in (
        "execute",
        "run",
        "handle",
        "perform",
    )
