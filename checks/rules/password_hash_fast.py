"""A password is hashed with a function that is made to be fast.

What it does
------------
Reports MD5, SHA-1, SHA-2, SHA-3, BLAKE2, HMAC, CRC-32 and the like where a password reaches
them, also through the project's own functions, `hashlib.new`, `update` and SQL functions such as
`MD5(?)`. A fast hash whose result goes on into bcrypt, scrypt, PBKDF2 or Argon2 is left alone,
and so are the look-up of a password's prefix in a list of leaked ones, and functions whose name
says that they check legacy hashes.

Why it is bad
-------------
One graphics card tries tens of billions of MD5 or SHA-1 and billions of SHA-256 hashes a second.
A salt does not change that: most passwords of a leaked table are known within hours.

Bad
---
```python
import hashlib

from flask import Flask, request

app = Flask(__name__)
users = {}


@app.post("/register")
def register():
    digest = hashlib.sha256(request.form["password"].encode()).hexdigest()
    users[request.form["name"]] = digest
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
Use a hash made for passwords: `hardening.passwords.hash_password` (Argon2id) or
`generate_password_hash`. To keep the stored hashes, verify an old one once more at the next login
and replace it then, or wrap all of them in the new hash at once.

References
----------
- https://cwe.mitre.org/data/definitions/916.html
- https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 11.4.2
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.passwords.fast import Fast
from checks.passwords.study import study
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=916,
    asvs=("11.4.2",),
    summary="password hashed with a fast function",
    why="Whoever gets the hashes can try billions of passwords a second against them.",
    fix="Hash passwords with Argon2id, such as hash_password does, or generate_password_hash.",
    bandit="B806",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each fast hash that a password reaches."""
    for use in Fast(study(project)).find():
        yield found(
            RULE, use.what, use.spot,
            confidence=use.confidence, audience=use.audience, related=use.related,
        )  # fmt: skip
