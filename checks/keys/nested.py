"""Credentials within a setting that is a table: ``MONGODB_SETTINGS = {"host": "mongodb://..."}``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.keys.beside import is_little, is_little_in, is_put_right
from checks.keys.credential import Credential, is_real, text_of
from checks.keys.words import is_secret_name, uri_password
from checks.lazy import lazy
from checks.project import Project
from checks.project.configuration import Setting

_DEPTH = 4
# Tables that say what things are called, look like or must be.
_ABOUT = lazy(
    r"MESSAGE|MSG|LABEL|SCHEMA|SWAGGER|OPENAPI|RESTX|FIELD|TYPE|RULE|FORM|TEMPLATE|PARAM|TEXT|TITLE|"
    r"MAP|NAME|COLUMN|HEADER|TRANSLAT|LANG|COLOR|ICON|CACHE_KEY|PREFIX"
)
_PAIR = lazy(r"CREDENTIALS?$|(^|_)(BASIC_)?AUTH$|(^|_)ADMIN(_LOGIN)?$")
_TYPES = frozenset(
    ["str", "string", "text", "bool", "boolean", "int", "integer", "float", "hidden", "secret",
     "required", "optional", "password", "token", "key", "post", "get", "body", "header", "query",
     "bearer", "basic", "apikey", "jwt"]
)  # fmt: skip


def within(setting: Setting, project: Project, *, development: bool) -> Iterator[Credential]:
    """Yield the credentials in the dictionaries and lists that `setting` is worth."""
    if setting.written is None or _ABOUT.search(setting.key):
        return
    node, scope = setting.written
    overruled = is_put_right(scope.module.path)
    named = is_secret_name(setting.key)
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and _PAIR.search(setting.key):
        (user, _), (text, fallback) = (text_of(each, scope, project) for each in node.elts)
        if user and is_real(text):
            spot, sure = scope.spot(node.elts[1]), setting.confidence == "high"
            yield Credential(
                "setting", setting.key, spot, fallback, development=development, sure=sure
            )
        return
    for name, value in _texts(node, scope, project, named=named, depth=0):
        text, fallback = text_of(value, scope, project)
        spot, sure = scope.spot(value), setting.confidence == "high"
        if password := uri_password(text):
            yield Credential(
                "address", setting.key, spot, fallback, development=development, sure=sure,
                little=(overruled or fallback) and is_little_in(text, password),
            )  # fmt: skip
        elif (
            name
            and is_real(text.replace(" ", "") if named else text)
            and text.lower() not in _TYPES
            and text.lower() != name.lower()
        ):
            shown = f"{setting.key}[{name!r}]" if name != setting.key else setting.key
            yield Credential(
                "setting", shown, spot, fallback, development=development, sure=sure,
                little=(overruled or fallback) and is_little(setting.key, text),
            )  # fmt: skip


def _texts(
    node: ast.expr, scope: Scope, project: Project, *, named: bool, depth: int
) -> Iterator[tuple[str, ast.expr]]:
    """Yield (name of a secret or ``""``, value) of all that is no table itself."""
    if depth > _DEPTH:
        return
    for name, value in _items(node):
        secret = is_secret_name(name) if name else named
        if isinstance(value, ast.Dict | ast.List | ast.Tuple) or _is_dict(value):
            yield from _texts(value, scope, project, named=named, depth=depth + 1)
        elif isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call | ast.BoolOp):
            yield (name or "secret") if secret else "", value


def _items(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            text = key.value if isinstance(key, ast.Constant) else ""
            yield text if isinstance(text, str) and not text.isdigit() else "", value
    elif isinstance(node, ast.List | ast.Tuple):
        for element in node.elts:
            yield "", element
    elif _is_dict(node) and isinstance(node, ast.Call):
        for keyword in node.keywords:
            yield keyword.arg or "", keyword.value


def _is_dict(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict"
