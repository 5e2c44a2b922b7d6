"""Edits of a text, and which of them go together."""

from __future__ import annotations

import pytest

from checks.fixes.edits import Edit, edited, fits


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (Edit(0, 2, "x"), Edit(2, 4, "y"), True),
        (Edit(0, 3, "x"), Edit(2, 4, "y"), False),
        (Edit(2, 2, "x"), Edit(2, 2, "x"), True),
        (Edit(2, 2, "x"), Edit(2, 2, "y"), False),
        (Edit(2, 2, "x"), Edit(2, 4, "y"), False),
        (Edit(2, 2, "x"), Edit(0, 2, "y"), True),
        (Edit(1, 1, "x"), Edit(0, 2, "y"), False),
    ],
)
def test_what_goes_together(one, other, together):
    """Edits that overlap or begin at one place disturb each other; one twice is one."""
    assert together is fits([one], [other]) is fits([other], [one])


def test_edits_are_made_in_any_order():
    """Each edit is about the text as it was, and one that is there twice is made once."""
    edits = [Edit(4, 5, "E"), Edit(0, 0, ">"), Edit(2, 4, ""), Edit(0, 0, ">")]

    assert ">abEf" == edited("abcdef", edits)
