"""Writes an upgraded hash for a user that MongoEngine keeps, by one atomic update."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from hardening.passwords.deferred import DeferredError, as_text, like
from hardening.passwords.target import Target


def keeps(user: object) -> bool:
    """Return whether `user` is a document of MongoEngine."""
    engine = sys.modules.get("mongoengine")
    kind = getattr(engine, "Document", None)
    return isinstance(kind, type) and isinstance(user, kind)


def locate(user: Any, stored: str, length: int, attribute: str | None) -> Target:
    """Return the field of `user` that holds `stored`.

    Args:
        user: the document.
        stored: the hash that was just verified.
        length: how many characters will replace it.
        attribute: the only field to look at; None: the one that equals `stored`.

    Raises:
        DeferredError: there is none, or it must not be written.
    """
    fields = sys.modules["mongoengine"].fields
    if user.pk is None:
        raise DeferredError("not_stored")
    for name, field in type(user)._fields.items():
        if attribute not in (None, name) or as_text(user._data.get(name)) != stored:
            continue
        if type(field) not in (fields.StringField, fields.BinaryField):
            raise DeferredError("column_type", column=name)
        most = getattr(field, "max_length", getattr(field, "max_bytes", None))
        if most is not None and most < length:
            raise DeferredError("column_short", column=name, advice=f"raise max_length of {name}")
        held = user._data[name]
        return Target(partial(_swap, user, name, held), partial(_present, user, name))
    raise DeferredError("attribute_not_found")


def _swap(user: Any, name: str, held: Any, old: str, new: str) -> bool:
    mine = {"pk": user.pk, name: held}
    changes = {f"set__{name}": like(held, new)}
    return bool(_ask(lambda: type(user).objects(**mine).update_one(**changes)))


def _present(user: Any, name: str, old: str) -> str | None:
    found = _ask(lambda: type(user).objects(pk=user.pk).scalar(name).first())
    text = as_text(found)
    return None if text == old else text


def _ask(call: Any) -> Any:
    try:
        return call()
    except Exception as error:  # noqa: BLE001  # the driver's errors share no base with MongoEngine's
        # It may have been written: a lost connection does not say.
        raise DeferredError("database", sure=False, error=type(error).__name__) from None
