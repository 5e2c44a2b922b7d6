"""Under strong protection a remembered user is logged out at the second request.

Row `remember-strong`: Flask-Login #248 and #685. The session that a remember cookie restores lacks
the mark that strong protection compares, so the next request is taken for a theft.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._people import close, inside, log_in, usual
from ._row import Outcome, Row
from ._target import Target

ROW = Row("a remembered user stays in under strong protection", kind="promise", bare_keeps=False)


def build(target: Target) -> Flask:
    """An app with remember-me under strong protection."""
    app = target.app(__name__)
    usual(app, protection="strong")
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Close the browser, come back, look at three pages."""
    app = build(target)
    owner = Browser(app)
    log_in(owner, remember="on")
    close(owner)
    pages = [inside(owner) for _ in range(3)]
    shown = ", ".join("in" if page else "out" for page in pages)
    return Outcome(all(pages), f"three pages after the browser was closed: {shown}")
