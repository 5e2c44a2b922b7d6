"""The column for the password hash is too short.

What it does
------------
Reads the declared length of the columns of accounts that hold a password or its hash: SQLAlchemy,
SQLModel, peewee, MongoEngine and Pony models, `Table(...)` and `CREATE TABLE` in texts and `.sql`
files. Reports a length below the 97 characters of an Argon2id hash, and says where the hash that
the app makes today does not fit either: Werkzeug's scrypt takes 162, its PBKDF2 103, bcrypt 60.
Where only Werkzeug's default does not fit, the finding is `strict`: releases before 2.3 had a
shorter one. Migrations, and passwords for other services, are left alone.

Why it is bad
-------------
PostgreSQL refuses a value that is too long, and MySQL outside its strict mode cuts it off without
a word: everybody whose hash is replaced is locked out. So an app that cannot hold a better hash
stays with the weak one.

Bad
---
```python
from flask import Flask
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    password_hash = db.Column(db.String(80))
```

Good
----
```python
from flask import Flask
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    password_hash = db.Column(db.String(255))
```

How to fix
----------
Declare 255 characters and widen the column in a migration. That holds every hash in use, also an
old one that is wrapped in Argon2id (116 to 175 characters). Hashes that were cut cannot be mended:
their owners need a reset.

References
----------
- https://cwe.mitre.org/data/definitions/131.html
- https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 11.4.2
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.passwords import columns
from checks.passwords.study import study
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=131,
    asvs=("11.4.2",),
    summary="column too short for a password hash",
    why="A better hash is refused or cut off by the database, which locks its owner out.",
    fix="Declare 255 characters and widen the column in a migration.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each column that is too short."""
    for short in columns.find(study(project)):
        if short.hash_name is None:
            message = (
                f"{short.name} holds {short.length} characters, Argon2id takes {columns.ARGON2ID}."
            )
            yield found(RULE, message, short.spot)
            continue
        message = (
            f"{short.name} holds {short.length} characters, "
            f"{short.hash_name} takes {short.needed}: the hash in use does not fit."
        )
        if short.hash_name == columns.DEFAULT and short.length >= columns.ARGON2ID:
            yield found(RULE, message, short.spot, confidence="medium", audience="strict")
        else:
            yield found(RULE, message, short.spot, severity="medium")
