"""Upgraded hashes on a real PostgreSQL: locks, short columns, isolation, pools and races."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from postgres import Postgres
from sqlalchemy import orm, pool
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Policy, events, harden
from hardening.passwords import originals, verify_password

OLD = originals.werkzeug_generate("secret", "pbkdf2:sha1:1", 4)
OTHER = originals.werkzeug_generate("other", "pbkdf2:sha1:1", 4)
HOME = {"base_url": "https://app.example", "environ_base": {"REMOTE_ADDR": "203.0.113.7"}}


class Shop:
    """An app with one user, 1, whose password is ``secret``, in a table with a reserved name."""

    def __init__(
        self, url: str, length: int = 255, real: int | None = None, **options: Any
    ) -> None:
        app = self.app = Flask("shop")
        app.secret_key = "dLb9Zq3vT7wXk2JpR8sYfN4mHcG6uEaQ"
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
        db = self.db = SQLAlchemy(app)
        self.during: Callable[[Any], object] = lambda user: None

        class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]  # made at run time
            __tablename__ = "user"
            id = sa.Column(sa.Integer, primary_key=True)
            password_hash = sa.Column(sa.String(length), nullable=False)
            visits = sa.Column(sa.Integer, default=0)

        self.User = User
        LoginManager(app).user_loader(lambda user_id: db.session.get(User, int(user_id)))

        @app.post("/login")
        def login() -> tuple[str, int]:
            user = db.session.get(User, 1)
            assert user is not None
            if not check_password_hash(user.password_hash, request.form["password"]):
                return "no", 401
            login_user(user)
            self.during(user)
            return "yes", 200

        @app.post("/register")
        def register() -> str:
            db.session.add(User(password_hash=generate_password_hash("new", "pbkdf2:sha1:1", 4)))
            db.session.commit()
            return "registered"

        @app.get("/me")
        @login_required
        def me() -> str:
            return str(current_user.id)

        with app.app_context():
            if real is not None:
                with db.engine.begin() as connection:
                    connection.exec_driver_sql(
                        'CREATE TABLE "user" (id SERIAL PRIMARY KEY,'
                        f" password_hash VARCHAR({real}) NOT NULL, visits INTEGER)"
                    )
            db.create_all()
            if db.session.get(User, 1) is None:
                db.session.add(User(password_hash=OLD, visits=0))
                db.session.commit()

    def login(self, password: str = "secret") -> int:
        answer = self.app.test_client().post("/login", data={"password": password})
        return int(answer.status_code)

    def stored(self, user_id: int = 1) -> str:
        with self.app.app_context():
            return str(self.db.session.get(self.User, user_id).password_hash)

    def dispose(self) -> None:
        with self.app.app_context():
            self.db.session.remove()
            self.db.engine.dispose()


@pytest.fixture
def url(postgres: Postgres) -> str:
    """Return the address of an empty database."""
    return postgres.create(f"shop_{uuid.uuid4().hex}")


@pytest.fixture
def make(url: str) -> Iterator[Callable[..., Shop]]:
    """Return a function that makes a shop on that database."""
    made: list[Shop] = []

    def shop(*args: Any, **options: Any) -> Shop:
        made.append(Shop(url, *args, **options))
        return made[-1]

    yield shop
    for each in made:
        each.dispose()


def statements(engine: sa.Engine) -> list[str]:
    """Return a list that grows by every statement that `engine` sends."""
    sent: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def look(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    return sent


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"poolclass": pool.NullPool},
        {"pool_size": 1, "max_overflow": 0},
        {"isolation_level": "SERIALIZABLE"},
        {"isolation_level": "AUTOCOMMIT"},
        {"connect_args": {"prepare_threshold": None}},  # as a PgBouncer in front asks for
    ],
    ids=["default", "NullPool", "one connection", "serializable", "autocommit", "unprepared"],
)
def test_old_hash_is_replaced_whatever_the_engine_is_like(
    guard: Any, make: Callable[..., Shop], options: dict[str, Any]
) -> None:
    """One login moves the hash on, beside work of the app that it flushed and dropped."""
    shop = make(**options)
    guarded = guard(shop.app)

    def visit(user: Any) -> None:
        user.visits += 1
        shop.db.session.flush()

    shop.during = visit
    assert shop.login() == 200

    assert verify_password(password="secret", stored=shop.stored()).ok
    assert shop.stored().startswith("$argon2id$")
    assert guarded.reasons() == []
    assert shop.login("secreT") == 401


def test_a_locked_row_is_left_to_the_next_login(guard: Any, make: Callable[..., Shop]) -> None:
    """Somebody else holds the row: PostgreSQL is told to wait 100 ms, and the login stands."""
    shop = make()
    guarded = guard(shop.app)
    with shop.app.app_context():
        engine = shop.db.engine
    sent = statements(engine)

    with engine.connect() as other:
        other.exec_driver_sql('UPDATE "user" SET visits = 7')
        assert shop.login() == 200
        other.rollback()

    assert shop.stored() == OLD
    assert guarded.reasons() == ["database"]
    assert guarded.stamps == [("prepare", "1"), ("finish", "1", False)]
    assert "SET LOCAL lock_timeout = '100ms'" in sent
    assert shop.login() == 200
    assert shop.stored().startswith("$argon2id$")


def test_a_locked_table_is_left_to_the_next_login(guard: Any, make: Callable[..., Shop]) -> None:
    """A migration that holds the whole table makes nobody wait for it either."""
    shop = make()
    guarded = guard(shop.app)
    engines: list[Any] = []

    @shop.app.teardown_appcontext
    def migrate(_: Any) -> None:  # runs before the app's own session goes, and locks after it
        if not engines:
            engines.append(shop.db.engine.connect())
            shop.db.session.rollback()
            engines[0].exec_driver_sql('LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE')

    assert shop.login() == 200
    engines[0].close()

    assert guarded.reasons() == ["database"]
    assert shop.stored() == OLD


def test_nothing_of_ours_stays_on_a_pooled_connection(
    guard: Any, make: Callable[..., Shop]
) -> None:
    """The lock timeout ends with its transaction, as a PgBouncer in transaction mode needs it."""
    shop = make(pool_size=1, max_overflow=0)
    guard(shop.app)

    shop.login()

    with shop.app.app_context(), shop.db.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "0"
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"


def test_the_only_connection_is_not_waited_for(guard: Any, make: Callable[..., Shop]) -> None:
    """An app that keeps its only connection beyond the request gets an event and no deadlock."""
    shop = make(pool_size=1, max_overflow=0)
    guarded = guard(shop.app)
    kept: list[Any] = []

    @shop.app.teardown_appcontext
    def keep(_: Any) -> None:
        if not kept:
            kept.append(shop.db.session())
            shop.db.session.registry.clear()  # out of the extension's hands

    assert shop.login() == 200
    kept[0].close()

    assert guarded.reasons() == ["pool_exhausted"]
    assert shop.stored() == OLD


def test_a_short_column_is_told_with_a_statement_that_works(
    guard: Any, make: Callable[..., Shop]
) -> None:
    """VARCHAR(60): registration and login go on, and the event's statement is the whole cure."""
    shop = make(150)
    with shop.app.app_context(), shop.db.engine.begin() as connection:
        connection.exec_driver_sql('ALTER TABLE "user" ALTER password_hash TYPE VARCHAR(60)')
    short = make(60)
    guarded = guard(short.app)

    assert short.login() == 200
    assert short.app.test_client().post("/register").text == "registered"

    assert short.stored() == OLD
    assert short.stored(2).startswith("pbkdf2:")
    (event,) = guarded.named("password_column_short")
    assert event["advice"] == 'ALTER TABLE "user" ALTER COLUMN password_hash TYPE VARCHAR(255)'
    with short.app.app_context(), short.db.engine.begin() as connection:
        connection.exec_driver_sql(event["advice"])
    cured = make(255)
    guard(cured.app)
    assert cured.login() == 200
    assert cured.stored().startswith("$argon2id$")


def test_a_model_ahead_of_its_migration_breaks_nothing(
    guard: Any, make: Callable[..., Shop]
) -> None:
    """The model says 255, the table 60: nothing is written, and registration does not fail."""
    shop = make(255, real=60)
    guarded = guard(shop.app)

    assert shop.app.test_client().post("/register").text == "registered"
    assert [shop.login(), shop.login()] == [200, 200]

    assert shop.stored() == OLD
    assert shop.stored(2).startswith("pbkdf2:")
    assert guarded.named("password_column_short")
    assert set(guarded.reasons()) == {"column_short"}
    assert not guarded.named("password_upgraded")


@pytest.mark.parametrize("level", ["READ COMMITTED", "SERIALIZABLE"])
def test_a_concurrent_change_wins(guard: Any, make: Callable[..., Shop], level: str) -> None:
    """A new password that is committed between check and write stays."""
    shop = make(isolation_level=level)
    guarded = guard(shop.app)

    @shop.app.teardown_appcontext
    def change(_: Any) -> None:
        shop.db.session.rollback()
        with shop.db.engine.begin() as other:
            other.execute(sa.text('UPDATE "user" SET password_hash = :new'), {"new": OTHER})

    assert shop.login() == 200

    assert shop.stored() == OTHER
    assert guarded.stamps == [("prepare", "1"), ("finish", "1", False)]


def test_async_engine_is_refused_with_a_reason(guard: Any, url: str) -> None:
    """Its connections live in an event loop that is not ours: an event, no write, no error."""
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url)
    base = orm.declarative_base()

    class Person(base, UserMixin):  # type: ignore[misc,valid-type]  # made at run time
        __tablename__ = "person"
        id = sa.Column(sa.Integer, primary_key=True)
        password_hash = sa.Column(sa.String(255))

    app = Flask("asynchronous")
    app.secret_key = "k" * 40
    person = Person(id=1, password_hash=OLD)
    session = orm.Session(bind=engine.sync_engine)
    orm.make_transient_to_detached(person)
    orm.attributes.set_committed_value(person, "password_hash", OLD)
    session.add(person)
    LoginManager(app).user_loader(lambda user_id: person)

    @app.post("/login")
    def login() -> str:
        ok = check_password_hash(OLD, request.form["password"])
        login_user(person)
        return str(ok)

    guarded = guard(app)
    assert app.test_client().post("/login", data={"password": "secret"}).text == "True"
    assert guarded.reasons() == ["async_engine"]


def test_eight_logins_at_once_write_once_and_stay_in(make: Callable[..., Shop]) -> None:
    """The same user on eight devices at the same moment: one write, and nobody is thrown out."""
    shop = make(pool_size=10)
    names: list[str] = []
    policy = Policy(
        limit_pair="1000/minute", limit_account="1000/minute", limit_address="1000/minute"
    )
    harden(shop.app, store="memory://", policy=policy)

    def listen(_sender: Any, name: str, **_: Any) -> None:
        names.append(name)

    events.event.connect(listen, shop.app)
    barrier = threading.Barrier(8)
    shop.during = lambda user: barrier.wait(60)  # all have checked the old hash
    devices = [shop.app.test_client() for _ in range(8)]
    answers: list[int] = []

    def login(device: Any) -> None:
        answer = device.post("/login", data={"password": "secret"}, **HOME)
        answers.append(answer.status_code)

    threads = [threading.Thread(target=login, args=(device,)) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert answers == [200] * 8
    assert names.count("password_upgraded") == 1
    assert shop.stored().startswith("$argon2id$")
    assert [device.get("/me", **HOME).status_code for device in devices] == [200] * 8


@pytest.mark.parametrize("same", [True, False])
def test_a_login_that_was_overtaken_stays_in(make: Callable[..., Shop], same: bool) -> None:
    """Another login replaced the hash while this one was under way: it follows, if the password
    is still the same. After a real change it is out, like every other device.
    """
    shop = make()
    harden(shop.app, store="memory://")
    first, second = shop.app.test_client(), shop.app.test_client()

    def overtake(user: Any) -> None:
        shop.during = lambda user: None
        if same:
            thread = threading.Thread(
                target=second.post,
                args=("/login",),
                kwargs={"data": {"password": "secret"}, **HOME},
            )
            thread.start()
            thread.join(60)
        else:
            with shop.db.engine.begin() as other:
                other.execute(sa.text('UPDATE "user" SET password_hash = :new'), {"new": OTHER})

    shop.during = overtake
    assert first.post("/login", data={"password": "secret"}, **HOME).status_code == 200

    assert first.get("/me", **HOME).status_code == (200 if same else 401)
    if same:
        assert second.get("/me", **HOME).status_code == 200
        assert shop.stored().startswith("$argon2id$")
