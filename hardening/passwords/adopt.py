"""Takes over the password functions that an unmodified app already calls.

Functions of a library (`hardening.passwords.libraries`) are replaced in its own module, for later
imports, and every global name that holds one is rebound in every loaded module. Methods are
replaced in their class, which covers its objects and subclasses. The replacements are
process-wide, and do nothing but call the original for any app that is not wrapped. No code
object is touched; references that are no names are found and reported.
"""

from __future__ import annotations

import sys
from threading import Lock
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, NamedTuple

from hardening.passwords.calls import Calls
from hardening.passwords.current import EXTENSION
from hardening.passwords.libraries import LIBRARIES, adopter
from hardening.passwords.watched import WATCHED, Watched

if TYPE_CHECKING:
    from hardening.context import Context

# Never rebound: ourselves, and the libraries' own modules, whose calls lead to what is replaced.
SKIPPED = ("hardening", "werkzeug", "flask_bcrypt", "bcrypt", "passlib", "argon2", "django")


class Adoption(NamedTuple):
    """What was taken over in this process, for `flask hardening status`."""

    adopted: tuple[str, ...]
    """Names that lead to us now, such as ``shop.views.check_password_hash``."""
    missed: tuple[str, ...]
    """Places that still call the original function."""


_METHOD = id(MethodType)
_lock = Lock()
_adopted: set[str] = set()
_open = list(LIBRARIES)  # those that were not loaded yet when we last looked


def adopt(context: Context) -> Calls:
    """Take over the password functions, and answer for `context`'s app from now on."""
    calls: Calls = context.app.extensions.setdefault(EXTENSION, Calls(context))
    refresh()
    return calls


def refresh() -> None:
    """Take over what was loaded since the last time. Costs a few look-ups if nothing was."""
    modules = sys.modules
    for name in _open:
        if name in modules:
            break
    else:
        return
    with _lock:
        functions: list[Watched] = []
        for name in tuple(_open):
            module = modules.get(name)
            found = None if module is None else adopter(name)(module)
            if found is not None:  # else it is not loaded, or still being loaded
                _open.remove(name)
                functions += found
        if not functions:
            return
        _adopted.update(function.name for function in functions)
        _rebind(functions)
        WATCHED.extend(functions)


def adoption() -> Adoption:
    """Return what was taken over and what was not. Walks all objects: not for every request."""
    from hardening.passwords import missed

    return Adoption(tuple(sorted(_adopted)), tuple(str(place) for place in missed.find()))


def _rebind(functions: list[Watched]) -> None:
    """Rebind every global name that holds one of the originals, or a method bound to one."""
    swaps = {id(function.original): function.replacement for function in functions}
    for module_name, module in list(sys.modules.items()):
        # By `type`, and past `__getattribute__`: a lazy module would be loaded by a mere look.
        if not issubclass(type(module), ModuleType) or module_name.split(".")[0] in SKIPPED:
            continue
        namespace = object.__getattribute__(module, "__dict__")
        # By identity and at once: nearly no module holds any, and there are thousands of names.
        values = list(namespace.values())
        if swaps.keys().isdisjoint(map(id, values)) and _METHOD not in map(id, map(type, values)):
            continue
        for name, value in list(namespace.items()):
            if id(value) in swaps:
                namespace[name] = swaps[id(value)]
            elif type(value) is MethodType and id(value.__func__) in swaps:
                namespace[name] = MethodType(swaps[id(value.__func__)], value.__self__)
            else:
                continue
            _adopted.add(f"{module_name}.{name}")
