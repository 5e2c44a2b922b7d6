"""Which of some functions a view would call, read from its bytecode without running it.

Followed: decorators (``__wrapped__``, closures, ``functools.partial``), class-based views, and
helper functions of the view's own module, two levels deep.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, MethodType
from typing import TypeGuard, TypeVar

HELPER_LEVELS = 2  # a view, its helper, that one's helper
_FRAMEWORK = ("flask", "flask_login", "werkzeug", "builtins")
_MOST_OBJECTS = 500  # of one view: a bound on what a strange object graph can cost

T = TypeVar("T")


def calls(view: object, wanted: Mapping[str, object]) -> frozenset[str]:
    """Return those names of `wanted` that `view` mentions, by that name or as that object.

    Args:
        view: what Flask calls for an endpoint.
        wanted: functions by the names they are usually imported under.
    """
    found: set[str] = set()
    seen: set[int] = set()
    level: list[FunctionType] = list(_functions(view, seen))
    for depth in range(HELPER_LEVELS + 1):
        helpers: list[FunctionType] = []
        for function in level:
            for name in _names(function.__code__):
                value = function.__globals__.get(name)
                found.update(
                    known
                    for known, target in wanted.items()
                    if name == known or (value is not None and value is target)
                )
                if depth < HELPER_LEVELS and _same_module(value, function):
                    helpers.extend(_functions(value, seen))
        level = helpers
    return frozenset(found)


def _functions(thing: object, seen: set[int]) -> Iterator[FunctionType]:
    """Yield every Python function that `thing` consists of."""
    pending: list[object] = [thing]
    while pending and len(seen) < _MOST_OBJECTS:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if _is(current, FunctionType):
            yield current
            pending.extend(_inside(current))
        elif _is(current, MethodType):
            pending += [current.__func__, type(current.__self__)]
        elif _is(current, functools.partial):
            pending.append(current.func)
        elif _is(current, type):
            pending.extend(_methods(current))
        elif current is not None:
            pending.extend(_wrapped_by(current))


def _inside(function: FunctionType) -> Iterator[object]:
    attributes = function.__dict__
    yield attributes.get("__wrapped__")
    yield attributes.get("view_class")
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        if _is(content, FunctionType, MethodType, functools.partial):
            yield content


def _methods(kind: type) -> Iterator[object]:
    for base in kind.__mro__:
        if base is object or base.__module__.partition(".")[0] in _FRAMEWORK:
            continue
        for value in vars(base).values():
            if _is(value, FunctionType):
                yield value
            elif issubclass(type(value), staticmethod | classmethod):
                yield value.__func__


def _wrapped_by(thing: object) -> Iterator[object]:
    """Yield what a decorator that is an object holds and does."""
    # `vars` may be refused, and `getattr` would run the app's code on a proxy.
    try:
        attributes = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return
    yield attributes.get("__wrapped__")
    yield vars(type(thing)).get("__call__")


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is(value: object, *kinds: type[T]) -> TypeGuard[T]:
    # Not `isinstance`: it asks a LocalProxy for its class, and `current_user` would load a user.
    return issubclass(type(value), kinds)


def _same_module(value: object, function: FunctionType) -> bool:
    # Not classes: a `User` that a view merely uses may have a method that logs in somewhere.
    return (
        _is(value, FunctionType)
        and value.__module__ == function.__module__
        and value.__module__.partition(".")[0] not in _FRAMEWORK
    )
