"""Tokens for different purposes are signed alike, so that one works as the other.

What it does
------------
Compares what the project signs with itsdangerous or as JSON web tokens: tokens made with the same
key and the same salt, for purposes that the names of functions, views and their callers tell
(reset, confirmation, invitation, login), whose contents do not say what they are for; or tokens
that are read alike where an account is confirmed and where a password is set. Different salts,
different keys of the dictionary and an entry such as `purpose` keep them apart.

Why it is bad
-------------
The token that confirms an address is mailed freely and lives for days. Where the reset takes it
too, it sets a new password; an attacker asks for the easier one and uses it for the other.

Bad
---
```python
from flask import Flask
from flask_login import LoginManager
from itsdangerous import URLSafeTimedSerializer

app = Flask(__name__)
login_manager = LoginManager(app)
serializer = URLSafeTimedSerializer(app.secret_key)

def confirmation_token(user):
    return serializer.dumps(user.email)

def reset_token(user):
    return serializer.dumps(user.email)
```

Good
----
```python
from flask import Flask
from flask_login import LoginManager
from itsdangerous import URLSafeTimedSerializer

app = Flask(__name__)
login_manager = LoginManager(app)
serializer = URLSafeTimedSerializer(app.secret_key)

def confirmation_token(user):
    return serializer.dumps(user.email, salt="confirm-address")

def reset_token(user):
    return serializer.dumps(user.email, salt="reset-password")
```

How to fix
----------
Give every purpose a salt of its own, or put the purpose into the token and compare it.

References
----------
- https://cwe.mitre.org/data/definitions/345.html
- https://itsdangerous.palletsprojects.com/en/stable/concepts/#the-salt
- OWASP ASVS 5.0, requirement 9.2.2
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.rule import Meta
from checks.tokens.read_alike import read_alike
from checks.tokens.shared import shared_tokens

RULE = Meta(
    severity="medium",
    confidence="medium",
    cwe=345,
    asvs=("9.2.2",),
    summary="one token for different purposes",
    why="A token that is mailed freely, to confirm an address, also does what another one does.",
    fix="Give every purpose a salt of its own, or put the purpose into the token.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each salt that tokens of several purposes share."""
    told = False
    for shared in shared_tokens(project):
        told = True
        names = " and ".join(sorted(shared.purposes))
        yield found(
            RULE,
            f"Tokens for {names} are made alike, with {shared.how}.",
            shared.first,
            related=[(spot, "made here too") for spot in shared.others[:5]],
        )
    for alike in () if told else read_alike(project):
        names = " and ".join(sorted(alike.purposes))
        yield found(
            RULE,
            f"Tokens for {names} are read alike, with the same key and salt.",
            alike.first,
            related=[(spot, "read here too") for spot in alike.others[:5]],
        )
