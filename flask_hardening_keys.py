"""How good a secret key is: the one judgement that the wrapper and the audit share.

Standard library only and importing nothing of ours, so that `hardening` and `checks` can both
ask without importing each other.
"""

from __future__ import annotations

import hashlib
import math
import re
from bisect import bisect_left
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

__all__ = ["MIN_BYTES", "Weakness", "weakness"]

MIN_BYTES = 32  # OWASP ASVS 5.0 11.5.1 asks for 128 bits of entropy; 32 random bytes carry 256
MIN_UNIQUE = 5  # Django's security.W009 asks for five different characters
MIN_BITS = 96  # Shannon estimate below which even a long key is a pattern, not randomness

Weakness = Literal["published", "short", "predictable"]

_PREFIX_BYTES = 5
_PUBLISHED = Path(__file__).resolve().parent / "hardening" / "data" / "published_keys.bin"

# Long keys that people type are sentences made of these; a random key of 32 characters holds
# one of them with a chance below one in ten thousand, and two practically never.
_WORDS = re.compile(
    r"secret|passw|change|random|replace|insert|default|example|production|"
    r"development|testing|dummy|sample|please|really|never|guess|flask|"
    r"your|this|super|here|strong|secure|string|unsafe|insecure|token|mysite|website",
    re.IGNORECASE,
)


def weakness(key: str | bytes) -> Weakness | None:
    """Return why `key` must not sign a session, or None if nothing speaks against it.

    Args:
        key: the secret key as Flask gets it; text is judged as its UTF-8 bytes.

    Returns:
        ``"published"`` for a key that documentation, tutorials or public repositories contain,
        ``"short"`` below 32 bytes, ``"predictable"`` for patterns and sentences.
    """
    raw = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else bytes(key)
    if _is_published(raw):
        return "published"
    if len(raw) < MIN_BYTES:
        return "short"
    if _is_predictable(raw):
        return "predictable"
    return None


def _is_published(raw: bytes) -> bool:
    prefix = hashlib.sha256(raw).digest()[:_PREFIX_BYTES]
    table = _published()
    count = len(table) // _PREFIX_BYTES

    def entry(index: int) -> bytes:
        return table[index * _PREFIX_BYTES : (index + 1) * _PREFIX_BYTES]

    at = bisect_left(range(count), prefix, key=entry)
    return at < count and entry(at) == prefix


@lru_cache(maxsize=1)
def _published() -> bytes:
    return _PUBLISHED.read_bytes()


def _is_predictable(raw: bytes) -> bool:
    counts = Counter(raw)
    if len(counts) < MIN_UNIQUE:
        return True
    total = len(raw)
    bits = -sum(n * math.log2(n / total) for n in counts.values())
    if bits < MIN_BITS or _repeats(raw):
        return True
    if _runs(raw) > total // 2:
        return True
    text = raw.decode("latin-1")
    return len({m.group().lower() for m in _WORDS.finditer(text)}) >= 2


def _repeats(raw: bytes) -> bool:
    """Whether `raw` is one piece of at most half its length, again and again."""
    return (raw + raw).find(raw, 1) <= len(raw) // 2


def _runs(raw: bytes) -> int:
    """Return how many neighbours are equal or follow each other, as in ``abcd`` or ``1111``."""
    return sum(1 for a, b in pairwise(raw) if b - a in (0, 1))
