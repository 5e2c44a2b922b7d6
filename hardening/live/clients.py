"""Clients of databases that are written in C, which no audit hook sees connect."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from hardening.live.refusal import REFUSED

# The module, and what in it connects.
_CONNECT = {
    "psycopg2": ("connect",),
    "psycopg": ("connect", "Connection.connect", "AsyncConnection.connect"),
    "asyncpg": ("connect", "create_pool"),
    "MySQLdb": ("connect", "Connect", "Connection"),
    "mariadb": ("connect",),
    "mysql.connector": ("connect",),
    "pyodbc": ("connect",),
    "oracledb": ("connect",),
    "cx_Oracle": ("connect",),
    "pymssql": ("connect",),
    "ibm_db": ("connect", "pconnect"),
}


def install(refused: Callable[[], object]) -> None:
    """Make these clients refuse to connect, as soon as somebody imports them.

    Args:
        refused: called each time.
    """
    sys.meta_path.insert(0, _Finder(refused))


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, refused: Callable[[], object]) -> None:
        self._refused = refused

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in _CONNECT:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._refused)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: Any, refused: Callable[[], object]) -> None:
        self._loader = loader
        self._refused = refused

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        error = getattr(module, "OperationalError", ConnectionError)

        def refuse(*args: Any, **named: Any) -> Any:
            self._refused()
            raise error(REFUSED)

        for name in _CONNECT[module.__name__]:
            owner, _, last = name.rpartition(".")
            holder = getattr(module, owner, None) if owner else module
            if holder is not None and hasattr(holder, last):
                setattr(holder, last, staticmethod(refuse) if owner else refuse)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # what else may be asked of a loader
