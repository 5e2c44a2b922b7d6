"""Files whose statements only Python 3.12 or 3.14 parses are audited by every Python."""

from __future__ import annotations

import ast

import pytest

from checks.facts.newer_syntax import without_type_parameters
from checks.facts.source import Source
from checks.facts.walk import extract

NEW = [
    "def f[T](x: T) -> T:\n    return x",
    "async def f[**P, *Ts](x): pass",
    "class A[T: (int, str)](Base): pass",
    "class A[T]: pass",
    "class A[T = list[int]]:\n    def g[U](self, u: U) -> T: ...",
    "def f[\n    T: int,  # one ]\n    U,\n](x: T): pass",
    "def f[\n\n    T\n](x: T): pass",
    "type X = int | str",
    "if a:\n    type X[T] = dict[str, T]\n    b = 1",
    "type Long[\n    T,\n] = list[T]",
    "try:\n    a()\nexcept A, B.c:\n    pass",
]
OLD = [
    "def f(x): return x[0]",
    "class A(Base[T]): pass",
    "type = 1\ntype(x)\ntype == y",
    "try:\n    a()\nexcept (A, B):\n    pass\nexcept C as d:\n    pass",
]


@pytest.mark.parametrize("text", NEW)
def test_newer_statement_parses(text: str) -> None:
    """What an older Python refuses is put so that it parses, line by line where it stood."""
    older = without_type_parameters(text)

    assert ast.parse(older).body
    assert older.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", OLD)
def test_older_statement_is_left_alone(text: str) -> None:
    """What every Python takes is not touched."""
    assert without_type_parameters(text) == text


def test_what_follows_keeps_its_place() -> None:
    """Calls stand where they stood, beside f-strings of Python 3.12 too."""
    text = (
        "type Answer = str\n\n"
        "def login[T](user: T) -> Answer:\n"
        "    log(f'{_('by')}')\n"
        "    redirect(request.args['next'])\n"
    )

    module = extract(Source("app.py", text))

    assert {"log", "_", "redirect"} <= set(module.called)
    assert module.called["redirect"][0][0].lineno == 5
    assert module.called["redirect"][0][0].col_offset == 4


def test_base_classes_keep_their_place() -> None:
    """A class with type parameters has the bases that it names, where it names them."""
    tree = ast.parse(without_type_parameters("class View[T: int](MethodView): pass"))

    assert isinstance(tree.body[0], ast.ClassDef)
    assert tree.body[0].bases[0].col_offset == 19


@pytest.mark.parametrize("text", ["def f[T(x): pass", "print 'x'\ndef f[T](x): pass"])
def test_other_mistakes_are_still_told(text: str) -> None:
    """A file that no Python parses is not made parseable."""
    with pytest.raises(SyntaxError):
        extract(Source("app.py", text))
