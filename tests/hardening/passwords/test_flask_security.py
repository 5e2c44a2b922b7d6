"""Flask-Security keeps making its own hashes: what it hashes depends on the scheme."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_security import (
    RoleMixin,
    Security,
    SQLAlchemyUserDatastore,
    UserMixin,
    hash_password,
)
from flask_sqlalchemy import SQLAlchemy

from hardening import Policy, events, harden

HOME = {"base_url": "https://app.example", "environ_base": {"REMOTE_ADDR": "203.0.113.7"}}
WORD = "correct horse battery staple"


class Shop:
    """An app as Flask-Security's quick start has it, with one user."""

    def __init__(self, path: Path, kind: str) -> None:
        app = self.app = Flask("secured", instance_path=str(path))
        app.secret_key = "dLb9Zq3vT7wXk2JpR8sYfN4mHcG6uEaQ"
        app.config |= {
            "SECURITY_PASSWORD_SALT": "146585145368132386173505678016728509634",
            "SECURITY_PASSWORD_HASH": kind,
            "WTF_CSRF_ENABLED": False,  # the test's own client sends no form
            "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {"bcrypt__rounds": 4},
            "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{path}/secured.db",
        }
        db = self.db = SQLAlchemy(app)

        roles_of = sa.Table(
            "roles_of",
            db.metadata,
            sa.Column("user_id", sa.ForeignKey("user.id")),
            sa.Column("role_id", sa.ForeignKey("role.id")),
        )

        class Role(db.Model, RoleMixin):  # type: ignore[name-defined,misc]  # made at run time
            id = sa.Column(sa.Integer, primary_key=True)
            name = sa.Column(sa.String(80), unique=True)

        class User(db.Model, UserMixin):  # type: ignore[name-defined,misc]  # made at run time
            id = sa.Column(sa.Integer, primary_key=True)
            email = sa.Column(sa.String(255), unique=True)
            password = sa.Column(sa.String(255))
            active = sa.Column(sa.Boolean)
            fs_uniquifier = sa.Column(sa.String(64), unique=True)
            roles = db.relationship("Role", secondary=roles_of)

        self.User = User
        store = SQLAlchemyUserDatastore(db, User, Role)
        Security(app, store)
        with app.app_context():
            db.create_all()
            if store.find_user(email="ada@example.com") is None:
                store.create_user(email="ada@example.com", password=hash_password(WORD))
                db.session.commit()
        harden(app, store="memory://", policy=Policy(guards={"cross_site": False}))
        self.events: list[tuple[str, dict[str, Any]]] = []
        events.event.connect(self.listen, app)

    def listen(self, _sender: Any, name: str, level: str, details: dict[str, Any]) -> None:
        self.events.append((name, details))

    def login(self, password: str = WORD) -> int:
        form = {"email": "ada@example.com", "password": password}
        return self.app.test_client().post("/login", json=form, **HOME).status_code

    def stored(self) -> str:
        with self.app.app_context():
            return str(self.db.session.execute(sa.select(self.User.password)).scalar())


@pytest.mark.parametrize("kind", ["bcrypt", "argon2", "pbkdf2_sha512"])
def test_users_get_in_and_stay_able_to(tmp_path: Path, kind: str) -> None:
    """Its hashes are verified, and never replaced by one that it would verify differently."""
    shop = Shop(tmp_path, kind)
    before = shop.stored()

    assert [shop.login(), shop.login(), shop.login("wrong")] == [200, 200, 400]

    assert shop.stored() == before
    assert not [name for name, _ in shop.events if name == "guard_failed"]
    assert "authn_login_fail" in [name for name, _ in shop.events]


def test_its_own_upgrade_goes_on(tmp_path: Path) -> None:
    """Once the app asks for Argon2, Flask-Security itself moves each hash on at the login."""
    assert Shop(tmp_path, "bcrypt").stored().startswith("$2b$")
    shop = Shop(tmp_path, "argon2")

    assert shop.login() == 200

    assert shop.stored().startswith("$argon2id$")
    assert [shop.login(), shop.login("wrong")] == [200, 400]
