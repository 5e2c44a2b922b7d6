"""The database leaks, and its password hashes are of an old kind.

Row `legacy-hash`: hashes only get better when the password is at hand, at login. Flask-Login
apps keep what they once stored: few rounds of pbkdf2, Werkzeug's scrypt, bcrypt. Tried on users
kept in memory and on SQLAlchemy models.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_bcrypt import Bcrypt
from flask_login import LoginManager, UserMixin, login_user
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import check_password_hash, generate_password_hash

from ._browser import CAFE, Browser
from ._people import LOGIN_FORM, OWNER, PASSWORD, WRONG, Person, add_me, inside, log_in
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a leaked database still holds the old hash after a login")

# Cheaper than their libraries' defaults where the kind allows it, as old databases are.
KINDS = {"pbkdf2": "pbkdf2:sha256:1000", "scrypt": "scrypt:1024:8:1", "bcrypt": ""}
ROUNDS = 4


def build(target: Target, kind: str, model: bool) -> tuple[Flask, Callable[[], str]]:
    """Return an app with one user and a function that leaks the stored hash.

    Args:
        target: which side.
        kind: how the password was hashed, a key of `KINDS`.
        model: whether users are a SQLAlchemy model, else plain objects.
    """
    app = target.app(__name__)
    manager = LoginManager(app)
    if kind == "bcrypt":
        app.config["BCRYPT_LOG_ROUNDS"] = ROUNDS
        bcrypt = Bcrypt(app)
        old = bcrypt.generate_password_hash(PASSWORD).decode()
    else:
        old = generate_password_hash(PASSWORD, KINDS[kind])
    if model:
        find, leak = _model(app, manager, old, target.folder / f"{kind}.db")
    else:
        person = Person(OWNER, old)
        find, leak = {OWNER: person}.get, lambda: person.password_hash
        manager.user_loader(find)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        user = find(request.form["username"])
        password = request.form["password"]
        # Called by name, as apps do: the wrapper cannot see into a closure's own reference.
        if user is None or not (
            bcrypt.check_password_hash(user.password_hash, password)
            if kind == "bcrypt"
            else check_password_hash(user.password_hash, password)
        ):
            return "Wrong user name or password.", 401
        login_user(user)
        return redirect("/me")

    add_me(app)
    return target.ready(app), leak


def _model(app: Flask, manager: LoginManager, old: str, path: object):  # type: ignore[no-untyped-def]  # two local closures
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path}"
    db = SQLAlchemy(app)

    class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]  # db.Model is made at run time
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(64), unique=True)
        password_hash = db.Column(db.String(255))

    with app.app_context():
        db.create_all()
        db.session.add(User(name=OWNER, password_hash=old))
        db.session.commit()

    @manager.user_loader
    def load(user_id: str) -> User | None:
        return db.session.get(User, int(user_id))

    def find(name: str) -> User | None:
        return User.query.filter_by(name=name).first()

    def leak() -> str:
        with app.app_context():
            return str(db.session.execute(db.text("SELECT password_hash FROM user")).scalar_one())

    return find, leak


def attack(target: Target) -> Outcome:
    """Log in once with every kind of hash and user, then leak the database."""
    kept, upgraded = [], []
    for kind in KINDS:
        for model in (False, True):
            name = f"{kind} on a {'model' if model else 'plain object'}"
            (kept if _stays(target, kind, model) else upgraded).append(name)
    if kept:
        return Outcome(True, f"still stored after a login: {', '.join(kept)}")
    return Outcome(False, f"all Argon2id after one login: {', '.join(upgraded)}")


def _stays(target: Target, kind: str, model: bool) -> bool:
    app, leak = build(target, kind, model)
    old = leak()
    first = Browser(app)
    log_in(first)
    require(inside(first), f"the owner could not log in with {kind}")
    leaked = leak()
    second = Browser(app, address=CAFE)
    log_in(second)
    require(inside(second), f"the owner could not log in again after {kind}")
    require(inside(first), f"the upgrade of {kind} logged the first device out")
    other = Browser(app, address=CAFE)
    log_in(other, password=WRONG)
    require(not inside(other), f"a wrong password logs in after the upgrade of {kind}")
    # m in KiB, t and p at the OWASP floor or above it.
    strong = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$", leaked)
    require(leaked == old or strong, "the stored hash became something else than Argon2id")
    return not (strong and int(strong[1]) >= 19456 and int(strong[2]) >= 2)
