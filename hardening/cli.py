"""``flask hardening``: what is in force, which endpoints are guarded, who is logged in.

Commands print text for people, or JSON with ``--format json``. ``status`` exits 1 where
something is unsafe.
"""

from __future__ import annotations

import json
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from hardening.errors import HardeningError
from hardening.extension import NAME, Hardening
from hardening.facts import status_of
from hardening.passwords.commands import calibrate
from hardening.rehash.commands import hashes, upgrade_hashes

group = click.Group("hardening", help="See and steer what flask-hardening enforces.")
group.add_command(calibrate)
group.add_command(hashes)
group.add_command(upgrade_hashes)

_format = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


def _hardening() -> Hardening:
    found = current_app.extensions.get(NAME)
    if not isinstance(found, Hardening):
        raise click.UsageError("this app is not wrapped: call harden(app) in it")
    return found


def _print(form: str, data: Any, lines: list[str]) -> None:
    click.echo(json.dumps(data, indent=2, sort_keys=True) if form == "json" else "\n".join(lines))


@group.command()
@_format
@click.pass_context
@with_appcontext
def status(context: click.Context, form: str) -> None:
    """Show what is in force and what is unsafe; exits 1 where something is unsafe."""
    found = status_of(_hardening())
    lines = [f"{name:<22} {value}" for name, value in found["facts"].items()]
    lines += [f"unsafe: {problem}" for problem in found["unsafe"]]
    _print(form, found, lines)
    if found["unsafe"]:
        context.exit(1)


@group.command()
@_format
@with_appcontext
def routes(form: str) -> None:
    """Show which endpoints are taken for logins and logouts, and why."""
    table = _hardening().wrapped().pipeline.endpoints.table()
    names = ("endpoint", "rule", "kind", "evidence")
    rows = [dict(zip(names, row, strict=True)) for row in table]
    lines = [f"{r['kind']:<9} {r['rule']:<28} {r['endpoint']:<24} {r['evidence']}" for r in rows]
    _print(form, rows, lines or ["no login endpoint was found; set Policy(login_endpoints=[...])"])


@group.command()
@click.argument("user_id")
@_format
@with_appcontext
def sessions(user_id: str, form: str) -> None:
    """List the live sessions of USER_ID."""
    rows = [
        {
            "id": one.id,
            "label": one.label,
            "browser": one.browser,
            "system": one.system,
            "network": one.network,
            "prefix": one.prefix,
            "created": one.created.isoformat(timespec="seconds"),
            "last_seen": one.last_seen.isoformat(timespec="seconds"),
        }
        for one in _ask(lambda: _hardening().sessions.list(user_id))
    ]
    lines = [
        f"{r['id']}  {r['label'] or 'unknown device'}  from {r['network'] or 'unknown'}"
        f"  since {r['created']}  seen {r['last_seen']}"
        for r in rows
    ]
    _print(form, rows, lines or ["no live session"])


@group.command()
@click.argument("user_id")
@click.option("--session", "session_id", help="Only this one, by the id that `sessions` prints.")
@_format
@with_appcontext
def revoke(user_id: str, session_id: str | None, form: str) -> None:
    """End the sessions and remember tokens of USER_ID; exits 1 for an unknown --session."""
    operation = _hardening().sessions
    if session_id is None:
        ended = _ask(lambda: operation.revoke_all(user_id))
    else:
        known = any(one.id == session_id for one in _ask(lambda: operation.list(user_id)))
        ended = int(known and _ask(lambda: operation.revoke(session_id)))
        if not ended:
            raise click.ClickException(f"{user_id} has no live session {session_id}")
    _print(form, {"ended": ended}, [f"{ended} ended"])


@group.command()
@click.argument("identifier")
@with_appcontext
def unlock(identifier: str) -> None:
    """Lift every login limit on the account called IDENTIFIER."""
    _ask(lambda: _hardening().logins.unlock(identifier))
    click.echo("unlocked")


@group.command()
@_format
@with_appcontext
def csp(form: str) -> None:
    """Show what browsers reported about the content policy, and propose one."""
    pipeline = _hardening().wrapped().pipeline
    found = _ask(pipeline.csp_proposal)
    _print(form, found.as_json(), found.as_lines())


def _ask(question: Any) -> Any:
    try:
        return question()
    except HardeningError as error:
        raise click.ClickException(str(error)) from error
