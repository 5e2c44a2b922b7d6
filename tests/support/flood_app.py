"""What gunicorn loads in the test of parallel logins: a wrapped app with costly old hashes.

``FLOOD_FOLDER`` says where ``peak.log`` goes: how many hashes were being computed at once, one
line for each computation.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_login import LoginManager, UserMixin, login_user
from werkzeug.security import check_password_hash

from hardening import Policy, harden

ROUNDS = 2_000_000  # of pbkdf2: about half a second, below the ceiling of 5 million
PEOPLE = 12


class Person(UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name
        # A salt each: who shares a hash shares its limits.
        self.stored = f"pbkdf2:sha256:{ROUNDS}${name}saltsalt${'0' * 64}"


def load() -> Flask:
    """Build the app in a worker."""
    folder = Path(os.environ["FLOOD_FOLDER"])
    lock, running, computed = threading.Lock(), [0], hashlib.pbkdf2_hmac

    def counted(*arguments: Any) -> bytes:
        with lock:
            running[0] += 1
            with (folder / "peak.log").open("a") as log:
                log.write(f"{running[0]}\n")
        try:
            return computed(*arguments)
        finally:
            with lock:
                running[0] -= 1

    hashlib.pbkdf2_hmac = counted  # type: ignore[assignment]  # the same call, counted
    app = Flask("flood", instance_path=str(folder))
    app.secret_key = secrets.token_urlsafe(48)
    people = {f"user{number}": Person(f"user{number}") for number in range(PEOPLE)}
    LoginManager(app).user_loader(people.get)

    @app.post("/login")
    def login() -> tuple[str, int]:
        person = people.get(request.form["username"])
        known = person and check_password_hash(person.stored, request.form["password"])
        return ("yes", 200) if known and login_user(person) else ("no", 401)

    harden(app, policy=Policy(hash_concurrency=1, https=False), store="memory://")
    return app
