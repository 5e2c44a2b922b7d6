"""`password-column-short`: columns that cannot hold a password hash, and columns that can."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-column-short"
HEAD = """
import bcrypt, peewee, mongoengine, sqlite3
import sqlalchemy as sa
from flask import Flask
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.security import generate_password_hash

app = Flask(__name__)
db = SQLAlchemy(app)
SIZE = 50
"""


def model(line):
    """Return a user model with one more line; carets keep their columns."""
    body = "\n".join(f"    {part}" for part in line.strip("\n").split("\n"))
    return f"{HEAD}\nclass User(UserMixin, db.Model):\n    id = db.Column(db.Integer)\n{body}\n"


OFFENCES = {
    "SQLAlchemy": '''
password = db.Column(db.String(80))
           ^^^^^^^^^^^^^^^^^^^^^^^^ password holds 80 characters, Argon2id takes 97.
''',
    "length by name": '''
password_hash = db.Column("pw", db.String(length=64), nullable=False)
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ password_hash holds 64
''',
    "typed": '''
pw_hash: Mapped[str] = mapped_column(sa.String(60))
                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "constant": '''
_password = db.Column(sa.Unicode(SIZE))
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "peewee": '''
password = peewee.CharField(max_length=80)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "MongoEngine": '''
password = mongoengine.StringField(required=True, max_length=96)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "Pony": '''
password = Required(str, 60)
           ^^^^^^^^^^^^^^^^^
''',
}  # fmt: skip


@pytest.mark.parametrize("line", OFFENCES.values(), ids=OFFENCES)
def test_short_columns(audit, line):
    """A length below an Argon2id hash is found, however it is declared."""
    (finding,) = audit(RULE, model(line))

    assert finding.severity == "low"


def test_core_table(audit):
    """A table that is no class is read too."""
    audit(
        RULE,
        HEAD
        + """
users = sa.Table("users", sa.MetaData(), sa.Column("password", sa.String(60)), sa.Column("n", sa.String(9)))
                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    )


def test_statement(audit):
    """So is the text of a statement."""
    audit(
        RULE,
        HEAD
        + '''
sqlite3.connect("x").execute("""
CREATE TABLE IF NOT EXISTS users (
    name VARCHAR(20),
    password VARCHAR(50) NOT NULL
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
)""")
''',
    )


IN_USE = {
    "bcrypt": ("String(50)", "bcrypt.hashpw(p, bcrypt.gensalt())", "bcrypt takes 60"),
    "scrypt": ("String(128)", "generate_password_hash(p, method='scrypt')", "scrypt takes 162"),
    "PBKDF2": ("String(100)", "generate_password_hash(p, 'pbkdf2:sha256')", "pbkdf2 takes 103"),
}


@pytest.mark.parametrize(("kind", "call", "said"), IN_USE.values(), ids=IN_USE)
def test_hash_in_use(audit, kind, call, said):
    """Where the hash that the app makes does not fit, it says so and weighs more."""
    column = f"password = db.Column(db.{kind})"
    carets = " " * len("password = ") + "^" * len(column[11:])
    text = model(f"{column}\n{carets}") + f"\ndef make(p):\n    return {call}\n"

    (finding,) = audit(RULE, text)

    assert said in finding.message
    assert (finding.severity, finding.audience) == ("medium", "default")


def test_default_of_werkzeug(audit):
    """What only Werkzeug's present default does not fit into is for careful shops."""
    text = model("password = db.Column(db.String(128))\n           ^^^^^^^^^^^^^^^^^^^^^^^^^")

    (finding,) = audit(RULE, text + "\ndef make(p):\n    return generate_password_hash(p)\n")

    assert finding.audience == "strict"


NEAR_MISSES = {
    "long enough": "password = db.Column(db.String(255))",
    "exactly": "password = db.Column(db.String(97))",
    "no length": "password = db.Column(db.String)",
    "text": "password = db.Column(db.Text)",
    "bcrypt beside a long column": "password = db.Column(db.String(128))",
    "salt": "password_salt = db.Column(db.String(32))",
    "reset token": "password_reset_token = db.Column(db.String(32))",
    "time of change": "password_changed_at = db.Column(db.String(32))",
    "other service": "smtp_password = db.Column(db.String(64))",
    "other column": "username = db.Column(db.String(64))",
    "type of its own": "password = db.Column(PasswordType(80))",
}


@pytest.mark.parametrize("line", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, line):
    """Columns that hold any hash, or something else, are left alone."""
    audit(RULE, model(line) + "\ndef make(p):\n    return bcrypt.hashpw(p, bcrypt.gensalt())\n")


def test_no_account(audit):
    """A device's password, a migration and a test are none of a user's columns."""
    device = HEAD + "class Camera(db.Model):\n    password = db.Column(db.String(32))\n"
    user = HEAD + "class User(db.Model):\n    password = db.Column(db.String(32))\n"
    table = 'import sqlalchemy as sa\nt = sa.Table("users", sa.MetaData(), sa.Column("password", sa.String(60)))\n'
    audit(RULE, {"app.py": device, "tests/test_x.py": user, "migrations/versions/1.py": table})


APP = "from flask import Flask\napp = Flask(__name__)\n"


@pytest.mark.parametrize("name", ["schema.sql", "db/init.SQL", "sql/users.sql"])
def test_sql_file(audit, name):
    """A table that an SQL file declares counts like one in the sources."""
    table = (
        "-- accounts\nCREATE TABLE IF NOT EXISTS `users` (\n    id INT,\n"
        "    password character varying(60) NOT NULL,\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ password holds 60 characters\n"
        ");\nCREATE TABLE notes (passphrase VARCHAR(20));\n"
    )

    audit(RULE, {"app.py": APP, name: table})


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("schema.sql", "CREATE TABLE users (password VARCHAR(255))"),
        ("schema.sql", "CREATE TABLE users (password TEXT, name VARCHAR(20))"),
        ("schema.sql", "CREATE TABLE servers (password VARCHAR(20))"),
        ("schema.sql", "create table users (password_reset_code char(6))"),
        ("tests/schema.sql", "CREATE TABLE users (password VARCHAR(20))"),
        ("db/dump_2020.sql", "CREATE TABLE users (password VARCHAR(20))"),
        ("migrations/2.sql", "CREATE TABLE users (password VARCHAR(20))"),
    ],
)
def test_sql_file_near_misses(audit, name, table):
    """Long columns, other tables, tests and migrations are left alone."""
    audit(RULE, {"app.py": APP, name: table + ";\n"})


def test_sql_file_without_an_app(audit):
    """SQL files of a project that makes no app belong to something else."""
    audit(RULE, {"tool.py": "password = 1\n", "s.sql": "CREATE TABLE users (password CHAR(9));\n"})


def test_table_in_a_docstring(audit):
    """What a docstring shows declares nothing."""
    text = "CREATE TABLE users (\n    password VARCHAR(20)\n)"

    audit(RULE, f'"""Reads this.\n\n{text}\n"""\n{APP}')
    audit(RULE, f'{APP}def read():\n    """Reads this.\n\n{text}\n    """\n    return "password"\n')


@pytest.mark.parametrize(
    "name", ["password_ver", "password_rev", "password_expires_in", "pwd_flag"]
)
def test_columns_about_a_password(audit, name):
    """Its version or end is no hash, and needs no room for one."""
    audit(RULE, model(f"{name} = db.Column(db.String(16))"))
