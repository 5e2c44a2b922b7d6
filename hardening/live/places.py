"""Where in the project the app is made, and which of its files were loaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import wraps
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask

from hardening.live.loading import below


class Places:
    """Notes where apps are made, from `install` on.

    Args:
        root: the audited folder.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._made: WeakKeyDictionary[Flask, tuple[str, int]] = WeakKeyDictionary()

    def install(self) -> None:
        """Begin to watch."""
        original = Flask.__init__

        @wraps(original)
        def noted(app: Flask, *args: Any, **named: Any) -> None:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None:
                path = below(frame.f_code.co_filename, self._root)
                # A class derived from Flask calls this from its own method.
                if path is not None and frame.f_locals.get("self") is not app:
                    self._made[app] = (path, frame.f_lineno)
                    break
                frame = frame.f_back
            original(app, *args, **named)

        Flask.__init__ = noted  # type: ignore[method-assign,assignment]  # in this process alone

    def made(self, app: Flask) -> dict[str, Any] | None:
        """Return the file and the line in which `app` was made, if that is in the project."""
        found = self._made.get(app)
        return None if found is None else {"path": found[0], "line": found[1]}

    def loaded(self, opened: Iterable[str]) -> list[str]:
        """Return the project's files that are modules or were `opened`, sorted."""
        files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        files += [os.path.abspath(file) for file in opened]
        found = {below(file, self._root) for file in files if isinstance(file, str)}
        return sorted(path for path in found if path is not None)
