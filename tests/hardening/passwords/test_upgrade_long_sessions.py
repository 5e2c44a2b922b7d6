"""Apps whose database session outlives the request hand out what they read before an upgrade."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from flask import Flask, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from site_app import FIREFOX, Browser
from sqlalchemy import orm
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import harden
from hardening.passwords import originals

OLD = originals.werkzeug_generate("secret", "pbkdf2:sha256:1", 4)


class Base(orm.DeclarativeBase):
    """The app's tables."""


class User(UserMixin, Base):
    """Somebody whose hash is old."""

    __tablename__ = "people"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    password: orm.Mapped[str] = orm.mapped_column(sa.String(255))


def site(path):
    """Return a wrapped app with one session for the whole process, as Calibre-Web has it."""
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    people = orm.Session(engine)
    people.add(User(id=1, password=OLD))
    people.commit()
    held = people.get(User, 1)
    app = Flask("shop")
    app.secret_key = secrets.token_hex(32)
    manager = LoginManager(app)
    manager.user_loader(lambda user_id: people.get(User, int(user_id)))

    @app.post("/login")
    def login():
        if not check_password_hash(held.password, request.form["password"]):
            return "wrong", 401
        login_user(held)
        return "welcome"

    @app.get("/me")
    @login_required
    def me():
        return current_user.get_id()

    @app.post("/password")
    @login_required
    def change():
        held.password = generate_password_hash(request.form["password"], "pbkdf2:sha256:1")
        people.commit()
        return "changed"

    harden(app, store="memory://")
    return app, engine


def test_the_login_that_upgrades_stays_in(tmp_path):
    """The user who logs in is not thrown out because their object still holds the old hash."""
    app, engine = site(tmp_path / "shop.sqlite3")
    first, second = (Browser(app, FIREFOX, "203.0.113.7") for _ in range(2))
    assert first.login(password="secret").text == "welcome"
    with engine.connect() as connection:
        stored = connection.execute(sa.text("SELECT password FROM people")).scalar_one()
    assert stored.startswith("$argon2id$")
    assert first.get("/me").text == "1"
    assert second.login(password="secret").text == "welcome"

    assert [browser.get("/me").text for browser in (first, second)] == ["1", "1"]


def test_a_change_still_ends_the_others(tmp_path):
    """What fits beside the new hash is the old one of the same password, and nothing else."""
    app, _ = site(tmp_path / "shop.sqlite3")
    first, second = (Browser(app, FIREFOX, "203.0.113.7") for _ in range(2))
    for browser in (first, second):
        browser.login(password="secret")
    assert first.post("/password", {"password": "another secret"}).text == "changed"

    assert first.get("/me").text == "1"
    assert second.get("/me").status_code == 401
