"""Where an attack is tried: an app bare or wrapped, and how it is wrapped."""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from flask import Flask

from ._row import Side

EVENT_LOGGER = "hardening.events"


@dataclass
class Target:
    """One side of the comparison. Every attack builds its app with `app` and `ready`."""

    side: Side
    """``"bare"``: the app as it is. ``"wrapped"``: with the one added line."""
    folder: Path
    """Where the app's instance folder, its databases and its tallies go."""
    wrap: Literal["late", "early"] = "late"
    """``"late"``: after everything else. ``"early"``: right after ``Flask(__name__)``."""
    store: Literal["embedded", "memory"] = "embedded"
    """``"embedded"`` is what `harden` does when it is not asked for anything else."""
    observe: bool = False
    """Bare side only: whether a wrapper is there that only observes, so all must be as bare."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """What the wrapper reported, oldest first."""

    @property
    def wrapped(self) -> bool:
        """Whether this is the wrapped side."""
        return self.side == "wrapped"

    def app(self, name: str, *, key: str | None = None, **policy: object) -> Flask:
        """Return a new app as in production: no debug, no testing, a strong random key.

        Args:
            name: import name of the module that builds the app.
            key: a ``SECRET_KEY`` where the attack is about the key.
            policy: settings of the wrapper, for rows that need other than the defaults.
        """
        instance = self.folder / "instance"
        instance.mkdir(parents=True, exist_ok=True)
        app = Flask(name, instance_path=str(instance))
        app.config.update({f"HARDENING_{name.upper()}": value for name, value in policy.items()})
        if self._wraps("early"):
            self._harden(app)
        app.secret_key = key or secrets.token_urlsafe(48)
        return app

    def ready(self, app: Flask) -> Flask:
        """Return `app` once its views and extensions are there; wraps it late if asked to."""
        if self._wraps("late"):
            self._harden(app)
        return app

    def _wraps(self, when: str) -> bool:
        return (self.wrapped or self.observe) and self.wrap == when

    def _harden(self, app: Flask) -> None:
        # Only here: the bare side needs no wrapper, not even an installed one.
        from hardening import harden

        _Collector.listen(self.events)
        store = "memory://" if self.store == "memory" else None
        harden(app, store=store, mode="observe" if self.observe else None)

    @staticmethod
    def close() -> None:
        """Stop listening to the wrapper's events."""
        _Collector.stop()

    def reported(self, *words: str) -> bool:
        """Return whether one event holds all `words`; always true on the bare side."""
        lines = [json.dumps(event) for event in self.events]
        return not self.wrapped or any(all(word in line for word in words) for line in lines)


class _Collector(logging.Handler):
    """Keeps the events of the newest target of this process."""

    current: _Collector | None = None

    def __init__(self, events: list[dict[str, Any]]) -> None:
        super().__init__()
        self.events = events

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.events.append(json.loads(record.getMessage()))
        except ValueError:
            self.events.append({"message": record.getMessage()})

    @classmethod
    def listen(cls, events: list[dict[str, Any]]) -> None:
        logger = logging.getLogger(EVENT_LOGGER)
        if cls.current is not None:
            logger.removeHandler(cls.current)
        cls.current = cls(events)
        logger.addHandler(cls.current)
        logger.setLevel(logging.DEBUG)

    @classmethod
    def stop(cls) -> None:
        if cls.current is not None:
            logging.getLogger(EVENT_LOGGER).removeHandler(cls.current)
            cls.current = None
