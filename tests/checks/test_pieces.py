"""What is left of large files: cut off without a trace, and read like the rest when asked for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from checks.facts import pieces
from checks.facts.pieces import LARGE, cut

FILLER = "\n".join(f"WEIGHT_{number} = {number}" for number in range(LARGE // 12))
TELLING = "\ndef connect(password):\n    return password\n"
APP = """
from flask import Flask, redirect, request
from flask_login import current_user, login_user
from helpers import Base, Known, checked, unchecked

app = Flask(__name__)

@app.route("/{name}")
def {name}():
    {body}
"""


def large(*parts: str) -> str:
    """Return a file that is large and parsed for one word, with `parts` in the middle."""
    return "\n".join([FILLER, TELLING, *parts, ""])


@pytest.fixture
def both(write, monkeypatch, outcome):
    """Return a function that audits files as they are, and again without cutting any."""

    def both(files):
        def found():
            return [
                (f.rule, f.path, f.line, f.message) for f in outcome(files, strict=True).findings
            ]

        with_pieces = found()
        monkeypatch.setattr(pieces, "LARGE", 10**9)
        return with_pieces, found()

    return both


def _definitions(tree: ast.AST) -> dict[int, str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {
        node.lineno: ast.dump(node, include_attributes=True)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    }


@pytest.mark.parametrize(
    "name",
    ["configparser", "dataclasses", "difflib", "ftplib"],
)
def test_pieces_and_the_rest_are_the_file(name):
    """Every definition that is left parses, at its place, to what it is in the whole file."""
    text = Path(__import__(name).__file__).read_text(encoding="utf-8")
    rest, left, _ = cut(text)
    assert left
    assert rest.count("\n") == text.count("\n")
    whole = _definitions(ast.parse(text))
    kept = ast.parse(rest)
    for piece in left:
        inside = piece.within > 0
        lines = "\n" * (piece.line - 2) + "if 1:\n" if inside else "\n" * (piece.line - 1)
        (node,) = ast.parse(lines + piece.text).body
        (node,) = node.body if inside else (node,)
        assert node.name == piece.name
        assert ast.dump(node, include_attributes=True) == whole[node.lineno]
        assert node.lineno not in _definitions(kept)


def test_what_stands_outside_of_definitions_is_kept():
    text = large("def left():\n    pass\nAFTER = 1\nif AFTER:\n    BOTH = 2\n")
    rest, left, _ = cut(text)
    assert [piece.name for piece in left] == ["left"]
    assert "AFTER = 1\nif AFTER:\n    BOTH = 2\n" in rest


def test_decorators_go_with_what_they_decorate():
    rest, left, _ = cut(large("@cached\n@named(1)\ndef left():\n    pass\n"))
    assert [piece.text.splitlines()[0] for piece in left] == ["@cached"]
    assert "cached" not in rest


@pytest.mark.parametrize(
    "part",
    [
        "@event.listens_for\ndef kept():\n    pass\n",
        "def kept():\n    return hashlib.md5(b'')\n",
        "class DevelopmentConfig:\n    NAME = 1\n",
        "def kept():\n    '''\nA text that ends\n    ''' + '''later\n'''\n",
    ],
    ids=["registered", "telling", "configuration", "text inside"],
)
def test_kept(part):
    rest, _, _ = cut(large(part))
    assert part.strip() in rest


def test_small_files_and_files_of_flask_are_kept_whole():
    small = TELLING + "\ndef left():\n    pass\n"
    flask = "from flask import redirect\n" + large("def left():\n    pass\n")
    assert cut(small) == (small, [], None)
    assert cut(flask) == (flask, [], None)


def test_files_with_nothing_but_the_request_are_kept_where_they_ask():
    text = "from flask import request\n" + large(
        "def kept():\n    return request.args\n\ndef left():\n    return 1\n"
    )
    assert [piece.name for piece in cut(text)[1]] == ["left"]


def test_a_class_of_which_every_method_is_left_still_parses():
    body = "".join(f"    def left_{n}(self):\n        return {n} * {n}\n\n" for n in range(100))
    rest, left, _ = cut(large(f"class Kept:\n{body}    def set_password(self):\n        pass\n"))
    assert len(left) == 100
    assert [node.name for node in ast.walk(ast.parse(rest)) if isinstance(node, ast.ClassDef)]


HELPERS = large(
    """
def unchecked(address):
    return address or "/"

def checked(address):
    return "/start"

class Base:
    def target(self, address):
        return address

class Known(Base):
    def again(self, address):
        return self.target(address)
"""
)


@pytest.mark.parametrize(
    "body",
    [
        'return redirect(unchecked(request.args["next"]))',
        'return redirect(checked(request.args["next"]))',
        'return redirect(Known().target(request.args["next"]))',
        'return redirect(Known().again(request.args["next"]))',
    ],
)
def test_what_is_left_is_followed_like_the_rest(both, body):
    """A view's values are followed through functions and methods that were left."""
    assert {piece.name for piece in cut(HELPERS)[1]} >= {"unchecked", "Known"}
    cut_up, whole = both({"app.py": APP.format(name="away", body=body), "helpers.py": HELPERS})
    assert cut_up == whole
    told = [rule for rule, *_ in whole if "redirect" in rule]
    assert bool(told) is ("checked(request" not in body or "unchecked" in body)


def test_what_is_no_python_is_listed_when_it_is_asked_for(outcome):
    """The rest of the file is audited, and the report names what was not."""
    helpers = large("def unchecked(address):\n    return address address\n")
    body = 'return redirect(unchecked(request.args["next"]))'
    found = outcome({"app.py": APP.format(name="away", body=body), "helpers.py": helpers})
    (gap,) = [gap for gap in found.not_audited if gap.path == "helpers.py"]
    assert gap.reason.startswith("unchecked in line ")
    assert gap.reason.endswith("is no Python that this version parses")


def test_what_nests_too_deeply_is_listed(outcome):
    """A deep expression in a function that was left takes no other finding along."""
    deep = " + ".join(["address"] * 1000)
    helpers = large(f"def unchecked(address):\n    return {deep}\n")
    body = 'return redirect(unchecked(request.args["next"]))'
    files = {"app.py": APP.format(name="away", body=body), "helpers.py": helpers}
    assert any(piece.name == "unchecked" for piece in cut(helpers)[1])
    found = outcome(files)
    assert {gap.path for gap in found.not_audited} <= {"helpers.py"}
    assert any(finding.path == "app.py" for finding in found.findings)
