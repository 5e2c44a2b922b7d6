"""Where a value comes from: what the flow analysis attaches to expressions."""

from __future__ import annotations

from typing import Literal

from checks.facts.source import Spot
from checks.records import NamedTuple

Kind = Literal["password", "request", "slow-hash", "fast-hash", "encoded", "unknown-hash"]


class Origin(NamedTuple):
    """One thing that a value was made from."""

    kind: Kind
    """
    ``password``
        A password as typed: nothing has hashed it yet.
    ``request``
        Sent by the client: form, query, JSON, headers, cookies or a WTForms field.
    ``slow-hash``, ``fast-hash``
        What a hash function made of a password; `key` is the algorithm.
    ``encoded``
        A password made unreadable but not hashed; `key` is the function.
    ``unknown-hash``
        What a function whose name says hash made of a password; `key` is that name.
    """
    key: str
    """The field's or parameter's name, or the algorithm; ``""`` where there is none."""
    spot: Spot
    """Where it came in, or where it was hashed."""


Origins = frozenset[Origin]
NOTHING: Origins = frozenset()


def passwords(origins: Origins) -> list[Origin]:
    """Return those of `origins` that are passwords as typed, sorted."""
    return sorted(origin for origin in origins if origin.kind == "password")


def from_request(origins: Origins, *keys: str) -> list[Origin]:
    """Return those of `origins` the client sent, only fields named `keys` if any are given."""
    return sorted(o for o in origins if o.kind == "request" and (not keys or o.key in keys))
