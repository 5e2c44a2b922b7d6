"""The table of formats in docs/passwords.md is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hardening import hash_notation
from hardening.passwords.legacy import DECLARED, FORMATS, Format, recognise

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "passwords.md").read_text()
VECTORS = json.loads((ROOT / "tests" / "data" / "hash_vectors.json").read_text())
KNOWN = {each.name: each for each in (*FORMATS, *DECLARED)}
# Stands for every password that a column's words speak of: what is covered, what is not.
WORDS = {
    "all, below the policy's cost": ([b"x" * 500, b"a\0"], []),
    "all": ([b"x" * 500, b"a\0"], []),
    "all but those that end in NUL": ([b"x" * 500, b"a\0b"], [b"a\0"]),
    "all without NUL": ([b"x" * 500], [b"a\0b"]),
    "up to 71 bytes without NUL": ([b"x" * 71], [b"x" * 72, b"a\0b"]),
    "up to 7 characters of ASCII": ([b"x" * 7], [b"x" * 8, "é".encode(), b"a\0b"]),
}


def rows() -> dict[str, tuple[str, str]]:
    """Return for each format of the page what it says of replacing and wrapping."""
    found = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        if len(cells) == 4 and cells[0].startswith("| `"):
            for name in re.findall("`([^`]+)`", cells[0]):
                found[name] = (cells[2], cells[3].removesuffix(" |"))
    return found


def test_every_format_has_a_row() -> None:
    """No format is missing, and none is named that does not exist."""
    assert set(rows()) == set(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_replaced_is_what_the_format_covers(name: str) -> None:
    """The words of the column are tried on passwords that they speak of."""
    words, scheme = rows()[name][0], KNOWN[name]
    if words == "as that one":
        twin = KNOWN[name.removeprefix("ldap-")]
        words = rows()[twin.name][0]
    covered, left = WORDS[words]

    assert all(scheme.covers(password) for password in covered)
    assert not any(scheme.covers(password) for password in left)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["format"])
def test_wrapped_is_what_can_be_taken_apart(vector: dict[str, Any]) -> None:
    """Yes where the digest can be hashed once more."""
    scheme = _scheme(vector)
    says = rows()[vector["format"]][1]

    assert says in ("yes", "no")
    assert (scheme.split(vector["stored"]) is not None) is (says == "yes")


def test_every_declaration_of_the_page_is_accepted() -> None:
    """The notation is documented as it is read."""
    section = PAGE.split("## What only you know")[1].split("\n## ")[0]
    cells = re.findall(r"^\| `([^`]+)` \| [^|]+ \|$", section, re.MULTILINE)

    assert len(cells) == 7
    for text in cells:
        hash_notation.read(text)


def _scheme(vector: dict[str, Any]) -> Format:
    found = recognise(
        vector["stored"],
        declared=[vector["declared"]] if "declared" in vector else (),
        salt=vector.get("salt"),
        long_passwords=vector["format"] == "bcrypt-sha256",
    )
    assert found is not None
    return found
