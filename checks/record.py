"""Data classes that cost little to define: `dataclass`, `field` and `replace` of our own.

The standard library writes and compiles up to nine methods for each class when it is defined:
for over a hundred classes that was a fourth of the time until the audit begins. Here only
``__init__`` is compiled, when the first object is made; many classes never make one. What is
frozen is so for the type checker, which knows these names as those of the standard library.
``dataclasses.replace``, ``fields`` and ``asdict`` work with these classes.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace

__all__ = ["as_dict", "dataclass", "field", "names", "replace"]

_NONE = object()  # no default


class _Field:
    """How one field is set and compared."""

    __slots__ = ("annotation", "compare", "default", "factory", "init", "repr")

    def __init__(
        self,
        default: Any = _NONE,
        default_factory: Any = _NONE,
        init: bool = True,  # as `dataclasses.field` has it
        repr: bool = True,  # as above
        compare: bool = True,  # as above
    ) -> None:
        self.default, self.factory, self.annotation = default, default_factory, ""
        self.init, self.repr, self.compare = init, repr, compare


class _Fields:
    """``__dataclass_fields__``, made when first asked for."""

    def __get__(self, instance: object, owner: Any) -> dict[str, Any]:
        import dataclasses  # brings much along that an audit needs nothing of

        fields = []
        for name, own in owner.__record__.items():
            given = {"default": own.default, "default_factory": own.factory}
            options = {key: value for key, value in given.items() if value is not _NONE}
            made: Any = dataclasses.field(
                init=own.init, repr=own.repr, compare=own.compare, **options
            )
            fields.append((name, own.annotation, made))
        like = dataclasses.make_dataclass(owner.__name__, fields, kw_only=owner.__kw_only__)
        known: dict[str, Any] = like.__dict__["__dataclass_fields__"]
        owner.__dataclass_fields__ = known
        return known


def names(record: Any) -> tuple[str, ...]:
    """Return the names of the fields of a class or of an object of it, in order."""
    return tuple(record.__record__)


def as_dict(record: Any) -> dict[str, Any]:
    """Return the fields of an object by their names, their values as they are."""
    return {name: getattr(record, name) for name in record.__record__}


def _replace(record: Any, /, **changes: Any) -> Any:
    """Return a copy of `record` with these fields changed."""
    for name, own in record.__record__.items():
        if own.init and name not in changes:
            changes[name] = getattr(record, name)
    return record.__class__(**changes)


def _dataclass(
    *,
    frozen: bool = False,
    slots: bool = False,  # always so; said for the type checker
    eq: bool = True,
    order: bool = False,
    repr: bool = True,  # as `dataclasses.dataclass` has it
    kw_only: bool = False,
) -> Callable[[type], type]:
    """Return what makes a class with slots of a class with annotations."""

    def made(cls: type) -> type:
        body = dict(cls.__dict__)
        own: dict[str, str] = body.get("__annotations__", {})
        fields: dict[str, _Field] = dict(getattr(cls, "__record__", ()))
        for name, annotation in own.items():
            default = body.pop(name, _NONE)
            one = default if isinstance(default, _Field) else _Field(default)
            one.annotation = annotation
            fields[name] = one
        for name in ("__dict__", "__weakref__"):
            body.pop(name, None)
        body.update(
            __slots__=tuple(own),
            __match_args__=tuple(fields),
            __record__=fields,
            __kw_only__=kw_only,
            __dataclass_fields__=_Fields(),
            __qualname__=cls.__qualname__,
        )
        if repr:
            body.setdefault("__repr__", _repr)
        if eq:
            _comparisons(body, fields, frozen=frozen, order=order)
        new = type(cls)(cls.__name__, cls.__bases__, body)

        def first(self: Any, *args: Any, **kwargs: Any) -> None:
            """Compile the method that takes this one's place."""
            new.__init__ = _init(fields, kw_only=kw_only)  # type: ignore[misc]  # see above
            new.__init__(self, *args, **kwargs)  # type: ignore[misc]  # of a class made here

        new.__init__ = first  # type: ignore[misc]  # of a class made here
        return new

    return made


def _init(fields: dict[str, _Field], *, kw_only: bool) -> Callable[..., None]:
    """Return an ``__init__`` that sets `fields`."""
    space: dict[str, Any] = {"_none": _NONE}
    parameters, lines = ["self"], []
    if kw_only:
        parameters.append("*")
    for name, own in fields.items():
        value = name
        if own.factory is not _NONE:
            space[f"_new_{name}"] = own.factory
            value = f"_new_{name}() if {name} is _none else {name}"
            parameters.append(f"{name}=_none")
        elif own.default is not _NONE:
            space[f"_of_{name}"] = own.default
            parameters.append(f"{name}=_of_{name}")
        elif own.init:
            parameters.append(name)
        if own.init:
            lines.append(f" self.{name} = {value}")
    source = f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"])
    exec(source, space)  # noqa: S102  # of the names of a class's own fields
    made: Callable[..., None] = space["__init__"]
    return made


def _comparisons(
    body: dict[str, Any], fields: dict[str, _Field], *, frozen: bool, order: bool
) -> None:
    """Add ``__eq__``, what orders, and what hashes, by the values of `fields`."""
    compared = [name for name, own in fields.items() if own.compare]
    one = attrgetter(*compared)
    values: Callable[[Any], Any] = one if len(compared) > 1 else lambda record: (one(record),)

    def equal(self: Any, other: object) -> bool:
        return (
            values(self) == values(other) if self.__class__ is other.__class__ else NotImplemented
        )

    body.setdefault("__eq__", equal)
    body.setdefault("__hash__", (lambda self: hash(values(self))) if frozen else None)
    if order:
        body["__lt__"] = lambda self, other: values(self) < values(other)
        body["__le__"] = lambda self, other: values(self) <= values(other)
        body["__gt__"] = lambda self, other: values(self) > values(other)
        body["__ge__"] = lambda self, other: values(self) >= values(other)


def _repr(self: Any) -> str:
    said = ", ".join(
        f"{name}={getattr(self, name)!r}" for name, own in self.__record__.items() if own.repr
    )
    return f"{self.__class__.__qualname__}({said})"


if not TYPE_CHECKING:
    dataclass, field, replace = _dataclass, _Field, _replace
