"""The session cookie lacks an attribute that protects it.

What it does
------------
Looks at `SESSION_COOKIE_SECURE`, `SESSION_COOKIE_HTTPONLY` and `SESSION_COOKIE_SAMESITE` in every
configuration that may reach the running app. It reports a value that is unsafe where it is
written, and once for the app what nothing sets although Flask's default is unsafe: `Secure` is off
and `SameSite` is left out. Talisman and `harden(app)` set them. `Secure` that only a variable
turns on, which no deployment file of the project sets, is off by default. An app whose views never
use the session has no such cookie. A `SESSION_COOKIE_DOMAIN` that is a whole domain, such as
`.example.com`, hands the cookie to every subdomain.

Why it is bad
-------------
Without `Secure` one request over plain http, which an attacker on the network can cause,
carries the session in the clear. Without `HttpOnly` injected script can read it. Without
`SameSite` other sites can make requests with it.

Bad
---
```python
import os

from flask import Flask

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
```

Good
----
```python
import os

from flask import Flask

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
app.config.update(
    SESSION_COOKIE_SECURE=True,
    SESSION_COOKIE_SAMESITE="Lax",
)
```

How to fix
----------
Set `SESSION_COOKIE_SECURE = True` and `SESSION_COOKIE_SAMESITE = "Lax"` where the production
configuration is made, or wrap the app with `harden(app)`.

References
----------
- https://cwe.mitre.org/data/definitions/614.html
- https://flask.palletsprojects.com/en/stable/web-security/#security-cookie
- OWASP ASVS 5.0, requirements 3.3.1, 3.3.2 and 3.3.4
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.cookies import CookieKeys, cookie_findings
from checks.finding import Finding
from checks.project import Project
from checks.project.visitors import keeps_sessions
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=614,
    asvs=("3.3.1", "3.3.2", "3.3.4"),
    summary="session cookie without Secure, HttpOnly or SameSite",
    why="An attacker on the network, in the page or on another site can use the session.",
    fix='Set SESSION_COOKIE_SECURE = True and SESSION_COOKIE_SAMESITE = "Lax" for production.',
    mended=(
        "Sets `SESSION_COOKIE_HTTPONLY` to true, and `SESSION_COOKIE_SECURE` in "
        "configuration for production that is served over https, or where HTTPS is mandatory."
    ),
)

_KEYS = CookieKeys(
    what="session cookie",
    secure="SESSION_COOKIE_SECURE",
    http_only="SESSION_COOKIE_HTTPONLY",
    same_site="SESSION_COOKIE_SAMESITE",
    guard="cookies",
    talisman={
        "SESSION_COOKIE_SECURE": "session_cookie_secure",
        "SESSION_COOKIE_SAMESITE": "session_cookie_samesite",
    },
)


def check(project: Project) -> Iterator[Finding]:
    """Yield unsafe values where they are written, and one finding for what is missing."""
    for site in project.parts:
        absent = keeps_sessions(project, site)
        yield from cookie_findings(project, site, _KEYS, RULE, absent=absent)
