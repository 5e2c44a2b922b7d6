"""A typed password is compared with the stored one as it is.

What it does
------------
Reports a password from a form, JSON, a WTForms field or a parameter so named that is compared
with a stored one: by `==`, `!=`, `in`, `compare_digest`, `filter_by(password=...)`,
`User.password == ...` in a query, a look-up in a dictionary or document, or `password = ?` in
SQL. A comparison with the confirmation field, with an empty text, or of two hashes is none.

Why it is bad
-------------
It works only if passwords are stored as they were typed, or if the client sends the hash
itself, which is as good as the password. Who reads the database can log in as anybody.

Bad
---
```python
import flask
import flask_login

app = flask.Flask(__name__)


class User(flask_login.UserMixin):
    def __init__(self, email, password):
        self.id = email
        self.password = password


users = {"leafstorm": User("leafstorm", "secret")}


@app.post("/login")
def login():
    user = users.get(flask.request.form["email"])
    if user is None or user.password != flask.request.form["password"]:
        return flask.redirect("/login")
    flask_login.login_user(user)
    return flask.redirect("/")
```

Good
----
```python
import flask
import flask_login
from werkzeug.security import check_password_hash

app = flask.Flask(__name__)


class User(flask_login.UserMixin):
    def __init__(self, email, password_hash):
        self.id = email
        self.password_hash = password_hash


users = {}


@app.post("/login")
def login():
    user = users.get(flask.request.form["email"])
    password = flask.request.form["password"]
    if user is None or not check_password_hash(user.password_hash, password):
        return flask.redirect("/login")
    flask_login.login_user(user)
    return flask.redirect("/")
```

How to fix
----------
Store hashes, look the user up by name alone, and check the password with
`hardening.passwords.verify_password` or `check_password_hash`.

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
from checks.passwords.compares import Compares
from checks.passwords.study import study
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=256,
    asvs=("11.4.2",),
    summary="typed password compared with a stored one as it is",
    why="It works only with passwords stored in plain text, which whoever reads them can use.",
    fix="Look the user up by name and check with check_password_hash or verify_password.",
    bandit="B804",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each plain comparison."""
    for use in Compares(study(project)).find():
        yield found(RULE, use.what, use.spot, confidence=use.confidence, related=use.related)
