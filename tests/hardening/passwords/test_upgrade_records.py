"""Upgraded hashes outside SQLAlchemy: peewee, MongoEngine, objects with `save`, and a callback."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mongoengine
import mongomock
import peewee
import pytest
from flask import Flask, has_app_context, request
from flask_login import LoginManager, UserMixin, login_user
from werkzeug.security import check_password_hash

from hardening import ConfigurationError, Policy
from hardening.passwords import originals

OLD = originals.werkzeug_generate("secret", "pbkdf2:sha256:1", 4)
OTHER = originals.werkzeug_generate("other", "pbkdf2:sha256:1", 4)


def app_of(
    load: Callable[[str], Any], during: Callable[[Any], object] = lambda user: None
) -> Flask:
    """Return an app that logs in the user 1 of `load`."""
    app = Flask("records")
    app.secret_key = "k" * 40
    app.testing = True
    LoginManager(app).user_loader(load)

    @app.post("/login")
    def login() -> str:
        user = load("1")
        ok = check_password_hash(user.password, request.form["password"])
        if ok:
            login_user(user)
            during(user)
        return str(ok)

    return app


def log_in(app: Flask, password: str = "secret") -> str:
    return app.test_client().post("/login", data={"password": password}).text


class Peewee:
    """A peewee database in a file, opened for each request as its documentation has it."""

    def __init__(self, path: Path, field: Any = None) -> None:
        self.path = path
        database = self.database = peewee.SqliteDatabase(path)

        class Person(UserMixin, peewee.Model):  # type: ignore[misc]  # peewee ships no types
            name = peewee.CharField()
            password = field or peewee.CharField(column_name="pw")

            class Meta:
                pass

        Person._meta.set_database(database)
        self.Person = Person
        with database.connection_context():
            database.create_tables([Person])
            Person.create(name="ada", password=OLD)

    def app(self, during: Callable[[Any], object] = lambda user: None) -> Flask:
        app = app_of(lambda user_id: self.Person.get_by_id(int(user_id)), during)
        app.before_request(self.open)
        app.teardown_request(lambda _: self.database.close())
        return app

    def open(self) -> None:
        self.database.connect(reuse_if_open=True)

    def stored(self) -> str:
        with sqlite3.connect(self.path) as connection:
            name = self.Person.password.column_name
            return str(connection.execute(f"SELECT {name} FROM person").fetchone()[0])


@pytest.fixture
def people(tmp_path: Path) -> Peewee:
    return Peewee(tmp_path / "people.db")


def test_peewee_user_is_upgraded(guard: Any, people: Peewee) -> None:
    """By a compare-and-swap of its own, whatever the column is called; nothing else is saved."""
    app = people.app(lambda user: setattr(user, "name", "half-made"))
    guarded = guard(app)

    assert log_in(app) == "True"

    assert people.stored().startswith("$argon2id$")
    with people.database.connection_context():
        assert people.Person.get_by_id(1).name == "ada"
    assert guarded.stamps == [("prepare", "1"), ("finish", "1", True)]
    assert people.database.is_closed()
    assert log_in(app) == "True"
    assert log_in(app, "wrong") == "False"


def test_change_beside_a_peewee_upgrade_wins(guard: Any, people: Peewee) -> None:
    """A password that was changed between check and write stays."""

    def change(user: Any) -> None:
        people.Person.update(password=OTHER).where(people.Person.id == 1).execute()

    app = people.app(change)
    guarded = guard(app)

    assert log_in(app) == "True"

    assert people.stored() == OTHER
    assert guarded.stamps[-1] == ("finish", "1", False)


def test_locked_peewee_database_defers(guard: Any, people: Peewee) -> None:
    """While another process writes, the login stands and the old hash stays."""
    app = people.app()
    guarded = guard(app)
    other = sqlite3.connect(people.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert log_in(app) == "True"
    other.close()

    assert guarded.reasons() == ["database"]
    assert people.stored() == OLD


def test_open_peewee_transaction_is_left_alone(guard: Any, people: Peewee) -> None:
    """An app that leaves its transaction open beyond the request keeps it as it is."""
    app = people.app()
    app.teardown_request_funcs.clear()
    guarded = guard(app)

    with people.database.connection_context(), people.database.atomic() as transaction:
        people.Person.update(name="half-made").execute()
        assert log_in(app) == "True"
        transaction.rollback()
        assert people.Person.get_by_id(1).name == "ada"

    assert guarded.reasons() == ["connection_busy"]
    assert people.stored() == OLD


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (lambda: peewee.CharField(max_length=60), "column_short"),
        (lambda: type("Own", (peewee.CharField,), {})(), "column_type"),
    ],
)
def test_unfit_peewee_field_is_refused(
    guard: Any, tmp_path: Path, field: Callable[[], Any], reason: str
) -> None:
    """Too short, or with a conversion of its own: nothing is written."""
    people = Peewee(tmp_path / "people.db", field())
    app = people.app()
    guarded = guard(app)

    assert log_in(app) == "True"

    assert people.stored() == OLD
    assert guarded.reasons() == [reason]


@pytest.fixture
def documents() -> Any:
    """Return a MongoEngine document class with one user, on a database in memory."""
    mongoengine.connect("people", mongo_client_class=mongomock.MongoClient, alias="people")

    class Person(UserMixin, mongoengine.Document):  # type: ignore[misc]  # ships no types
        name = mongoengine.StringField()
        password = mongoengine.StringField(db_field="pw")
        meta = {"db_alias": "people"}  # noqa: RUF012  # how MongoEngine is told

    Person.drop_collection()
    Person(name="ada", password=OLD).save()
    yield Person
    mongoengine.disconnect("people")


def test_mongoengine_user_is_upgraded(guard: Any, documents: Any) -> None:
    """One atomic update of the one field: what a view left unsaved stays unsaved."""
    app = app_of(lambda _: documents.objects.first(), lambda user: setattr(user, "name", "half"))
    guarded = guard(app)

    assert log_in(app) == "True"

    assert documents.objects.first().password.startswith("$argon2id$")
    assert documents.objects.first().name == "ada"
    assert guarded.stamps[-1][-1] is True
    assert log_in(app) == "True"


def test_change_beside_a_mongoengine_upgrade_wins(guard: Any, documents: Any) -> None:
    """The update asks for the old hash."""
    app = app_of(
        lambda _: documents.objects.first(),
        lambda user: documents.objects.update(set__password=OTHER),
    )
    guarded = guard(app)

    assert log_in(app) == "True"

    assert documents.objects.first().password == OTHER
    assert guarded.stamps[-1][-1] is False


class Kept(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """A user in a JSON file, as small apps write one."""

    path: Path

    def __init__(self) -> None:
        self.id, self.password = json.loads(self.path.read_text())

    def save(self) -> None:
        self.path.write_text(json.dumps([self.id, self.password]))


@pytest.fixture
def kept(tmp_path: Path) -> type[Kept]:
    """Return the class of such users, with one of them kept."""
    path = tmp_path / "user.json"
    path.write_text(json.dumps(["1", OLD]))
    return type("Kept", (Kept,), {"path": path})


def held(kept: type[Kept]) -> str:
    return str(json.loads(kept.path.read_text())[1])


def test_object_with_save_is_saved(guard: Any, kept: type[Kept]) -> None:
    """`save()` is called, and believed once the app itself loads the new hash."""
    app = app_of(lambda _: kept())
    guarded = guard(app)

    assert log_in(app) == "True"

    assert held(kept).startswith("$argon2id$")
    assert guarded.stamps[-1][-1] is True
    assert log_in(app) == "True"


def test_save_that_fails_or_wants_more_changes_nothing(guard: Any, kept: type[Kept]) -> None:
    """The login stands, the object is as it was, and an event says why."""

    def full(self: Any) -> None:
        raise OSError("no space left")

    def wanting(self: Any, connection: Any) -> None:
        raise AssertionError("called without what it wants")

    for save in (full, wanting):
        users: list[Any] = []
        kept.save = save  # type: ignore[method-assign]  # one after the other
        app = app_of(lambda _: kept(), users.append)
        guarded = guard(app)

        assert log_in(app) == "True"

        assert held(kept) == OLD
        assert users[0].password == OLD
        assert guarded.reasons() == ["not_persisted"]


def test_change_beside_a_save_wins(guard: Any, kept: type[Kept]) -> None:
    """What the file holds by now is looked at before it is overwritten."""
    app = app_of(lambda _: kept(), lambda user: kept.path.write_text(json.dumps(["1", OTHER])))
    guarded = guard(app)

    assert log_in(app) == "True"

    assert held(kept) == OTHER
    assert guarded.stamps[-1][-1] is False


class Wrapper(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """A user around a document of pymongo: no attribute of its own holds the hash."""

    id = "1"

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @property
    def password(self) -> str:
        return str(self.document["password"])


def test_callback_writes_where_nothing_else_can(guard: Any) -> None:
    """It gets user, old and new hash in a fresh app context, after the app's own has ended."""
    people = mongomock.MongoClient().app.people
    people.insert_one({"_id": "1", "password": OLD})
    contexts: list[bool] = []

    def write(user: Any, old: str, new: str) -> bool:
        contexts.append(has_app_context())
        found = people.update_one({"_id": user.id, "password": old}, {"$set": {"password": new}})
        return bool(found.modified_count)

    app = app_of(lambda _: Wrapper(people.find_one({"_id": "1"})))
    guarded = guard(app, password_writer=write)

    assert log_in(app) == "True"

    assert people.find_one({"_id": "1"})["password"].startswith("$argon2id$")
    assert contexts == [True]
    assert guarded.stamps == [("prepare", "1"), ("finish", "1", True)]
    assert log_in(app) == "True"
    assert contexts == [True]


def test_callback_that_raises_is_an_event(guard: Any) -> None:
    """The login stands, and no text of the error, which may hold a hash, is told."""

    def write(user: Any, old: str, new: str) -> bool:
        raise KeyError(new)

    app = app_of(lambda _: Wrapper({"password": OLD}))
    guarded = guard(app, password_writer=write)

    assert log_in(app) == "True"

    assert guarded.reasons() == ["password_writer"]
    assert "argon2" not in repr(guarded.events)


def test_callback_must_be_a_function() -> None:
    """Refused at start with the setting's name."""
    with pytest.raises(ConfigurationError, match="password_writer"):
        Policy(password_writer="store")  # type: ignore[arg-type]  # that is the point
