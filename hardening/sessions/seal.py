"""Records that only this app can have written: JSON under a MAC, with the id of its key.

Somebody who can write to the store can delete sessions, but not invent or alter one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from hardening.keys import ID_LENGTH, Keyring, keyring

if TYPE_CHECKING:
    from flask import Flask

_MAC_BYTES = 32


def seal(app: Flask, kind: str, key: str, owner: str, fields: dict[str, Any]) -> bytes:
    """Return `fields` as bytes that `unseal` accepts under the same kind, key and owner."""
    body = json.dumps(fields, separators=(",", ":")).encode()
    signing = keyring(app, "record").current
    mac = signing.mac(kind.encode(), key.encode(), owner.encode(), body)
    return signing.id.encode() + mac + body


def unseal(ring: Keyring, kind: str, key: str, owner: str, value: bytes) -> dict[str, Any] | None:
    """Return the fields in `value`, or None where it was not sealed by this app for this place.

    Args:
        ring: the app's keys for records; those of ``SECRET_KEY_FALLBACKS`` count, so that
            rotating the key ends no session.
        kind: as for `seal`, like all others.
    """
    key_id, mac, body = value[:ID_LENGTH], value[ID_LENGTH:][:_MAC_BYTES], value[ID_LENGTH + 32 :]
    signing = ring.find(key_id.decode("ascii", "replace"))
    if signing is None:
        return None
    expected = signing.mac(kind.encode(), key.encode(), owner.encode(), body)
    if not hmac.compare_digest(mac, expected):
        return None
    fields = json.loads(body)
    return fields if isinstance(fields, dict) else None


def owner_of(app: Flask, user_id: object) -> str:
    """Return the name under which `user_id`'s records are kept: a MAC, so no personal data.

    It is made with the oldest key that the app still lists, because an owner's records must be
    found together while the key is being rotated.
    """
    oldest = keyring(app, "name").oldest
    return oldest.mac(b"owner", str(user_id).encode())[:16].hex()


def at_rest(credential: str) -> str:
    """Return what is stored of a credential of 256 random bits (ASVS 11.5.1): its SHA-256."""
    return hashlib.sha256(credential.encode()).hexdigest()
