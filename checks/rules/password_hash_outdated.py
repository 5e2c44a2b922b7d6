"""A password hash is sound, but not the one to choose today.

What it does
------------
Reports PBKDF2, scrypt and bcrypt where they are given a cost at or above the floor: Werkzeug's
`generate_password_hash`, Flask-Bcrypt, `bcrypt.hashpw`, `hashlib.pbkdf2_hmac`, `hashlib.scrypt`,
passlib's schemes and contexts, and Flask-Security's `SECURITY_PASSWORD_HASH`. A cost below the
floor is `password-hash-weak`. Argon2 is not reported, nor is an app that `harden(app)` wraps with
its `passwords` guard on: it replaces these hashes by itself.

Why it is bad
-------------
PBKDF2 and bcrypt need next to no memory, so that a graphics card guesses in thousands of lanes at
once. Werkzeug's scrypt, 32768:8:1, is below every line of OWASP's advice. Argon2id is stronger
and cheaper for the server: a login takes a quarter of the time or less.

Bad
---
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

Good
----
```python
from flask import Flask, request
from hardening.passwords import hash_password

app = Flask(__name__)
users = {}


@app.post("/register")
def register():
    users[request.form["name"]] = hash_password(request.form["password"])
    return "welcome"
```

How to fix
----------
`harden(app)` does it by itself: each hash becomes Argon2id when its owner logs in, and
`flask hardening upgrade-hashes` wraps those of people who never come back. Without it, hash with
`hardening.passwords.hash_password` or argon2-cffi, go on verifying the old hashes, and replace
each one after a successful login. The column must hold 97 characters; declare 255.

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
from checks.passwords import outdated
from checks.passwords.study import study
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    audience="strict",
    cwe=916,
    asvs=("11.4.2",),
    summary="password hash that Argon2id has replaced",
    why="Whoever gets the hashes guesses on graphics cards at a price that Argon2id raises.",
    fix="Wrap the app with harden(app), which moves users to Argon2id when they log in.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each call and setting that chooses another hash."""
    looked = study(project)
    for use in outdated.find(looked):
        site = looked.site(use.scope)
        if site is None or not project.guarded(site, "passwords"):
            yield found(RULE, use.what, use.spot)
    for algorithm, setting in outdated.settings(project):
        site = project.site_of(setting.spot.path)
        if site is None or not project.guarded(site, "passwords"):
            message = f"{setting.key} chooses {algorithm}, which Argon2id has replaced."
            yield found(RULE, message, setting.spot)
