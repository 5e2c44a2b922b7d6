"""Finds what an app does with passwords by itself, so that the status can say so.

A method that calls `hashlib`, or compares texts, is nobody else's to replace: only its author
knows what it hashes. The bytecode of the user classes' methods tells where one is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from hardening.passwords.columns import people

if TYPE_CHECKING:
    from flask import Flask

HASHING = frozenset(
    ("hashlib", "pbkdf2_hmac", "scrypt", "md5", "sha1", "sha256", "sha512", "crypt", "hmac")
)
ABOUT = ("pass", "pwd", "pw_", "auth", "verify")  # in a method's name: others hash for avatars


def own_helpers(app: Flask, models: Iterable[type]) -> tuple[str, ...]:
    """Return the methods of user classes that hash by themselves, sorted by name.

    Args:
        app: its Flask-SQLAlchemy models are looked at, if it has any.
        models: classes of users that have logged in; theirs and their bases' are looked at too.
    """
    found = set()
    for model in {*people(app, models), *models}:
        for function in _methods(model):
            if any(word in function.__name__.lower() for word in ABOUT) and (
                HASHING & _names(function.__code__)
            ):
                found.add(f"{function.__module__}.{function.__qualname__}")
    return tuple(sorted(found))


def left(app: Flask) -> tuple[str, ...]:
    """Return what is verified but makes its own hashes, with the reason."""
    security = app.extensions.get("security")
    if security is None or "flask_security" not in sys.modules:
        return ()
    kind = app.config.get("SECURITY_PASSWORD_HASH")
    return (f"Flask-Security makes its own hashes (SECURITY_PASSWORD_HASH is {kind})",)


def _methods(model: type) -> Iterator[FunctionType]:
    for base in model.__mro__:
        for value in list(vars(base).values()):
            if isinstance(value, classmethod | staticmethod):
                value = value.__func__
            elif isinstance(value, property):
                value = value.fset
            if isinstance(value, FunctionType):
                yield value


def _names(code: CodeType) -> set[str]:
    """Return the global and attribute names that `code` uses, with those of functions in it."""
    inner = (_names(each) for each in code.co_consts if isinstance(each, CodeType))
    return {*code.co_names, *code.co_freevars}.union(*inner)
