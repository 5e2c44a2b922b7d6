"""What hashing an app does, seen where the standard library computes it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Hashing:
    """What was computed while somebody looked."""

    peak: int = 0
    """How many hashes were being computed at the same moment, at most."""
    rounds: int = 0
    """The most rounds of pbkdf2 that one of them took."""
    _running: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def one(self, rounds: int) -> Iterator[None]:
        """Count one computation while the block runs."""
        with self._lock:
            self._running += 1
            self.peak = max(self.peak, self._running)
            self.rounds = max(self.rounds, rounds)
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1


@contextmanager
def watched() -> Iterator[Hashing]:
    """Count what Werkzeug's hashes compute while the block runs."""
    seen = Hashing()
    scrypt, pbkdf2 = hashlib.scrypt, hashlib.pbkdf2_hmac

    def counted_scrypt(*arguments: Any, **options: Any) -> bytes:
        with seen.one(0):
            return scrypt(*arguments, **options)

    def counted_pbkdf2(name: str, password: bytes, salt: bytes, rounds: int, *more: Any) -> bytes:
        with seen.one(rounds):
            return pbkdf2(name, password, salt, rounds, *more)

    hashlib.scrypt, hashlib.pbkdf2_hmac = counted_scrypt, counted_pbkdf2
    try:
        yield seen
    finally:
        hashlib.scrypt, hashlib.pbkdf2_hmac = scrypt, pbkdf2
