"""Classes of values, whose annotations are texts that nobody reads as expressions.

`NamedTuple` is `typing.NamedTuple` at a third of its price, `Record` a data class with slots at a
tenth of it: with a hundred tuples and twenty of the others, which every process makes when it
starts, these took a twelfth of the time until a small app is audited.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple", "Record", "field"]

_tuple: Any = namedtuple  # the type of each is told where it is written
_OF_THE_BODY = frozenset(["__annotations__", "__module__", "__qualname__"])
_NOTHING: Any = object()  # no default; and in a call: make a new one


class _Maker(type):
    """Makes of a class with annotated fields a tuple whose members have their names."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, body)
        fields = body.get("__annotations__", {})
        optional = [field for field in fields if field in body]
        if optional and optional != [*fields][-len(optional) :]:
            raise TypeError(f"{name}: a member without a default follows one with it")
        defaults = [body[field] for field in optional]
        made: Any = _tuple(name, fields, defaults=defaults, module=body["__module__"])
        for key, value in body.items():
            if key not in fields and key not in _OF_THE_BODY:
                setattr(made, key, value)
        made.__qualname__, made.__annotations__ = body["__qualname__"], fields
        return made


class _Field:
    """What is said of a member of a record beside its type."""

    __slots__ = ("default", "init", "make")

    def __init__(self, default: Any, make: Callable[[], Any] | None, init: bool) -> None:
        self.default, self.make, self.init = default, make, init


def field(
    *, default: Any = _NOTHING, default_factory: Callable[[], Any] | None = None, init: bool = True
) -> Any:
    """Say what a member of a `Record` is at first; the arguments are those of `dataclasses.field`.

    Args:
        default: what it is if nothing is given.
        default_factory: called for what it is if nothing is given, once for each record.
        init: whether it can be given to the class when a record is made.
    """
    return _Field(default, default_factory, init)


class _Slotted(type):
    """Gives a class with annotated members slots for them, and a method that fills these."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        members = body.get("__annotations__")
        if not members:  # it adds methods, and has slots of its own if it wants some
            return super().__new__(cls, name, bases, body)
        own = {member: body.pop(member, _NOTHING) for member in members}
        told = {**getattr(bases[0], "_told", {}), **own}
        body |= {"__slots__": tuple(members), "_told": told, "__init__": _filler(name, told)}
        return super().__new__(cls, name, bases, body)


def _filler(name: str, told: dict[str, Any]) -> Any:
    """Return the ``__init__`` for members with these defaults, `_Field` objects or `_NOTHING`."""
    known: dict[str, Any] = {"_NOTHING": _NOTHING}
    arguments, lines = ["self"], []
    optional = False
    for member, default in told.items():
        said = default if isinstance(default, _Field) else _Field(default, None, True)
        known[f"_{member}"] = said.default if said.make is None else said.make
        has_one = said.make is not None or said.default is not _NOTHING
        if said.init:
            if optional and not has_one:
                raise TypeError(f"{name}: a member without a default follows one with it")
            optional |= has_one
            what = "_NOTHING" if said.make is not None else f"_{member}"
            arguments.append(f"{member}={what}" if has_one else member)
        if said.make is not None:
            asked = f"{member} if {member} is not _NOTHING else " if said.init else ""
            lines.append(f"self.{member} = {asked}_{member}()")
        elif said.init:
            lines.append(f"self.{member} = {member}")
        elif has_one:
            lines.append(f"self.{member} = _{member}")
    # As data classes do it: a loop over the members takes several times as long for each record.
    code = f"def __init__({', '.join(arguments)}):\n  " + "\n  ".join(lines or ["pass"])
    exec(code, known)  # noqa: S102 - only names of members, from our class statements
    return known["__init__"]


if TYPE_CHECKING:
    from typing import NamedTuple, dataclass_transform

    @dataclass_transform(eq_default=False, field_specifiers=(field,))
    class Record:
        """Base of classes whose objects have the annotated members and no others."""

        __slots__ = ()

else:

    class NamedTuple(metaclass=_Maker):
        """Base of classes that are tuples with names for their members."""

    class Record(metaclass=_Slotted):
        """Base of classes whose objects have the annotated members and no others."""

        __slots__ = ()
