"""What a pattern begins with, looked for before the pattern is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.facts.python import stem

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
