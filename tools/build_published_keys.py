"""Rebuild ``hardening/data/published_keys.bin`` from the keys that the public word lists know.

    pip install flask-unsign-wordlist && python tools/build_published_keys.py

The file holds the first five bytes of the SHA-256 of each key, sorted: enough to recognise a
published key (a random one matches with a chance of 1 in 20 million), and nobody who reads it
learns a key. `tools/more_keys.txt` adds keys of documentation and tutorials that the list lacks.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

import flask_unsign_wordlist

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "hardening" / "data" / "published_keys.bin"
PREFIX_BYTES = 5


def spelled(line: bytes) -> bytes:
    """Return the key that a line means: the lists quote each as a Python literal."""
    try:
        value = ast.literal_eval(line.decode())
    except (ValueError, SyntaxError, UnicodeDecodeError):
        return line
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return value if isinstance(value, bytes) else line


def main() -> None:
    lines = Path(flask_unsign_wordlist.get("all")).read_bytes().splitlines()
    lines += (HERE / "more_keys.txt").read_bytes().splitlines()
    keys = {spelled(line) for line in lines} - {b""}
    prefixes = sorted({hashlib.sha256(key).digest()[:PREFIX_BYTES] for key in keys})
    TARGET.write_bytes(b"".join(prefixes))
    print(f"{len(keys)} keys, {len(prefixes)} prefixes, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
