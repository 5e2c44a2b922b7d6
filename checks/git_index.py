"""Git's index: the list of what it tracks, as `gitformat-index(5)` describes it."""

from __future__ import annotations

import os
import struct

__all__ = ["EXTENDED", "LENGTH", "read_index"]

LENGTH, EXTENDED = 0xFFF, 0x4000  # what an entry's flags mean
_MOST = 64 * 1024 * 1024  # bytes: the index of half a million files
_HEADER = struct.Struct(">4sII")
_STAT = 40  # bytes of times, owner and size before an entry's hash
_HASHES = (20, 32)  # bytes: SHA-1, and SHA-256 where a repository was made with it


def read_index(place: str) -> bytes:
    """Return the index as git writes it up to version 3: each path whole, behind its flags.

    Args:
        place: the repository's ``.git``, a folder or the file that names one.

    Returns:
        Nothing where there is no index, or none that can be read.
    """
    try:
        if os.path.isfile(place):  # of a work tree beside others, or of a submodule
            with open(place, "rb") as stream:
                said = os.fsdecode(stream.read(4096)).strip()
            place = os.path.join(os.path.dirname(place), said.removeprefix("gitdir:").strip())
        with open(os.path.join(place, "index"), "rb") as stream:
            raw = stream.read(_MOST)
    except OSError:
        return b""
    if len(raw) < _HEADER.size or _HEADER.unpack_from(raw)[:2] != (b"DIRC", 4):
        return raw
    for size in _HASHES:
        try:
            return _unpacked(raw, size)
        except (struct.error, ValueError, IndexError):
            continue
    return b""


def _unpacked(raw: bytes, hash_size: int) -> bytes:
    """Return the entries of version 4, which names of a path only what differs from the last one.

    Raises:
        ValueError, IndexError, struct.error: hashes are of another size, or it is damaged.
    """
    _, _, count = _HEADER.unpack_from(raw)
    at, path, found = _HEADER.size, b"", []
    for _ in range(count):
        at += _STAT + hash_size
        (flags,) = struct.unpack_from(">H", raw, at)
        at += 4 if flags & EXTENDED else 2
        dropped, at = _varint(raw, at)
        end = raw.index(b"\0", at)
        if dropped > len(path):
            raise ValueError("more is taken from a path than it has")
        path = path[: len(path) - dropped] + raw[at:end]
        if min(len(path), LENGTH) != flags & LENGTH:
            raise ValueError("a path has another length than its flags say")
        found.append(struct.pack(">HH", 0, flags & LENGTH) + path + b"\0")
        at = end + 1
    return b"".join(found)


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at `at`, of seven bits a byte, and where it ends."""
    value = raw[at] & 0x7F
    while raw[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (raw[at] & 0x7F)
    return value, at + 1
