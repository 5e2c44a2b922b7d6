"""What a pattern begins with, looked for before the pattern is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.facts.starts import starts, stem

BEGINNINGS = {
    r"\.init_app\b(?! *\()": ".init_app",
    r"pass(?! [a-z]|ed|es\b)": "pass",
    r"session(\[|\.update\()": "session",
    r"request\.(?:args|form)(?:\.get\(|\[)": "request.",
    r"environ\[.\w+.\]\s*=": "environ[",
    r"app\.config *[)},]": "app.config",
}
OTHERS = [
    r"log_?in",
    r"SECRET_KEY|secret_key",
    r"(?:admin|staff)\w* =",
    r"a{0,2}b",
    r"x*y",
    r"one(a(b|c))|two",
    r"[ab]c",
]


@pytest.mark.parametrize("pattern", BEGINNINGS)
def test_letters_before_anything_that_may_differ(pattern):
    assert stem(pattern).startswith(BEGINNINGS[pattern].rstrip())


@pytest.mark.parametrize("pattern", [*BEGINNINGS, *OTHERS])
@settings(max_examples=20)
@given(data=st.data())
def test_whatever_a_pattern_finds_holds_its_stem(pattern, data):
    assert stem(pattern) in data.draw(st.from_regex(pattern))


@pytest.mark.parametrize("pattern", [*BEGINNINGS, *OTHERS])
@settings(max_examples=20)
@given(data=st.data())
def test_it_is_found_wherever_the_pattern_itself_finds_it(pattern, data):
    compiled = re.compile(pattern)
    text = "\n".join(data.draw(st.lists(st.from_regex(pattern), max_size=4)))
    found = set(starts(compiled, text))
    assert found >= {match.start() for match in compiled.finditer(text)}
    assert all(compiled.match(text, at) for at in found)
