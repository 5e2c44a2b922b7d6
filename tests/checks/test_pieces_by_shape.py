"""Large files of every shape: what is left of them is, once asked for, what the whole file says."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

from checks.facts.left import leave
from checks.facts.pieces import LARGE, cut
from checks.facts.python import Module, Scope
from checks.facts.source import Source
from checks.facts.walk import extract

FILLER = "\n".join(f"WEIGHT_{number} = {number}" for number in range(LARGE // 12))
FILLER += "\n\ndef connect(password):\n    return password\n"


def _pieced(text: str) -> tuple[Module, list[Scope]]:
    """Return a file that was cut, and all its scopes, the left ones asked for."""
    rest, left, _ = cut(text)
    module = extract(Source("a.py", rest))
    leave(module, left)
    scopes = list(module.scopes)
    for scope in module.left:
        assert scope.node  # asks for it
        scopes += scope.module.scopes[1:]
    assert not module.unread
    return module, scopes


def _facts(module: Module, scopes: list[Scope]) -> dict[tuple[object, ...], object]:
    """Return what every function and class says, and what the names of the file are.

    Decorators and defaults are left with what they belong to, so the calls in them are not seen
    where it stands; lambdas are there only to be defaults.
    """

    def places(nodes):
        return [(type(node).__name__, node.lineno, node.col_offset) for node in nodes]

    def names(scope):
        return {
            name: [(one.kind, getattr(one.node, "lineno", 0), one.index) for one in bound]
            for name, bound in scope.bindings.items()
        }

    found: dict[tuple[object, ...], object] = {("names",): names(module.top)}
    for scope in scopes:
        if isinstance(scope.node, ast.Module | ast.Lambda):
            continue
        said = [places(nodes) for nodes in (scope.comparisons, scope.returns, scope.raises)]
        if scope.kind == "function":
            said += [places(scope.calls), places(each.node for each in scope.assignments)]
        key = (scope.kind, scope.qualname, scope.first_line, scope.node.lineno)
        found[key] = (said, names(scope), [ast.unparse(base) for base in scope.bases])
    return found


def _same(text: str) -> int:
    """Hold a file that was cut to the whole one, and return how many pieces were left."""
    whole = extract(Source("a.py", text))
    module, scopes = _pieced(text)
    expected = _facts(whole, whole.scopes)
    assert {key: expected.get(key) for key in _facts(module, scopes)} == _facts(module, scopes)
    assert _facts(module, scopes).keys() == expected.keys()
    return len(module.left)


@pytest.mark.parametrize(
    "name",
    [
        "calendar", "copy", "dataclasses", "difflib", "doctest", "fractions", "inspect", "mailbox",
        "optparse", "pdb", "plistlib", "sharedctypes:multiprocessing", "smtplib", "statistics",
        "tarfile", "textwrap", "timeit", "tokenize", "server:xmlrpc", "zipfile",
    ],
)  # fmt: skip
def test_files_of_the_standard_library(name):
    stem, _, package = name.partition(":")
    spec = importlib.util.find_spec(f"{package}.{stem}" if package else stem)
    text = Path(spec.origin).read_text(encoding="utf-8")
    _same(text)


SHAPES = {
    "two blanks": "def a():\n    x()\ndef  b():\n    y()\nclass  D:\n    z = 1\ndef c(): pass\n",
    "letters beyond ASCII": "def a(): x()\ndef été():\n    y()\ndef café(): z()\nclass É: w=1\n",
    "continued line": "def a():\n    x()\ndef \\\n  b():\n    y()\n",
    "semicolons": "def a(): x(); y()\nq = 1; r = 2\ndef b(): pass;\n",
    "decorators over lines": "@one(\n    1,\n)\n@two\ndef a(): x()\n\n@one\n#\n\nclass B: y = 1\n",
    "overloads": "@over\ndef a(x: int): ...\n@over\ndef a(x: str): ...\ndef a(x): return f(x)\n",
    "conditions": "def c(): x()\nif 1:\n    def a(): x()\nelse:\n    def a(): y()\ndef b(): z()\n",
    "async": "async def a():\n    await x()\nasync  def b():\n    await y()\nasync def c(): pass\n",
    "tabs": "class T(B):\n\tdef a(self):\n\t\treturn x()\ndef g():\n\treturn y()\n",
    "no end": "def a():\n    x()\ndef b():\n    y()",
    "remarks at the margin": "def a():\n    x()\n# why\n    y()\n# end\ndef b():\n#c\n    z()\n",
    "a text with definitions": "def a(): x()\nT = '''\ndef no():\n    pass\n'''\ndef b(): y()\n",
    "bodies on one line": "class A(B): x = 1; y = 2\nclass C: pass\ndef d(): return e()\n",
    "words alike": "def a(): x()\ndel W\ndef b(): y()\nclassy = 1\ndefault = 2\nasync_ = 3\n",
    "a class inside": "class A (B):\n    class Meta(C):\n        x = 1\nclass G(B, k=M): x = 1\n",
    "a name of the file": (
        "def a():\n    global N\n    N = x()\ndef b():\n    global N\n    N = y()\ndef c(): z()\n"
    ),
    "no more than a head": "class A(B): ...\nclass C(D['E']):\n    x = 1\n",
}  # fmt: skip


@pytest.mark.parametrize("after", ["", "\nEND = 1\n"])
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape, after):
    assert _same(f"{FILLER}{SHAPES[shape]}{after}") >= 1


IN_CLASSES = {
    "a class inside": "    class In(B):\n        def m(self): return q()\n",
    "properties": "    @property\n    def p(self): g()\n    @p.setter\n    def p(self, v): f\n",
    "conditions": "    if 1:\n        def c(self): g()\n    else:\n        def c(self): h()\n",
    "a text": "    T = '''\n    def no(self):\n        pass\n    '''\n",
}


@pytest.mark.parametrize("shape", IN_CLASSES)
def test_shapes_within_classes(shape):
    many = "".join(f"    def m{n}(self):\n        return {n} * {n}\n" for n in range(100))
    body = f"{many}{IN_CLASSES[shape]}    def set_password(self): pass\n    def end(self): e()\n"
    assert _same(f"{FILLER}class Kept:\n{body}AFTER = 1\n") >= 100


def test_form_feeds_before_definitions_keep_a_file_whole():
    text = f"{FILLER}def a():\n    x()\n\x0cdef b():\n    y()\n"
    assert cut(text).left == []


def test_heads_and_methods_are_told_before_anything_is_parsed():
    text = f"{FILLER}class A[T](B):\n\tclass Meta:\n\t\tx = 1\n\tasync def load(self): pass\n"
    module = extract(Source("a.py", cut(text).text))
    leave(module, cut(text).left)
    (scope,) = module.left
    assert scope.methods() == ["load"]
    assert not scope.is_parsed
    assert [ast.unparse(base) for base in scope.bases] == ["B"]
