"""Rebuild ``hardening/data/common_passwords.bin`` from two public lists of common passwords.

    pip install Django zxcvbn && python tools/build_common_passwords.py

- Django's ``common-passwords.txt.gz`` (BSD, 3 clauses; made by Royce Williams from the passwords
  that leaked most often), 20,000 entries.
- zxcvbn's frequency list ``passwords`` (MIT, Dropbox and Daniel Wolf; made from Mark Burnett's ten
  million leaked passwords), 30,000 entries.

The file holds the first five bytes of the SHA-256 of each entry in small letters, sorted: enough to
recognise one (another password matches with a chance of 1 in 25 million), and no list of passwords
lies in anybody's package. Entries of fewer than four characters are left out.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import django.contrib.auth
from zxcvbn.frequency_lists import FREQUENCY_LISTS

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # runs from a checkout, installed or not

from hardening.passwords.policy.common import SHORTEST, mark_of  # noqa: E402  # needs the path

TARGET = ROOT / "hardening" / "data" / "common_passwords.bin"


def main() -> None:
    packed = Path(django.contrib.auth.__file__).with_name("common-passwords.txt.gz")
    entries = set(gzip.decompress(packed.read_bytes()).decode().split("\n"))
    entries |= set(FREQUENCY_LISTS["passwords"])
    kept = {entry.lower() for entry in entries if len(entry) >= SHORTEST}
    marks = sorted({mark_of(entry) for entry in kept})
    TARGET.write_bytes(b"".join(marks))
    for least in (SHORTEST, 8, 15):
        print(sum(len(entry) >= least for entry in kept), "entries of", least, "characters or more")
    print(TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
