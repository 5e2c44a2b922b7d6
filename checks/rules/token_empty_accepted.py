"""An empty token is looked up, and belongs to everybody who has none.

What it does
------------
Finds look-ups by a token, key or code whose value may be None or empty: the parameter of
`verify_token` of Flask-HTTPAuth, and `.get(...)` of the query, form, JSON, headers or cookies,
directly or through one of the project's functions. It reports those where nothing asks first
whether there is a value. Columns that are declared `nullable=False`, hashed values and parts of
the address are not reported.

Why it is bad
-------------
`filter_by(token=None)` asks for `token IS NULL`, and a document database finds what lacks the
field: the first account without a token, often the administrator's, is logged in by a request
that sends none.

Bad
---
```python
from flask import Flask, request
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@login_manager.request_loader
def load(request):
    key = request.headers.get("X-Api-Key")
    return User.query.filter_by(api_key=key).first()
```

Good
----
```python
from flask import Flask, request
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@login_manager.request_loader
def load(request):
    key = request.headers.get("X-Api-Key")
    if not key:
        return None
    return User.query.filter_by(api_key=key).first()
```

How to fix
----------
Refuse an empty value before the look-up, and look tokens up by their hash.

References
----------
- https://cwe.mitre.org/data/definitions/287.html
- https://flask-httpauth.readthedocs.io/en/latest/
- OWASP ASVS 5.0, requirements 2.2.1 and 9.1.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.rule import Meta
from checks.tokens.empty import empty_lookups

RULE = Meta(
    severity="high",
    confidence="medium",
    cwe=287,
    asvs=("2.2.1", "9.1.1"),
    summary="empty token looked up",
    why="A request without a token gets the first account that has none.",
    fix="Refuse an empty value before the look-up.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each look-up by what may be empty."""
    for lookup in empty_lookups(project):
        yield found(
            RULE,
            f"{lookup.column} is looked up by a value that may be {lookup.worth}: whoever has "
            "none is found.",
            lookup.scope.spot(lookup.node),
            severity="high" if lookup.worth == "None" else "medium",
            related=[(lookup.source, "it comes in here")],
        )
