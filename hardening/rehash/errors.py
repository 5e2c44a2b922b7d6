"""What stops a bulk re-hash, and with which exit code."""

from __future__ import annotations

from hardening.errors import HardeningError


class TargetError(HardeningError):
    """What was asked for does not exist or cannot be used: wrong use, exit code 2."""


class RunError(HardeningError):
    """The database or the store failed or refuses: exit code 1. Nothing is half-written."""


def reason(error: BaseException) -> str:
    """Return what a database said, in one line that holds no value of any row.

    SQLAlchemy's own text quotes the statement with its parameters, and PostgreSQL's second line
    may quote the row. What the driver says in its first line names neither.

    Args:
        error: as SQLAlchemy raised it.
    """
    original = getattr(error, "orig", None)
    if original is None:
        return type(error).__name__
    lines = str(original).strip().splitlines()
    said = lines[0] if lines else ""
    kind = type(original).__name__
    return f"{kind}: {said}" if said and "$" not in said else kind
