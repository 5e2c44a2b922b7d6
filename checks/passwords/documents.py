"""Calls that put values into documents, key-value stores, dictionaries of users and files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords.accounts import says_account
from checks.passwords.shapes import chain, constant, dict_items, last_name
from checks.project.flow_run import Flow
from checks.project.origins import Origin
from checks.project.words import is_password_name
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.passwords.stores import Stores

_INSERTERS = frozenset(
    [
        "insert_one", "insert", "insert_many", "update_one", "update_many", "replace_one",
        "find_one_and_update", "put_item", "hset", "hmset", "upsert", "insert_document", "push",
        "create_document", "bulk_insert_mappings", "find_and_modify", "bulk_create", "hsetnx",
        "bulk_save_objects", "insert_all",
    ]
)  # fmt: skip
_MAYBE = frozenset(
    [
        "set", "add", "update", "save", "create", "put", "append", "values", "write", "extend",
        "get_or_create", "update_or_create", "put_async", "setdefault", "execute", "executemany",
    ]
)  # fmt: skip
_PLACES = lazy(r"^(documents?|collections?|child|tables?|db|database|ref|query|mongo)$", re.I)
_ELSEWHERE = frozenset({"requests", "session", "client", "headers", "errors", "httpx"})
_FILES = ("builtins.open", "csv.writer", "csv.DictWriter", "io.open", "codecs.open", "pathlib.Path")
_WRITERS = frozenset(["write", "writelines", "writerow", "writerows", "write_text", "write_bytes"])
_DUMPERS = frozenset(["json.dump", "pickle.dump", "yaml.dump", "yaml.safe_dump", "marshal.dump"])
_FILE = lazy(r"^(f|fp|fh|fd|fo|fout|out|outfile|file|files|csv|writer|w)$|file|csv|writer", re.I)
_NO_FILE = lazy(r"stdin|stdout|stderr|sock|ssh|response|channel|serial|pipe|conn|temp|tmp", re.I)
_REDIS = ("redis.", "flask_redis.", "fakeredis.")
KEY_VALUE = ("shelve.open", "dbm.open", "dbm.dumb.open", "sqlitedict.SqliteDict")


class Kept(NamedTuple):
    """One value that a call keeps."""

    node: ast.AST
    what: str
    origins: list[Origin]
    attribute: str | None = None


def kept(call: ast.Call, scope: Scope, flow: Flow, stores: Stores) -> Iterator[Kept]:
    """Yield the passwords that `call` puts into a store that is no model."""
    yield from _inserted(call, scope, flow, stores)
    yield from _by_key(call, scope, flow, stores)
    yield from _in_users(call, scope, flow, stores)
    yield from _written(call, scope, flow, stores)


def is_redis(node: ast.expr, scope: Scope, stores: Stores) -> bool:
    """Return whether `node` is a client of Redis, by what made it or by its name."""
    made_by = stores.names.type_of(node, scope) or stores.names.qualified(node, scope) or ""
    return made_by.startswith(_REDIS) or "redis" in last_name(node).lower()


def _inserted(call: ast.Call, scope: Scope, flow: Flow, stores: Stores) -> Iterator[Kept]:
    name = last_name(call.func)
    if not isinstance(call.func, ast.Attribute) or stores.names.callee(call, scope) is not None:
        return
    words = set(chain(call.func.value))
    if words & _ELSEWHERE:
        return
    if name in _MAYBE and name not in _INSERTERS:
        if not any(_PLACES.match(word) or says_account(word) for word in words):
            return
    elif name not in _INSERTERS:
        return
    for arg in (*call.args, *(keyword.value for keyword in call.keywords)):
        for _, key, value in dict_items(_display(arg, scope, stores)):
            origins = stores.pick(flow.at(value))
            if (
                origins
                and is_password_name(key)
                and not isinstance(value, ast.Dict)
                and value in flow.origins
                and scope.module.parent(value) is not None
            ):
                what = f"A typed password is stored in {key} without a hash."
                yield Kept(value, what, origins, key)


def _display(arg: ast.expr, scope: Scope, stores: Stores) -> ast.expr:
    """Return the dict display that `arg` is or was assigned, else `arg`."""
    if isinstance(arg, ast.Name):
        for binding in stores.names.bindings(arg.id, scope):
            if isinstance(binding.value, ast.Dict):
                return binding.value
    return arg


def _by_key(call: ast.Call, scope: Scope, flow: Flow, stores: Stores) -> Iterator[Kept]:
    """``r.hset("user:1", "password", value)`` and ``r.set("user:1:password", value)``."""
    name = last_name(call.func)
    if name not in ("hset", "hsetnx", "set", "setex", "setnx", "getset"):
        return
    if not isinstance(call.func, ast.Attribute) or len(call.args) < 2:
        return
    hashes = name.startswith("hset")
    if not hashes and not is_redis(call.func.value, scope, stores):
        return
    origins = stores.pick(flow.at(call.args[-1]))
    key = "".join(
        str(part.value) for part in ast.walk(call.args[-2 if hashes else 0])
        if isinstance(part, ast.Constant)
    )  # fmt: skip
    if hashes and all(isinstance(arg, ast.Constant) for arg in call.args[:-1]):
        owner = " ".join(str(arg.value) for arg in call.args[:-2] if isinstance(arg, ast.Constant))
        if not says_account(owner):
            return  # the only one of its kind: the app's own password at some service
    named = is_password_name(re.sub(r"\W+", "_", key))
    if origins and (named or (not hashes and says_account(key))):
        what = "A typed password is kept in a key-value store without a hash."
        yield Kept(call.args[-1], what, origins, None)


def _in_users(call: ast.Call, scope: Scope, flow: Flow, stores: Stores) -> Iterator[Kept]:
    """``USERS.setdefault(name, password)`` and ``USERS.update({name: password})``."""
    if last_name(call.func) not in ("setdefault", "update") or not call.args:
        return
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not isinstance(owner, ast.Name | ast.Attribute) or not stores.holds_accounts(owner, scope):
        return
    what = f"A typed password is kept in {last_name(owner)} as it is."
    if last_name(call.func) == "setdefault" and len(call.args) == 2:
        origins = stores.pick(flow.at(call.args[1]))
        if origins and constant(call.args[0]) is None:
            yield Kept(call, what, origins)
    elif isinstance(call.args[0], ast.Dict):
        display = call.args[0]
        for key, value in zip(display.keys, display.values, strict=True):
            origins = stores.pick(flow.at(value))
            if origins and not isinstance(key, ast.Constant) and not isinstance(value, ast.Dict):
                yield Kept(call, what, origins)


def _written(call: ast.Call, scope: Scope, flow: Flow, stores: Stores) -> Iterator[Kept]:
    values = call.args[:1]
    name = last_name(call.func)
    if name in _WRITERS and isinstance(call.func, ast.Attribute):
        if not _is_file(call.func.value, scope, stores):
            return
    elif name == "print":
        file = next((k.value for k in call.keywords if k.arg == "file"), None)
        if file is None or not _is_file(file, scope, stores):
            return
        values = call.args
    elif stores.names.called(call, scope) not in _DUMPERS:
        return
    origins = [o for value in values for o in stores.pick(flow.at(value))]
    if origins and stores.given(origins, scope) == "typed":
        yield Kept(call, "A typed password is written to a file.", origins)


def _is_file(node: ast.expr, scope: Scope, stores: Stores) -> bool:
    words = set(chain(node))
    if any(_NO_FILE.search(word) for word in words):
        return False
    return stores.names.type_of(node, scope) in _FILES or any(map(_FILE.search, words))
