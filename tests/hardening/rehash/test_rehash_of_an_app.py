"""The bulk re-hash inside a wrapped app: its model is found, and nobody is logged out."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from flask import Flask, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import String, TypeDecorator
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Policy, harden
from hardening.cli import group
from hardening.passwords.hasher import LOWEST
from hardening.rehash import discover
from hardening.rehash.discover import Names
from hardening.rehash.errors import TargetError
from hardening.rehash.live_sessions import LiveSessions
from hardening.rehash.run import Options, run
from hardening.rehash.sorting import Rules
from hardening.rehash.subject import of_app

PASSWORD = "correct horse battery staple"


class Shop:
    """An app with users in a SQLite file."""

    def __init__(self, folder: Path, policy: Policy | None = None, mode: Any = None) -> None:
        self.app = Flask("shop", instance_path=str(folder))
        self.app.config.update(
            SECRET_KEY=secrets.token_urlsafe(48),
            SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'shop.sqlite'}",
            TESTING=True,
        )
        self.database = database = SQLAlchemy(self.app)

        class User(UserMixin, database.Model):  # type: ignore[name-defined, misc]  # made at run time
            id = database.Column(database.Integer, primary_key=True)
            name = database.Column(database.String(80))
            password_hash = database.Column("pw", database.String(255))

        class Address(database.Model):  # type: ignore[name-defined, misc]  # as above
            id = database.Column(database.Integer, primary_key=True)
            street = database.Column(database.String(80))

        self.user = User
        manager = LoginManager(self.app)

        @manager.user_loader
        def load(user_id: str) -> Any:
            return database.session.get(User, int(user_id))

        @self.app.post("/login")
        def login() -> tuple[str, int]:
            user = database.session.query(User).filter_by(name=request.form["name"]).first()
            if user is None or not check_password_hash(
                user.password_hash, request.form["password"]
            ):
                return "no", 401
            login_user(user, remember="remember" in request.form)
            return "in", 200

        @self.app.get("/me")
        @login_required
        def me() -> str:
            return str(current_user.name)

        self.hardening = harden(self.app, policy=policy, store="memory://", mode=mode)
        with self.app.app_context():
            database.create_all()

    def add(self, name: str, stored: str) -> None:
        with self.app.app_context():
            self.database.session.add(self.user(name=name, password_hash=stored))
            self.database.session.commit()

    def stored(self, name: str) -> str:
        with self.app.app_context():
            user = self.database.session.query(self.user).filter_by(name=name).one()
            return str(user.password_hash)

    def login(self, name: str, password: str = PASSWORD, **more: str) -> tuple[int, Any]:
        client = self.app.test_client()
        data = {"name": name, "password": password, **more}
        return client.post("/login", data=data).status_code, client

    def wrap(self) -> int:
        with self.app.app_context():
            wrapped = self.app.extensions["hardening.wrapped"]
            subject = of_app(wrapped, Names())
            options = Options(Rules(cost=LOWEST), batch=3, lanes=2)
            return run(subject.target, options, keeper=subject.keeper).done

    def ask(self, *words: str) -> Any:
        return self.app.test_cli_runner().invoke(group, list(words))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_from_old_to_wrapped_to_argon2id(shop: Shop) -> None:
    """A dormant user's hash is wrapped; at the next login it becomes plain Argon2id."""
    shop.add("ann", generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"))

    assert 1 == shop.wrap()
    assert shop.stored("ann").startswith("$hardening-wrap$v=1$pbkdf2$")
    assert 401 == shop.login("ann", "something else")[0]
    assert shop.stored("ann").startswith("$hardening-wrap$")
    assert 200 == shop.login("ann")[0]
    assert shop.stored("ann").startswith("$argon2id$")
    assert 200 == shop.login("ann")[0]


def test_nobody_is_logged_out(tmp_path: Path) -> None:
    """Sessions and remember cookies survive the wrap, and the login after it."""
    # As before the first upgrade: the login must leave the old hash where it is.
    shop = Shop(tmp_path, Policy(password_upgrade=False))
    for name in ("ann", "bob"):
        shop.add(name, generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"))
    status, client = shop.login("ann", remember="1")
    assert 200 == status

    assert 2 == shop.wrap()

    assert "ann" == client.get("/me").text
    client.delete_cookie("session")
    assert "ann" == client.get("/me").text  # by the remember cookie
    assert 200 == shop.login("ann")[0]
    assert "ann" == client.get("/me").text


def test_a_changed_password_still_ends_sessions(tmp_path: Path) -> None:
    """The stamps that the wrap leaves behind are those of this password only."""
    shop = Shop(tmp_path, Policy(password_upgrade=False))
    shop.add("ann", generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"))
    client = shop.login("ann")[1]
    shop.wrap()
    with shop.app.app_context():
        user = shop.database.session.query(shop.user).one()
        user.password_hash = generate_password_hash("another one", "pbkdf2:sha256:1000")
        shop.database.session.commit()

    assert 401 == client.get("/me").status_code


@pytest.mark.parametrize("mode", ["observe", "off"])
def test_wrapped_hashes_open_in_every_mode(tmp_path: Path, mode: str) -> None:
    """With the wrapper switched off, whoever has a wrapped hash still gets in."""
    first = Shop(tmp_path)
    first.add("ann", generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"))
    first.wrap()

    shop = Shop(tmp_path, mode=mode)

    assert 200 == shop.login("ann")[0]
    assert 401 == shop.login("ann", "something else")[0]
    assert shop.stored("ann").startswith("$hardening-wrap$")


def test_bcrypt_at_72_bytes_stays_wrapped(shop: Shop) -> None:
    """Where bcrypt cut the password, a login leaves the hash wrapped: no typo becomes final."""
    long = "x" * 80
    shop.add("ann", bcrypt.hashpw(long[:72].encode(), bcrypt.gensalt(4)).decode())
    shop.wrap()

    assert 200 == shop.login("ann", long)[0]
    assert shop.stored("ann").startswith("$hardening-wrap$v=1$bcrypt$")


def test_commands(shop: Shop) -> None:
    """`hashes` counts, `--dry-run` changes nothing, `upgrade-hashes` finds everything itself."""
    old = generate_password_hash(PASSWORD, "pbkdf2:sha256:1000")
    for number in range(3):
        shop.add(f"user {number}", old)

    counted = shop.ask("hashes")
    assert 0 == counted.exit_code
    assert "pbkdf2 sha256, 1000 rounds" in counted.output
    assert 0 == shop.ask("upgrade-hashes", "--dry-run").exit_code
    assert old == shop.stored("user 0")
    done = shop.ask("upgrade-hashes", "--limit", "2", "--batch", "1")
    assert (0, True) == (done.exit_code, done.output.endswith("2 done\n"))
    assert old == shop.stored("user 2")
    assert shop.stored("user 0").count("$m=19456,t=2,p=1$") == 1
    assert '"due": 1,' in shop.ask("hashes", "--format", "json").output


def test_not_while_a_check_is_missed(shop: Shop) -> None:
    """While the app checks passwords with a function that cannot read them, nothing is wrapped."""
    from hardening.passwords.originals import werkzeug_check

    shop.add("ann", generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"))

    class Helper:
        check = staticmethod(werkzeug_check)

    import sys
    import types

    sys.modules["a_module_of_the_app"] = module = types.ModuleType("a_module_of_the_app")
    module.Helper = Helper  # type: ignore[attr-defined]  # a module made for this
    try:
        refused = shop.ask("upgrade-hashes")
    finally:
        del sys.modules["a_module_of_the_app"]

    assert 1 == refused.exit_code
    assert "cannot read wrapped hashes" in refused.output
    assert shop.stored("ann").startswith("pbkdf2:")


def test_not_wrapped() -> None:
    """An app that is not wrapped has no password checks that could read the result."""
    refused = Flask("bare").test_cli_runner().invoke(group, ["upgrade-hashes"])

    assert 2 == refused.exit_code
    assert "call harden(app) in it, or use --database-url" in refused.output


def test_several_candidates(tmp_path: Path) -> None:
    """Two models that could log in, or two columns: the error names the choices."""
    shop = Shop(tmp_path)
    database = shop.database

    class Admin(UserMixin, database.Model):  # type: ignore[name-defined, misc]  # made at run time
        id = database.Column(database.Integer, primary_key=True)
        first_password = database.Column(database.String(255))
        second_password = database.Column(database.String(255))

    with shop.app.app_context():
        database.create_all()
        context = shop.app.extensions["hardening.wrapped"].context
        assert "user" == discover.find(context, Names()).target.table  # the loader's own model
        with pytest.raises(TargetError, match="choose from: first_password, second_password"):
            discover.find(context, Names(table="admin"))
        found = discover.find(context, Names(table="admin", column="second_password"))
        assert "second_password" == found.target.column
        shop.app.login_manager.user_loader(lambda user_id: None)  # type: ignore[attr-defined]  # Flask-Login's
        with pytest.raises(TargetError, match="--table; choose from: admin, user"):
            discover.find(context, Names())
        with pytest.raises(TargetError, match="choose from: address, admin, user"):
            discover.find(context, Names(table="nobody"))


def test_a_type_of_its_own(tmp_path: Path) -> None:
    """A column whose type converts what it stores is refused: a library of its own reads it."""
    shop = Shop(tmp_path)
    database = shop.database

    class Converted(TypeDecorator[str]):
        impl = String
        cache_ok = True

    class Member(database.Model):  # type: ignore[name-defined, misc]  # made at run time
        id = database.Column(database.Integer, primary_key=True)
        password = database.Column(Converted(255))

    with shop.app.app_context():
        database.create_all()
        context = shop.app.extensions["hardening.wrapped"].context
        with pytest.raises(TargetError, match="is of a type of its own"):
            discover.find(context, Names(table="member", column="password"))


def test_no_hash_in_the_log(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """An app that logs its statements with their values logs none of ours."""
    shop.add("ann", generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"))
    caplog.clear()
    with caplog.at_level("INFO", logger="sqlalchemy.engine"):
        shop.wrap()

    assert "UPDATE" in caplog.text
    assert "hardening-wrap" not in caplog.text
    assert "pbkdf2:sha256" not in caplog.text


def test_user_ids_of_any_kind(shop: Shop) -> None:
    """Sessions are found by what `get_id` says, not by the primary key."""
    calls: list[tuple[str, ...]] = []

    class Restamp:
        def prepare(self, user_id: str, old_hash: str, new_hash: str) -> None:
            calls.append(("prepare", user_id))

        def finish(self, user_id: str, old_hash: str, new_hash: str, written: bool) -> None:
            calls.append(("finish", user_id))

    shop.user.get_id = lambda self: f"user:{self.name}"
    shop.add("ann", generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"))
    with shop.app.app_context():
        found = discover.find(shop.app.extensions["hardening.wrapped"].context, Names())
    keeper = LiveSessions(found.target.engine, found.model, found.key, Restamp())

    run(found.target, Options(Rules(cost=LOWEST)), keeper=keeper)

    assert [("prepare", "user:ann"), ("finish", "user:ann")] == calls
