"""Two machines, each with a store of its own, refuse each other's sessions.

Row `store-apart`: behind a load balancer that looks like people being logged out at random. It
must never be silent: the log names the setting. Without the wrapper there is no store.
"""

from __future__ import annotations

import secrets

from flask import Flask

from ._browser import Browser
from ._people import inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a store that is not shared is named, never a silent logout", kind="promise")


def build(target: Target, machine: str, key: str) -> Flask:
    """The same app on another machine: the same key, another store."""
    app = target.app(f"{__name__}.{machine}", key=key)
    usual(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Log in on one machine, and let the other one answer the next request."""
    key = secrets.token_urlsafe(48)
    first, second = (build(target, machine, key) for machine in ("one", "two"))
    owner = Browser(first)
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    other = inside(Browser(second).steal_from(owner))
    require(inside(owner), "the first machine has forgotten the owner")
    if other:
        return Outcome(True, "the other machine believes the cookie as well")
    named = target.reported("store_not_shared", '"store"')
    return Outcome(named, "logged out, and the log names the setting" if named else "silent")
