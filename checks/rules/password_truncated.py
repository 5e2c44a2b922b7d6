"""Only the beginning of a password counts.

What it does
------------
Reports a typed password that is sliced, such as `password[:20]`, before it is hashed, stored or
checked. In `strict`, also a bcrypt hash of a password of any length: bcrypt reads 72 bytes, and
its releases since 5.0 raise an error for more. A password that is hashed before it goes to
bcrypt, a longest length that is asked for, Flask-Bcrypt's `BCRYPT_HANDLE_LONG_PASSWORDS`, and a
slice that only shows a few characters, are left alone.

Why it is bad
-------------
A long passphrase is as weak as its beginning, and people who share a beginning can log in as each
other. Nobody is told: the wrong password is accepted without a word.

Bad
---
```python
from flask import Flask, request
from werkzeug.security import generate_password_hash

app = Flask(__name__)
users = {}


@app.post("/register")
def register():
    password = request.form["password"][:16]
    users[request.form["name"]] = generate_password_hash(password)
    return "welcome"
```

Good
----
```python
from flask import Flask, abort, request
from werkzeug.security import generate_password_hash

app = Flask(__name__)
users = {}


@app.post("/register")
def register():
    password = request.form["password"]
    if len(password) > 1024:
        abort(400, "the password is too long")
    users[request.form["name"]] = generate_password_hash(password)
    return "welcome"
```

How to fix
----------
Hash the password exactly as it was received, with Argon2id, which has no such limit. Refuse a
password that is too long with a message instead of cutting it. Who stays with bcrypt asks for
72 bytes at most, or sets `BCRYPT_HANDLE_LONG_PASSWORDS`.

References
----------
- https://cwe.mitre.org/data/definitions/222.html
- https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
- OWASP ASVS 5.0, requirements 6.2.8 and 6.2.9
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.passwords import cut
from checks.passwords.study import study
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=222,
    asvs=("6.2.8", "6.2.9"),
    summary="only the beginning of a password counts",
    why="A long passphrase is as weak as its beginning, and a wrong end is accepted.",
    fix="Hash the password as it was received, and refuse one that is too long.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each slice, and in strict for each bcrypt that reads 72 bytes."""
    looked = study(project)
    for use in looked.once("cut", lambda: cut.slices(looked)):
        yield found(RULE, use.what, use.spot, related=use.related)
    for use in cut.bcrypts(looked):
        site = looked.site(use.scope)
        if site is None or not project.guarded(site, "passwords"):
            yield found(RULE, use.what, use.spot, severity="low", audience="strict")
