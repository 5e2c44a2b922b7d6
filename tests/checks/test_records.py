"""Our named tuples are those of `typing`, annotations unread."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING
from typing import NamedTuple as Theirs

import pytest

from checks.finding import Place
from checks.records import NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction


class Ours(NamedTuple):
    """Two members."""

    name: str
    """Documented."""
    number: Fraction = 3
    """No name at run time: nobody reads what a member is annotated with."""

    @property
    def twice(self) -> int:
        """Return double the number."""
        return self.number * 2


class Other(Theirs):
    """Two members."""

    name: str
    number: int = 3


def test_members_defaults_and_methods():
    assert Ours("a") == ("a", 3)
    assert Ours(number=4, name="b").twice == 8
    assert repr(Ours("a")) == "Ours(name='a', number=3)"
    assert Ours.__doc__ == "Two members."
    assert Ours._fields == Other._fields == ("name", "number")


def test_what_it_is_called():
    assert (Ours.__module__, Ours.__qualname__) == (__name__, "Ours")


def test_pickled():
    place = Place("a.py", 1, "here")
    assert pickle.loads(pickle.dumps(place)) == place


@pytest.mark.parametrize("made", [Ours, Other])
@pytest.mark.parametrize(("args", "named"), [((), {}), (("a", 1, 2), {}), (("a",), {"x": 1})])
def test_wrong_members_are_refused(made, args, named):
    with pytest.raises(TypeError):
        made(*args, **named)


def test_a_member_without_a_default_after_one_with_it_is_refused():
    with pytest.raises(TypeError):

        class Wrong(NamedTuple):
            one: int = 1
            two: int


def test_every_record_of_the_audit_is_one_of_ours():
    """One of theirs costs each run what reading its annotations takes."""
    from importlib import import_module
    from pkgutil import walk_packages

    import checks

    names = [i.name for i in walk_packages(checks.__path__, "checks.") if "bandit" not in i.name]
    values = [value for name in names for value in vars(import_module(name)).values()]
    records = [v for v in values if isinstance(v, type) and issubclass(v, tuple)]
    assert len(records) > 50
    assert [v for v in records if "__orig_bases__" in vars(v)] == []
