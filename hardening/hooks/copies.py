"""Signals of an app's own copy of Flask-Login, which are other objects than Flask-Login's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from blinker import Signal
from flask_login import signals


def copied_signals(manager: Any) -> Iterator[tuple[str, Signal]]:
    """Yield the name and the object of each signal that stands beside the manager's class.

    Nothing for a login manager of Flask-Login itself, or of a class that is derived from it.
    """
    for kind in type(manager).__mro__:
        package, _, _ = kind.__module__.rpartition(".")
        module = sys.modules.get(f"{package}.signals") or sys.modules.get(package)
        if package == "flask_login" or module is None:
            continue
        for name, own in vars(signals).items():
            found = vars(module).get(name)
            if isinstance(own, Signal) and isinstance(found, Signal) and found is not own:
                yield name, found
