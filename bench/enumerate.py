"""Does the time of a wrong password tell whether the name exists? Bare beside wrapped.

For each class of names the same number of logins is timed over real WSGI calls, in random order.
One half of them trains the best single threshold between a class and unknown names, and the other
half says how often it is right: half of the time is guessing. With 1,000 samples that is exact to
about 3 points, with 400 to 5. New hashes have the policy's own cost. The old ones are cheaper than
in production, so that the bench ends; ``--full`` takes the usual ones. On a busy machine noise
hides more, so trust a run only where the bare app's names are told apart.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import measure
import stacks
from flask import Flask, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Policy, harden

GOAL = 0.55  # measures.md of the project: a threshold is right at most this often
UNKNOWN = "unknown"
# Werkzeug's defaults of some years, and the same kinds at an eighth and a thirtieth of the cost.
FULL = {"scrypt": "scrypt:32768:8:1", "pbkdf2": "pbkdf2:sha256:600000"}
REDUCED = {"scrypt": "scrypt:4096:8:1", "pbkdf2": "pbkdf2:sha256:20000"}
CLASSES = ("argon2id", "scrypt", "pbkdf2", "inactive", UNKNOWN)


class User(stacks.User):
    """A user with a hash of its own, who may be inactive."""

    def __init__(self, name: str, stored: str) -> None:
        self.id = self.name = name
        self.password_hash = stored

    @property
    def is_active(self) -> bool:
        return self.name != "inactive"


def build(folder: Path, methods: dict[str, str], *, wrapped: bool) -> Flask:
    """Return an app with one user of each class."""
    from hardening.passwords import hash_password

    app = Flask("shop", instance_path=str(folder))
    app.secret_key = stacks.secrets.token_urlsafe(48)
    made = {kind: generate_password_hash(stacks.PASSWORD, way) for kind, way in methods.items()}
    made["inactive"] = made["scrypt"]
    if wrapped:  # Werkzeug alone cannot read it
        made["argon2id"] = hash_password(stacks.PASSWORD)
    users = {name: User(name, stored) for name, stored in made.items()}
    LoginManager(app).user_loader(users.get)

    @app.post("/login")
    def login() -> tuple[str, int]:
        user = users.get(request.form["username"])
        known = user and check_password_hash(user.password_hash, request.form["password"])
        return ("yes", 200) if known and login_user(user) else ("no", 401)

    if wrapped:
        # What is measured is a login that reaches the view: limits would end the samples.
        plenty = "1000000/minute"
        policy = Policy(limit_pair=plenty, limit_account=plenty, limit_address=plenty)
        harden(app, store="memory://", policy=policy)
    return app


def sample(app: Flask, classes: tuple[str, ...], count: int) -> dict[str, list[float]]:
    """Return `count` times of a wrong password for each class, in milliseconds of wall time."""
    posts = {
        name: stacks.Visitor(app).post("/login", username=name, password="wrong")
        for name in classes
    }
    for post in itertools.chain(*itertools.repeat(posts.values(), 3)):
        post()  # lazy imports, and the kinds of hashes that there are
    order = [name for name in classes for _ in range(count)]
    random.shuffle(order)
    taken: dict[str, list[float]] = {name: [] for name in classes}
    for name in order:
        began = time.perf_counter()
        status = posts[name]()
        taken[name].append((time.perf_counter() - began) * 1000)
        if status != 401:
            raise SystemExit(f"a wrong password for {name} was answered with {status}")
    return taken


def accuracy(one: list[float], other: list[float]) -> float:
    """Return how often the best threshold tells `one` from `other` on samples it has not seen."""
    half = len(one) // 2
    marked = sorted([(t, True) for t in one[:half]] + [(t, False) for t in other[:half]])
    # At each place: how many of `one` lie above it, and of `other` at or below.
    right = best = half
    threshold = float("-inf")
    above = True
    for taken, mine in marked:
        right += -1 if mine else 1
        for score, way in ((right, True), (2 * half - right, False)):
            if score > best:
                best, threshold, above = score, taken, way
    tested = [(t > threshold) == above for t in one[half:]]
    tested += [(t > threshold) != above for t in other[half:]]
    return sum(tested) / len(tested)


def rows(name: str, taken: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Return one row for each class: its median and how well it is told from unknown names."""
    return [
        {
            "app": name,
            "class": kind,
            "median_ms": round(statistics.median(times), 3),
            "accuracy": None if kind == UNKNOWN else round(accuracy(times, taken[UNKNOWN]), 3),
        }
        for kind, times in taken.items()
    ]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1000, help="of each class")
    parser.add_argument("--full", action="store_true", help="Werkzeug's default costs")
    parser.add_argument("--json", type=Path, default=Path("build/bench/enumerate.json"))
    options = parser.parse_args()
    methods = FULL if options.full else REDUCED
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, wrapped in (("bare", False), ("wrapped", True)):
            classes = CLASSES if wrapped else CLASSES[1:]
            app = build(Path(folder) / name, methods, wrapped=wrapped)
            found += rows(name, sample(app, classes, options.samples))
    print(f"Telling names by time, {options.samples} samples of each; old hashes: {methods}")
    print(f"{'':8} {'name is':10} {'median ms':>10}  a threshold is right (goal {GOAL:.0%})")
    for row in found:
        told = "" if row["accuracy"] is None else f"{row['accuracy']:.1%}"
        print(f"{row['app']:8} {row['class']:10} {row['median_ms']:10.2f}  {told}")
    measure.write(options.json, {"hashes": methods, "samples": options.samples, "rows": found})
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
