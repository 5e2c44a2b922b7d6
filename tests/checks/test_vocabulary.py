"""Which files say what, asked of their words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.facts.source import Source
from checks.facts.walk import extract
from checks.project.vocabulary import Said, Vocabulary


def _vocabulary(*texts: str) -> Vocabulary:
    return Vocabulary([extract(Source(f"m{number}.py", text)) for number, text in enumerate(texts)])


def _paths(vocabulary: Vocabulary, *texts: str) -> list[str]:
    return [module.path for module in vocabulary.files(*texts)]


def test_part_of_a_word_is_found_in_names_texts_and_comments():
    """Names, strings and comments count, and the files come in their order."""
    vocabulary = _vocabulary("reset_token = 1", "x = 'my token'", "# Tokens", "y = 2")

    assert _paths(vocabulary, "token") == ["m0.py", "m1.py"]
    assert _paths(vocabulary, "oken") == ["m0.py", "m1.py", "m2.py"]
    assert _paths(vocabulary, "y", "oken") == ["m0.py", "m1.py", "m2.py", "m3.py"]


def test_text_of_several_words_is_found_as_it_stands():
    """``request.host`` is more than both words somewhere in the file."""
    vocabulary = _vocabulary("a = request.host", "request = host = 1")

    assert _paths(vocabulary, "request.host") == ["m0.py"]


def test_letters_beyond_ascii_are_letters():
    """A word in another language is found as it stands, and so is what stands beside it."""
    vocabulary = _vocabulary("contraseña = 1", "x = '„token“'")

    assert _paths(vocabulary, "contraseña") == ["m0.py"]
    assert _paths(vocabulary, "token") == ["m1.py"]


def test_lone_surrogate_does_no_harm():
    """A text that no encoding can hold is looked through as any other."""
    module = extract(Source("m.py", "token = 1"))
    module.source.text = "token = '\ud800'"

    assert Vocabulary([module]).files("token") == [module]


def test_holds_tells_of_one_file():
    """The same answer for a file that is at hand."""
    vocabulary = _vocabulary("token = 1", "x = 1")
    first, second = vocabulary.files("token", "x")

    assert vocabulary.holds(first, "token")
    assert not vocabulary.holds(second, "token")


@given(
    st.lists(st.text("ab_ .#\n", max_size=20), min_size=1, max_size=5),
    st.text("ab_.", min_size=1, max_size=4).filter(lambda text: re.search(r"\w", text)),
)
def test_same_answer_as_looking_through_every_text(texts, wanted):
    """The words are only a shorter way to what the texts hold."""
    modules = [extract(Source(f"m{number}.py", "")) for number in range(len(texts))]
    for module, text in zip(modules, texts, strict=True):
        module.source.text = text

    found = Vocabulary(modules).files(wanted)

    assert found == [m for m, text in zip(modules, texts, strict=True) if wanted in text]


def test_scopes_whose_lines_say_something():
    """A pattern is found where it matches, in the innermost scope."""
    vocabulary = _vocabulary("def f():\n    verify=False\n", "verify = 1\n", "x = 1\n")
    said = Said(r"verify=F", r"missing")

    found = [(module.path, [s.name for s in scopes]) for module, scopes in vocabulary.saying(said)]

    assert found == [("m0.py", ["f"])]


@pytest.mark.parametrize("pattern", ["[ab]cd", r"\bword", "ab?", "a", "(?:ab|cd)"])
def test_pattern_without_a_word_in_front_is_refused(pattern):
    """What begins with a choice would be looked for in no file that has the other one."""
    with pytest.raises(ValueError, match="does not begin with a word"):
        Said(pattern)
