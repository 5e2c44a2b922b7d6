"""A limit kept in the memory of each worker is as many limits as there are workers.

Row `workers`: ``memory://`` under gunicorn with four processes gives the attacker four
budgets. The wrapped app's embedded store is one file that all workers of a machine share.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, Response, request
from flask_login import login_user
from werkzeug.security import check_password_hash

from ._browser import CAFE, Browser
from ._guessing import by_hand, guess
from ._people import LOGIN_FORM, OWNER, WRONG, Tally, add_me, inside, log_in, stored_people
from ._row import Outcome, Row, require
from ._serve import serve
from ._target import Target

ROW = Row("4 workers with a limit in memory are 4 budgets", memory=False)
GUESSES, LIMIT, WORKERS = 80, 5, 4


def build(target: Target) -> Flask:
    """An app with a limit of five an hour: Flask-Limiter in memory if bare, ours if wrapped."""
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
        # Keyed by name: every request reaches gunicorn from the proxy's one address.
        login = by_hand(app, lambda: request.form.get("username", "-")).limit(
            f"{LIMIT}/hour", methods=["POST"]
        )(login)
    app.add_url_rule("/login", "login", login, methods=["GET", "POST"])
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess over eight connections until every worker has had its share."""
    with serve(target, __name__, workers=WORKERS) as (site, folder):

        def one(number: int) -> None:
            guesser = Browser(site, address=CAFE, scripted=True, keeps_cookies=False)
            guess(guesser, OWNER, f"{WRONG} {number}")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(GUESSES)))
        checked = int(Tally(folder))
        if target.wrapped:
            require(checked == LIMIT, f"{checked} guesses were let through, not {LIMIT}")
            owner = Browser(site)
            log_in(owner)
            require(
                all(inside(owner) for _ in range(12)), "the owner is not logged in on all workers"
            )
    return Outcome(
        checked > LIMIT, f"{checked} of {GUESSES} guesses were checked, the limit is {LIMIT}"
    )
