"""What a view would call, and which fields it reads, from its bytecode without running it.

Followed from a view: decorators (``__wrapped__``, closures, ``functools.partial``, objects),
class-based views, and helpers three levels deep, in other modules of the app too: functions,
methods of the app's own classes and objects, entries of its tables, imports inside a function.
Only what the code names is followed, and nothing of Flask, of the standard library or of
packages that the view does not belong to.
"""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, TypeGuard, TypeVar

HELPER_LEVELS = 3  # a view, its helper, that one's helper, and that one's
_FRAMEWORK = frozenset({"flask", "flask_login", "werkzeug", "builtins"})
_MOST_OBJECTS = 500  # of one view: a bound on what a strange object graph can cost
_MOST_ENTRIES = 50  # of a table that a view chooses its helper from
_MOST_INNER = 2  # `package.module.object.method` in one expression
_MOST_LETTERS = 40  # no field of a form has a longer name
_VERBS = ("get", "head", "post", "put", "patch", "delete", "options", "dispatch_request")
_IMPORTS = dis.opmap["IMPORT_NAME"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a view's code says."""

    called: frozenset[str]
    """Which of the wanted functions it reaches."""
    texts: frozenset[str]
    """The short strings in the view itself, such as the names of the fields that it reads."""
    guarded: bool
    """Whether one of the wrappers around it was made by the code that was asked for."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One function, and the classes or objects whose attributes its code may name."""

    function: FunctionType
    owners: tuple[object, ...]


def read(
    view: object, wanted: Mapping[str, object], wrappers: frozenset[CodeType] = frozenset()
) -> Reading:
    """Return what the code of `view` says.

    Args:
        view: what Flask calls for an endpoint.
        wanted: names that count wherever the code mentions them, and the function that each is
            usually imported from, which counts under any other name; None: only the name does.
        wrappers: the code of functions that a decorator puts around a view.
    """
    return _Walk(wanted).read(view, wrappers)


class _Walk:
    def __init__(self, wanted: Mapping[str, object]) -> None:
        self._wanted = wanted
        self._targets = {id(target): name for name, target in wanted.items() if target is not None}
        self._found: set[str] = set()
        self._seen: set[int] = set()
        self._homes: frozenset[str] = frozenset()

    def read(self, view: object, wrappers: frozenset[CodeType]) -> Reading:
        level = list(self._functions(view, ()))
        tops = {_top(_module(step.function)) for step in level}
        self._homes = frozenset(top for top in tops if _of_an_app(top)) or frozenset(tops)
        guarded = any(step.function.__code__ in wrappers for step in level)
        texts = {
            text
            for step in level
            if _top(_module(step.function)) not in _FRAMEWORK
            for text in _texts(step.function.__code__)
        }
        for depth in range(HELPER_LEVELS + 1):
            helpers: list[_Step] = []
            for step in level:
                names = frozenset(_names(step.function.__code__))
                self._found.update(names & self._wanted.keys())
                for value, owners in _values(step, names):
                    if id(value) in self._targets:
                        self._found.add(self._targets[id(value)])
                    elif depth < HELPER_LEVELS:
                        helpers += self._open(value, owners, names)
            level = helpers
        return Reading(frozenset(self._found), frozenset(texts), guarded)

    def _open(
        self, value: object, owners: tuple[object, ...], names: frozenset[str], inner: int = 0
    ) -> Iterator[_Step]:
        """Yield the functions of the app that a value is, or that `names` name in it."""
        if id(value) in self._targets:
            self._found.add(self._targets[id(value)])
        elif _is(value, FunctionType, MethodType, functools.partial, staticmethod, classmethod):
            for step in self._functions(value, owners):
                if self._ours(_module(step.function)):
                    yield step
        elif inner > _MOST_INNER:
            return
        elif _is(value, ModuleType):
            if self._ours(value.__name__):
                for found in _named(vars(value), names):
                    yield from self._open(found, (), names, inner + 1)
        elif _is(value, dict, list, tuple):
            for entry in _entries(value):
                if _runs(entry):
                    yield from self._open(entry, owners, names, inner + 1)
        else:
            kind = value if _is(value, type) else type(value)
            if self._ours(kind.__module__):
                asked = names | {"__init__" if kind is value else "__call__"}
                for attribute in _attributes(value, asked):
                    yield from self._open(attribute, (value,), names, inner + 1)

    def _ours(self, module: str) -> bool:
        top = _top(module)
        return top not in _FRAMEWORK and (top in self._homes or _of_an_app(top))

    def _functions(self, thing: object, owners: tuple[object, ...]) -> Iterator[_Step]:
        """Yield every Python function that `thing` consists of."""
        pending: list[tuple[object, tuple[object, ...]]] = [(thing, owners)]
        while pending and len(self._seen) < _MOST_OBJECTS:
            current, own = pending.pop()
            if current is None or id(current) in self._seen:
                continue
            if id(current) in self._targets:
                self._found.add(self._targets[id(current)])
                continue
            self._seen.add(id(current))
            if _is(current, FunctionType):
                cells = tuple(_cells(current))
                own += tuple(cell for cell in cells if _holds(cell))
                yield _Step(current, own)
                pending += [(part, own) for part in _inside(current, cells)]
            elif _is(current, MethodType):
                pending.append((current.__func__, (current.__self__,)))
            elif _is(current, functools.partial):
                parts = (current.func, *current.args, *current.keywords.values())
                pending += [(part, own) for part in parts if _runs(part)]
            elif _is(current, staticmethod, classmethod):
                pending.append((getattr(current, "__func__", None), own))
            elif _is(current, type):
                pending += [(method, (current,)) for method in _attributes(current, _VERBS)]
            else:
                pending += [(part, (current,)) for part in _wrapped_by(current)]


def _values(step: _Step, names: frozenset[str]) -> Iterator[tuple[object, tuple[object, ...]]]:
    """Yield what the names in a function's code stand for, and whose attribute it is."""
    for value in _named(step.function.__globals__, names):
        yield value, ()
    for owner in step.owners:
        if _is(owner, ModuleType):
            yield owner, ()
        for value in _attributes(owner, names):
            yield value, (owner,)
    for module in _imported(step.function):
        yield module, ()


def _named(space: Mapping[str, Any], names: Iterable[str]) -> Iterator[object]:
    return (space[name] for name in names if name in space)


def _entries(table: object) -> Iterator[object]:
    """Yield the first entries of a table that a view may choose its helper from."""
    if _is(table, dict):
        yield from islice(table.values(), _MOST_ENTRIES)
    elif _is(table, list, tuple):
        yield from islice(table, _MOST_ENTRIES)


def _cells(function: FunctionType) -> Iterator[object]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue


def _inside(function: FunctionType, cells: tuple[object, ...]) -> Iterator[object]:
    attributes = function.__dict__
    yield attributes.get("__wrapped__")
    yield attributes.get("view_class")
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    yield from (part for part in (*cells, *defaults) if _runs(part))


def _runs(part: object) -> bool:
    return _is(part, FunctionType, MethodType, functools.partial)


def _holds(cell: object) -> bool:
    """Return whether what a closure holds may have methods or functions of the app."""
    if _is(cell, ModuleType):
        return True
    kind = cell if _is(cell, type) else type(cell)
    top = _top(kind.__module__)
    return top not in _FRAMEWORK and top not in sys.stdlib_module_names


def _attributes(owner: object, names: Iterable[str]) -> Iterator[object]:
    """Yield the attributes of a class or object that `names` name, without asking it for them."""
    kind = owner if _is(owner, type) else type(owner)
    own: Mapping[str, Any] = {}
    if kind is not owner and _top(kind.__module__) not in _FRAMEWORK:
        own = _dict_of(owner)
    bases = [vars(b) for b in kind.__mro__ if _top(b.__module__) not in _FRAMEWORK]
    for name in names:
        for space in (own, *bases):
            if name in space:
                yield space[name]
                break


def _wrapped_by(thing: object) -> Iterator[object]:
    """Yield what a decorator that is an object holds and does."""
    attributes = _dict_of(thing)
    yield attributes.get("__wrapped__")
    yield from (value for value in attributes.values() if _runs(value))
    yield from _attributes(type(thing), ("__call__",))


def _dict_of(thing: object) -> Mapping[str, Any]:
    # `vars` may be refused, and `getattr` would run the app's code on a proxy.
    try:
        found = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


def _imported(function: FunctionType) -> Iterator[ModuleType]:
    """Yield the modules that a function imports itself, if they are loaded by now."""
    for code in _codes(function.__code__):
        if _IMPORTS not in code.co_code[::2]:
            continue
        for instruction in dis.get_instructions(code):
            if instruction.opname == "IMPORT_NAME":
                # How many packages up a relative one goes is not said here: each is tried.
                package = str(function.__globals__.get("__package__") or "")
                while True:
                    module = sys.modules.get(f"{package}.{instruction.argval}".strip("."))
                    if _is(module, ModuleType):
                        yield module
                    if not package:
                        break
                    package = package.rpartition(".")[0]


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _names(code: CodeType) -> Iterator[str]:
    for part in _codes(code):
        yield from part.co_names
        yield from part.co_freevars


def _texts(code: CodeType) -> Iterator[str]:
    for part in _codes(code):
        for constant in part.co_consts:
            if isinstance(constant, str) and len(constant) <= _MOST_LETTERS:
                yield constant


def _module(function: FunctionType) -> str:
    # Not `__module__`: `functools.wraps` copies that of the view into its wrapper.
    return str(function.__globals__.get("__name__", ""))


def _top(module: object) -> str:
    return str(module).partition(".")[0]


@lru_cache(maxsize=1024)  # the top-level modules of one process
def _of_an_app(top: str) -> bool:
    """Return whether a top-level module is no library: neither installed nor Python's own."""
    if top in sys.stdlib_module_names:
        return False
    module = sys.modules.get(top)
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return not any("site-packages" in str(p) or "dist-packages" in str(p) for p in places)


def _is(value: object, *kinds: type[T]) -> TypeGuard[T]:
    # Not `isinstance`: it asks a LocalProxy for its class, and `current_user` would load a user.
    return issubclass(type(value), kinds)
