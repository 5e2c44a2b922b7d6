"""Another site's form changes the victim's password.

Row `state-csrf`: the form has no token, as in most tutorials, and the cookie has no SameSite. A
page of a sibling subdomain counts as the same site, so there SameSite does not help either.
"""

from __future__ import annotations

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from ._browser import CHROME, EVIL, HOST, Browser
from ._people import NEW_PASSWORD, OWNER, PASSWORD, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a cross-site form changes the password")
PARTNER = "https://partner.example"
TOKEN = "a program's own token"


def build(target: Target) -> Flask:
    """An app whose password form asks for the new one only."""
    app = target.app(__name__, trusted_origins=(PARTNER,))
    users = usual(app)

    @app.login_manager.request_loader  # type: ignore[attr-defined]  # set by Flask-Login
    def by_token(_request: object) -> object:
        found = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        return users[OWNER] if found else None

    @app.route("/password", methods=["POST", "PUT"])
    @login_required
    def password() -> ResponseReturnValue:
        current_user.set_password(request.values["password"])
        return "Changed."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Send the form from another site and from a subdomain, in new browsers and in old ones."""
    fallen = []
    sibling = {"Sec-Fetch-Site": "same-site", "Origin": f"https://blog.{HOST}"}
    for name, options in {
        "another site": {"site": "cross-site"},
        "another site, in an old browser": {"site": "cross-site", "withhold": False},
        "another site, without Fetch Metadata": {
            "site": "cross-site",
            "withhold": False,
            "without": ("Sec-Fetch-",),
        },
        "a sandboxed frame": {
            "site": "cross-site",
            "withhold": False,
            "headers": {"Origin": "null"},
        },
        "a subdomain": {"headers": sibling},
        "a subdomain, without Fetch Metadata": {
            "headers": {"Origin": sibling["Origin"]},
            "without": ("Sec-Fetch-",),
        },
    }.items():
        app = build(target)
        owner = Browser(app)
        log_in(owner)
        require(inside(owner), "the owner could not log in")
        owner.ask("POST", "/password", form={"password": NEW_PASSWORD}, **options)  # type: ignore[arg-type]  # each is one of its own
        if _opens(app, NEW_PASSWORD):
            fallen.append(name)
    require(target.reported("malicious_csrf", EVIL), "the refusal was not reported")
    _honest(build(target))
    if fallen:
        return Outcome(True, f"the password was changed by {', '.join(fallen)}")
    return Outcome(False, "no other site and no subdomain could change the password")


def _honest(app: Flask) -> None:
    owner = Browser(app)
    log_in(owner)
    form = {"password": PASSWORD}
    require(owner.post("/password", form).status == 200, "the site's own form was refused")
    log_in(owner)
    partner = {"Origin": PARTNER, "Sec-Fetch-Site": "cross-site"}
    # The cookie comes along in browsers that keep none back.
    told = owner.post("/password", form, site="cross-site", withhold=False, headers=partner)
    require(told.status == 200, "an origin that the policy names was refused")
    bearer = Browser(app, address="203.0.113.8", agent=CHROME)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    sent = bearer.post("/password", form, site="cross-site", headers=headers)
    require(sent.status == 200, "a page elsewhere with a bearer token was refused")
    program = Browser(app, scripted=True)
    log_in(program)
    require(program.post("/password", form).status == 200, "a program was refused")


def _opens(app: Flask, password: str) -> bool:
    """Return whether `password` is the owner's now."""
    other = Browser(app, address="203.0.113.99")
    log_in(other, password=password)
    return inside(other)
