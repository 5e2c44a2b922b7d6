"""The people of the gallery's apps, and a count of the passwords that were checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import check_password_hash, generate_password_hash

from ._browser import Browser, Reply

OWNER, MALLORY = "alice", "mallory"
PASSWORD, NEW_PASSWORD = "correct horse battery staple", "seven green lamps above the door"
MALLORYS = "mallory's own long password"
WRONG = "not the password of anybody"
# Rows about sessions and limits are not about hashes: a cheap one lets a bare app answer 500
# guesses within a second. Rows about hashes make their own.
CHEAP = "pbkdf2:sha256:1000"
LOGIN_FORM = """<form method="post"><input name="username">
<input name="password" type="password"><button>Log in</button></form>"""


class Person(UserMixin):
    """A user kept in memory."""

    def __init__(self, name: str, password_hash: str) -> None:
        self.id = name
        self.password_hash = password_hash

    def set_password(self, password: str) -> None:
        """Store a new password."""
        self.password_hash = generate_password_hash(password, CHEAP)

    def knows(self, password: str) -> bool:
        """Check a password as most apps do."""
        return check_password_hash(self.password_hash, password)


def people(
    app: Flask, names: Iterable[str] = (), *, protection: str | None = "basic"
) -> dict[str, Person]:
    """Give `app` a login manager and return its users: the owner, Mallory and `names`."""
    owners = generate_password_hash(PASSWORD, CHEAP)
    users = {name: Person(name, owners) for name in (OWNER, *names)}
    users[MALLORY] = Person(MALLORY, generate_password_hash(MALLORYS, CHEAP))
    manager = LoginManager()
    manager.session_protection = protection
    manager.login_view = "login"
    manager.init_app(app)
    manager.user_loader(users.get)
    return users


def stored_people(app: Flask, path: Path) -> Callable[[str], Any]:
    """Give `app` a login manager and users in a database that several processes share.

    Args:
        app: the app.
        path: the SQLite file; made with the owner in it unless it is there.

    Returns:
        a function from a name to the user, or None.
    """
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS member (id TEXT PRIMARY KEY, password_hash VARCHAR(255))"
        )
        owner = (OWNER, generate_password_hash(PASSWORD, CHEAP))
        connection.execute("INSERT OR IGNORE INTO member VALUES (?, ?)", owner)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path}"
    db = SQLAlchemy(app)

    class Member(UserMixin, db.Model):  # type: ignore[name-defined,misc]  # made at run time
        id = db.Column(db.String, primary_key=True)
        password_hash = db.Column(db.String(255))

    def find(name: str) -> Any:
        return db.session.get(Member, name)

    LoginManager(app).user_loader(find)
    return find


class Tally:
    """Counts across threads and processes: one byte in a file for each."""

    def __init__(self, folder: Path, name: str = "checks") -> None:
        self.path = folder / f"{name}.tally"
        self.path.touch()

    def add(self) -> None:
        """Count one. Appending a byte is atomic on a local file."""
        with self.path.open("ab") as file:
            file.write(b".")

    def __int__(self) -> int:
        return self.path.stat().st_size


def add_login(app: Flask, users: dict[str, Person], tally: Tally | None = None) -> None:
    """Give `app` the usual login view; `tally` counts the passwords it checks."""

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        user = users.get(request.form["username"])
        if user is not None and tally is not None:
            tally.add()
        if user is None or not user.knows(request.form["password"]):
            return "Wrong user name or password.", 401
        login_user(user, remember="remember" in request.form)
        return redirect("/me")


def add_me(app: Flask) -> None:
    """Give `app` a page behind the login that says who is logged in."""

    @app.get("/me")
    @login_required
    def me() -> str:
        return f"You are {current_user.id}."


def add_logout(app: Flask) -> None:
    """Give `app` the usual logout view, which answers GET."""

    @app.route("/logout", methods=["GET", "POST"])
    def logout() -> str:
        logout_user()
        return "Logged out."


def log_in(browser: Browser, name: str = OWNER, password: str = PASSWORD, **more: str) -> Reply:
    """Send the login form of the gallery's apps."""
    return browser.post("/login", {"username": name, "password": password, **more})


def inside(browser: Browser, path: str = "/me") -> bool:
    """Return whether a page behind the login answers this browser."""
    return browser.get(path).status == 200


def close(browser: Browser) -> Browser:
    """Forget what a browser forgets when it is closed: everything but the remember cookie."""
    for name in [name for name in browser.jar.cookies if "remember" not in name]:
        del browser.jar.cookies[name]
    return browser


def usual(app: Flask, *, protection: str | None = "basic") -> dict[str, Person]:
    """Give `app` its users, a login with remember-me, a page behind it, and a logout."""
    users = people(app, protection=protection)
    add_login(app, users)
    add_me(app)
    add_logout(app)
    return users
