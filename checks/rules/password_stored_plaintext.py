"""A password is stored as it was typed.

What it does
------------
Follows passwords from forms, JSON, WTForms fields and parameters so named through variables and
the project's own functions. It reports where one is kept without having passed a password hash:
in an attribute or constructor of a user class, an `INSERT` or `UPDATE`, a document, a dictionary
of users, or a file. Property setters, column types, validators, listeners and `save` methods
that hash are recognised. A parameter that all callers give a hash is not a typed password.

Why it is bad
-------------
Databases leak: by a backup, an injection, a former employee. With plain passwords the leak is a
login for every account, and for the same people's accounts elsewhere.

Bad
---
```python
from flask import Flask, request
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), unique=True)
    password = db.Column(db.String(255))


@app.post("/register")
def register():
    user = User(name=request.form["name"], password=request.form["password"])
    db.session.add(user)
    db.session.commit()
    return "welcome"
```

Good
----
```python
from flask import Flask, request
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash

app = Flask(__name__)
db = SQLAlchemy(app)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), unique=True)
    password = db.Column(db.String(255))


@app.post("/register")
def register():
    hashed = generate_password_hash(request.form["password"])
    db.session.add(User(name=request.form["name"], password=hashed))
    db.session.commit()
    return "welcome"
```

How to fix
----------
Store what `hardening.passwords.hash_password` (Argon2id) or `generate_password_hash` returns,
and hash the passwords that are stored already once, all of them, in a migration.

References
----------
- https://cwe.mitre.org/data/definitions/256.html
- https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 11.4.2
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.passwords.stores import Stores
from checks.passwords.study import study
from checks.project import Project
from checks.project.transfers import is_transfer
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=256,
    asvs=("11.4.2",),
    summary="password stored as it was typed",
    why="Whoever reads the database or a backup can log in as anybody, here and elsewhere.",
    fix="Store what hash_password or generate_password_hash makes of it.",
    bandit="B805",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that keeps a typed password."""
    for use in Stores(study(project)).find():
        yield found(
            RULE,
            use.what,
            use.spot,
            confidence=use.confidence,
            audience="strict" if is_transfer(use.scope) else None,
            related=use.related,
        )
