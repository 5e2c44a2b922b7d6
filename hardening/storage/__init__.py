"""Which store an app uses: reads the setting ``store`` and opens what it names.

Each kind of store is imported when it is asked for: an app uses one.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hardening.errors import ConfigurationError
from hardening.storage.base import Store
from hardening.storage.files import create_private, private_folder, user_number
from hardening.storage.memory import MemoryStore

if TYPE_CHECKING:
    from hardening.storage.redis_url import Place

__all__ = ["check", "open_store"]


def open_store(
    spec: str | Store | None, *, app_name: str, instance_path: str, testing: bool
) -> Store:
    """Open the store that `spec` names, making its file and folder where there are none.

    Args:
        spec: the setting: None, ``"memory://"``, ``"sqlite:///relative"`` (to the instance
            folder), ``"sqlite:////absolute"``, a URL of a Redis or Valkey store (see
            `hardening.storage.redis_url`), or an object that is a `Store`.
        app_name: the Flask app's name; part of the default file's name, and of Redis keys.
        instance_path: the Flask app's instance folder.
        testing: None then means a store in memory.

    Raises:
        ConfigurationError: `spec` is not understood, nothing can be written where it points, or
            redis-py is missing.
        StoreError: there is a file, but it is locked, damaged or of another format. A server
            is not asked yet.
    """
    if spec is None and testing:
        return MemoryStore()
    if isinstance(spec, str) and _is_redis(spec):
        return _open_redis(_redis_place(spec, app_name))
    place = _read(spec, instance_path)
    if place is None:
        return MemoryStore() if isinstance(spec, str) else cast(Store, spec)
    from hardening.storage.sqlite import SqliteStore

    store = SqliteStore(_settle(spec, place, app_name, instance_path))
    store.store_id()
    return store


def check(spec: str | Store | None, *, app_name: str, instance_path: str) -> None:
    """Refuse at start what `open_store` could not open later.

    Makes nothing but, where the instance folder cannot be written, the private folder in the
    system's temporary directory, as only making it shows that nobody else holds its name.

    Raises:
        ConfigurationError: as for `open_store`.
    """
    if isinstance(spec, str) and _is_redis(spec):
        _redis_place(spec, app_name)
        return
    place = _read(spec, instance_path)
    if place is None:
        return
    if spec is not None:
        if not _file_would_open(place):
            raise _unwritable(f"{place} cannot be written")
    elif not _file_would_open(place / _file_name(app_name)):
        _fallback(app_name, instance_path)


def _read(spec: str | Store | None, instance_path: str) -> Path | None:
    """Return the folder (for None) or file that `spec` means; None where it needs no file."""
    if spec is None:
        return Path(instance_path)
    if not isinstance(spec, str):
        if all(callable(getattr(spec, name, None)) for name in ("get", "put", "reserve", "clear")):
            return None
        raise ConfigurationError("store", f"a {type(spec).__name__} is not accepted", _choices())
    if spec == "memory://":
        return None
    path = spec.removeprefix("sqlite:///")
    if path == spec or not path or path == ":memory:" or "?" in path or "\0" in path:
        problem = f"{_without_credentials(spec)!r} is not accepted"
        raise ConfigurationError("store", problem, _choices())
    return Path(instance_path, path)


def _is_redis(spec: str) -> bool:
    if spec.startswith(("memory:", "sqlite:")):
        return False
    from hardening.storage.redis_url import is_redis

    return is_redis(spec)


def _redis_place(url: str, app_name: str) -> Place:
    from hardening.storage.redis_url import read_url

    place = read_url(url, app_name=_safe(app_name))
    if find_spec("redis") is None:
        scheme = url.partition(":")[0]
        problem = f'{scheme}:// needs redis-py: pip install "flask-hardening[redis]"'
        raise ConfigurationError("store", problem)
    return place


def _open_redis(place: Place) -> Store:
    from hardening.storage.redis import RedisStore  # imports redis-py, which others need not have

    store = RedisStore(place)
    if not place.cache_s:
        return store
    from hardening.storage.cached import CachedStore

    return CachedStore(store, place.cache_s)


def _settle(spec: str | Store | None, place: Path, app_name: str, instance_path: str) -> Path:
    """Return the file to use, made if there was none."""
    path = place if spec is not None else place / _file_name(app_name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_private(path)
        # SQLite keeps two more files beside it.
        if not os.access(path.parent, os.W_OK | os.X_OK) or not os.access(path, os.W_OK):
            raise PermissionError(f"{path.parent} cannot be written")
    except OSError as error:
        if spec is not None:
            raise _unwritable(str(error)) from error
        path = _fallback(app_name, instance_path) / _file_name(app_name)
        try:
            create_private(path)
        except OSError as second:
            raise _unwritable(f"neither {error}, nor {second}") from second
    return path


def _folder_would_hold(folder: Path) -> bool:
    """Return whether files can be made in `folder`, which may not exist yet."""
    if folder.exists() or folder.parent == folder:
        return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return _folder_would_hold(folder.parent)


def _file_would_open(path: Path) -> bool:
    """Return whether `path`, which may not exist yet, can be read and written."""
    if path.exists() and not (path.is_file() and os.access(path, os.R_OK | os.W_OK)):
        return False
    return _folder_would_hold(path.parent)


def _fallback(app_name: str, instance_path: str) -> Path:
    """Return the private folder that all workers of this app and user share."""
    which = hashlib.sha256(os.path.abspath(instance_path).encode()).hexdigest()[:12]
    name = f"flask-hardening-{user_number()}-{_safe(app_name)}-{which}"
    try:
        return private_folder(Path(tempfile.gettempdir(), name))
    except OSError as error:
        problem = f"the instance folder {instance_path} cannot be written, and {error}"
        raise _unwritable(problem) from error


def _file_name(app_name: str) -> str:
    return f"hardening-{_safe(app_name)}.sqlite3"


def _safe(app_name: str) -> str:
    """Return `app_name` as a part of a file name; two names never give the same."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", app_name)[:64]
    if safe == app_name:
        return safe
    return f"{safe}-{hashlib.sha256(app_name.encode()).hexdigest()[:8]}"


def _unwritable(problem: str) -> ConfigurationError:
    return ConfigurationError("store", problem, _choices())


def _choices() -> tuple[str, ...]:
    from hardening.storage.redis_url import FORMS

    embedded = ("None (a file in the instance folder)", "'memory://'", "'sqlite:///path'")
    return (*embedded, *FORMS, "a Store")


def _without_credentials(spec: str) -> str:
    """Return `spec` without what stands before an @ or behind a question mark."""
    scheme, separator, rest = spec.partition("://")
    if not separator:
        scheme, rest = "", spec
    before, at, after = rest.rpartition("@")
    if at:  # a password may hold any character, also those that end it in a proper URL
        rest = "***@" + ("***" if "?" in before else after)
    rest = rest.partition("?")[0]
    return scheme + separator + rest
