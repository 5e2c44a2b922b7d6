"""What a view does because a link asks for it, or says that it did: ``?delete=1``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.by_post import only_by_post

# Parameters that no list is sorted or filtered by.
_VERB = lazy(
    r"^(?:do_?)?(delete|del|remove|destroy|erase|cancel|approve|reject|ban|unban|kick|kill|revoke|"
    r"restart|reboot|shutdown)(?:_?\w+)?$"
)
# Case matters, so that the search begins at a text: it is asked of each view.
_QUERY = lazy(
    r"request\.(?:args|values)(?:\.get\(|\[)\s*[\"'](?:do_?)?(?:del|rem|des|era|can|app|rej|ban|unban|"
    r"kic|kil|rev|res|reb|shu)"
)
_DONE = lazy(
    r"\b(?:deleted|removed|created|updated|generated|revoked|approved|rejected|cancell?ed|"
    r"enabled|disabled|restarted|withdrawn|promoted|demoted)\b",
    re.IGNORECASE,
)
_NOT_DONE = lazy(r"\b(?:not?|already|can(?:not|'t)|could|fail|unable|never|error|has been)\b", re.I)


def asked_by_link(scope: Scope) -> Iterator[tuple[str, ast.Call]]:
    """Yield the verb and each call that a view makes only where its query says that verb.

    ``if request.args.get("delete"):``, or a variable that holds it and is tested.
    """
    if not _QUERY.search(text_of(scope)):
        return
    held: dict[str, str] = {}
    for assignment in scope.assignments:
        verb = _read(assignment.value)
        if verb and isinstance(assignment.target, ast.Name):
            held[assignment.target.id] = verb
    if not held and not any(map(_read, scope.calls)):
        return
    for call in scope.calls:
        for above in scope.module.ancestors(call):
            if above is scope.node:
                break
            if not isinstance(above, ast.If) or not _inside(call, above.body):
                continue
            verb = _tested(above.test, held)
            if verb and not only_by_post(call, scope, forms=True):
                yield verb, call
                break


def says_done(scope: Scope) -> bool:
    """Return whether a function tells the visitor what it created, deleted or switched."""
    return "flash" in scope.module.called and any(
        last_name(call.func) == "flash" and call.args and _reports(call.args[0])
        for call in scope.calls
    )


def _reports(said: ast.expr) -> bool:
    text = " ".join(
        part.value
        for part in ast.walk(said)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )
    return _DONE.search(text) is not None and _NOT_DONE.search(text) is None


def _read(node: ast.AST | None) -> str:
    """Return the verb of ``request.args.get("delete")`` and ``request.values["delete"]``."""
    if isinstance(node, ast.Call) and last_name(node.func) == "get" and node.args:
        owner, key = getattr(node.func, "value", None), node.args[0]
    elif isinstance(node, ast.Subscript):
        owner, key = node.value, node.slice
    else:
        return ""
    if last_name(owner) not in ("args", "values") or not isinstance(key, ast.Constant):
        return ""
    match = _VERB.match(str(key.value).lower())
    return match[1] if match else ""


def _tested(test: ast.expr, held: dict[str, str]) -> str:
    """Return the verb that a condition wants to be there."""
    if isinstance(test, ast.UnaryOp):
        return ""
    refused = {
        inner
        for part in ast.walk(test)
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Is | ast.NotEq | ast.NotIn)
        for inner in ast.walk(part)
    }
    for part in ast.walk(test):
        verb = held.get(part.id, "") if isinstance(part, ast.Name) else _read(part)
        if verb and part not in refused:
            return verb
    return ""


def _inside(node: ast.AST, body: list[ast.stmt]) -> bool:
    line = getattr(node, "lineno", 0)
    return body[0].lineno <= line <= (body[-1].end_lineno or line)
