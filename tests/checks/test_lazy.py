"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import re

import pytest

from checks.lazy import lazy


def test_a_pattern_matches_as_a_compiled_one() -> None:
    """Flags, groups and bytes included."""
    plain, ours = re.compile(r"(\w+)=(\d+)", re.I), lazy(r"(\w+)=(\d+)", re.I)
    text = "a=1 B=2"
    assert ours.findall(text) == plain.findall(text)
    assert [m.span() for m in ours.finditer(text)] == [m.span() for m in plain.finditer(text)]
    assert ours.sub("x", text) == plain.sub("x", text) == "x x"
    assert ours.split("a=1,b") == plain.split("a=1,b")
    assert ours.fullmatch("a=1") is not None
    assert ours.match(" a=1") is None
    assert lazy(rb"a+").search(b"baa").group() == b"aa"  # type: ignore[union-attr]  # it is found
    assert (ours.pattern, ours.flags) == (plain.pattern, plain.flags)


def test_a_wrong_pattern_is_told_when_it_is_used() -> None:
    """And what patterns have no name for is no attribute."""
    wrong = lazy("(")
    with pytest.raises(re.error):
        wrong.search("x")
    with pytest.raises(AttributeError):
        lazy("a").scan("a")  # type: ignore[attr-defined]  # wrong on purpose


def test_every_lazy_pattern_of_ours_compiles() -> None:
    """One that no test uses would fail only at a user's."""
    from importlib import import_module
    from pkgutil import walk_packages

    import checks

    found = 0
    for info in walk_packages(checks.__path__, "checks."):
        if "bandit" in info.name:
            continue  # needs what may not be installed
        values = [*vars(import_module(info.name)).values()]
        for value in values:
            if isinstance(value, tuple):
                values += value
            if type(value) is type(lazy("a")):
                assert isinstance(re.compile(value.pattern, value.flags), re.Pattern)
                found += 1
    assert found > 50
