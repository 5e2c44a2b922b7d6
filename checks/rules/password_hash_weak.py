"""A password hash is told to cost too little.

What it does
------------
Reads the cost that Werkzeug, bcrypt, Flask-Bcrypt, `hashlib.pbkdf2_hmac`, `hashlib.scrypt`,
argon2-cffi, pwdlib and passlib are given, and compares it with a floor: 600,000 rounds of
PBKDF2 with SHA-256 (1,300,000 with SHA-1, 210,000 with SHA-512), bcrypt with 10, Argon2 with
19,456 KiB and 2 passes or an equal, scrypt with N=131,072, salts of 16. Passlib's own default of
29,000 rounds is below it. A value that the sources do not tell is not judged, and neither is
Werkzeug's default. Other schemes of a passlib context than the default only check old hashes.

Why it is bad
-------------
The cost of a hash is the price of one guess. At 1,000 rounds somebody with the table tries
hundreds of times more passwords than at the floor; a short salt is shared by several users,
who are then guessed together.

Bad
---
```python
from flask import Flask, request
from werkzeug.security import generate_password_hash

app = Flask(__name__)
users = {}


@app.post("/register")
def register():
    users[request.form["name"]] = generate_password_hash(
        request.form["password"], method="pbkdf2:sha256:1000", salt_length=8
    )
    return "welcome"
```

Good
----
```python
from flask import Flask, request
from werkzeug.security import generate_password_hash

app = Flask(__name__)
users = {}


@app.post("/register")
def register():
    users[request.form["name"]] = generate_password_hash(request.form["password"])
    return "welcome"
```

How to fix
----------
Leave the cost to the library's current default, or use `hardening.passwords.hash_password`.
Old hashes can be replaced when their owner logs in; `harden(app)` does that by itself.

References
----------
- https://cwe.mitre.org/data/definitions/916.html
- https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 11.4.2 and appendix C
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.passwords import costs
from checks.passwords.study import study
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=916,
    asvs=("11.4.2",),
    summary="password hash with too little cost",
    why="Whoever gets the hashes pays less for each guess than for a hash at the floor.",
    fix="Leave the cost to the library's current default, or use hash_password (Argon2id).",
    bandit="B807",
    mended=(
        "Raises the cost of bcrypt and of Werkzeug's PBKDF2, whose hashes hold their own "
        "cost, where the longer hash fits."
    ),
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each call and setting that asks for too little."""
    looked = study(project)
    for use in looked.once("weak", lambda: costs.find(looked)):
        yield found(RULE, use.what, use.spot, confidence=use.confidence)
    for problem, setting in costs.settings(project):
        yield found(RULE, f"{setting.key} hashes passwords with {problem}.", setting.spot)
