"""``flask hardening hashes`` and ``upgrade-hashes``.

Both work on the current app's users, or with ``--database-url`` on any table, without an app. They
exit 2 for wrong use, 1 where the database or the app refuses; what was reported as done stays done.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from typing import Any, TypeVar

import click
from flask import current_app
from flask.cli import ScriptInfo

from hardening.errors import HardeningError
from hardening.rehash.errors import RunError, TargetError

F = TypeVar("F", bound=Callable[..., Any])

URL_VARIABLE = "HARDENING_DATABASE_URL"


def where(command: F) -> F:
    """Add the options that name a column."""
    options = [
        click.option(
            "--database-url",
            metavar="URL",
            envvar=URL_VARIABLE,
            show_envvar=True,
            help="Work on this database, without the app. SQLAlchemy's notation.",
        ),
        click.option("--table", default="", help="The users' table; the app's own by default."),
        click.option("--column", default="", help="The column of the hashes."),
        click.option(
            "--key",
            multiple=True,
            metavar="COLUMN",
            help="A unique column, in place of the primary key; may be repeated.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command("hashes")
@where
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_context
def hashes(
    context: click.Context,
    database_url: str,
    table: str,
    column: str,
    key: tuple[str, ...],
    form: str,
) -> None:
    """Count the stored password hashes by format and strength. Changes nothing."""
    with _subject(context, database_url, table, column, key) as subject:
        found = _census(subject)
        data = {"column": subject.target.named, **found.as_json()}
        lines = [subject.target.named, *found.as_lines()]
        click.echo(
            json.dumps(data, indent=2, sort_keys=True) if form == "json" else "\n".join(lines)
        )


@click.command("upgrade-hashes")
@where
@click.option("--dry-run", is_flag=True, help="Count what would be done, and change nothing.")
@click.option("--limit", type=click.IntRange(1), metavar="ROWS", help="Stop after so many.")
@click.option(
    "--max-rate",
    type=click.FloatRange(0, min_open=True),
    metavar="ROWS",
    help="At most so many a second, to leave the machine and the database to the app.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 1000),
    metavar="ROWS",
    help="Rows in one transaction.  [default: a quarter of a second's work]",
)
@click.pass_context
def upgrade_hashes(
    context: click.Context,
    database_url: str,
    table: str,
    column: str,
    key: tuple[str, ...],
    dry_run: bool,
    limit: int | None,
    max_rate: float | None,
    batch: int | None,
) -> None:
    """Bring the hashes of people who never log in to Argon2id strength.

    Every older hash is wrapped: its digest is hashed once more with Argon2id, for which nobody's
    password is needed. Its owner logs in as before, and then has a plain Argon2id hash.

    May be stopped or killed at any point, and run again; several may share one PostgreSQL table.
    """
    with _subject(context, database_url, table, column, key) as subject:
        from hardening.rehash.progress import shown
        from hardening.rehash.room import check
        from hardening.rehash.run import Options, run
        from hardening.rehash.subject import check_readable

        found = _census(subject)
        click.echo("\n".join([subject.target.named, *found.as_lines()]))
        notes = (*subject.notes, *check(subject.target, found.longest)) if found.due else ()
        for note in notes:
            click.echo(f"note: {note}", err=True)
        if subject.of_app:
            check_readable()
        if dry_run:
            return
        if not found.due:
            return
        options = Options(subject.rules, 0, batch or 0, limit, max_rate)
        with (
            shown("wrapping", min(found.due, limit or found.due)) as seen,
            _interruptible() as stop,
        ):
            outcome = run(subject.target, options, keeper=subject.keeper, stop=stop, done=seen)
        click.echo(f"{outcome.done} done")
        if outcome.changed:
            click.echo(f"{outcome.changed} changed meanwhile and left as they were", err=True)
        if outcome.stopped:
            raise RunError("interrupted; run again to go on")
        if outcome.held:
            raise RunError(f"{outcome.held} rows are locked by somebody else; run again later")


@contextmanager
def _subject(
    context: click.Context, url: str | None, table: str, column: str, key: tuple[str, ...]
) -> Iterator[Any]:
    """Yield the `hardening.rehash.subject.Subject`, and turn our errors into exit codes."""
    try:
        from hardening.rehash.discover import Names

        names = Names(table, column, key)
        if url:
            from hardening.rehash.subject import of_url

            yield of_url(url, names)
            return
        with context.ensure_object(ScriptInfo).load_app().app_context():
            from hardening.rehash.subject import of_app

            yield of_app(_wrapped(), names)
    except TargetError as error:
        raise click.UsageError(str(error)) from None
    except HardeningError as error:
        raise click.ClickException(str(error)) from None


def _wrapped() -> Any:
    from hardening.extension import WRAPPED

    if WRAPPED not in current_app.extensions:
        raise TargetError("this app is not wrapped: call harden(app) in it, or use --database-url")
    return current_app.extensions[WRAPPED]


def _census(subject: Any) -> Any:
    from hardening.rehash.census import take
    from hardening.rehash.progress import shown

    with shown("counting", None) as seen:
        return take(subject.target, subject.rules, seen)


@contextmanager
def _interruptible() -> Iterator[Event]:
    """Yield an event that Ctrl-C or SIGTERM sets, so that the batches at hand are finished."""
    stop = Event()
    if current_thread() is not main_thread():
        yield stop  # only the main thread may catch signals
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
