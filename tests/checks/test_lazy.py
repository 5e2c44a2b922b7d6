"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import checks
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


def _at_import(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that run when a file is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _at_import(child)


def test_no_pattern_of_ours_is_compiled_before_it_is_used() -> None:
    """Whoever audits a small app waits for the patterns that it needs, and no others."""
    told = []
    for path in sorted(Path(checks.__path__[0]).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "re.compile(" in text and "bandit" not in path.name:
            calls = _at_import(ast.parse(text))
            told += [path.name for call in calls if ast.unparse(call.func) == "re.compile"]

    assert told == []
