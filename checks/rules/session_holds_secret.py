"""A password or a code is put into the session, where the browser can read it.

What it does
------------
Looks at what is written into Flask's `session`: typed passwords, password hashes, and one-time
codes, reset tokens, captcha answers and second-factor secrets that the user must not know or
type from elsewhere. Tokens of other services are reported in `strict`. Where the app keeps its
sessions on the server, only passwords and hashes are reported.

Why it is bad
-------------
Flask signs its session cookie and does not encrypt it. Whoever has the browser, a proxy's log or a
stolen cookie decodes it with base64: the password is there to read, and so is the code that was to
prove that the phone or the mailbox is theirs.

Bad
---
```python
import secrets

from flask import Flask, session
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login/code")
def send_code():
    session["otp"] = f"{secrets.randbelow(1_000_000):06}"
    text_message(session["user"], session["otp"])
    return "We sent you a code."
```

Good
----
```python
import secrets

from flask import Flask, session
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login/code")
def send_code():
    code = f"{secrets.randbelow(1_000_000):06}"
    remember_code(session["user"], hash_of(code), minutes=5)
    text_message(session["user"], code)
    return "We sent you a code."
```

How to fix
----------
Keep secrets in the database or in a store on the server, hashed and with an end, and put only a
number into the session.

References
----------
- https://cwe.mitre.org/data/definitions/315.html
- https://flask.palletsprojects.com/en/stable/quickstart/#sessions
- OWASP ASVS 5.0, requirements 14.2.3 and 14.3.3
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.python import last_name
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.server_sessions import server_sessions
from checks.rule import Meta
from checks.tokens.in_session import Secret, session_secrets

_SETS_UP = lazy(r"set_?up|enable|enrol|activate|add|register")

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=315,
    asvs=("14.2.3", "14.3.3"),
    summary="secret in the session cookie",
    why="The session cookie is signed, not encrypted: whoever has it reads the secret.",
    fix="Keep the secret on the server, and put only a reference into the session.",
)


def _is_being_set_up(secret: Secret) -> bool:
    """Return whether the user, who is shown the secret of a new second factor, has it for a while.

    The same function takes it out of the session again, and is called so.
    """
    taken = any(last_name(call.func) == "pop" for call in secret.scope.calls)
    return secret.kind == "code" and taken and _SETS_UP.search(secret.scope.name) is not None


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each secret that is written into the session."""
    on_server = {
        module
        for site in project.parts
        if server_sessions(site, project) is not None
        for module in site.modules
    }
    for secret in session_secrets(project):
        kept = secret.scope.module in on_server
        if kept and secret.kind != "password":
            continue
        where = (
            "the session on the server" if kept else "the session cookie, which is not encrypted"
        )
        yield found(
            RULE,
            f"{secret.what} is put into {where}.",
            secret.scope.spot(secret.node),
            severity="low" if kept or secret.kind == "foreign" else None,
            confidence="medium" if secret.kind != "password" else None,
            audience="strict" if secret.kind == "foreign" or _is_being_set_up(secret) else None,
        )
