"""How long a setting lets something live."""

from __future__ import annotations

from datetime import timedelta

from checks.project.evaluated import Evaluated

DAY_S = 24 * 60 * 60


def seconds(value: Evaluated) -> float | None:
    """Return a duration in seconds: Flask takes a timedelta or a number of seconds.

    None where it is not a literal, or no duration.
    """
    found = value.value if value.kind in ("literal", "fallback") else None
    if isinstance(found, timedelta):
        return found.total_seconds()
    if isinstance(found, int | float) and not isinstance(found, bool):
        return float(found)
    return None


def days(duration_s: float) -> str:
    """Return `duration_s` for people."""
    count = round(duration_s / DAY_S)
    return f"{count:,} days"
