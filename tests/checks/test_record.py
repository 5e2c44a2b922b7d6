"""Our data classes behave as those of the standard library do."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from checks.record import as_dict, dataclass, field, names, replace


@dataclass(frozen=True, slots=True, order=True)
class Place:
    path: str
    line: int = 1
    note: str = field(default="", compare=False, repr=False)


@dataclass(slots=True, eq=False)
class Basket:
    owner: str
    fruits: list[str] = field(default_factory=list)
    weight: int = field(init=False)


@dataclass(slots=True, eq=False)
class Lined(Basket):
    cloth: str = "linen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    title: str
    length: int = 3


def test_fields_are_set_by_position_and_by_name() -> None:
    """Defaults fill what is left out; the first object is made as all others are."""
    for _ in range(2):
        place = Place("a.py", note="x")
        assert (place.path, place.line, place.note) == ("a.py", 1, "x")
    assert Named(title="t").length == 3


@pytest.mark.parametrize("arguments", [(), ("a.py", 1, "", 4)])
def test_wrong_arguments_are_refused(arguments: tuple[object, ...]) -> None:
    """Also by the first call, which makes what the others run."""
    with pytest.raises(TypeError):
        Place(*arguments)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(TypeError):
        Named("t")  # type: ignore[misc]  # wrong on purpose


def test_each_object_gets_a_list_of_its_own() -> None:
    """A shared default would tie them together."""
    one, other = Basket("a"), Basket("b")
    one.fruits.append("pear")
    assert other.fruits == []
    with pytest.raises(AttributeError):
        _ = one.weight
    one.weight = 4
    assert one.weight == 4


def test_values_are_compared_hashed_and_ordered() -> None:
    """What is left out of comparing counts for none of it."""
    assert Place("a.py", 2, "x") == Place("a.py", 2)
    assert Place("a.py", 2) != Place("a.py", 3)
    assert Place("a.py", 2) != ("a.py", 2)
    assert len({Place("a.py", 2, "x"), Place("a.py", 2), Place("b.py")}) == 2
    assert sorted([Place("b.py"), Place("a.py", 9), Place("a.py", 2)])[0].line == 2
    assert Place("a.py") <= Place("a.py")
    assert Place("a.py", 3) > Place("a.py")
    assert Place("b.py") >= Place("a.py", 9)


def test_objects_that_are_compared_by_identity_are_no_less_hashable() -> None:
    """Two baskets with the same fruits are two."""
    one, other = Basket("a"), Basket("a")
    assert one != other
    assert len({one, other}) == 2


def test_what_can_change_has_no_hash() -> None:
    """It could get lost in a set."""

    @dataclass(slots=True)
    class Open:
        value: int

    assert Open(1) == Open(1)
    with pytest.raises(TypeError):
        hash(Open(1))


def test_a_class_adds_fields_to_those_it_derives_from() -> None:
    """In their order, the inherited ones first."""
    lined = Lined("a", ["pear"], "silk")
    assert (lined.owner, lined.fruits, lined.cloth) == ("a", ["pear"], "silk")
    assert names(Lined) == ("owner", "fruits", "weight", "cloth")


def test_a_copy_has_other_values() -> None:
    """The object itself stays as it is."""
    place = Place("a.py", 2)
    assert replace(place, line=5) == Place("a.py", 5)
    assert place.line == 2
    assert as_dict(place) == {"path": "a.py", "line": 2, "note": ""}


def test_no_other_attribute_can_be_set() -> None:
    """A misspelled name is an error."""
    with pytest.raises(AttributeError):
        Basket("a").fruit = []  # type: ignore[attr-defined]  # wrong on purpose


def test_the_standard_library_knows_them() -> None:
    """Who was told of data classes need not know of ours."""
    place = Place("a.py", 2, "x")
    assert dataclasses.is_dataclass(place)
    assert dataclasses.replace(place, line=3) == Place("a.py", 3)
    assert dataclasses.asdict(place) == {"path": "a.py", "line": 2, "note": "x"}
    assert [each.name for each in dataclasses.fields(Lined)] == [*names(Lined)]
    assert [each.init for each in dataclasses.fields(Basket)] == [True, True, False]


def test_they_travel_between_processes() -> None:
    """Large trees are judged by several."""
    place = Place("a.py", 2, "x")
    again = pickle.loads(pickle.dumps(place))  # our own bytes
    assert again == place
    assert again.note == "x"


def test_they_say_what_they_hold() -> None:
    """Without what is not to be shown."""
    assert repr(Place("a.py", 2, "secret")) == "Place(path='a.py', line=2)"
