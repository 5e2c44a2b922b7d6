"""The store that counts attempts cannot be reached.

Row `store-down`: a limiter that swallows the error lets everything through, and one that does not
answers 500 to everybody. An attacker may wait for that, or bring it about.
"""

from __future__ import annotations

from flask import Flask

from ._browser import CAFE, HOME, Browser
from ._guessing import guess, script
from ._people import WRONG, Tally, add_login, add_me, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("guessing while the limiter's store is unreachable", memory=False)
GUESSES, ALLOWED = 40, 5
NOWHERE = "redis://127.0.0.1:1/0"  # nothing listens there


def build(target: Target, tally: Tally) -> Flask:
    """An app that counts on a Redis which is not there."""
    app = target.app(__name__, store=NOWHERE)
    add_login(app, people(app), tally)
    add_me(app)
    if not target.wrapped:
        from flask_limiter import Limiter
        from flask_limiter.util import get_remote_address

        limiter = Limiter(get_remote_address, app=app, storage_uri=NOWHERE, swallow_errors=True)
        app.view_functions["login"] = limiter.limit("5/minute", methods=["POST"])(
            app.view_functions["login"]
        )
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess from one address."""
    tally = Tally(target.folder)
    app = build(target, tally)
    guesser = script(app, CAFE)
    statuses = {guess(guesser, password=f"{WRONG} {n}").status for n in range(GUESSES)}
    require(not any(status >= 500 for status in statuses), "the app answered with an error")
    page = Browser(app, address=HOME).get("/login").status
    require(page == 200, f"somebody else's login page was answered with {page}")
    require(target.reported("store_down"), "no event says that the store is down")
    return Outcome(int(tally) > ALLOWED, f"{int(tally)} of {GUESSES} guesses were checked")
