"""Writes an upgraded hash into a user that is an ordinary object, and makes sure that it stays."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import MemberDescriptorType
from typing import Any

from hardening.passwords.deferred import DeferredError, as_text, like
from hardening.passwords.target import Target


def attribute_of(user: object, stored: str, named: str | None) -> str:
    """Return the name of the attribute of `user` that equals `stored`.

    Only what the object itself holds counts. A property may hash what it is given, and would
    then lock the user out.

    Args:
        user: the user object.
        stored: the hash that was just verified.
        named: the setting ``password_attribute``: no other is looked at.

    Raises:
        DeferredError: there is none, or it is computed.
    """
    names = _own(user) if named is None else [named]
    for name in names:
        if _held(user, name) and as_text(getattr(user, name, None)) == stored:
            return name
    computed = any(_computed(user, name) for name in names)
    raise DeferredError("computed_attribute" if computed else "attribute_not_found")


def target(user: Any, name: str, reload: Callable[[], object]) -> Target:
    """Return the attribute `name` of `user` as a place to write to."""
    return Target(
        lambda old, new: swap(user, name, old, new, reload),
        lambda old: _elsewhere(name, old, reload),
        later=False,
    )


def swap(user: Any, name: str, old: str, new: str, reload: Callable[[], object]) -> bool:
    """Set the attribute, and keep it only if a fresh look-up of the user shows the new hash.

    An object that has a method ``save`` without arguments is saved before that look-up.

    Args:
        user: the user object.
        name: its attribute.
        old: the hash that it must still hold.
        new: the hash to set.
        reload: asks the app for the user again.

    Returns:
        False if the object, or what the app keeps of it, no longer holds `old`.

    Raises:
        DeferredError: the object refuses, or the app does not keep what was set.
    """
    held = getattr(user, name, None)
    if as_text(held) != old or _elsewhere(name, old, reload) is not None:
        return False
    try:
        setattr(user, name, like(held, new))
    except Exception:  # noqa: BLE001  # a frozen class raises what it likes
        raise DeferredError("read_only", attribute=name) from None
    try:
        kept = as_text(getattr(user, name)) == new
        if kept:
            _save(user)
        kept = kept and as_text(getattr(reload(), name, None)) == new
    except Exception as error:  # noqa: BLE001  # the app's own code failed: as good as not kept
        object.__setattr__(user, name, held)
        raise DeferredError("not_persisted", attribute=name, error=type(error).__name__) from None
    if not kept:
        object.__setattr__(user, name, held)
        raise DeferredError("not_persisted", attribute=name)
    return True


def _save(user: Any) -> None:
    save = getattr(user, "save", None)
    if not inspect.ismethod(save):
        return
    try:
        inspect.signature(save).bind()
    except TypeError:  # it wants to be told something that we do not know
        return
    save()


def _elsewhere(name: str, old: str, reload: Callable[[], object]) -> str | None:
    """Return the hash that the app keeps by now; None if it is `old`, or cannot be told."""
    try:
        held = as_text(getattr(reload(), name, None))
    except Exception:  # noqa: BLE001  # the app's own look-up
        return None
    return None if held == old else held


def _own(user: object) -> list[str]:
    names = list(getattr(user, "__dict__", None) or ())
    for base in type(user).__mro__:
        names += [name for name, kind in vars(base).items() if type(kind) is MemberDescriptorType]
    return names


def _held(user: object, name: str) -> bool:
    """Return whether `user` itself stores `name`, in its dictionary or a slot."""
    if _computed(user, name):
        return False
    return name in (getattr(user, "__dict__", None) or ()) or name in _own(user)


def _computed(user: object, name: str) -> bool:
    kind = inspect.getattr_static(type(user), name, None)
    return inspect.isdatadescriptor(kind) and type(kind) is not MemberDescriptorType
