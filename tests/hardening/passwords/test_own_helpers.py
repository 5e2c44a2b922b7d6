"""What an app hashes by itself cannot be adopted: the status names it."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import check_password_hash

from hardening import harden
from hardening.facts import status_of
from hardening.passwords.helpers import own_helpers


def app_of(path: Path) -> Flask:
    """Return an app whose user hashes passwords in three ways, and an avatar's address."""
    app = Flask("helpers", instance_path=str(path))
    app.secret_key = "dLb9Zq3vT7wXk2JpR8sYfN4mHcG6uEaQ"
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db = SQLAlchemy(app)

    class Hashes:
        digest: str

        @property
        def password(self) -> str:
            raise AttributeError("write only")

        @password.setter
        def password(self, value: str) -> None:
            self.digest = hashlib.sha256(value.encode()).hexdigest()

        def verify_password(self, value: str) -> bool:
            def made() -> str:
                return hashlib.sha256(value.encode()).hexdigest()

            return hmac.compare_digest(self.digest, made())

    class User(Hashes, UserMixin, db.Model):  # type: ignore[name-defined,misc]  # made at run time
        id = sa.Column(sa.Integer, primary_key=True)
        digest = sa.Column(sa.String(64))

        def check_password(self, value: str) -> bool:
            return check_password_hash(self.digest, value)

        def avatar(self) -> str:
            return hashlib.md5(b"ada@example.com").hexdigest()

    class Upload(db.Model):  # type: ignore[name-defined,misc]  # made at run time
        id = sa.Column(sa.Integer, primary_key=True)

        def verify(self) -> str:
            return hashlib.sha256(b"content").hexdigest()

    app.extensions["test models"] = (User, Upload)
    LoginManager(app).user_loader(lambda _: None)
    return app


def test_methods_that_hash_passwords_are_named(tmp_path: Path) -> None:
    """Inherited ones, setters and inner functions too; avatars, files and adopted calls are not."""
    app = app_of(tmp_path)

    with app.app_context():
        names = [name.rpartition(".<locals>.")[2] for name in own_helpers(app, ())]

    assert names == ["Hashes.password", "Hashes.verify_password"]


def test_status_says_what_cannot_be_adopted(tmp_path: Path) -> None:
    """`flask hardening status` has a line for it."""
    app = app_of(tmp_path)
    hardening = harden(app, store="memory://")

    with app.app_context():
        assert "Hashes.verify_password" in status_of(hardening)["facts"]["own hashing"]
