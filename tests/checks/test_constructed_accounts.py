"""Passwords that reach an account by the place of an argument, a table or a base's `__init__`."""

from __future__ import annotations

import pytest

RULE = "password-stored-plaintext"
HEAD = """from dataclasses import dataclass
from flask import Flask, redirect, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from werkzeug.security import generate_password_hash
app = Flask(__name__)
db = SQLAlchemy(app)
"""
MODEL = """class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)
    password = db.Column(db.String)
"""
MAPPED = """class Base(MappedAsDataclass, DeclarativeBase): pass
class Customer(Base):
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    name: Mapped[str]
    password: Mapped[str]
"""
PLAIN = "    def __init__(self, name, pw):\n        self.name = name\n        self.password = pw\n"
BASE = (
    "    def __init__(self, name, password):\n"
    "        super().__init__(name=name, password=password)\n"
)
HASHES = PLAIN.replace("= pw", "= generate_password_hash(pw)")
SAVE = "    db.session.add(c)\n    db.session.commit()\n"


def view(given, save=SAVE):
    """Return a view that makes a customer."""
    return (
        "@app.post('/register')\ndef register():\n    name = request.form['name']\n"
        "    plaintext_password = request.form['password']\n"
        f"    c = Customer({given})\n{save}    return redirect('/')\n"
    )


BY_PLACE = "name, plaintext_password"
BAD = {
    "own __init__": MODEL + PLAIN + view(BY_PLACE),
    "base's __init__": MODEL + BASE + view(BY_PLACE),
    "mapped dataclass": MAPPED + view(BY_PLACE),
    "dataclass": "@dataclass\nclass Customer(db.Model):\n    name: str\n    password: str\n"
    + view(BY_PLACE),
    "class of a file that is not there": "from shop.models import Customer\n" + view(BY_PLACE),
    "table of keywords": MODEL + view("**{'name': name, 'password': plaintext_password}"),
}
GOOD = {
    "hashing __init__": MODEL + HASHES + view(BY_PLACE),
    "given a hash": MODEL + PLAIN + view("name, generate_password_hash(plaintext_password)"),
    "mapped dataclass, hashed": MAPPED + view("name, generate_password_hash(plaintext_password)"),
    "another field": MAPPED + view("plaintext_password, generate_password_hash(name)"),
    "not saved": "from bank import Customer\n" + view(BY_PLACE, save="    c.connect()\n"),
    "a client": "from bank import Session as Customer\n"
    + view(BY_PLACE, save="").replace("Customer(", "Connection(").replace("import Session as ", ""),
}


@pytest.mark.parametrize("name", BAD)
def test_found(outcome, name):
    """A typed password is followed to the attribute that it becomes."""
    assert outcome({"app.py": HEAD + BAD[name]}, select=(RULE,)).findings


@pytest.mark.parametrize("name", GOOD)
def test_near_misses(outcome, name):
    """What is hashed, goes elsewhere or is never saved is right."""
    assert outcome({"app.py": HEAD + GOOD[name]}, select=(RULE,)).findings == ()
