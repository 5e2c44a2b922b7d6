"""New hashes become Argon2id only where every column that may receive them is known to fit."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_bcrypt import Bcrypt
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import orm
from werkzeug.security import generate_password_hash

from hardening.passwords.columns import Fit, advice, fit

Found = tuple[tuple[str, ...], tuple[str, ...]]


def found(fitting: tuple[str, ...] = (), short: tuple[str, ...] = ()) -> Found:
    """Return names of columns that fit, and of those that do not."""
    return fitting, short


def names_of(fit: Fit) -> Found:
    return tuple(map(str, fit.fitting)), tuple(map(str, fit.short))


def app_with(**tables: dict[str, Any]) -> Flask:
    """Return an app with a Flask-SQLAlchemy model for each name, with these columns."""
    app = Flask("columns")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    database = SQLAlchemy(app)
    models = app.extensions["test models"] = []  # SQLAlchemy keeps no class alive
    for name, columns in tables.items():
        fields: dict[str, Any] = {"id": sa.Column(sa.Integer, primary_key=True)}
        fields |= {key: sa.Column(kind) for key, kind in columns.items()}
        models.append(type(name, (database.Model,), fields))
    return app


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"User": {"password_hash": sa.String(128)}}, found(("user.password_hash",))),
        ({"User": {"password": sa.String(97)}}, found(("user.password",))),
        ({"User": {"password": sa.Text()}}, found(("user.password",))),
        ({"User": {"password": sa.LargeBinary()}}, found(("user.password",))),
        ({"User": {"password": sa.String(60)}}, found((), ("user.password",))),
        ({"User": {"pw_hash": sa.String(96)}}, found((), ("user.pw_hash",))),
        ({"Account": {"passwordDigest": sa.String(120)}}, found(("account.passwordDigest",))),
        ({"Login": {"email": sa.String(80), "hash": sa.String(255)}}, found(("login.hash",))),
        # Beside a password column, a user's other hashes do not matter (Gravatar).
        (
            {"User": {"password_hash": sa.String(128), "avatar_hash": sa.String(32)}},
            found(("user.password_hash",)),
        ),
        # Nor do columns that are only about passwords.
        (
            {
                "User": {
                    "password": sa.String(255),
                    "password_reset_token": sa.String(32),
                    "password_hint": sa.String(50),
                    "password_kind": sa.Enum("a", "b"),
                    "password_age": sa.Integer(),
                }
            },
            found(("user.password",)),
        ),
        # Nor the passwords of things, nor hashes of files.
        (
            {
                "User": {"password": sa.String(255)},
                "Router": {"wifi_password": sa.String(63)},
                "Upload": {"hash": sa.String(64)},
            },
            found(("user.password",)),
        ),
        (
            {"User": {"password": sa.String(255)}, "Admin": {"password": sa.String(60)}},
            found(("user.password",), ("admin.password",)),
        ),
        ({"Upload": {"hash": sa.String(255)}}, found()),
        ({}, found()),
    ],
)
def test_models_are_read(tables: dict[str, Any], expected: Found) -> None:
    """Columns are judged by name, by the model they are in, and by declared length."""
    fitted = fit(app_with(**tables), (), 97)

    assert names_of(fitted) == expected
    assert fitted.sure == (bool(expected[0]) and not expected[1])


def test_plain_declarative_models_are_read() -> None:
    """A user class that has logged in leads to all models of its base."""
    base = orm.declarative_base()

    class Person(base, UserMixin):  # type: ignore[misc,valid-type]  # made at run time
        __tablename__ = "people"
        id = sa.Column(sa.Integer, primary_key=True)
        secret_hash = sa.Column(sa.String(80))

    assert names_of(fit(Flask("plain"), {Person}, 97)) == found((), ("people.secret_hash",))


@pytest.mark.parametrize(
    ("url", "statement"),
    [
        ("postgresql", 'ALTER TABLE "user" ALTER COLUMN "Hash" TYPE VARCHAR(255)'),
        ("mysql", "ALTER TABLE user MODIFY `Hash` VARCHAR(255) NOT NULL"),
        ("mariadb", "ALTER TABLE user MODIFY `Hash` VARCHAR(255) NOT NULL"),
        ("sqlite", "declare user.Hash with 255 characters in the model"),
        (None, 'ALTER TABLE "user" ALTER COLUMN "Hash" TYPE VARCHAR(255)'),
    ],
)
def test_advice_is_for_the_database_at_hand(url: str | None, statement: str) -> None:
    """The statement works as it stands, reserved names included; SQLite needs none."""
    column = sa.Column("Hash", sa.String(60), nullable=False)
    sa.Table("user", sa.MetaData(), column)
    dialect = None if url is None else sa.create_mock_engine(f"{url}://", print).dialect

    assert statement == advice(column, dialect)


def test_sqlalchemy_is_not_imported_for_apps_without_it() -> None:
    """Wrapping imports neither SQLAlchemy nor, until something is hashed, argon2."""
    program = (
        "import sys; from flask import Flask; from hardening.passwords.columns import Fit, fit;"
        "import hardening.passwords.adopt, hardening.passwords.upgrade;"
        "assert fit(Flask('x'), (), 97) == Fit();"
        "print([name for name in ('sqlalchemy', 'argon2', 'bcrypt') if name in sys.modules])"
    )

    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert output.strip() == "[]"


def test_fitting_column_gets_argon2id(guard: Any) -> None:
    """Registration through the app's own calls, of either library, stores Argon2id."""
    app = app_with(User={"password_hash": sa.String(128)})
    guarded = guard(app)

    with app.test_request_context():
        app.preprocess_request()
        made = generate_password_hash("secret", method="pbkdf2:sha256:1000")
        bcrypt_made = Bcrypt().generate_password_hash("secret", 4).decode("utf-8")

    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert bcrypt_made.startswith("$argon2id$")
    assert guarded.states[-1].produced == [made, bcrypt_made]
    assert guarded.events == []


def test_short_column_gets_the_apps_own_hash(guard: Any) -> None:
    """Too short: the app's own function with its own arguments, and one event with the cure."""
    app = app_with(User={"password": sa.String(60)})
    guarded = guard(app)

    with app.test_request_context():
        app.preprocess_request()
        made = [generate_password_hash("secret", "pbkdf2:sha256:7", salt_length=3) for _ in "ab"]

    assert all(text.startswith("pbkdf2:sha256:7$") for text in made)
    assert len(made[0].split("$")[1]) == 3
    assert guarded.states[-1].produced == made
    (event,) = guarded.named("password_column_short")
    assert event == {
        "table": "user",
        "column": "password",
        "length": 60,
        "advice": "declare user.password with 255 characters in the model",  # this one is on SQLite
    }


def test_test_suite_measures_for_production(guard: Any) -> None:
    """Hashes are short in tests; a column that is too short in production is told there too."""
    app = app_with(User={"password": sa.String(90)})
    app.testing = True
    guarded = guard(app)

    with app.app_context():
        assert generate_password_hash("secret", "pbkdf2:sha256:1").startswith("pbkdf2:")
    assert guarded.named("password_column_short")


def test_higher_policy_needs_more_room(guard: Any) -> None:
    """128 MiB is one digit longer in the hash, and is counted."""
    app = app_with(User={"password": sa.String(97)})
    guarded = guard(app, argon2_memory_kib=131072)

    with app.app_context():
        assert generate_password_hash("secret", "pbkdf2:sha256:1").startswith("pbkdf2:")
    assert guarded.named("password_column_short")[0]["length"] == 97


def test_impossible_password_is_left_to_the_app(guard: Any) -> None:
    """An overlong password is hashed, and verified, as before the wrap."""
    app = app_with(User={"password": sa.String(255)})
    guard(app)

    with app.app_context():
        from werkzeug.security import check_password_hash

        made = generate_password_hash("x" * 1025, "pbkdf2:sha256:1")
        assert made.startswith("pbkdf2:")
        assert check_password_hash(made, "x" * 1025)
        assert not check_password_hash(made, "x" * 1024)
