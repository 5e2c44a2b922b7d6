"""SQL texts in the sources: what a statement writes, and what it compares."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords.accounts import says_account
from checks.passwords.shapes import last_name

if TYPE_CHECKING:
    from checks.project.names import Names

_MAX_DEPTH = 6  # parts of a text that stand in each other
_COLUMN = r"[\w.\"`\[]*(?:pass(?:word|wd|phrase|code)?|pwd|pswd|senha|contrasena)[\w\"`\]]*"
_HASHED = lazy(
    r"\b(crypt|gen_salt|md5|sha1?|sha2|sha224|sha256|sha384|sha512|password|digest|hashbytes|"
    r"encrypt|aes_encrypt|pgp_sym_encrypt|encode)\s*\(",
    re.IGNORECASE,
)
_FAST = lazy(r"\b(md5|sha1?|sha2|password|hashbytes)\s*\(\s*['\"]?\s*[?%:@$]", re.IGNORECASE)
_INSERT = lazy(r"^\s*(?:insert|replace)\b[^(]*?\binto\s+([\w.\"`\[\]]+)", re.IGNORECASE)
_UPDATE = lazy(
    rf"^\s*update\s+([\w.\"`\[\]]+)\s+set\b(?:(?!\bwhere\b).)*?{_COLUMN}\s*=",
    re.IGNORECASE | re.DOTALL,
)
_COMPARED = lazy(
    rf"\b(?:where|and|or|on)\b[\s(]*(?:binary\s+)?{_COLUMN}\s*(?:=|==|like|in)\s*"
    r"[(\s]*(?:binary\s+)?['\"]?%?\s*(?:\?|%s|%\(|:\w|@\w|\$\d|\{)",
    re.IGNORECASE,
)
_STATEMENT = lazy(r"^\s*(select|insert|update|delete|replace|with)\b", re.IGNORECASE)


def statement(call: ast.Call, scope: Scope, names: Names) -> str | None:
    """Return the SQL that `call` is given first, with ``?`` for what is put in, or None."""
    for arg in call.args[:2]:
        text = _text(arg, scope, names, 0)
        if text is not None and _STATEMENT.match(text):
            return text
    return None


def writes_password(text: str) -> str | None:
    """Return the table into which a statement writes a password as given, or None."""
    if _HASHED.search(text):
        return None
    match = _UPDATE.match(text) or _INSERT.match(text)
    return match.group(1).strip('"`[]') if match else None


def is_account_table(table: str) -> bool:
    """Return whether a table of that name holds accounts."""
    return says_account(table)


def compares_password(text: str) -> bool:
    """Return whether a statement looks for rows whose password is the given one."""
    return _COMPARED.search(text) is not None


def fast_function(text: str) -> str | None:
    """Return the fast hash function that a statement puts a given value through, or None."""
    if "gen_salt" in text.lower():
        return None
    match = _FAST.search(text)
    return match.group(1).upper() if match else None


def _text(node: ast.expr, scope: Scope, names: Names, depth: int) -> str | None:
    if depth > _MAX_DEPTH:
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else "?"
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values
        )
    if isinstance(node, ast.BinOp):
        left = _text(node.left, scope, names, depth + 1)
        if isinstance(node.op, ast.Mod):
            return left
        right = _text(node.right, scope, names, depth + 1)
        return (left or "?") + (right or "?") if isinstance(node.op, ast.Add) else None
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "strip"):
            return _text(node.func.value, scope, names, depth + 1)
        if last_name(node.func) in ("text", "SQL", "dedent") and node.args:
            return _text(node.args[0], scope, names, depth + 1)
        return None
    if isinstance(node, ast.Name):
        for binding in names.bindings(node.id, scope):
            if binding.kind == "value" and binding.value is not None:
                found = _text(binding.value, scope, names, depth + 1)
                if found is not None and _STATEMENT.match(found):
                    return found
    return None
