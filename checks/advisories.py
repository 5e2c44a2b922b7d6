"""The advisories about sessions, cookies and logins that are shipped with the audit.

`data/advisories.json` is a short list with the day on which it was last compared with the PyPA
advisory database and the projects' own advisories. The audit never asks the network.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import cast

from checks.finding import Severity
from checks.records import NamedTuple
from checks.versions import Newest, Version, version_of

_FILE = Path(__file__).parent / "data" / "advisories.json"


class Advisory(NamedTuple):
    """One published advisory about one package."""

    id: str
    """Its CVE number."""
    about: str
    """What goes wrong, as the second half of a sentence."""
    severity: Severity
    ranges: tuple[tuple[Version, Version | None, str], ...]
    """First affected version, the one that mends it (None: no release does), and its text."""

    def mended(self, newest: Newest) -> str | None:
        """Return the release that mends `newest`, ``""`` if none does, None if unaffected."""
        for first, fixed, text in self.ranges:
            inside = first < newest.version if newest.kind == "below" else first <= newest.version
            if not inside:
                continue
            if fixed is None:
                return ""
            ends = newest.version <= fixed if newest.kind == "below" else newest.version < fixed
            if ends:
                return text
        return None


class Advisories(NamedTuple):
    """The list."""

    checked: str
    """The day it was last brought up to date, ``YYYY-MM-DD``."""
    packages: dict[str, tuple[Advisory, ...]]
    """By the packages' names in lower case with dashes."""


@cache
def advisories() -> Advisories:
    """Return the shipped list."""
    data = json.loads(_FILE.read_text("utf-8"))
    packages = {
        name: tuple(_advisory(entry) for entry in entries)
        for name, entries in data["packages"].items()
    }
    return Advisories(data["checked"], packages)


def _advisory(entry: dict[str, object]) -> Advisory:
    ranges = []
    for first, fixed, *mended in cast("list[list[str | None]]", entry["ranges"]):
        start = version_of(first or "0")
        if start is not None:
            text = (mended[0] if mended else fixed) or ""
            ranges.append((start, version_of(fixed) if fixed else None, text))
    return Advisory(
        id=str(entry["id"]),
        about=str(entry["about"]),
        severity=cast("Severity", entry["severity"]),
        ranges=tuple(ranges),
    )
