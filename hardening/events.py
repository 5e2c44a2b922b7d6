"""What happened: one JSON line on the logger ``hardening.events``, and one blinker signal.

Names are those of the OWASP Logging Vocabulary where it has one. Nothing here ever holds a
password, hash, token, key or cookie; user names and addresses of accounts are hashed before
they come here. Control characters cannot reach the log: JSON escapes them.
"""

from __future__ import annotations

import json
import logging
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


def emit(sender: object, name: str, level: Level = "info", **details: object) -> None:
    """Log an event and send its signals. Never raises.

    Args:
        sender: the Flask app; its ``name`` goes into the line.
        name: the event's name, such as ``authn_login_fail``.
        level: how urgent it is.
        details: plain values only; anything else is shown by its type's name.
    """
    number = _LEVELS[level]
    if logger.isEnabledFor(number):
        line = {
            "datetime": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "appid": str(getattr(sender, "name", "")),
            "event": name,
            "level": level.upper(),
            **details,
        }
        logger.log(number, "%s", _as_json(line))
    for channel in (event, signal(name)):
        if not channel.receivers:
            continue
        for receiver in channel.receivers_for(sender):
            try:
                receiver(sender, name=name, level=level, details=details)
            except Exception:
                # A listener's mistake must not become the wrapped app's error.
                logger.exception("a receiver of the event %s failed", name)


def _kind(value: object) -> str:
    return f"<{type(value).__name__}>"


_as_json = json.JSONEncoder(default=_kind, ensure_ascii=True).encode  # kept: `dumps` makes one each
