"""A token that resets a password or confirms an account never ends, or works again and again.

What it does
------------
Reports `loads` of a timed serializer of itsdangerous without `max_age`, and serializers without
a clock, where a reset, confirmation, invitation or login token is read. In views that set a new
password by a token it reports a stored token whose age nothing compares and that is not cleared,
and a signed one that stays good after it was used: nothing in it, or in the key or salt, changes
with the password.

Why it is bad
-------------
Mail lies about for years, is forwarded and searched. A link that still works opens the account
for whoever finds it.

Bad
---
```python
from flask import Flask, request
from flask_login import LoginManager
from itsdangerous import URLSafeTimedSerializer

app = Flask(__name__)
login_manager = LoginManager(app)
serializer = URLSafeTimedSerializer(app.secret_key, salt="reset")

@app.post("/reset/<token>")
def reset_password(token):
    user = find_user(serializer.loads(token))
    user.set_password(request.form["password"])
    return "Done"
```

Good
----
```python
from flask import Flask, request
from flask_login import LoginManager
from itsdangerous import URLSafeTimedSerializer

app = Flask(__name__)
login_manager = LoginManager(app)
serializer = URLSafeTimedSerializer(app.secret_key, salt="reset")

@app.post("/reset/<token>")
def reset_password(token):
    name, stamp = serializer.loads(token, max_age=1800)
    user = find_user(name)
    if user.password_stamp != stamp:
        return "This link was used already", 400
    user.set_password(request.form["password"])
    return "Done"
```

How to fix
----------
Give `loads` a `max_age` of minutes, and sign with the token something that a new password
changes, such as a part of the old hash; or clear a stored token when it was used.

References
----------
- https://cwe.mitre.org/data/definitions/640.html
- https://itsdangerous.palletsprojects.com/en/stable/timed/
- https://cheatsheetseries.owasp.org/cheatsheets/Forgot_Password_Cheat_Sheet.html
- OWASP ASVS 5.0, requirements 6.5.1 and 6.5.5
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.rule import Meta
from checks.tokens.endless import endless_reads
from checks.tokens.resets import lasting_resets

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=640,
    asvs=("6.5.1", "6.5.5"),
    summary="token of a reset or confirmation without an end",
    why="Whoever finds the mail, now or in years, enters the account.",
    fix="Give loads a max_age of minutes, and make the token worthless once it was used.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield reads of tokens without an end, and resets whose token stays good."""
    told = set()
    for read in endless_reads(project):
        told.add(read.scope)
        yield found(RULE, read.message, read.scope.spot(read.call), confidence=read.confidence)
    for reset in lasting_resets(project, told):
        yield found(
            RULE,
            reset.message,
            reset.view.spot,
            severity=reset.severity,
            confidence="medium",
            related=[(reset.change.scope.spot(reset.change.node), "the password is set here")],
        )
