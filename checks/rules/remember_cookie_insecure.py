"""Flask-Login's remember cookie lacks an attribute that protects it.

What it does
------------
In an app that can remember users (`login_user(..., remember=...)` is used somewhere), looks at
`REMEMBER_COOKIE_SECURE`, `REMEMBER_COOKIE_HTTPONLY` and `REMEMBER_COOKIE_SAMESITE` in every
configuration that may reach the running app. It reports a value that is unsafe where it is
written, and once for the app what nothing sets although Flask-Login's default is unsafe: `Secure`
is off and `SameSite` is left out; `Secure` that only a variable turns on, which no deployment file
of the project sets, is off by default. Talisman does not touch this cookie; `harden(app)` does.

Why it is bad
-------------
The remember cookie is good for a year by default and logs its holder in without a password.
One request over plain http, which an attacker on the network can cause, gives it away.

Bad
---
```python
import os

from flask import Flask
from flask_login import LoginManager, login_user

app = Flask(__name__)
login_manager = LoginManager(app)


@app.post("/login")
def login():
    user = check_credentials()
    login_user(user, remember=True)
    return "welcome"
```

Good
----
```python
import os

from flask import Flask
from flask_login import LoginManager, login_user

app = Flask(__name__)
app.config["REMEMBER_COOKIE_SECURE"] = True
app.config["REMEMBER_COOKIE_SAMESITE"] = "Lax"
login_manager = LoginManager(app)


@app.post("/login")
def login():
    user = check_credentials()
    login_user(user, remember=True)
    return "welcome"
```

How to fix
----------
Set `REMEMBER_COOKIE_SECURE = True` and `REMEMBER_COOKIE_SAMESITE = "Lax"` where the production
configuration is made, or wrap the app with `harden(app)`.

References
----------
- https://cwe.mitre.org/data/definitions/614.html
- https://flask-login.readthedocs.io/en/latest/#cookie-settings
- OWASP ASVS 5.0, requirements 3.3.1, 3.3.2 and 3.3.4
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.cookies import CookieKeys, cookie_findings
from checks.finding import Finding
from checks.project import Project
from checks.project.remembering import remembers
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=614,
    asvs=("3.3.1", "3.3.2", "3.3.4"),
    summary="remember cookie without Secure, HttpOnly or SameSite",
    why="The cookie logs its holder in for a year, and one plain request gives it away.",
    fix='Set REMEMBER_COOKIE_SECURE = True and REMEMBER_COOKIE_SAMESITE = "Lax" for production.',
    mended=(
        "Sets `REMEMBER_COOKIE_HTTPONLY` to true, and `REMEMBER_COOKIE_SECURE` in "
        "configuration for production that is served over https, or where HTTPS is mandatory."
    ),
)

_KEYS = CookieKeys(
    what="remember cookie",
    secure="REMEMBER_COOKIE_SECURE",
    http_only="REMEMBER_COOKIE_HTTPONLY",
    same_site="REMEMBER_COOKIE_SAMESITE",
    guard="remember",
    talisman={},
)


def check(project: Project) -> Iterator[Finding]:
    """Yield unsafe values where they are written, and one finding for what is missing."""
    for site in project.parts:
        yield from cookie_findings(project, site, _KEYS, RULE, absent=remembers(project, site))
