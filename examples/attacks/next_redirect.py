"""The login sends people wherever ``next`` says.

Row `next-redirect`: a mail links to the real login with a destination of the attacker's; after
a real login the victim lands on a copy that asks for the password "again". Judged here as a
browser reads the address, for ``Location``, ``Refresh``, ``HX-Redirect`` and JSON.
"""

from __future__ import annotations

import json
import re

from flask import Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import HOST, Browser, Reply
from ._people import LOGIN_FORM, OWNER, PASSWORD, add_me, inside, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("after the login, ?next= leads to another site")

DESTINATIONS = (
    "https://evil.example",
    "//evil.example",
    "////evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "http:///evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    " https://evil.example",
    "\thttps://evil.example",
    "https://shop.example@evil.example",
    "https://shop.example.evil.example",
    "https://evil.example#shop.example",
    "data:text/html,hello",
)
# Werkzeug percent-encodes backslashes in a Location, and in no other header.
OTHER_WAYS = (
    *DESTINATIONS[:3],
    "///evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "https://evil.example\\@shop.example",
)


def build(target: Target) -> Flask:
    """An app that follows ``next``, in four ways of redirecting."""
    app = target.app(__name__)
    users = people(app)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        user = users.get(request.form["username"])
        if user is None or not user.knows(request.form["password"]):
            return "Wrong user name or password.", 401
        login_user(user)
        destination = request.args.get("next") or "/me"
        way = request.args.get("way", "Location")
        if way == "Refresh":
            return Response("Welcome.", headers={"Refresh": f"0; url={destination}"})
        if way == "HX-Redirect":
            return Response("", headers={"HX-Redirect": destination})
        if way == "JSON":
            return jsonify(redirect=destination)
        return redirect(destination)

    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Log in through links with each destination and see where a browser would go."""
    app = build(target)
    ways = [("Location", destination) for destination in DESTINATIONS]
    ways += [(way, text) for way in ("Refresh", "HX-Redirect", "JSON") for text in OTHER_WAYS]
    left = []
    for way, destination in ways:
        victim = Browser(app)
        reply = _arrive(victim, destination, way)
        require(inside(victim), f"the login itself failed at next={destination!r}")
        if leaves(_goal(reply)):
            left.append(f"{way} {destination!r}")
    require(target.wrapped or len(left) == len(ways), "a destination that proves nothing: it stays")
    for own in ("/me", "/me?tab=1#top", "https://shop.example/me"):
        reply = _arrive(Browser(app), own, "Location")
        require(_goal(reply) == own, f"an own destination, {own}, became {_goal(reply)}")
    few = f" ({', '.join(left[:3])}, ...)" if left else ""
    return Outcome(bool(left), f"{len(left)} of {len(ways)} destinations left the site{few}")


def _arrive(browser: Browser, destination: str, way: str) -> Reply:
    form = {"username": OWNER, "password": PASSWORD}
    return browser.post("/login", form, query={"next": destination, "way": way})


def _goal(reply: Reply) -> str:
    """Return where the reply sends a browser or a script, or an empty string."""
    refresh = re.search(r"url=(.*)", reply.header("Refresh") or "", re.IGNORECASE)
    if refresh:
        return refresh[1]
    if (reply.header("Content-Type") or "").startswith("application/json"):
        return str(json.loads(reply.text).get("redirect", ""))
    return reply.header("HX-Redirect") or reply.header("Location") or ""


def leaves(address: str) -> bool:
    """Return whether a browser that reads `address` on our site leaves it.

    The steps are those of the WHATWG URL standard: trim control characters and blanks, drop
    tabs and line ends, take backslashes for slashes. ``https:evil`` counts as leaving: it does
    from a page of plain http.
    """
    text = re.sub(r"[\t\r\n]", "", address.strip("".join(map(chr, range(33)))))
    text = text.replace("\\", "/")
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", text)
    if scheme:
        if scheme[1].lower() not in ("http", "https"):
            return True
        rest = text[scheme.end() :].lstrip("/")
    elif text.startswith("//"):
        rest = text.lstrip("/")
    else:
        return False
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return host.lower() != HOST
