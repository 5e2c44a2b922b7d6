"""Over the ways that logins are written: no false alarm and no miss, where it can be known."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Any

import pytest
from flask import Flask, request_started
from flask_login import LoginManager
from login_shapes import SHAPES, Case, Meaning, Shape, Site
from site_app import HASH, Browser, User

from hardening import Policy, events, harden

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MEANINGS: dict[str, Meaning] = {
    "authn_login_success": "success",
    "authn_login_fail": "failure",
    "authn_login_unclear": "unclear",
}
CASES: tuple[Case, ...] = ("right", "wrong", "unknown", "inactive", "invalid")
# What is counted is the same without the work that hides names.
POLICY = Policy(guards={"timing": False})


def wrap(shape: Shape) -> tuple[Browser, list[Meaning]]:
    """Return a browser on the wrapped app, and the outcomes of logins as they are told."""
    app = Flask("shapes")
    app.secret_key = secrets.token_hex(32)
    manager = LoginManager(app)
    users = {name: User(name, HASH) for name in ("ada", "ina")}
    users["ina"].enabled = False
    manager.user_loader(users.get)
    shape.build(Site(app, users))
    told: list[Meaning] = []

    def listen(_sender: Any, name: str, **_: Any) -> None:
        if name in MEANINGS:
            told.append(MEANINGS[name])

    # A shape may need several requests; the last one is judged.
    request_started.connect(lambda _: told.clear(), app, weak=False)
    events.event.connect(listen, app, weak=False)
    harden(app, policy=POLICY, store="memory://")
    return Browser(app, AGENT, "203.0.113.7"), told


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_what_each_answer_means(shape: Shape, case: Case) -> None:
    """What became of the attempt is told once, and right, whatever the view answered."""
    browser, told = wrap(shape)
    shape.send(browser, case)
    expected = shape.means[case]
    if expected is None:
        assert Counter(told)["success"] == 0
    else:
        assert told == ([] if expected == "neither" else [expected])


def test_the_table_is_large_enough() -> None:
    """At least twenty shapes, and nine in ten of their answers can be known."""
    known = [meaning for shape in SHAPES for meaning in shape.means.values() if meaning]

    assert len(SHAPES) >= 20
    assert len(known) >= 0.9 * len(SHAPES) * len(CASES)
