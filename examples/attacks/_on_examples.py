"""The rows that apply to the example apps, replayed against the apps themselves.

``python -m attacks._on_examples NAME bare|wrapped FOLDER`` prints the outcomes as JSON.
"""

from __future__ import annotations

import hmac
import json
import re
import sys
from collections.abc import Callable
from hashlib import sha512
from pathlib import Path

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from ._browser import CAFE, Browser
from ._examples import Running, example, load
from ._row import Outcome, require
from .cached_page import History
from .no_headers import EXPECTED

GUESSES = 15  # three times what one address may guess in a minute
PUBLISHED = ("secret", "dev", "super secret string", "your-secret-key-here")


def session_replay_logout(running: Running) -> Outcome:
    """Replay the cookies of before the logout."""
    owner, thief = _owner(running), running.browser()
    thief.steal_from(owner)
    running.log_out(owner)
    require(not running.inside(owner), "logout did not log out")
    works = running.inside(thief)
    return Outcome(works, f"the copied cookie {'still works' if works else 'is refused'}")


def logout_img(running: Running) -> Outcome:
    """Load the logout as another site's image and link."""
    fallen = []
    for dest in ("image", "document"):
        owner = _owner(running)
        owner.get("/logout", site="cross-site", dest=dest)
        if not running.inside(owner):
            fallen.append(dest)
    return Outcome(bool(fallen), f"logged out by: {', '.join(fallen) or 'neither image nor link'}")


def cached_page(running: Running) -> Outcome:
    """Press back after the logout."""
    owner, history = _owner(running), History()
    page = running.example.private
    history.show(page, owner.get(page))
    running.log_out(owner)
    kept = history.back(page) is not None
    return Outcome(kept, f"{page} {'is shown from' if kept else 'was not kept in'} the history")


def login_csrf(running: Running) -> Outcome:
    """Send the login form from another site."""
    victim = running.browser()
    form = {running.example.field: running.example.user, "password": running.example.password}
    reply = victim.post("/login", form, site="cross-site")
    taken = running.inside(victim)
    _owner(running)
    return Outcome(taken, f"the cross-site form was answered {reply.status}")


def cookie_forge(running: Running) -> Outcome:
    """Write a session and a remember token with each published key."""
    _owner(running)
    user = running.example.user_id
    won = []
    for key in PUBLISHED:
        forger = Flask("forger")
        forger.secret_key = key
        thief = running.browser(CAFE)
        identity = sha512(f"{thief.address}|{thief.agent}".encode()).hexdigest()
        content = {"_user_id": user, "_fresh": True, "_id": identity}
        signer = SecureCookieSessionInterface().get_signing_serializer(forger)
        token = f"{user}|{hmac.new(key.encode(), user.encode(), sha512).hexdigest()}"
        values = {"session": signer.dumps(content), "remember_token": token}  # type: ignore[union-attr]  # the key is set
        for name, value in values.items():
            for sent in (name, f"__Host-{name}"):
                reply = thief.get(running.example.private, headers={"Cookie": f"{sent}={value}"})
                if reply.status == 200:
                    won.append(sent)
    return Outcome(bool(won), f"forged with a published key: {', '.join(won) or 'nothing'}")


def guess_account(running: Running) -> Outcome:
    """Guess from one address, then send the right password."""
    owner = _owner(running) if running.example.name != "bcrypt_article" else running.browser()
    running.log_in(owner)
    running.log_out(owner)
    for number in range(GUESSES):
        running.log_in(running.browser(CAFE, scripted=True), f"guess number {number}")
    accepted = running.accepted(running.log_in(running.browser(CAFE, scripted=True)))
    require(running.accepted(running.log_in(owner)), "the owner was locked out by the attack")
    text = "accepted" if accepted else "refused; the owner still gets in"
    return Outcome(accepted, f"after {GUESSES} wrong guesses the right one is {text}")


def legacy_hash(running: Running) -> Outcome:
    """Log in once, then leak the database."""
    require(running.accepted(running.log_in(running.browser())), "the owner could not log in")
    stored = running.example.stored(running.module)
    require(running.accepted(running.log_in(running.browser())), "no login after the upgrade")
    if stored == running.example.password:
        return Outcome(True, "the password itself is stored")
    kinds = {"$argon2id$": "Argon2id", "$2b$": "bcrypt", "pbkdf2:": "pbkdf2", "scrypt:": "scrypt"}
    kind = next((name for start, name in kinds.items() if stored.startswith(start)), "unknown")
    return Outcome(kind != "Argon2id", f"the hash stored after a login is {kind}")


def cookie_flags(running: Running) -> Outcome:
    """Look at every Set-Cookie of a visit, a login and a logout."""
    browser = running.browser()
    replies = [browser.get("/logout"), running.log_in(browser)]
    replies += [browser.get(running.example.private), browser.post("/logout")]
    cookies = [cookie for reply in replies for cookie in reply.cookies]
    require(cookies, "no cookie was set")
    weak = {cookie.name: cookie.weaknesses for cookie in cookies if cookie.weaknesses}
    lacks = "; ".join(f"{name} lacks {', '.join(items)}" for name, items in weak.items())
    return Outcome(bool(weak), lacks or "every cookie has Secure, HttpOnly, SameSite and prefix")


def plain_http(running: Running) -> Outcome:
    """Ask for the login page over http."""
    page = running.browser().get("/login", scheme="http", site="none")
    goal = page.header("Location")
    require(page.status == 200 or goal == "https://shop.example/login", f"sent to {goal}")
    return Outcome(page.status == 200, f"http GET is answered {page.status}")


def no_headers(running: Running) -> Outcome:
    """List what the private page is sent with."""
    browser = running.browser()
    running.log_in(browser)
    reply = browser.get(running.example.private)
    missing = [name for name in EXPECTED if reply.header(name) is None]
    return Outcome(bool(missing), f"{len(missing)} of {len(EXPECTED)} headers are missing")


def login_enumerates_users(running: Running) -> Outcome:
    """Compare what an unknown name and a wrong password are told."""

    def told(user: str) -> str:
        browser = running.browser("198.51.100.77")
        running.log_in(browser, "a wrong password", user)
        page = browser.get("/login").text
        return re.sub(r"<input[^>]*>", "", page)

    differ = told("nobody@shop.example") != told(running.example.user)
    text = "are told apart" if differ else "get the same page"
    return Outcome(differ, f"an unknown name and a wrong password {text}")


def login_without_login_user(running: Running) -> Outcome:
    """Open the private page without any login."""
    stranger = running.browser()
    shown = running.inside(stranger)
    if not shown:
        _owner(running)
    page = running.example.private
    return Outcome(shown, f"a stranger {'reads' if shown else 'is not shown'} {page}")


def _owner(running: Running) -> Browser:
    browser = running.browser()
    running.log_in(browser)
    require(running.inside(browser), "the owner could not log in")
    return browser


def attack(name: str) -> Callable[[Running], Outcome]:
    """Return the attack of a row by its id."""
    found: Callable[[Running], Outcome] = globals()[name.replace("-", "_")]
    return found


def main(name: str, side: str, folder: str) -> None:
    """Print the outcome of every row that applies to one side of one example."""
    chosen = example(name)
    results = []
    for number, row in enumerate(chosen.rows):
        # A copy for each row: no row sees the counters or hashes that another one left.
        running = load(chosen, side, Path(folder) / str(number))  # type: ignore[arg-type]  # "bare" or "wrapped"
        try:
            outcome = attack(row)(running)
            result = {"succeeded": outcome.succeeded, "evidence": outcome.evidence}
        except Exception as error:  # a broken row is a line of the report, not its end
            result = {"succeeded": None, "evidence": f"{type(error).__name__}: {error}"}
        results.append({"id": row, "side": side, "expected": side == "bare"} | result)
    print(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
