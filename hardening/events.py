"""What happened: one JSON line on the logger ``hardening.events``, and one blinker signal.

Names are those of the OWASP Logging Vocabulary where it has one. Nothing here ever holds a
password, hash, token, key or cookie; user names and addresses of accounts are hashed before
they come here. A line is ASCII without control characters: JSON escapes newlines, terminal
escapes, U+2028 and marks that turn the writing direction. docs/events.md lists every field.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from blinker import Namespace, Signal

__all__ = ["Level", "emit", "event", "signal"]

Level = Literal["info", "warning", "error"]

logger = logging.getLogger("hardening.events")

_signals: Final = Namespace()

event: Final[Signal] = _signals.signal("event")
"""Sent for every event with ``name``, ``level`` and ``details``; the sender is the app."""

_LEVELS: Final[dict[Level, int]] = {
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def signal(name: str) -> Signal:
    """Return the signal that is sent for events called `name` only."""
    return _signals.signal(f"event:{name}")


def is_heard(sender: object, name: str) -> bool:
    """Return whether anybody is sent the events called `name` of `sender`."""
    for channel in (event, signal(name)):
        if channel.receivers and any(True for _ in channel.receivers_for(sender)):
            return True
    return False


def emit(sender: object, name: str, level: Level = "info", **details: object) -> None:
    """Log an event and send its signals. Never raises.

    Args:
        sender: the Flask app; its ``name`` goes into the line.
        name: the event's name, such as ``authn_login_fail``.
        level: how urgent it is.
        details: plain values only; anything else is shown by its type's name.
    """
    _write(sender, name, level, details)
    for channel in (event, signal(name)):
        if not channel.receivers:
            continue
        for receiver in channel.receivers_for(sender):
            try:
                receiver(sender, name=name, level=level, details=details)
            except Exception as error:  # noqa: BLE001  # a receiver is the app's own code
                # A listener's mistake must not become the wrapped app's error. Its text and its
                # trace may hold whatever it was given, so the kind must do.
                failed = {"of": name, "error": type(error).__name__}
                _write(sender, "event_receiver_failed", "error", failed)


def _write(sender: object, name: str, level: Level, details: Mapping[str, object]) -> None:
    number = _LEVELS[level]
    if not logger.isEnabledFor(number):
        return
    line: dict[str, object] = {
        "datetime": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "appid": str(getattr(sender, "name", "")),
        "event": name,
        "level": level.upper(),
    }
    for key, value in details.items():
        line.setdefault(key, value)  # none of the four above can be forged
    try:
        text = _as_json(line)
    except (TypeError, ValueError, RecursionError):  # such as a set of keys, NaN, or a circle
        text = _as_json({key: _plain(value) for key, value in line.items()})
    logger.log(number, "%s", text)


def _plain(value: object) -> object:
    finite = not isinstance(value, float) or math.isfinite(value)
    return value if isinstance(value, str | int | float | None) and finite else _kind(value)


def _kind(value: object) -> str:
    return f"<{type(value).__name__}>"


# Kept: `dumps` makes an encoder each time.
_as_json = json.JSONEncoder(default=_kind, ensure_ascii=True, allow_nan=False).encode
