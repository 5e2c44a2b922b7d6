"""Our named tuples are those of `typing`, annotations unread."""

from __future__ import annotations

import pickle
from typing import NamedTuple as Theirs

import pytest

from checks.finding import Place
from checks.records import NamedTuple


class Ours(NamedTuple):
    """Two members."""

    name: str
    """Documented."""
    number: Unknown = 3  # noqa: F821  # read by nobody

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
