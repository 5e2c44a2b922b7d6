"""The code of docs/leaving.md reads what the toolkit leaves behind, without the toolkit."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from hardening.passwords import hash_password, verify_password
from hardening.passwords.legacy import DECLARED, FORMATS, recognise

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "leaving.md").read_text()
VECTORS = json.loads((ROOT / "tests" / "data" / "hash_vectors.json").read_text())
CHEAP = PasswordHasher(1, 8, 1)
FIRST = {"pbkdf2", "scrypt", "bcrypt"}
SECOND = {
    "salted-digest",
    "hex-digest",
    "django-pbkdf2",
    "ldap-digest",
    "bcrypt-sha256",
    "django-bcrypt",
    "django-bcrypt-sha256",
    "plaintext",
    "plain",
}


def blocks() -> list[str]:
    """Return the page's code as it stands there."""
    return re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def pasted(count: int = 2) -> dict[str, Any]:
    """Return the names that the first `count` blocks define."""
    names: dict[str, Any] = {}
    exec("\n".join(blocks()[:count]), names)  # our own page, which is what is tested
    return names


def wrapped(vector: dict[str, Any]) -> str:
    """Return the vector's hash as the bulk upgrade wraps it, by the documented form."""
    scheme = recognise(
        vector["stored"],
        declared=[vector["declared"]] if "declared" in vector else (),
        salt=vector.get("salt"),
        long_passwords=vector["format"] == "bcrypt-sha256",
    )
    assert scheme is not None
    parts = scheme.split(vector["stored"])
    assert parts is not None
    return f"$hardening-wrap$v=1${scheme.name}${parts[0]}{CHEAP.hash(parts[1])}"


def of(formats: set[str]) -> list[dict[str, Any]]:
    """Return the vectors of these formats."""
    return [vector for vector in VECTORS if vector["format"] in formats]


def test_a_plain_hash_of_ours_is_read() -> None:
    """argon2-cffi alone does for what was upgraded at a login."""
    stored = hash_password("correct horse")
    check = pasted(1)["check_password_hash"]

    assert PasswordHasher().verify(stored, "correct horse")
    assert check(stored, "correct horse")
    assert not check(stored, "wrong")
    assert not check(stored[:-9], "correct horse")


def test_the_second_spelling_is_tried_as_well() -> None:
    """Whoever could log in with separate accents still can."""
    check = pasted(1)["check_password_hash"]

    assert check(CHEAP.hash("caf\u00e9"), "cafe\u0301")


@pytest.mark.parametrize("vector", of(FIRST), ids=lambda vector: vector["format"])
def test_the_first_block_reads_the_usual_hashes(vector: dict[str, Any]) -> None:
    """As they were and wrapped; and nothing else fits them."""
    check = pasted(1)["check_password_hash"]

    for stored in (vector["stored"], wrapped(vector)):
        assert check(stored, vector["password"])
        assert not check(stored, vector["password"] + "x")
        assert not check(stored, stored)


@pytest.mark.parametrize("vector", of(FIRST | SECOND), ids=lambda vector: vector["format"])
def test_both_blocks_read_what_they_name(vector: dict[str, Any]) -> None:
    """Every format of the second block, wrapped."""
    check = pasted()["check_password_hash"]

    assert check(wrapped(vector), vector["password"])
    assert not check(wrapped(vector), "wrong")


@pytest.mark.parametrize("vector", of(FIRST | SECOND), ids=lambda vector: vector["format"])
def test_it_agrees_with_the_toolkit(vector: dict[str, Any]) -> None:
    """What the page calls a wrapped hash is one for `verify_password` too, and leaves as one."""
    onion = pytest.importorskip("hardening.passwords.onion")
    stored = wrapped(vector)
    layers = onion.layers_of(stored)

    assert onion.join(*layers) == stored
    assert verify_password(password=vector["password"], stored=stored).ok
    assert not verify_password(password="wrong", stored=stored).ok


def test_the_page_names_every_format_that_it_can_compute() -> None:
    """No format is promised that does not exist."""
    known = {each.name for each in (*FORMATS, *DECLARED)}

    assert set(pasted()["OLD"]) == FIRST | SECOND
    assert known >= FIRST | SECOND


def test_it_runs_without_the_toolkit(tmp_path: Path) -> None:
    """Nothing of ours is imported, not even by accident."""
    vector = of({"pbkdf2"})[0]
    script = tmp_path / "left.py"
    script.write_text(
        "import sys\nsys.modules['hardening'] = None\n"
        + "\n".join(blocks()[:2])
        + f"\nassert check_password_hash({wrapped(vector)!r}, {vector['password']!r})\n"
        + "print('in')\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", str(script)], capture_output=True, text=True, check=False
    )

    assert done.stdout == "in\n", done.stderr


def test_the_first_block_stays_short() -> None:
    """It is to be pasted: few enough lines to read before that."""
    lines = [line for line in blocks()[0].splitlines() if line.strip()]

    assert len(lines) <= 40
