"""What gunicorn loads in the tests of real deployments: a wrapped app with users in a database.

The environment says where everything is: ``SITE_FOLDER``, ``SITE_STORE`` (empty for the default)
and ``SITE_KEY``. ``SITE_FILE_LIMIT`` caps, in bytes, how large a file the process may write.
Events go to ``events.log`` in the folder, one line each.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Policy, harden

CHEAP = "pbkdf2:sha256:1000"
FOLDER = Path(os.environ.get("SITE_FOLDER", "."))
DATABASE = FOLDER / "people.sqlite3"


def make_people(count: int, password: str) -> None:
    """Make the database with users ``user0`` and on, who share a password."""
    stored = generate_password_hash(password, CHEAP)
    with closing(sqlite3.connect(DATABASE)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE person (id TEXT PRIMARY KEY, password_hash TEXT)")
        rows = [(f"user{number}", stored) for number in range(count)]
        connection.executemany("INSERT INTO person VALUES (?, ?)", rows)


class Person(UserMixin):
    """A row of the database."""

    def __init__(self, name: str, password_hash: str) -> None:
        self.id = name
        self.password_hash = password_hash


def find(name: str) -> Person | None:
    """Return the user called `name`."""
    with closing(sqlite3.connect(DATABASE, timeout=30)) as connection:
        row = connection.execute("SELECT * FROM person WHERE id = ?", (name,)).fetchone()
    return None if row is None else Person(*row)


def write(name: str, password: str) -> str:
    """Store a new password; returns its hash."""
    stored = generate_password_hash(password, CHEAP)
    with closing(sqlite3.connect(DATABASE, timeout=30)) as connection, connection:
        change = "UPDATE person SET password_hash = ? WHERE id = ?"
        connection.execute(change, (stored, name))
    return stored


def load() -> Flask:
    """Return the app."""
    limit = int(os.environ.get("SITE_FILE_LIMIT", "0"))
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python does itself: an error instead
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    app = Flask("workers", instance_path=str(FOLDER))
    app.secret_key = os.environ["SITE_KEY"]
    LoginManager(app).user_loader(find)

    @app.post("/login")
    def login() -> Any:
        person = find(request.form["username"])
        if person and check_password_hash(person.password_hash, request.form["password"]):
            login_user(person, remember="remember" in request.form)
            return "welcome"
        return "no", 401

    @app.get("/who")
    def who() -> Any:
        name = current_user.id if current_user.is_authenticated else ""
        return {"user": name, "pid": os.getpid()}

    @app.post("/logout")
    def logout() -> str:
        logout_user()
        return "bye"

    @app.post("/password")
    @login_required
    def password() -> str:
        current_user.password_hash = write(current_user.id, request.form["password"])
        return "changed"

    @app.post("/revoke-all")
    def revoke_all() -> Any:
        return {"ended": app.extensions["hardening"].sessions.revoke_all(request.form["username"])}

    handler = logging.FileHandler(FOLDER / "events.log")  # opened for appending: lines stay whole
    logger = logging.getLogger("hardening.events")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    policy = Policy(https=False, guards={"throttle": False}, password_upgrade=False)
    harden(app, policy=policy, store=os.environ.get("SITE_STORE") or None)
    return app
