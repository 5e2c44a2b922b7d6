"""The functions of ``os``, ``io`` and ``sqlite3`` that a loaded app gets, on its shadow's files."""

from __future__ import annotations

import builtins
import io
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import quote, unquote

from hardening.live.shadow import Shadow

_READS = ("stat", "lstat", "access", "listdir", "scandir", "readlink")
_WRITES = ("chmod", "chown", "lchown", "utime", "truncate", "setxattr")
_REMOVES = ("remove", "unlink", "rmdir")
_BY_FOLDER = ("dir_fd", "src_dir_fd", "dst_dir_fd")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_URI = 7  # its place among the arguments of sqlite3.connect
_IN_MEMORY = ("", ":memory:")

Function = Callable[..., Any]


def install(shadow: Shadow) -> None:
    """Exchange the functions, for all code of this process."""
    for name in _READS:
        _exchange(os, name, _with(shadow.reading, optional=name in ("listdir", "scandir")))
    for name in _WRITES:
        _exchange(os, name, _with(shadow.writing))
    for name in _REMOVES:
        _exchange(os, name, _removing(shadow))
    _exchange(os, "mkdir", _with(shadow.made))
    for name in ("rename", "replace"):
        _exchange(os, name, _moving(shadow))
    for name in ("link", "symlink"):
        _exchange(os, name, _linking(shadow))
    _exchange(os, "open", _opening(shadow, _flags))
    opened = _opening(shadow, _mode)(io.open)
    io.open = builtins.open = opened
    connect = _connecting(shadow)(sqlite3.connect)
    for module in (sqlite3, sqlite3.dbapi2, sys.modules.get("_sqlite3")):
        if module is not None:
            module.connect = connect  # type: ignore[attr-defined]  # the C module has no stub


def _exchange(module: Any, name: str, made: Callable[[Function], Function]) -> None:
    original = getattr(module, name, None)
    if original is not None:
        exchanged = made(original)
        for support in (os.supports_dir_fd, os.supports_follow_symlinks, os.supports_fd):
            if original in support:
                support.add(exchanged)
        setattr(module, name, exchanged)


def _with(place: Callable[[Any], Any], *, optional: bool = False) -> Callable[[Function], Function]:
    """Return a decorator that asks `place` where the first argument is."""

    def made(original: Function) -> Function:
        @wraps(original)
        def exchanged(*args: Any, **named: Any) -> Any:
            if (not args and optional) or _by_folder(named):
                return original(*args, **named)
            if not args:
                return original(place(named.pop("path")), **named)
            return original(_placed(place, args[0]), *args[1:], **named)

        return exchanged

    return made


def _placed(place: Callable[[Any], Any], path: Any) -> Any:
    return path if path is None or isinstance(path, int) else place(path)


def _by_folder(named: dict[str, Any]) -> bool:
    return any(named.get(name) is not None for name in _BY_FOLDER)


def _removing(shadow: Shadow) -> Callable[[Function], Function]:
    def made(original: Function) -> Function:
        @wraps(original)
        def exchanged(path: Any, **named: Any) -> None:
            found = path if _by_folder(named) else shadow.removed(path)
            if found is not None:
                original(found, **named)

        return exchanged

    return made


def _moving(shadow: Shadow) -> Callable[[Function], Function]:
    def made(original: Function) -> Function:
        @wraps(original)
        def exchanged(src: Any, dst: Any, **named: Any) -> None:
            if _by_folder(named):
                original(src, dst, **named)
                return
            found = shadow.writing(src)
            original(found, shadow.writing(dst, empty=True), **named)
            if found is not src:
                shadow.gone(src)

        return exchanged

    return made


def _linking(shadow: Shadow) -> Callable[[Function], Function]:
    def made(original: Function) -> Function:
        @wraps(original)
        def exchanged(src: Any, dst: Any, *args: Any, **named: Any) -> None:
            at = dst if _by_folder(named) else shadow.writing(dst, empty=True)
            original(src, at, *args, **named)

        return exchanged

    return made


def _opening(
    shadow: Shadow, how: Callable[[tuple[Any, ...], dict[str, Any]], tuple[bool, bool]]
) -> Callable[[Function], Function]:
    def made(original: Function) -> Function:
        @wraps(original)
        def exchanged(file: Any, *args: Any, **named: Any) -> Any:
            if isinstance(file, int) or _by_folder(named) or named.get("opener") is not None:
                return original(file, *args, **named)
            writes, empty = how(args, named)
            found = shadow.writing(file, empty=empty) if writes else shadow.reading(file)
            return original(found, *args, **named)

        return exchanged

    return made


def _mode(args: tuple[Any, ...], named: dict[str, Any]) -> tuple[bool, bool]:
    mode = str(args[0] if args else named.get("mode", "r"))
    return any(letter in mode for letter in "wax+"), "w" in mode


def _flags(args: tuple[Any, ...], named: dict[str, Any]) -> tuple[bool, bool]:
    flags = args[0] if args else named.get("flags", 0)
    return bool(flags & _WRITING), bool(flags & os.O_TRUNC)


def _connecting(shadow: Shadow) -> Callable[[Function], Function]:
    def made(original: Function) -> Function:
        @wraps(original)
        def connect(database: Any, *args: Any, **named: Any) -> Any:
            is_uri = bool(named.get("uri", args[_URI - 1] if len(args) >= _URI else False))
            try:
                found = placed(database, is_uri, shadow.database)
            except OSError as error:
                raise sqlite3.OperationalError(error.strerror) from None
            return original(found, *args, **named)

        return connect

    return made


def placed(database: Any, is_uri: bool, place: Callable[[Any], Any]) -> Any:
    """Return what `sqlite3.connect` is to be given instead of `database`.

    Args:
        database: a path, or an address that begins with ``file:``.
        is_uri: whether such addresses are addresses.
        place: says where the database of a path is.
    """
    text = os.fsdecode(database)
    if text in _IN_MEMORY:
        return database
    if not is_uri or not text.startswith("file:"):
        return place(database)
    path, asks, query = text.removeprefix("file:").partition("?")
    path = unquote(path.partition("#")[0])
    if path.startswith("//"):
        path = "/" + path[2:].partition("/")[2]
    if path in _IN_MEMORY or "mode=memory" in query.split("&"):
        return database
    return "file:" + quote(os.fspath(place(path))) + asks + query


def events() -> Iterable[str]:
    """Return the names of audit events about files, besides opening them."""
    return (
        "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate",
        "os.chmod", "os.chown", "os.utime", "os.setxattr", "os.removexattr",
    )  # fmt: skip
