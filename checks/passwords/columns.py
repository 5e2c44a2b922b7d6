"""Declared columns of accounts that are too short for a password hash."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Module, Scope
from checks.facts.source import Source, Spot
from checks.lazy import lazy
from checks.passwords.accounts import Accounts, says_account
from checks.passwords.shapes import constant, is_migration, last_name
from checks.passwords.study import Study
from checks.project import Project
from checks.project.sites import shared
from checks.project.unused import is_left_behind
from checks.project.words import is_foreign_password_name, is_password_name
from checks.records import NamedTuple

ARGON2ID = 97  # characters of an encoded hash with a salt of 16 bytes and a tag of 32
# Characters that other hashes take: Werkzeug 3.1 and Flask-Bcrypt by their formats.
_LENGTHS = {
    "scrypt": 162,
    "Werkzeug's scrypt": 162,
    "pbkdf2": 103,
    "bcrypt": 60,
    "argon2": ARGON2ID,
}
_LONGEST = max(_LENGTHS.values())
DEFAULT = "Werkzeug's scrypt"
"""The default since Werkzeug 2.3: whether an older one is pinned is not read."""
_CALLS = ("generate_password_hash", "hashpw", "hash", "hash_password")
# Column types whose length counts something else, or which no length bounds.
_OTHER_TYPES = lazy(
    r"password|encrypt|text|integer|bool|date|time|json|blob|float|enum|uuid|largebinary",
    re.IGNORECASE,
)
_OTHER_WORDS = lazy(
    r"salt|algo|method|scheme|type|kind|version|iteration|round|date|time|status|question|"
    r"answer|last|_at$|_on$|_by$|_id$|hint|key|code|cost|_ver$|_rev$|expir|strength|policy|flag|_set$",
    re.IGNORECASE,
)
_TABLE = lazy(
    r"create\s+table\s+(?:if\s+not\s+exists\s+)?[\"`\[]?(?P<table>[\w.]+)[\"`\]]?\s*\(", re.I
)
_SQL_COLUMN = lazy(
    r"[\"`\[]?(?P<name>\w*(?:pass|pwd|hash)\w*)[\"`\]]?\s+"
    r"(?:n?(?:var)?char(?:acter)?(?:\s+varying)?2?)\s*\(\s*(?P<length>\d+)",
    re.IGNORECASE,
)
_COPIES = lazy(r"dummy|sample|demo|dump|backup|fixture|test", re.IGNORECASE)
_DDL = lazy(r"create\s+table\b", re.IGNORECASE)


class Short(NamedTuple):
    """One column that is too short."""

    name: str
    length: int
    needed: int
    hash_name: str | None
    """The hash in use that does not fit; None where only Argon2id does not."""
    spot: Spot


def find(study: Study) -> Iterator[Short]:
    """Yield the columns for passwords of accounts that cannot hold a hash."""
    project = study.project
    accounts = Accounts(study)
    seen: set[Spot] = set()
    for name, length, scope, spot in (
        *_model_columns(project, accounts),
        *_table_columns(project),
        *_sql_columns(project),
    ):
        if spot in seen or not 1 < length < _LONGEST or not is_stored(name):
            continue
        if scope.module.source.context == "tests" or is_migration(scope.module.path):
            continue
        if is_left_behind(scope.module, project):
            continue
        seen.add(spot)
        used = _used(study, scope)
        needed = _LENGTHS.get(used or "", 0)
        tight = used is not None and needed > length
        if tight or length < ARGON2ID:
            yield Short(name, length, needed, used if tight else None, spot)


def is_stored(name: str) -> bool:
    """Return whether a column so named holds a password or its hash, and not something about it."""
    plain = name.lstrip("_")
    if is_foreign_password_name(plain) or _OTHER_WORDS.search(plain):
        return False
    return is_password_name(plain) or plain.lower() in ("pwhash", "passhash", "passwordhash")


Declared = tuple[str, int, Scope, Spot]


def _model_columns(project: Project, accounts: Accounts) -> Iterator[Declared]:
    for model in project.identity.models:
        if not accounts.is_account(model.name) and not says_account(model.scope.name):
            continue
        for column in model.columns:
            if column.length is not None and not _OTHER_TYPES.search(column.type_name):
                owner = _owner(column.spot.path, model.scope, project)
                yield column.name, column.length, owner, column.spot
        for assignment in model.scope.assignments:
            yield from _annotated(assignment.target, assignment.value, model.scope, project)


def _owner(path: str, scope: Scope, project: Project) -> Scope:
    """Return a scope of the file in which a column of a base class stands."""
    if scope.module.path == path:
        return scope
    return next((module.top for module in project.modules if module.path == path), scope)


def _annotated(
    target: ast.expr, value: ast.expr, scope: Scope, project: Project
) -> Iterator[Declared]:
    """``password: str = Field(max_length=60)`` of SQLModel and ``Required(str, 60)`` of Pony."""
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Call):
        return
    length: object = None
    if last_name(value.func) == "Field" and isinstance(scope.node, ast.ClassDef):
        if any(k.arg == "table" and constant(k.value) is True for k in scope.node.keywords):
            given = [k.value for k in value.keywords if k.arg == "max_length"]
            length = project.evaluate(given[0], scope).value if given else None
    elif last_name(value.func) in ("Required", "Optional") and len(value.args) == 2:
        length = project.evaluate(value.args[1], scope).value
    if type(length) is int:
        yield target.id, length, scope, scope.spot(value)


def _table_columns(project: Project) -> Iterator[Declared]:
    """``Table("users", metadata, Column("password", String(60)))``."""
    for module in project.modules:
        for call, scope in module.calls("Table"):
            table = constant(call.args[0]) if call.args else None
            if not isinstance(table, str) or not says_account(table):
                continue
            for arg in call.args[1:]:
                if not isinstance(arg, ast.Call) or last_name(arg.func) != "Column":
                    continue
                name = constant(arg.args[0]) if arg.args else None
                kind = arg.args[1] if len(arg.args) > 1 else None
                if isinstance(name, str) and isinstance(kind, ast.Call) and kind.args:
                    length = project.evaluate(kind.args[0], scope).value
                    if type(length) is int and not _OTHER_TYPES.search(last_name(kind)):
                        yield name, length, scope, scope.spot(arg)


def _sql_columns(project: Project) -> Iterator[Declared]:
    """``CREATE TABLE users (password VARCHAR(60))`` in a text of the sources or an SQL file."""
    for module in project.modules:
        source = module.source
        if "CREATE TABLE" not in source.text and "create table" not in source.text:
            continue
        told = _documented(module)
        for name, length, spot in _declared(source):
            if not any(first <= spot.line <= last for first, last in told):
                yield name, length, module.top, spot
    for schema in project.schemas if project.app_sites else ():
        copied = _COPIES.search(schema.path.rpartition("/")[2])
        if schema.context != "tests" and not is_migration(schema.path) and not copied:
            nearest = max(project.app_sites, key=lambda site: shared(site.anchor.path, schema.path))
            for name, length, spot in _declared(schema):
                yield name, length, nearest.apps[0][1].module.top, spot


def _documented(module: Module) -> list[tuple[int, int]]:
    """Return the lines of docstrings: what they show is an example, or about something else."""
    found = []
    for scope in module.scopes:
        body = getattr(scope.node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            found.append((first.lineno, first.end_lineno or first.lineno))
    return found


def _declared(source: Source) -> Iterator[tuple[str, int, Spot]]:
    """Yield name, length and place of the columns of accounts that ``CREATE TABLE`` declares."""
    for start in (match.start() for match in _DDL.finditer(source.text)):
        table = _TABLE.match(source.text, start)
        if table is None or not says_account(table["table"]):
            continue
        end = source.text.find(";", table.end())
        following = _DDL.search(source.text, table.end())
        stops = [s for s in (end, following.start() if following else -1) if s > 0]
        stop = min([*stops, table.end() + 4_000])
        for column in _SQL_COLUMN.finditer(source.text, table.end(), stop):
            spot = source.line_spot(source.line_at(column.start()))
            yield column["name"], int(column["length"]), spot


def _used(study: Study, scope: Scope) -> str | None:
    """Return the hash that the app of `scope` makes, if it makes one kind only."""
    site = study.site(scope)
    found = set()
    for module in site.modules if site is not None else (scope.module,):
        if module.source.context != "tests":
            for call, where in module.calls(*_CALLS):
                found.add(_kind(call, where, study.project))
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def _kind(call: ast.Call, scope: Scope, project: Project) -> str | None:
    called = project.names.called(call, scope) or ""
    if called == "werkzeug.security.generate_password_hash":
        given = [k.value for k in call.keywords if k.arg == "method"] or call.args[1:2]
        method = project.evaluate(given[0], scope).value if given else DEFAULT
        return method.partition(":")[0] if isinstance(method, str) else None
    if called == "bcrypt.hashpw" or called.startswith("flask_bcrypt."):
        return "bcrypt"
    if called.startswith(("argon2.", "hardening.passwords.")):
        return "argon2"
    return None
