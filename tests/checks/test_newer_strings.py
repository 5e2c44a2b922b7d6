"""Files whose f-strings only Python 3.12 and later parse are audited by every Python."""

from __future__ import annotations

import ast

import pytest

from checks.facts.newer_strings import in_older_words
from checks.facts.source import Source
from checks.facts.walk import extract

NEW = [
    "x = f'{a['b']}'",
    "x = f'{_('at')} {request.headers['Host']}: {_('link')}'",
    "x = f\"{'\\n'.join(lines)}\"",
    "x = f'{f'{a['b']}'}' + z",
    "x = f'{\n    a  # it is\n}'\ny = 1",
    "x = f'{a:%H:%M}' 'b' f'{d[':']}'",
    "def f():\n    return'x'f'{y['z']}'",
    "x = f'{{}} {a['b']} \\N{EM DASH} }}'",
    "x = f'{a['b']=}'",
    "x = f'{d | {'a': 1}}'",
    "x = f'{'it\\'s' if a else \"}\"}'",
    "# it's no string\nx = f'{a['b']}'  # nor 'this",
    'x = f"""{a["""b"""]}"""',
]
OLD = [
    "x = f'{a:#x} {b!r:>{w}}'",
    "x = '{a['  # no f-string",
    'x = f"""{a[\'it\']!r:>{w["n"]}}"""',
    "x = rf'\\d{{2}} {a}' rb'\\''",
    "x = b'' '' f''",
]


@pytest.mark.parametrize("text", NEW)
def test_newer_f_string_parses(text: str) -> None:
    """What an older Python refuses is put so that it parses, line by line where it stood."""
    older = in_older_words(text)

    assert ast.parse(older).body
    assert older.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", OLD)
def test_older_text_is_left_alone(text: str) -> None:
    """What every Python takes is not touched."""
    assert in_older_words(text) == text


@pytest.mark.parametrize("text", ["x = f'{a['b']'", "x = f'{a", "x = '''a"])
def test_what_never_ends_is_refused(text: str) -> None:
    """A string without an end is no f-string of any Python."""
    with pytest.raises(ValueError, match="does not end"):
        in_older_words(text)


def test_calls_between_the_braces_are_seen() -> None:
    """The calls of a view stand where they stood, those within an f-string included."""
    text = "def login():\n    log(f'{_('by')} {name}')\n    redirect(request.args['next'])\n"

    module = extract(Source("app.py", text))

    assert {"log", "_", "redirect"} <= set(module.called)
    assert module.called["redirect"][0][0].lineno == 3


def test_other_mistakes_are_still_told() -> None:
    """A file that no Python parses is not made parseable."""
    with pytest.raises(SyntaxError):
        extract(Source("app.py", "x = f'{a['b']}'\ndef login(:\n    pass\n"))
