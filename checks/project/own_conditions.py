"""Conditions in a view, or in what it calls, that ask who is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from checks.facts.python import Scope, last_name
from checks.lazy import lazy

_ASKS = lazy(
    r"current_user|is_authenticated|is_anonymous|is_admin|\bg\.\w*(user|account|identity|member|"
    r"admin|auth)|session|[Aa]uthorization|REMOTE_USER|remote_user|jwt|logged_in|[Aa]uthenticat|"
    r"[aA]pi[-_]?[kK]ey|KEY\b|token|TOKEN|secret|SECRET|signature|hmac|compare_digest|expected_sig|[pP]ermission|"
    r"has_role|\bcan_|\.can\(|allowed|owner|check_password|password|user\b|verif|validate_key"
)


_SECRET = lazy(
    r"token|secret|key|signature|hash|uuid|nonce|otp|code|auth|session\[|session\.get\(['\"]|\bg\.",
    re.IGNORECASE,
)
# What a session keeps of whoever is logged in; and the session itself, as it is spelled.
_PERSON = lazy(
    r"user|log|auth|name|mail|account|admin|role|uid|member|person|token|key|^id$|_id$|sub$|verif",
    re.IGNORECASE,
)
_SESSION = lazy(r"\b(?:flask\.)?session\b")
_WORD = lazy(r"\w+")


def asks_who(scope: Scope, known: Collection[str] | None = None) -> bool:
    """Return whether any condition of the function asks who is there.

    Args:
        scope: the function.
        known: parameters that are no secret, whatever they are called: what is found by them says
            nothing of who asks, nor does what the session keeps of other things than people. None
            to trust such conditions.
    """
    waiting: list[ast.AST] = list(ast.iter_child_nodes(scope.node))
    lambdas = isinstance(scope.node, ast.Lambda)
    named = _named_by_address(scope, known or ())
    while waiting and not lambdas:
        node = waiting.pop()
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            asks = _ASKS.search(ast.unparse(node.test)) is not None
            if asks and not (
                _asks_for(node.test, named)
                or _asks_for_field(node.test)
                or (known is not None and _asks_for_things(node.test))
            ):
                return True
            if isinstance(node, ast.If) and any(map(_forbids, node.body)):
                return True
        elif isinstance(node, ast.With | ast.AsyncWith) and any(
            _ASKS.search(ast.unparse(item.context_expr))
            for item in node.items
            if known is None or isinstance(item.context_expr, ast.Call)  # no lock of a session
        ):
            return True
        waiting.extend(c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.Constant))
    return False


def _forbids(statement: ast.stmt) -> bool:
    """Return whether a statement answers that somebody may not, whatever was asked for it."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or last_name(call.func) != "abort" or not call.args:
        return False
    code = call.args[0]
    return isinstance(code, ast.Constant) and code.value in (401, 403)


def _named_by_address(scope: Scope, known: Collection[str]) -> set[str]:
    """Return the variables that hold what is found by a parameter of a view, no secret one."""
    places = {arg.arg for arg in scope.parameters()} - {"self", "cls"}
    places = {place for place in places if place in known or not _SECRET.search(place)}
    return {
        assignment.target.id
        for assignment in scope.assignments
        if isinstance(assignment.target, ast.Name)
        and isinstance(assignment.value, ast.Call)
        and (words := set(_WORD.findall(text := ast.unparse(assignment.value)))) & places
        and (words & set(known) or not _SECRET.search(text))
    }


def _asks_for(test: ast.expr, named: set[str]) -> bool:
    """Return whether `test` only asks whether there is what the address names: ``not user``."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        nothing = test.comparators[0]
        if isinstance(nothing, ast.Constant) and nothing.value is None:
            test = test.left
    return isinstance(test, ast.Name) and test.id in named


def _asks_for_field(test: ast.expr) -> bool:
    """Return whether `test` asks whether something was sent: ``"password" in request.json``."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.In | ast.NotIn):
        return False
    within = ast.unparse(test.comparators[0])
    sent = re.search(r"\b(request|data|json|payload|body|form|args|params|kwargs)\b", within)
    return isinstance(test.left, ast.Constant) and sent is not None


def _asks_for_things(test: ast.expr) -> bool:
    """Return whether `test` looks into the session for other things than people.

    ``"gridData" not in session``, ``str(number) not in session["gridData"]``
    """
    said = ast.unparse(test)
    if "session" not in said or _ASKS.search(_SESSION.sub("", said)):
        return False
    literals = [
        node.value
        for node in ast.walk(test)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return bool(literals) and not any(map(_PERSON.search, literals))
