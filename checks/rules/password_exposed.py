"""A password, or its stored hash, is shown.

What it does
------------
Follows typed passwords into log calls, `print`, `flash`, addresses, the session and the answers of
views, and reports a whole form or body that is logged where a password is among it, by a view, a
decorator around it or a hook before every request, and views that take a password from the query of
their address. Also reports accounts that give out what is stored: `to_dict` and its kin,
`__repr__`, `jsonify`, schemas, serializers that are told to show it or that show everything, and
the column lists of Flask-Admin and Flask-AppBuilder, Flask-Admin's plain view among them; and logs
of all settings, with the secret key and the passwords in them. A slice or the length of a password,
a password for another service, and a schema that only loads, are left alone.

Why it is bad
-------------
Logs, histories and proxies keep what they see for months and are read by more people than the
database. A session cookie of Flask is signed but not encrypted. A hash that is given out can be
guessed against offline.

Bad
---
```python
from flask import Flask, request

app = Flask(__name__)


@app.post("/login")
def login():
    password = request.form["password"]
    app.logger.info("login of %s with %s", request.form["name"], password)
    return "welcome"
```

Good
----
```python
from flask import Flask, request

app = Flask(__name__)


@app.post("/login")
def login():
    app.logger.info("login of %s", request.form["name"])
    return "welcome"
```

How to fix
----------
Take the password out of the message, the address or the answer. List the columns to give out by
name, and never all of them. Passwords that were logged are known: delete them there and ask
their owners for new ones.

References
----------
- https://cwe.mitre.org/data/definitions/532.html
- https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html
- OWASP ASVS 5.0, requirements 14.2.1 and 16.2.5
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.passwords import answered, logged_bodies, serialized, shown
from checks.passwords.exposed import Exposed
from checks.passwords.study import study
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=532,
    asvs=("14.2.1", "16.2.5"),
    summary="password or its hash is shown",
    why="Whoever reads the logs, addresses or answers has passwords, or hashes to guess against.",
    fix="Leave the password out, and name what is given out instead of giving everything.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that shows a password or a stored one."""
    looked = study(project)
    exposed = Exposed(looked)
    told = set()
    for use in exposed.find():
        told.add(use.spot)
        sure, audience = use.confidence, use.audience
        yield found(RULE, use.what, use.spot, confidence=sure, audience=audience)
    for use in exposed.asked_in_address():
        yield found(RULE, use.what, use.spot, severity="medium", confidence=use.confidence)
    for use in logged_bodies.find(looked):
        if use.spot not in told:
            yield found(RULE, use.what, use.spot, confidence=use.confidence)
    for use in (*shown.find(looked), *serialized.find(looked), *answered.find(looked)):
        yield found(RULE, use.what, use.spot, severity="medium", confidence=use.confidence)
