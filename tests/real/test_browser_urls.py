"""The table of what browsers make of addresses, asked for again."""

from __future__ import annotations

import json
from typing import Any

from hardening.whatwg import SPECIAL_PORTS, resolve
from tools.ask_chromium import OUT, ask, version


def seen(scheme: str, host: str | None, port: str) -> tuple[str, str | None, str]:
    """Return what of an address decides where it leads; hosts of other schemes do not."""
    return (scheme, host, port) if scheme in SPECIAL_PORTS else (scheme, None, "")


def ours(row: dict[str, Any]) -> tuple[str, str | None, str] | None:
    found = resolve(row["text"], row["base"].partition(":")[0])
    if found is None:
        return None
    host = "app.example" if found.stays else found.host
    return seen(found.scheme, host, "" if found.port is None else str(found.port))


def theirs(row: dict[str, Any]) -> tuple[str, str | None, str] | None:
    answer = row["answer"]
    return None if answer is None else seen(answer["scheme"], answer["host"], answer["port"])


def test_the_browser_on_this_machine_agrees() -> None:
    """Whatever its version, it goes where the guard says, for every text of the table."""
    answers = ask()
    others = [
        (row["text"], row["base"], theirs(row)) for row in answers if ours(row) != theirs(row)
    ]

    assert len(answers) > 600
    assert others == []


def test_the_table_is_what_the_browser_says() -> None:
    """Where it is the version that the table was written with, the table is the same."""
    table = json.loads(OUT.read_text(encoding="utf-8"))

    assert version() not in table["origin"] or table["answers"] == ask()
