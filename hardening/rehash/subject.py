"""What a command works on: the column of the current app, or the one that was named by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hardening.passwords import hasher, missed, pepper
from hardening.passwords.api import LONG_PASSWORDS
from hardening.passwords.current import EXTENSION
from hardening.rehash import discover, reflect
from hardening.rehash.discover import Names
from hardening.rehash.errors import RunError, TargetError
from hardening.rehash.live_sessions import LiveSessions
from hardening.rehash.sorting import Rules

if TYPE_CHECKING:
    from hardening.extension import Wrapped
    from hardening.rehash.lane import Keeper
    from hardening.rehash.target import Target


@dataclass(frozen=True, slots=True)
class Subject:
    """A column, and what is known about the app that it belongs to."""

    target: Target
    rules: Rules
    of_app: bool
    """Whether the app that checks these hashes is loaded in this process."""
    keeper: Keeper | None = None
    notes: tuple[str, ...] = field(default=())
    """What whoever runs the command should know."""


def of_url(url: str, names: Names) -> Subject:
    """Return the column named by hand.

    Raises:
        TargetError: a name is missing or wrong.
        RunError: the database cannot be asked.
    """
    for option, value in (("--table", names.table), ("--column", names.column)):
        if not value:
            raise TargetError(f"--database-url needs {option}")
    target = reflect.find(reflect.open_engine(url), names.table, names.column, names.key)
    notes = (
        "the app is not known here: whoever is logged in and has a hash that is wrapped now has to"
        " log in again; run this inside the app to keep them logged in",
    )
    return Subject(target, Rules(pepper=pepper.here()), of_app=False, notes=notes)


def of_app(wrapped: Wrapped, names: Names) -> Subject:
    """Return the column that the app keeps its users' hashes in.

    Raises:
        TargetError: none is found, or several.
        RunError: the database cannot be asked.
    """
    context = wrapped.context
    found = discover.find(context, names)
    rules = Rules(
        hasher.asked_of(context),
        bool(context.app.config.get(LONG_PASSWORDS)),
        tuple(context.policy.password_formats),
        context.app.extensions[EXTENSION].pepper,
    )
    keeper = None
    if context.mode != "off" and context.policy.guards_on("sessions"):
        engine, sessions = found.target.engine, wrapped.pipeline.sessions
        keeper = LiveSessions(engine, found.model, found.key, sessions)
    return Subject(found.target, rules, of_app=True, keeper=keeper)


def check_readable() -> None:
    """Refuse to wrap hashes while the app checks passwords with functions that cannot read them.

    Raises:
        RunError: naming the places.
    """
    places = [str(place) for place in missed.find(verifying=True)]
    if places:
        raise RunError(
            "these places check passwords with a function that cannot read wrapped hashes: "
            f"{', '.join(places)}; have them call hardening.passwords.check_password_hash"
        )
