"""One request changes the settings of all.

What it does
------------
Finds functions that run for requests and write what the request says into `app.config`, into an
attribute of the app or into a global variable; also constants that are written there only if a
header or field of the request says so. Settings that a view changes for those who may log in to
it are `strict`. `g`, `session` and local variables are per request and are the near misses.

Why it is bad
-------------
Settings belong to the process: one forged header turned the Secure mark of cookies off for every
user of a public app, and what one user sends is seen by the next.

Bad
---
```python
from flask import Flask, request

app = Flask(__name__)

@app.before_request
def adapt():
    app.config["SESSION_COOKIE_SECURE"] = request.headers.get("X-Forwarded-Proto") == "https"
```

Good
----
```python
from flask import Flask, g, request

app = Flask(__name__)
app.config["SESSION_COOKIE_SECURE"] = True

@app.before_request
def adapt():
    g.language = request.headers.get("Accept-Language")
```

How to fix
----------
Set configuration once, when the app is made. Keep what belongs to a request in `g`, what belongs
to a user in the session or the database.

References
----------
- https://cwe.mitre.org/data/definitions/15.html
- https://flask.palletsprojects.com/en/stable/appcontext/#storing-data
- OWASP ASVS 5.0, requirements 13.4.2 and 15.4.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding, Place
from checks.found import found
from checks.project import Project
from checks.project.shared_writes import Write, writes
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=15,
    asvs=("13.4.2", "15.4.1"),
    summary="settings of all users written from one request",
    why="One forged request changes how the app treats every user.",
    fix="Set configuration once at start; keep what belongs to a request in g.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each such write."""
    for module in project.modules:
        if module.source.context == "tests":
            continue
        together: dict[object, list[Write]] = {}
        for write in writes(module, project):
            # Who mends a function that fills globals mends them all.
            key = write.node if write.setting else (write.scope, write.direct)
            together.setdefault(key, []).append(write)
        for first, *others in together.values():
            finding = _finding(first)
            more = {other.what: other for other in others if other.what != first.what}
            places = [(o.scope.spot(o.node), f"{o.what} is, too") for o in more.values()]
            shown = tuple(Place(spot.path, spot.line, text) for spot, text in places)
            yield finding._replace(related=shown)


def _finding(write: Write) -> Finding:
    how = "is set to what the request says" if write.direct else "depends on what the request says"
    spot = write.scope.spot(write.node)
    message = f"{write.what} {how}, for all users."
    if write.guarded:
        return found(RULE, message, spot, severity="low", confidence="low", audience="strict")
    if write.setting:
        return found(RULE, message, spot)
    return found(RULE, message, spot, severity="medium", confidence="medium")
