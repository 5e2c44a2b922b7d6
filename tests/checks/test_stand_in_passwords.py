"""Which passwords say only names: stand-ins of services that run beside an app."""

from __future__ import annotations

import pytest

from checks.keys.beside import says_only_names


@pytest.mark.parametrize(
    "password", ["postgres", "shop_password", "Shop123!", "open-event", "mysql", "123456"]
)
def test_names_and_words(password):
    """Nothing is left without names, common words, digits and separators."""
    assert says_only_names(password, ["shop", "open_event"])


@pytest.mark.parametrize("password", ["", "shopkeeperx", "hunter", "tq8ZkfLw", "passwordzz"])
def test_something_else(password):
    """What is left over somebody made up."""
    assert not says_only_names(password, ["shop", "open_event"])


def test_a_password_that_can_be_taken_apart_in_many_ways():
    """``mysql`` is also ``my`` and ``sql``: a thousand of them are judged all the same."""
    assert says_only_names("mysql" * 1000, ["aa", "aaaa"])
    assert not says_only_names("mysql" * 1000 + "aa" * 1000 + "q", ["aa", "aaaa"])
