"""Why an upgraded hash was not written now; the next login tries again."""

from __future__ import annotations

from hardening.errors import HardeningError


class DeferredError(HardeningError):
    """The new hash was not written.

    Attributes:
        reason: one word or two joined by underscores, for the event.
        sure: False where the database may have written it all the same.
        details: more for the event; never a hash.
    """

    def __init__(self, reason: str, *, sure: bool = True, **details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sure = sure
        self.details = details


def as_text(value: object) -> str | None:
    """Return a stored hash as text, however the app keeps it; None if it cannot be one."""
    if isinstance(value, memoryview):  # what some PostgreSQL drivers give for bytea
        value = bytes(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None
    return value if isinstance(value, str) else None


def like(held: object, new: str) -> str | bytes:
    """Return `new` in the kind, text or bytes, in which the app keeps `held`."""
    return new.encode("ascii") if isinstance(held, bytes | memoryview) else new
