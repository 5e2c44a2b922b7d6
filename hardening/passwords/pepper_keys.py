"""Where the keys of the pepper come from: a file, or the environment; never the database.

Each line of the file, or each part between commas of the variable ``HARDENING_PEPPER``, is
``<id>:<key>``: an id of up to 16 letters, digits, dots, dashes and underscores, and 32 random
bytes in base64. The first key encrypts, every one decrypts. The word ``none`` in the first place
means that new hashes are left as they are, while the keys after it still decrypt: that is the way
out. Keys are read once, when the app is wrapped.

Whom this trusts: whoever may write the file or the environment of the process.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from hardening.errors import ConfigurationError

SETTING = "pepper_file"
FILE_VARIABLE = "HARDENING_PEPPER_FILE"
VARIABLE = "HARDENING_PEPPER"
KEY_BYTES = 32  # AES-256
PLAIN = "none"
MOST_ID = 16  # characters: it is stored with every hash
_FORM = f"lines of <id>:<base64 of {KEY_BYTES} random bytes>, or '{PLAIN}' in the first place"
# Compiled by `re` at its first use, as most processes start without one.
_ID = rf"[A-Za-z0-9._-]{{1,{MOST_ID}}}"
_MOST_BYTES = 64 * 1024  # our own: room for hundreds of keys


def is_id(text: str) -> bool:
    """Return whether `text` may be the id of a key."""
    return re.fullmatch(_ID, text) is not None and text != PLAIN


def source_of(path: str | None, environ: Mapping[str, str]) -> tuple[str, str | None, str]:
    """Return where keys are to be read from: the setting's name, the path, and the text.

    Args:
        path: the setting ``pepper_file``; it comes before the environment.
        environ: the process's.

    Returns:
        A path of None and an empty text where no pepper is configured.

    Raises:
        ConfigurationError: both variables are set.
    """
    if path is not None:
        return SETTING, path, ""
    file, text = environ.get(FILE_VARIABLE, ""), environ.get(VARIABLE, "")
    if file and text:
        raise ConfigurationError(VARIABLE, f"is set beside {FILE_VARIABLE}", "one of the two")
    return (FILE_VARIABLE, file, "") if file else (VARIABLE, None, text)


def read_file(name: str, path: str) -> str:
    """Return the text of the key file at `path`.

    Args:
        name: the setting that names it, for the error.
        path: followed if it is a link, as secrets are mounted.

    Raises:
        ConfigurationError: it cannot be read, or others than its owner and group may read it or
            others than its owner may write it.
    """
    try:
        with Path(path).open("rb") as file:
            _check_mode(name, os.fstat(file.fileno()))
            return file.read(_MOST_BYTES).decode()
    except UnicodeDecodeError:
        raise ConfigurationError(name, "the file holds no text", _FORM) from None
    except OSError as error:
        problem = f"the file {path!r} cannot be read ({error.strerror})"
        raise ConfigurationError(name, problem, "the path of a readable file") from None


def parse(name: str, text: str) -> tuple[str | None, dict[str, bytes]]:
    """Return the id of the key that encrypts, and all keys by their ids.

    Args:
        name: the setting that holds them, for the error.
        text: empty lines and those that begin with ``#`` are skipped.

    Raises:
        ConfigurationError: a malformed or repeated key. The message holds no part of a key.
    """
    entries = list(_entries(text))
    plain = entries[:1] == [PLAIN]
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(entries[plain:], start=1 + plain):
        key_id, _, encoded = entry.partition(":")
        if not is_id(key_id):
            raise ConfigurationError(name, f"entry {number} has no proper id", _FORM)
        if key_id in keys:
            raise ConfigurationError(name, f"the id {key_id!r} occurs twice", _FORM)
        keys[key_id] = _key(name, number, encoded.strip())
    if not keys:
        raise ConfigurationError(name, "there is no key", _FORM)
    return None if plain else next(iter(keys)), keys


def _entries(text: str) -> Iterable[str]:
    for line in re.split(r"[\r\n,]+", text):
        entry = line.strip()
        if entry and not entry.startswith("#"):
            yield entry


def _key(name: str, number: int, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        key = b""
    # Fewer than 8 different bytes among 32 random ones do not happen; a placeholder has them.
    if len(key) != KEY_BYTES or len(set(key)) < 8:
        problem = f"entry {number} is not the base64 of {KEY_BYTES} random bytes"
        raise ConfigurationError(name, problem, _FORM)
    return key


def _check_mode(name: str, held: os.stat_result) -> None:
    if os.name != "posix":
        return
    if not stat.S_ISREG(held.st_mode):
        raise ConfigurationError(name, "is no regular file", "the path of a readable file")
    mode = stat.S_IMODE(held.st_mode)
    if mode & 0o026:  # S_IWGRP, S_IROTH and S_IWOTH
        problem = f"the file's mode {mode:04o} lets others at the keys"
        raise ConfigurationError(name, problem, "0400, 0440, 0600 or 0640")
    if held.st_uid not in (0, os.geteuid()):
        problem = "the file belongs to another user"
        raise ConfigurationError(name, problem, "a file of this process's user, or of root")
