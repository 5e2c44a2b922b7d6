"""Whether a function turns away those who are not logged in: which way its conditions point."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal

from checks.facts.python import last_name
from checks.lazy import lazy

Side = Literal["stranger", "member", ""]

_IDENTITY = lazy(
    r"current_user|is_authenticated|is_admin|\bg\.\w*(user|account|identity|member|admin|auth)|"
    r"session(\.get\(|\[)|getattr\(g, |[aA]uthorization|remote_user|REMOTE_USER|jwt|logged_in|"
    r"\bauthed|[aA]uthenticat|api_?key|API_?KEY|[tT]oken|TOKEN|signature|compare_digest|expected_(?:sig|hmac|mac|digest)|permission|"
    r"has_role|check_auth|check_password|\buser\b|user_id|username|[cC]ookies|is_accessible"
)
_FORGERY = lazy(r"csrf|xsrf|nonce|captcha", re.IGNORECASE)  # asks where from, not who
_WHO = lazy(
    r"logged_?in_?(user|account|member)|^(get|load|find|fetch)_?(current_?)?(user|account)$"
)
_LOGGED_IN = lazy(r"is_authenticated|logged_?in|session|\bg\.\w*user$|current_user$")
_UNKNOWN_YET = lazy(r"^(should|needs?|must|has_to)_(be_)?(log|auth|sign)|^(login|auth)_needed$")
_LEAVING = lazy(r"abort|redirect|unauthori[sz]ed|forbidden|\bdeny|denied|require|raise_")


def turns_strangers_away(function: ast.AST, *, by_return: bool = True) -> bool:
    """Return whether `function` denies the request on a condition that strangers meet.

    A hook that only bothers users who are logged in, such as one that asks them to confirm their
    address, does not count.

    Args:
        function: a function's node.
        by_return: whether what it returns answers the request, as with a hook; a helper must
            raise.
    """
    body = getattr(function, "body", None)
    if not isinstance(body, list):
        return False
    return _Reader(by_return, frozenset(_users(function))).block(body)


def turns_members_away(wrapper: ast.FunctionDef) -> bool:
    """Return whether a decorator's inner function sends on who is logged in, and only those.

    Such as a login page's: ``if current_user.is_authenticated: return redirect(...)``.
    """
    body = [each for each in wrapper.body if not isinstance(each, ast.Expr)]
    match body:
        case [ast.If(asked, [*others, ast.Return(ast.Call() as sent)], []), ast.Return() as then]:
            said = not isinstance(asked, ast.BoolOp | ast.UnaryOp) and ast.unparse(asked)
            away = last_name(sent.func) == "redirect" and _goes_on(then)
            plain = all(isinstance(each, ast.Expr | ast.Assign) for each in others)
            member = bool(said and _LOGGED_IN.search(said)) and side_of(asked) == "member"
            return away and plain and member
    return False


def _users(function: ast.AST) -> Iterator[str]:
    """Yield the names that `function` gives to who is logged in: ``v = get_logged_in_user()``."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if _WHO.search(last_name(node.value.func)):
            target = node.targets[0]
            first = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target
            if isinstance(first, ast.Name):
                yield first.id


_WITH_BODY = ast.For | ast.While | ast.With | ast.FunctionDef | ast.AsyncFunctionDef


class _Reader:
    def __init__(self, by_return: bool, users: frozenset[str]) -> None:
        self.by_return = by_return
        self.users = users

    def side(self, test: ast.expr) -> Side:
        """Return for whom `test` is true, also where it asks a name that the function gave."""
        bare = test.operand if isinstance(test, ast.UnaryOp) else test
        if isinstance(bare, ast.Name) and bare.id in self.users:
            return "member" if bare is test else "stranger"
        return side_of(test)

    def block(self, body: list[ast.stmt]) -> bool:
        """Return whether a stranger who runs these statements is turned away for being one."""
        for position, statement in enumerate(body):
            if isinstance(statement, ast.If):
                side = self.side(statement.test)
                if side == "member":
                    if _goes_on(statement.body[-1]) and self._denies(body[position + 1 :]):
                        return True  # members have left: what follows is for strangers
                    if self._denies(statement.orelse) or self.block(statement.orelse):
                        return True
                    continue
                if side == "stranger" and self._denies(statement.body):
                    return True
                if self.block(statement.body) or self.block(statement.orelse):
                    return True
            elif isinstance(statement, ast.Assert):
                if side_of(statement.test) == "member":
                    return True
            elif isinstance(statement, ast.Try):
                handlers = [each for handler in statement.handlers for each in handler.body]
                asks = any(_IDENTITY.search(ast.unparse(each)) for each in statement.body)
                if self.block(statement.body) or (asks and self._denies(handlers)):
                    return True
            elif isinstance(statement, _WITH_BODY) and self.block(statement.body):
                return True
        return False

    def _denies(self, body: list[ast.stmt]) -> bool:
        """Return whether these statements may leave with something else than the view's answer."""
        for statement in body:
            if _says_closed(statement):
                return False
            for node in ast.walk(statement):
                if isinstance(node, ast.Raise):
                    return True
                if self.by_return and isinstance(node, ast.Return) and node.value is not None:
                    plain = isinstance(node.value, ast.Constant) and node.value.value is None
                    if not plain:
                        return True
                if isinstance(node, ast.Call) and _LEAVING.search(ast.unparse(node.func)):
                    return True
        return False


_CLOSED = 503  # Service Unavailable


def _says_closed(statement: ast.stmt) -> bool:
    """Return whether the site is closed for a while, to all but one: ``abort(503)``."""
    value = statement.value if isinstance(statement, ast.Return | ast.Expr) else None
    told = value.args[:1] if isinstance(value, ast.Call) else getattr(value, "elts", [])[-1:]
    return any(isinstance(part, ast.Constant) and part.value == _CLOSED for part in told)


def _goes_on(statement: ast.stmt) -> bool:
    """Return whether a hook that ends here lets the request through."""
    if not isinstance(statement, ast.Return):
        return False
    value = statement.value
    if isinstance(value, ast.Call):  # a wrapper runs the view, if it does not send away
        return not _LEAVING.search(ast.unparse(value.func))
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def side_of(test: ast.expr) -> Side:
    """Return for whom `test` is true: ``stranger``, ``member``, or ``""`` if it does not say."""
    if isinstance(test, ast.BoolOp):
        sides = [side_of(value) for value in test.values]
        if isinstance(test.op, ast.And):
            return "member" if "member" in sides else "stranger" if "stranger" in sides else ""
        return "stranger" if "stranger" in sides else "member" if "member" in sides else ""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = side_of(test.operand)
        return {"member": "stranger", "stranger": "member", "": ""}[inner]  # type: ignore[return-value]  # a side
    if isinstance(test, ast.NamedExpr):
        return side_of(test.value)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test, test.ops[0], test.comparators[0])
    text = ast.unparse(test)
    if _FORGERY.search(text):
        return ""
    if isinstance(test, ast.Name) and _UNKNOWN_YET.search(text):
        return "stranger"
    if re.search(r"is_anonymous|anonymous", text):
        return "stranger"
    return "member" if _IDENTITY.search(text) else ""


def _compared(test: ast.Compare, how: ast.cmpop, other: ast.expr) -> Side:
    text = ast.unparse(test)
    in_session = isinstance(how, ast.In | ast.NotIn) and re.search(
        r"session$|^g$", ast.unparse(other)
    )
    if _FORGERY.search(text) or (not in_session and not _IDENTITY.search(text)):
        return ""
    empty = isinstance(other, ast.Constant) and (other.value is None or other.value in (False, ""))
    positive = isinstance(how, ast.Eq | ast.Is | ast.In)
    if "is_anonymous" in text:
        positive = not positive
    return "stranger" if positive == empty else "member"
