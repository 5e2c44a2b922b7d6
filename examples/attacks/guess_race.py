"""Sixty guesses at the same moment against a limit of five an hour.

Row `guess-race`: Flask-Limiter with `deduct_when` asks first and counts after the view, so
what runs in parallel all passes. The wrapped app reserves before it checks: exactly five
passwords are looked at. `workers` does the same over processes.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, Response, request
from flask_login import login_user
from werkzeug.security import check_password_hash

from ._browser import CAFE, Browser
from ._guessing import by_hand, guess, script
from ._people import LOGIN_FORM, OWNER, WRONG, Tally, add_me, inside, log_in, stored_people
from ._row import Outcome, Row, require
from ._serve import serve
from ._target import Target

ROW = Row("60 parallel guesses against '5 per hour', over threads and 4 worker processes")
GUESSES, LIMIT, WORKERS = 60, 5, 4


def build(target: Target) -> Flask:
    """An app with a limit of five failures an hour: its own if bare, ours if wrapped."""
    app = target.app(__name__, limit_pair=f"{LIMIT}/hour")
    tally = Tally(target.folder)
    find = stored_people(app, target.folder / "people.db")

    def login() -> Response:
        if request.method == "GET":
            return Response(LOGIN_FORM)
        tally.add()
        user = find(request.form["username"])
        if user is None or not check_password_hash(user.password_hash, request.form["password"]):
            return Response("Wrong user name or password.", 401)
        login_user(user)
        return Response("Welcome.")

    if not target.wrapped:
        failed = lambda response: response.status_code == 401  # noqa: E731  # as their docs do
        limited = by_hand(app).limit(f"{LIMIT}/hour", methods=["POST"], deduct_when=failed)
        login = limited(login)
    app.add_url_rule("/login", "login", login, methods=["GET", "POST"])
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess from threads of one process; on a store that workers share, over workers too."""
    counts = {"threads": _threads(target)}
    if target.store == "embedded":
        counts[f"{WORKERS} workers"] = _workers(target)
    if target.wrapped:
        for where, count in counts.items():
            require(count >= LIMIT, f"over {where} only {count} guesses were let through")
    seen = " and ".join(f"{count} over {where}" for where, count in counts.items())
    broken = any(count > LIMIT for count in counts.values())
    return Outcome(broken, f"of {GUESSES} parallel guesses {seen} reached the password check")


def _threads(target: Target) -> int:
    app = build(target)
    tally = Tally(target.folder)
    start = threading.Barrier(GUESSES)

    def one(number: int) -> None:
        start.wait()
        guess(script(app, CAFE), password=f"{WRONG} {number}")

    with ThreadPoolExecutor(GUESSES) as pool:
        list(pool.map(one, range(GUESSES)))
    count = int(tally)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner, at another address, was refused")
    return count


def _workers(target: Target) -> int:
    with serve(target, __name__, workers=WORKERS) as (site, folder):

        def one(number: int) -> None:
            guesser = Browser(site, address=CAFE, scripted=True, keeps_cookies=False)
            guess(guesser, OWNER, f"{WRONG} {number}")

        with ThreadPoolExecutor(GUESSES) as pool:
            list(pool.map(one, range(GUESSES)))
        count = int(Tally(folder))
        owner = Browser(site)
        log_in(owner)
        # Bare, the limiter has one key for everybody: the proxy's address.
        require(not target.wrapped or inside(owner), "the owner, at another address, was refused")
        return count
