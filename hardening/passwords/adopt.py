"""Takes over the password functions that an unmodified app already calls.

Names bound to `werkzeug.security.check_password_hash` and ``generate_password_hash`` are
rebound in every loaded module and in `werkzeug.security` itself, for later imports. For
Flask-Bcrypt the two methods of ``Bcrypt`` are replaced, which its functions call too. The
replacements are process-wide, and do nothing but call the original for any app that is not
wrapped. No code object is touched; references that are no names are found and reported.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from threading import Lock
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from hardening.passwords import missed, originals
from hardening.passwords.calls import Calls
from hardening.passwords.current import EXTENSION, calls_here
from hardening.passwords.missed import Watched

if TYPE_CHECKING:
    from hardening.context import Context

SECURITY = "werkzeug.security"
BCRYPT = "flask_bcrypt"
# Never rebound: ourselves, and the two libraries' own modules, which are handled one by one.
SKIPPED = ("hardening", "werkzeug", BCRYPT)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was taken over in this process, for `flask hardening status`."""

    adopted: tuple[str, ...]
    """Names that lead to us now, such as ``shop.views.check_password_hash``."""
    missed: tuple[str, ...]
    """Places that still call the original function."""


_lock = Lock()
_adopted: set[str] = set()
_done: set[str] = set()


def adopt(context: Context) -> Calls:
    """Take over the password functions, and answer for `context`'s app from now on."""
    calls: Calls = context.app.extensions.setdefault(EXTENSION, Calls(context))
    refresh()
    return calls


def refresh() -> None:
    """Take over what was loaded since the last time. Costs two look-ups if nothing was."""
    bcrypt = sys.modules.get(BCRYPT)
    if SECURITY in _done and (bcrypt is None or BCRYPT in _done):
        return
    with _lock:
        functions: list[Watched] = []
        if SECURITY not in _done:
            _done.add(SECURITY)
            functions += _replace_werkzeug()
        if bcrypt is not None and BCRYPT not in _done and "Bcrypt" in vars(bcrypt):
            _done.add(BCRYPT)
            functions += _replace_bcrypt(vars(bcrypt)["Bcrypt"])
        _rebind(functions)
        for function in functions:
            missed.watch(function)


def adoption() -> Adoption:
    """Return what was taken over and what was not. Walks all objects: not for every request."""
    return Adoption(tuple(sorted(_adopted)), tuple(str(place) for place in missed.find()))


@wraps(originals.werkzeug_check)
def _check(pwhash: str, password: str) -> bool:
    own = partial(originals.werkzeug_check, pwhash, password)
    calls = calls_here()
    return own() if calls is None else calls.check(pwhash, password, own)


@wraps(originals.werkzeug_generate)
def _generate(password: str, *args: Any, **kwargs: Any) -> Any:
    own = partial(originals.werkzeug_generate, password, *args, **kwargs)
    calls = calls_here()
    return own() if calls is None else calls.generate(password, own)


def _replace_werkzeug() -> list[Watched]:
    functions = [
        Watched(f"{SECURITY}.{original.__name__}", original, replacement, replacement is _check)
        for original, replacement in (
            (originals.werkzeug_check, _check),
            (originals.werkzeug_generate, _generate),
        )
    ]
    security = sys.modules[SECURITY]
    for function in functions:
        name = function.name.rpartition(".")[2]
        if vars(security).get(name) is function.original:  # else the app has one of its own there
            setattr(security, name, function.replacement)
            _adopted.add(function.name)
    return functions


def _replace_bcrypt(kind: type) -> list[Watched]:
    functions = []
    for name, make, verifies in (
        ("check_password_hash", _bcrypt_check, True),
        ("generate_password_hash", _bcrypt_generate, False),
    ):
        original = vars(kind)[name]
        function = Watched(f"{BCRYPT}.Bcrypt.{name}", original, make(original), verifies)
        setattr(kind, name, function.replacement)
        _adopted.add(function.name)
        functions.append(function)
    return functions


def _bcrypt_check(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def check_password_hash(self: Any, pw_hash: Any, password: Any) -> bool:
        own = partial(original, self, pw_hash, password)
        calls = calls_here()
        if calls is None:
            return own()
        long_passwords = bool(getattr(self, "_handle_long_passwords", False))
        return calls.check(pw_hash, password, own, long_passwords=long_passwords)

    return check_password_hash


def _bcrypt_generate(original: Callable[..., bytes]) -> Callable[..., bytes]:
    @wraps(original)
    def generate_password_hash(self: Any, password: Any, *args: Any, **kwargs: Any) -> bytes:
        own = partial(original, self, password, *args, **kwargs)
        calls = calls_here()
        if calls is None:
            return own()
        made = calls.generate(password, own)
        # Apps call `.decode("utf-8")` on what Flask-Bcrypt returns.
        return made.encode("ascii") if isinstance(made, str) else made

    return generate_password_hash


def _rebind(functions: list[Watched]) -> None:
    """Rebind every global name that holds one of the originals, or a method bound to one."""
    swaps = {id(function.original): function.replacement for function in functions}
    for module_name, module in list(sys.modules.items()):
        # By `type`, and past `__getattribute__`: a lazy module would be loaded by a mere look.
        if not issubclass(type(module), ModuleType) or module_name.split(".")[0] in SKIPPED:
            continue
        namespace = object.__getattribute__(module, "__dict__")
        for name, value in list(namespace.items()):
            if id(value) in swaps:
                namespace[name] = swaps[id(value)]
            elif type(value) is MethodType and id(value.__func__) in swaps:
                namespace[name] = MethodType(swaps[id(value.__func__)], value.__self__)
            else:
                continue
            _adopted.add(f"{module_name}.{name}")
