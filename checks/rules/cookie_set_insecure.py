"""A cookie of the app's own that says who somebody is lacks an attribute that protects it.

What it does
------------
Looks at `set_cookie` calls and `Set-Cookie` headers for cookies whose name or value tells of a
session, a token, a login or a user. It reports `secure` and `httponly` that are left out or False,
and `samesite="None"` without Secure; a missing `samesite` alone in `strict`. A token against
cross-site requests is meant to be read by scripts. Cookies with other contents, such as a
language, and those that are deleted are not reported. Also reported are cookies of
Flask-JWT-Extended with `JWT_COOKIE_SECURE` off, its default.

Why it is bad
-------------
Without Secure the cookie goes over plain http, which an attacker on the network can cause at any
time; without HttpOnly any script in the page reads it.

Bad
---
```python
from flask import Flask, make_response
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    response = make_response("Welcome")
    response.set_cookie("auth_token", new_token())
    return response
```

Good
----
```python
from flask import Flask, make_response
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    response = make_response("Welcome")
    response.set_cookie("auth_token", new_token(), secure=True, httponly=True, samesite="Lax")
    return response
```

How to fix
----------
Pass `secure=True, httponly=True, samesite="Lax"`.

References
----------
- https://cwe.mitre.org/data/definitions/614.html
- https://flask.palletsprojects.com/en/stable/web-security/#security-cookie
- OWASP ASVS 5.0, requirements 3.3.1, 3.3.2 and 3.3.4
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.rule import Meta
from checks.tokens.cookie_calls import insecure_cookies

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=614,
    asvs=("3.3.1", "3.3.2", "3.3.4"),
    summary="cookie set without Secure, HttpOnly or SameSite",
    why="An attacker on the network or a script in the page reads the cookie and is the user.",
    fix='Pass secure=True, httponly=True, samesite="Lax" to set_cookie.',
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each cookie that is set without what protects it."""
    for cookie in insecure_cookies(project):
        yield found(
            RULE,
            cookie.message,
            cookie.spot,
            severity=cookie.severity,
            confidence="medium" if cookie.doubtful else None,
            audience="strict" if cookie.strict else None,
        )
