"""Somebody who can write to the session store writes sessions of other people into it.

Row `store-poison`: a session store is often a database that many can write to. Records of ours
carry a MAC over whose they are and where they lie. Without the wrapper there is no store, so
there is nothing to poison.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Flask

from ._browser import Browser
from ._people import MALLORY, MALLORYS, OWNER, close, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a record that was written into the store lets nobody in", kind="promise")


def build(target: Target) -> Flask:
    """An app with remember-me."""
    app = target.app(__name__)
    usual(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """As Mallory, who can write to the store: make every record of hers one of the owner's."""
    app = build(target)
    owner, mallory = Browser(app), Browser(app)
    log_in(owner, remember="on")
    log_in(mallory, MALLORY, MALLORYS, remember="on")
    require(inside(owner) and inside(mallory), "the two could not log in")
    if not target.wrapped:
        return Outcome(True, "there is no store that anybody could write to")
    poisons = {"renamed": _renamed, "moved": _moved}
    for how, poison in poisons.items():
        thief = Browser(app).steal_from(mallory)
        poison(app)
        for browser in (thief, close(Browser(app).steal_from(mallory))):
            reply = browser.get("/me")
            if OWNER in reply.text and reply.status == 200:
                return Outcome(False, f"a {how} record made Mallory {OWNER}")
        require(target.reported("store_record_refused"), "the refusal was not reported")
        require(inside(owner), "the owner is out")
        log_in(mallory, MALLORY, MALLORYS, remember="on")
        require(inside(mallory), "Mallory cannot log in any more")
    return Outcome(True, "records that were renamed, or moved to another key, are refused")


def _records(app: Flask) -> Any:
    context = app.extensions["hardening"].wrapped().context
    registry = app.extensions["hardening"].wrapped().pipeline.sessions.registry
    for kind in ("session", "remember"):
        theirs, hers = (
            context.store.owned(kind, registry.owner(name), context.now())
            for name in (OWNER, MALLORY)
        )
        yield context.store, kind, theirs, hers


def _renamed(app: Flask) -> None:
    with app.app_context():
        for store, kind, theirs, hers in _records(app):
            for record in hers:
                value = record.value.replace(f'"{MALLORY}"'.encode(), f'"{OWNER}"'.encode())
                store.put(kind, replace(record, owner=theirs[0].owner, value=value))


def _moved(app: Flask) -> None:
    with app.app_context():
        for store, kind, theirs, hers in _records(app):
            for record in hers:
                store.put(kind, replace(theirs[0], key=record.key))
