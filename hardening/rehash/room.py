"""Makes sure that the column is wide enough, before anything is written to it."""

from __future__ import annotations

from hardening.passwords.columns import ADVISED_LENGTH
from hardening.rehash.errors import RunError
from hardening.rehash.target import Target

_STEP = 64  # characters: encrypted hashes need more than what is advised, and get a round number


def check(target: Target, longest: int) -> tuple[str, ...]:
    """Return what to say about a column that is short and whose database does not mind.

    Args:
        target: the column.
        longest: characters of the longest hash that is to be written.

    Raises:
        RunError: the database would refuse it; holds the statement that widens the column.
    """
    if target.length is None or longest <= target.length:
        return ()
    said = f"{target.named} holds {target.length} characters, and {longest} are needed"
    if target.enforces_length:
        raise RunError(f"{said}; first run: {statement(target, longest)}")
    return (f"{said}; SQLite does not mind, but widen the column where it is declared",)


def statement(target: Target, longest: int) -> str:
    """Return the statement that makes the column of a PostgreSQL table wide enough."""
    width = max(ADVISED_LENGTH, -(-longest // _STEP) * _STEP)
    quote = target.engine.dialect.identifier_preparer.quote
    table = ".".join(quote(name) for name in (target.schema, target.table) if name)
    return f"ALTER TABLE {table} ALTER COLUMN {quote(target.column)} TYPE VARCHAR({width})"
