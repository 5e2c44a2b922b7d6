"""How records and counters are written in Redis; `redis_scripts` reads the same in Lua.

Times are binary doubles, as text would round them and windows are compared for equality.
"""

from __future__ import annotations

import struct

from hardening.storage.base import Claim, Grant, Record

_RECORD = struct.Struct(">dH")  # expires_at, length of the owner; then the owner and the value
_COUNTER = struct.Struct(">ddddB")  # window, used, last, expires_at, full
_CLAIM = struct.Struct(">ddddBB")
_GRANT = struct.Struct(">dd")  # window, used
_TIME = struct.Struct(">d")


def pack_record(record: Record) -> bytes:
    """Return `record` without its key."""
    owner = record.owner.encode()
    return _RECORD.pack(record.expires_at, len(owner)) + owner + record.value


def unpack_record(key: str, raw: bytes) -> Record:
    """Return the record that `pack_record` wrote.

    Raises:
        ValueError: it did not write this.
    """
    try:
        expires_at, length = _RECORD.unpack_from(raw)
    except struct.error as error:
        raise ValueError("too short for a record") from error
    value_at = _RECORD.size + length
    return Record(key, raw[_RECORD.size : value_at].decode(), raw[value_at:], expires_at)


def counted(raw: bytes) -> tuple[int, float]:
    """Return the units and the end of a counter.

    Raises:
        ValueError: these are not the bytes of a counter.
    """
    try:
        _, used, _, expires_at, _ = _COUNTER.unpack(raw)
    except struct.error as error:
        raise ValueError("not a counter") from error
    return int(used), expires_at


def pack_claim(claim: Claim) -> bytes:
    """Return `claim` without its key."""
    return _CLAIM.pack(
        claim.amount,
        claim.window_s,
        claim.delay_most_s,
        claim.stop,
        claim.delays,
        claim.counts_only,
    )


def unpack_grant(key: bytes, raw: bytes) -> Grant:
    """Return the grant that the script answered for `key`."""
    window, used = _GRANT.unpack(raw)
    return Grant(key, window, int(used))


def pack_time(seconds: float) -> bytes:
    """Return a time or a duration."""
    return _TIME.pack(seconds)


def unpack_time(raw: bytes) -> float:
    """Return what `pack_time` wrote."""
    seconds: float = _TIME.unpack(raw)[0]
    return seconds
