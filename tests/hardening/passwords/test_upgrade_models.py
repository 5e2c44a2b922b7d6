"""Upgraded hashes whatever way the user model is written, and whatever password is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import passlib.context
import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask_login import LoginManager, UserMixin, login_user
from flask_sqlalchemy import SQLAlchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import orm
from sqlalchemy.ext.hybrid import hybrid_property
from werkzeug.security import check_password_hash

from hardening.passwords import originals

OLD = originals.werkzeug_generate("secret", "pbkdf2:sha256:1", 4)


def hybrid(base: Any) -> Any:
    """A hash behind a hybrid property whose setter would hash what it is given."""

    class Person(base, UserMixin):  # type: ignore[misc,valid-type]  # made at run time
        __tablename__ = "person"
        id = sa.Column(sa.Integer, primary_key=True)
        _password = sa.Column("secret_hash", sa.String(255))

        @hybrid_property
        def password(self) -> str:
            return str(self._password)

        @password.setter  # type: ignore[no-redef]  # as SQLAlchemy documents it
        def password(self, value: str) -> None:
            raise AssertionError("an upgrade is no new password")

    return Person(id=1, _password=OLD)


def synonym(base: Any) -> Any:
    """A column under one name, a synonym under another."""

    class Person(base, UserMixin):  # type: ignore[misc,valid-type]  # made at run time
        __tablename__ = "person"
        id = sa.Column(sa.Integer, primary_key=True)
        pw = sa.Column("secret_hash", sa.String(255))
        password = orm.synonym("pw")

    return Person(id=1, pw=OLD)


def dataclass(base: Any) -> Any:
    """SQLAlchemy 2's mapped dataclass with annotated columns."""

    class Own(orm.MappedAsDataclass, orm.DeclarativeBase):
        pass

    class Person(UserMixin, Own):  # type: ignore[misc]  # Flask-Login ships no types
        __tablename__ = "person"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        password: orm.Mapped[str] = orm.mapped_column("secret_hash", sa.String(255))

    return Person(id=1, password=OLD)


def composite(base: Any) -> Any:
    """A primary key of two columns."""

    class Person(base, UserMixin):  # type: ignore[misc,valid-type]  # made at run time
        __tablename__ = "person"
        id = sa.Column(sa.Integer, primary_key=True)
        tenant = sa.Column(sa.String(10), primary_key=True)
        password = sa.Column("secret_hash", sa.String(255))

    return Person(id=1, tenant="here", password=OLD)


def values(base: Any) -> Any:
    """A composite value of which the hash is one part."""

    class Login:
        def __init__(self, name: str, password: str) -> None:
            self.name, self.password = name, password

        def __composite_values__(self) -> tuple[str, str]:
            return self.name, self.password

    class Person(base, UserMixin):  # type: ignore[misc,valid-type]  # made at run time
        __tablename__ = "person"
        id = sa.Column(sa.Integer, primary_key=True)
        login_name = sa.Column(sa.String(20))
        secret = sa.Column("secret_hash", sa.String(255))
        login = orm.composite(Login, "login_name", "secret")

        @property
        def password(self) -> str:
            return str(self.login.password)

    return Person(id=1, login=Login("ada", OLD))


MODELS = (hybrid, synonym, dataclass, composite, values)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("scoped", [True, False], ids=["scoped_session", "Session"])
def test_hash_is_found_by_its_value(
    guard: Any, tmp_path: Path, model: Callable[[Any], Any], scoped: bool
) -> None:
    """Names, properties, keys and kinds of mapping do not matter, nor the kind of session."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'people.db'}")
    user = model(orm.declarative_base())
    kind = type(user)
    kind.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add(user)
        session.commit()
        key = sa.inspect(user).identity
    sessions = orm.scoped_session(orm.sessionmaker(engine))
    app = Flask("models")
    app.secret_key = "k" * 40
    app.testing = True
    LoginManager(app).user_loader(lambda _: sessions.get(kind, key))

    @app.post("/login")
    def login() -> str:
        session = sessions if scoped else orm.Session(engine)
        found: Any = session.get(kind, key)
        ok = check_password_hash(found.password, request.form["password"])
        if ok:
            login_user(found)
        session.close()
        return str(ok)

    app.teardown_appcontext(lambda _: sessions.remove())
    guarded = guard(app)

    for password, expected in (("secret", "True"), ("secret", "True"), ("wrong", "False")):
        assert app.test_client().post("/login", data={"password": password}).text == expected

    with engine.connect() as connection:
        (held,) = connection.exec_driver_sql("SELECT secret_hash FROM person").one()
    assert held.startswith("$argon2id$")
    assert guarded.named("password_upgraded") == [{"kind": "pbkdf2", "to": "argon2id"}]
    engine.dispose()


def test_bind_of_the_model_is_used(guard: Any, tmp_path: Path) -> None:
    """Users in a second database are written there, though the first has such a table too."""
    app = Flask("binds")
    app.secret_key = "k" * 40
    app.testing = True
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'first.db'}"
    app.config["SQLALCHEMY_BINDS"] = {"people": f"sqlite:///{tmp_path / 'second.db'}"}
    db = SQLAlchemy(app)

    class Person(UserMixin, db.Model):  # type: ignore[name-defined,misc]  # made at run time
        __bind_key__ = "people"
        id = sa.Column(sa.Integer, primary_key=True)
        password = sa.Column(sa.String(255))

    LoginManager(app).user_loader(lambda user_id: db.session.get(Person, int(user_id)))

    @app.post("/login")
    def login() -> str:
        user = db.session.get(Person, 1)
        assert user is not None
        ok = check_password_hash(user.password, request.form["password"])
        login_user(user)
        return str(ok)

    create = "CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, password VARCHAR(255))"
    with app.app_context():
        for engine in db.engines.values():
            with engine.begin() as connection:
                connection.exec_driver_sql(create)
                connection.execute(sa.text("INSERT INTO person VALUES (1, :old)"), {"old": OLD})
    guard(app)

    assert app.test_client().post("/login", data={"password": "secret"}).text == "True"

    with app.app_context():
        held = []
        for key in (None, "people"):
            with db.engines[key].connect() as connection:
                held.append(connection.exec_driver_sql("SELECT password FROM person").scalar())
    assert held[0] == OLD
    assert held[1].startswith("$argon2id$")


CONTEXT = passlib.context.CryptContext(
    ["pbkdf2_sha256", "sha256_crypt", "bcrypt", "django_pbkdf2_sha256", "phpass"],
    pbkdf2_sha256__rounds=1,
    sha256_crypt__rounds=1000,
    bcrypt__rounds=4,
    django_pbkdf2_sha256__rounds=1,
    phpass__rounds=7,
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    scheme=st.sampled_from(CONTEXT.schemes()),
    password=st.text(
        st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=80
    ),
    other=st.text(
        st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=80
    ),
)
def test_what_opened_before_opens_after(
    passlib_app: Any, scheme: str, password: str, other: str
) -> None:
    """Through the app's own context: the same passwords fit before and after, and no others.

    Only bcrypt looks at 72 bytes, so that a longer password gets no new hash at all.
    """
    app, states = passlib_app
    try:
        stored = CONTEXT.handler(scheme).hash(password)
    except ValueError:  # bcrypt 5 refuses more than 72 bytes
        return
    with app.test_request_context():
        app.preprocess_request()
        before = [CONTEXT.verify(each, stored) for each in (password, other)]
        new = states[-1].checks[0].new_hash
        if new is None:
            assert scheme == "bcrypt"
            assert len(password.encode()) >= 72
            return
        after = [CONTEXT.verify(each, new) for each in (password, other)]

    assert before[0]
    assert before == after


@pytest.fixture
def passlib_app(guard: Any) -> Any:
    """Return an app with nothing but the guard, and the states of its requests."""
    app = Flask("passlib")
    app.testing = True
    return app, guard(app).states
