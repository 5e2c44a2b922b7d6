"""Two honest tabs are restored at once from one remember cookie.

Row `remember-two-tabs`: a browser that starts again opens all its tabs, each with the same
remember cookie. Whoever takes the second use for a theft logs honest people out.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._clock import MINUTE_S, moving
from ._people import close, inside, log_in, usual
from ._row import Outcome, Row
from ._target import Target

ROW = Row("two tabs that are restored at once both stay in", kind="promise")
TABS = 6


def build(target: Target) -> Flask:
    """An app with remember-me."""
    app = target.app(__name__)
    usual(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Restore several tabs, whose requests all leave before the first answer arrives."""
    with moving() as clock:
        app = build(target)
        owner = Browser(app)
        log_in(owner, remember="on")
        close(owner)
        stayed = True
        for _ in range(3):
            tabs = [Browser(app).steal_from(owner) for _ in range(TABS)]
            inside_now = [inside(tab) for tab in tabs]  # all of them ask, whoever is refused
            stayed = stayed and all(inside_now)
            # Cookies are the browser's, not the tab's: the last answer decides.
            newest = [tab for tab in tabs if tab.jar.cookies != owner.jar.cookies] or tabs
            owner.steal_from(newest[0])
            stayed = stayed and inside(owner)
            close(owner)
            clock(10 * MINUTE_S)
        stayed = stayed and inside(owner)
    return Outcome(stayed, f"{TABS} tabs, three times: {'all' if stayed else 'not all'} stay in")
