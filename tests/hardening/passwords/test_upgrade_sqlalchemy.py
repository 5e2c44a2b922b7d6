"""Upgraded hashes in databases that SQLAlchemy maps, beside everything the app does itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask_login import LoginManager, UserMixin, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import orm, pool
from werkzeug.security import check_password_hash

from hardening.passwords import hash_password, originals, sql, verify_password
from hardening.passwords.deferred import DeferredError

OLD = originals.werkzeug_generate("secret", "pbkdf2:sha256:1", 4)
OTHER = originals.werkzeug_generate("other", "pbkdf2:sha256:1", 4)


class Shop:
    """A small Flask-SQLAlchemy app with one user, called 1, whose password is ``secret``."""

    def __init__(self, uri: str, length: int | None = 255, column: Any = None) -> None:
        app = self.app = Flask("shop")
        app.secret_key = "k" * 40
        app.testing = True
        app.config["SQLALCHEMY_DATABASE_URI"] = uri
        db = self.db = SQLAlchemy(app)
        self.during: Callable[[Any], object] = lambda user: None

        class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]  # made at run time
            id = sa.Column(sa.Integer, primary_key=True)
            password_hash = sa.Column(column or sa.String(length))
            visits = sa.Column(sa.Integer, default=0)
            changed = sa.Column(sa.Integer, default=0, onupdate=99)

        self.User = User
        manager = LoginManager(app)
        manager.user_loader(lambda user_id: db.session.get(User, int(user_id)))

        @app.post("/login")
        def login() -> str:
            user = db.session.get(User, 1)
            assert user is not None
            ok = check_password_hash(user.password_hash, request.form["password"])
            if ok:
                login_user(user)
                self.during(user)
            return str(ok)

        with app.app_context():
            db.create_all()
            held = OLD.encode() if isinstance(column, sa.LargeBinary) else OLD
            db.session.add(User(id=1, password_hash=held, visits=0, changed=0))
            db.session.commit()

    def login(self, password: str = "secret") -> str:
        return self.app.test_client().post("/login", data={"password": password}).text

    def stored(self) -> Any:
        with self.app.app_context():
            return self.db.session.get(self.User, 1).password_hash

    def value(self, name: str) -> Any:
        with self.app.app_context():
            return getattr(self.db.session.get(self.User, 1), name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture(params=["file", "memory"])
def shop(request: pytest.FixtureRequest, path: Path) -> Shop:
    """Return the shop on a SQLite file, and on one in memory with its single connection."""
    return Shop(f"sqlite:///{path}" if request.param == "file" else "sqlite://")


def test_old_hash_is_replaced_after_login(guard: Any, shop: Shop) -> None:
    """One good login moves the hash on; the same password goes on working, no other does."""
    guarded = guard(shop.app)

    assert shop.login() == "True"
    upgraded = shop.stored()

    assert upgraded.startswith("$argon2id$")
    assert guarded.named("password_upgraded") == [{"kind": "pbkdf2", "to": "argon2id"}]
    assert guarded.stamps == [("prepare", "1"), ("finish", "1", True)]
    assert shop.login() == "True"
    assert shop.login("secreT") == "False"
    assert shop.stored() == upgraded  # up to date: left alone


def test_wrong_password_replaces_nothing(guard: Any, shop: Shop) -> None:
    """A failed login leaves the hash as it is."""
    guarded = guard(shop.app)

    assert shop.login("wrong") == "False"

    assert shop.stored() == OLD
    assert guarded.stamps == []


@pytest.mark.parametrize("switch", [{"password_upgrade": False}, {"mode": "observe"}])
def test_switched_off_leaves_hashes(guard: Any, shop: Shop, switch: dict[str, Any]) -> None:
    """Neither observe mode nor `password_upgrade=False` changes the database."""
    guard(shop.app, **switch)

    assert shop.login() == "True"

    assert shop.stored() == OLD


def test_app_object_stays_clean(guard: Any, shop: Shop) -> None:
    """The app's user is not marked as changed, so no flush of the app writes it."""
    seen = []
    guard(shop.app)
    shop.app.teardown_appcontext(lambda _: seen.append(bool(shop.db.session.dirty)))

    shop.login()

    assert seen[0] is False


def test_commit_in_the_view_is_no_obstacle(guard: Any, shop: Shop) -> None:
    """A view that commits after the check expires its user; the hash is still found."""
    guard(shop.app)

    def visit(user: Any) -> None:
        user.visits += 1
        shop.db.session.commit()

    shop.during = visit
    shop.login()

    assert shop.stored().startswith("$argon2id$")
    assert shop.value("visits") == 1


def test_uncommitted_work_of_the_app_stays_uncommitted(guard: Any, shop: Shop) -> None:
    """What a view flushed and did not commit is lost as it would be without us."""
    guard(shop.app)

    def visit(user: Any) -> None:
        user.visits += 1
        shop.db.session.flush()

    shop.during = visit
    shop.login()

    assert shop.value("visits") == 0
    assert shop.stored().startswith("$argon2id$")


def test_other_columns_are_not_touched(guard: Any, shop: Shop) -> None:
    """`onupdate` columns tell of the app's own changes; an upgrade is none."""
    guard(shop.app)

    shop.login()

    assert shop.stored().startswith("$argon2id$")
    assert shop.value("changed") == 0


def test_rehash_of_the_app_itself_wins(guard: Any, shop: Shop) -> None:
    """An app that stores a new hash at login keeps its own, without a word from us."""
    guarded = guard(shop.app)

    def rehash(user: Any) -> None:
        user.password_hash = OTHER
        shop.db.session.commit()

    shop.during = rehash
    shop.login()

    assert shop.stored() == OTHER
    assert guarded.named("password_upgraded") == []


def test_concurrent_password_change_wins(guard: Any, path: Path) -> None:
    """A change that lands between the check and the write is not overwritten."""
    shop = Shop(f"sqlite:///{path}")
    guarded = guard(shop.app)

    @shop.app.teardown_appcontext
    def change(_: Any) -> None:
        with sqlite3.connect(path) as other:
            other.execute("UPDATE user SET password_hash = ?", (OTHER,))
        other.close()

    assert shop.login() == "True"

    assert shop.stored() == OTHER
    assert guarded.stamps == [("prepare", "1"), ("finish", "1", False)]


def test_locked_database_defers(guard: Any, path: Path) -> None:
    """While another process holds the lock, the login succeeds and the upgrade waits."""
    shop = Shop(f"sqlite:///{path}")
    guarded = guard(shop.app)
    waited = []

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def look(_conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE user SET password_hash"):
            waited.append(cursor.execute("PRAGMA busy_timeout").fetchone()[0])
            assert guarded.stamps == [("prepare", "1")]  # both hashes are accepted by now

    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert shop.login() == "True"
    finally:
        other.rollback()
        other.close()
        sa.event.remove(sa.Engine, "before_cursor_execute", look)

    assert shop.stored() == OLD
    assert waited == [100]
    assert guarded.reasons() == ["database"]
    assert guarded.stamps == [("prepare", "1"), ("finish", "1", False)]
    assert shop.login() == "True"
    assert shop.stored().startswith("$argon2id$")


def test_lock_timeout_is_given_back(guard: Any, path: Path) -> None:
    """A pooled connection waits for locks as long as before once we are done with it."""
    shop = Shop(f"sqlite:///{path}")
    guard(shop.app)

    def patience() -> Any:
        with shop.app.app_context(), shop.db.engine.connect() as connection:
            return connection.exec_driver_sql("PRAGMA busy_timeout").scalar()

    before = patience()
    shop.login()

    assert patience() == before


def test_events_hold_no_hash(guard: Any, shop: Shop) -> None:
    """Neither the old nor the new hash, nor the password, is in any event."""
    guarded = guard(shop.app)

    shop.login()

    text = repr(guarded.events)
    assert "secret" not in text
    assert OLD not in text
    assert shop.stored() not in text


@pytest.mark.parametrize("length", [60, 80, 96])
def test_short_column_keeps_its_hash(guard: Any, path: Path, length: int) -> None:
    """A column that cannot hold 97 characters is never written; the event has the statement."""
    shop = Shop(f"sqlite:///{path}", length)
    shop.app.testing = False
    guarded = guard(shop.app)

    assert shop.login() == "True"

    assert shop.stored() == OLD
    (event,) = guarded.named("password_column_short")
    assert event["length"] == length
    assert event["advice"] == "declare user.password_hash with 255 characters in the model"


@pytest.mark.parametrize("column", [sa.Text(), sa.String(97), sa.Unicode(128)])
def test_column_that_fits_is_written(guard: Any, path: Path, column: Any) -> None:
    """97 characters are enough at the default cost, as is a column without a length."""
    shop = Shop(f"sqlite:///{path}", column=column)
    shop.app.testing = False
    guard(shop.app)

    shop.login()

    assert shop.stored().startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_bytes_stay_bytes(guard: Any, path: Path) -> None:
    """A binary column, as Flask-Bcrypt users have, gets bytes."""
    shop = Shop(f"sqlite:///{path}", column=sa.LargeBinary())
    guard(shop.app)
    shop.app.view_functions["login"] = bytes_login(shop)

    assert shop.login() == "True"

    assert isinstance(shop.stored(), bytes)
    assert shop.stored().startswith(b"$argon2id$")


def bytes_login(shop: Shop) -> Callable[[], str]:
    def login() -> str:
        user = shop.db.session.get(shop.User, 1)
        assert user is not None
        ok = check_password_hash(user.password_hash.decode(), request.form["password"])
        if ok:
            login_user(user)
        return str(ok)

    return login


def test_converting_column_is_left_alone(guard: Any, path: Path) -> None:
    """A type that converts, or encrypts, on its way to the database is not ours to write."""

    class Reversed(sa.types.TypeDecorator[str]):
        impl = sa.String
        cache_ok = True

        def process_bind_param(self, value: Any, dialect: Any) -> Any:
            return value[::-1]

        def process_result_value(self, value: Any, dialect: Any) -> Any:
            return value[::-1]

    shop = Shop(f"sqlite:///{path}", column=Reversed(255))
    guarded = guard(shop.app)

    assert shop.login() == "True"

    assert shop.stored() == OLD
    assert guarded.reasons() == ["column_type"]


def test_outer_context_delays_the_write(guard: Any, shop: Shop) -> None:
    """In a test that keeps an app context open, the hash is written when that context ends."""
    guard(shop.app)

    with shop.app.app_context():
        assert shop.login() == "True"
        for _ in "ab":  # contexts that end inside are not the one to wait for
            with shop.app.app_context():
                assert shop.db.session.get(shop.User, 1).password_hash == OLD
        shop.db.session.remove()

    assert shop.stored().startswith("$argon2id$")


def test_single_connection_in_a_transaction_is_not_used(guard: Any) -> None:
    """In memory there is one connection: the app's open work on it is neither kept nor lost."""
    shop = Shop("sqlite://")
    guarded = guard(shop.app)
    kept: list[Any] = []

    @shop.app.teardown_appcontext
    def leave_open(_: Any) -> None:
        if not kept:
            connection = engine.connect()
            connection.exec_driver_sql("UPDATE user SET visits = 7")
            kept.append(connection)

    with shop.app.app_context():
        engine = shop.db.engine
        kept.append(None)
    kept.clear()
    # Teardown functions run in reverse order: ours ends before the app's session is removed.
    shop.app.teardown_appcontext_funcs.reverse()
    assert shop.login() == "True"

    assert guarded.reasons() == ["connection_busy"]
    raw = kept[0].connection.dbapi_connection
    assert raw.in_transaction
    kept[0].commit()
    kept[0].close()
    assert shop.value("visits") == 7
    assert shop.stored() == OLD


# Plain SQLAlchemy, without Flask-SQLAlchemy.


class Plain:
    """An app on a declarative base and sessions of its own."""

    def __init__(self, engine: sa.Engine, *, close: bool, inherit: bool = False) -> None:
        base = orm.declarative_base()

        class Person(base, UserMixin):  # type: ignore[misc,valid-type]  # made at run time
            __tablename__ = "person"
            id = sa.Column(sa.Integer, primary_key=True)
            kind = sa.Column(sa.String(10))
            if not inherit:
                password_hash = sa.Column("pw", sa.String(255))
            __mapper_args__: ClassVar[Any] = {
                "polymorphic_on": kind,
                "polymorphic_identity": "person",
            }

        if inherit:

            class Member(Person):
                __tablename__ = "member"
                member_id = sa.Column(sa.ForeignKey("person.id"), primary_key=True)
                password_hash = sa.Column("pw", sa.String(255))
                __mapper_args__: ClassVar[Any] = {"polymorphic_identity": "member"}

        model: Any = Member if inherit else Person
        base.metadata.create_all(engine)
        self.table = "member" if inherit else "person"
        self.engine = engine
        self.make_session = orm.sessionmaker(engine)
        with self.make_session() as session:
            session.add(model(id=1, password_hash=OLD))
            session.commit()
        app = self.app = Flask("plain")
        app.secret_key = "k" * 40
        app.testing = True
        self.session: Any = None

        def load(user_id: Any) -> Any:
            with self.make_session() as session:
                return session.get(model, int(user_id))

        LoginManager(app).user_loader(load)

        @app.post("/login")
        def login() -> str:
            session = self.session = self.make_session()
            user = session.get(model, 1)
            ok = check_password_hash(user.password_hash, request.form["password"])
            if ok:
                login_user(user)
            if close:
                session.close()
            return str(ok)

    def login(self, password: str = "secret") -> str:
        return self.app.test_client().post("/login", data={"password": password}).text

    def stored(self) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(sa.text(f"SELECT pw FROM {self.table}")).scalar()


@pytest.fixture
def engine(path: Path) -> Iterator[sa.Engine]:
    engine = sa.create_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.mark.parametrize("close", [True, False])
@pytest.mark.parametrize("inherit", [True, False])
def test_plain_sqlalchemy(guard: Any, engine: sa.Engine, close: bool, inherit: bool) -> None:
    """Own sessions, closed in the view or not, and joined tables are followed to their row."""
    plain = Plain(engine, close=close, inherit=inherit)
    guard(plain.app)

    assert plain.login() == "True"

    assert verify_password(password="secret", stored=plain.stored()).ok
    assert plain.stored().startswith("$argon2id$")


def test_thread_bound_memory_database(guard: Any) -> None:
    """SQLAlchemy's own pool for SQLite in memory keeps one connection a thread."""
    engine = sa.create_engine("sqlite://")
    assert isinstance(engine.pool, pool.SingletonThreadPool)
    plain = Plain(engine, close=True)
    guard(plain.app)

    plain.login()

    assert plain.stored().startswith("$argon2id$")


def test_exhausted_pool_is_not_waited_for(guard: Any, path: Path) -> None:
    """An app that still holds its only connection must not wait 30 s for a second one."""
    engine = sa.create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=0)
    plain = Plain(engine, close=False)
    guarded = guard(plain.app)

    assert plain.login() == "True"

    assert guarded.reasons() == ["pool_exhausted"]
    plain.session.close()
    assert plain.stored() == OLD


def test_session_on_one_connection_is_not_used(guard: Any, engine: sa.Engine) -> None:
    """Test suites bind a session to a connection with a transaction they roll back: hands off."""
    plain = Plain(engine, close=False)
    guarded = guard(plain.app)

    with engine.connect() as connection:
        plain.make_session.configure(bind=connection)
        assert plain.login() == "True"
        plain.session.close()

    assert guarded.reasons() == ["bound_to_connection"]
    assert plain.stored() == OLD


def test_begin_immediate_does_not_stall(guard: Any, path: Path) -> None:
    """An app that begins every transaction with a lock waits no longer than ours may."""
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=pool.NullPool)
    plain = Plain(engine, close=True)
    guarded = guard(plain.app)
    other = sqlite3.connect(path, isolation_level=None)
    waited = []

    @sa.event.listens_for(engine, "begin")
    def immediate(connection: Any) -> None:
        raw = connection.connection.dbapi_connection
        waited.append(raw.execute("PRAGMA busy_timeout").fetchone()[0])
        if len(waited) > 1:  # the login's own transaction is over
            other.execute("BEGIN IMMEDIATE")
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    assert plain.login() == "True"
    other.close()

    assert waited[-1] == 100
    assert guarded.reasons() == ["database"]


def test_named_attribute_wins(guard: Any, path: Path) -> None:
    """`password_attribute` is the only attribute looked at."""
    shop = Shop(f"sqlite:///{path}")
    guarded = guard(shop.app, password_attribute="visits")

    assert shop.login() == "True"

    assert guarded.reasons() == ["attribute_not_found"]
    assert shop.stored() == OLD


def test_up_to_date_hash_is_left_alone(guard: Any, shop: Shop) -> None:
    """Nothing is computed, told or written for a hash that meets the policy."""
    with shop.app.app_context():
        stored = hash_password("secret")
        shop.db.session.get(shop.User, 1).password_hash = stored
        shop.db.session.commit()
    guarded = guard(shop.app)

    assert shop.login() == "True"

    assert shop.stored() == stored
    assert guarded.states[-1].checks[0].new_hash is None
    assert guarded.stamps == []


def test_async_engine_is_not_used(
    guard: Any, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An asynchronous driver cannot be used outside its event loop: an event, and no write."""
    plain = Plain(engine, close=False)
    guarded = guard(plain.app)
    monkeypatch.setattr(engine.dialect, "is_async", True)

    assert plain.login() == "True"

    assert guarded.reasons() == ["async_engine"]
    plain.session.close()


def test_objects_show_nothing_private(guard: Any, shop: Shop) -> None:
    """Error trackers print local variables: neither password nor hash is in their text."""
    guarded = guard(shop.app)

    shop.login()
    state = guarded.states[-1]
    text = f"{state!r} {state.checks!r} {verify_password(password='secret', stored=OLD)!r}"

    assert "PasswordCheck(ok=True)" in text
    for hidden in ("secret", "pbkdf2", "$argon2"):
        assert hidden not in text


class Sent:
    """A connection that keeps what is sent to it, and holds one row with the hash ``value``."""

    def __init__(self, dialect: str, value: str = OLD, most: int = 1000) -> None:
        self.engine = sa.create_mock_engine(f"{dialect}://", lambda statement, *_: statement)
        self.dialect = self.engine.dialect
        self.statements: list[str] = []
        self.value = value
        self.most = most
        self.rowcount = 1

    def execute(self, statement: Any) -> Any:
        compiled = statement.compile(dialect=self.dialect)
        self.statements.append(" ".join(str(compiled).split()))
        if self.statements[-1].startswith("UPDATE"):
            self.value = compiled.params["hash"][: self.most]
        return self

    def first(self) -> tuple[str, ...]:
        return (self.value,)

    def swap(self) -> bool:
        table = sa.table("user", sa.column("id"), sa.column("hash"))
        row = sql.Row(self.engine, table, (("id", 1),), ("hash",))  # type: ignore[arg-type]  # a mock
        return sql._swap(self, row, OLD, OTHER)  # type: ignore[arg-type]  # it only executes


@pytest.mark.parametrize(
    ("dialect", "lock"),
    [
        ("postgresql", "FOR UPDATE"),
        ("mysql", "FOR UPDATE NOWAIT"),
        ("mariadb", "FOR UPDATE NOWAIT"),
    ],
)
def test_other_databases_are_asked_for_the_row_alone(dialect: str, lock: str) -> None:
    """The row is locked as briefly as each can, and written only while it holds the old hash."""
    sent = Sent(dialect)

    assert sent.swap()
    assert sent.statements[0].endswith(lock)
    assert sent.statements[1].startswith("UPDATE")
    assert sent.statements[1].count("=") == 3  # SET hash, WHERE id AND hash


def test_hash_that_the_database_cuts_is_taken_back() -> None:
    """MySQL without its strict mode keeps the first 60 characters: that write must not stay."""
    with pytest.raises(DeferredError, match="column_cuts"):
        Sent("mysql", most=20).swap()
