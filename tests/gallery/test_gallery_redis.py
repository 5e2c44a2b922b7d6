"""The rows of the gallery that live in the store, on Redis."""

from __future__ import annotations

import pytest

from examples.attacks import discover

# One or two for each thing that the store holds: sessions, owners, counters, devices, settings.
ROWS = """
session-replay-logout session-replay-clear session-replay-password rehash-keeps-devices
guess-account guess-200 spray-name reset-own
"""
ENTRIES = {entry.id: entry for entry in discover()}


@pytest.mark.parametrize("row", ROWS.split())
def test_wrapped_on_redis(row, target, redis_server) -> None:
    """With the wrapper the attack fails and honest people get in, as on the other stores."""
    entry, made = ENTRIES[row], target("wrapped", store="redis")
    outcome = entry.attack(made)

    assert outcome.succeeded is entry.row.expected("wrapped"), outcome.evidence
    own = made.url.partition("prefix=")[2]
    assert list(redis_server.client().scan_iter(f"{{{own}:*")), "nothing was kept there"
