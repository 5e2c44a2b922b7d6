"""Whatever fields the client sends are written into a model.

What it does
------------
Reports a whole mapping from the request (JSON, form, query) that becomes the attributes of a
row or document: `User(**request.json)`, `setattr(user, name, value)` in a loop over the
mapping, `user.__dict__.update(data)`, `query.update(data)`, `insert_one(data)`. Calls of the
project's own functions are followed. Fields that are picked by name, from a list of the app's
own, by a schema or by a form are not reported. A form is, that has a field such as `is_admin` or
`role` and is written into the current user by `populate_obj`; so is a view that nothing guards and
that makes an account with such a field of the request: `User(is_admin=request.form["admin"])`.

Why it is bad
-------------
The client adds a field that the page does not show, such as `is_admin`, and it is stored.

Bad
---
```python
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    is_admin = db.Column(db.Boolean)

@app.post("/users")
def add_user():
    db.session.add(User(**request.get_json()))
    db.session.commit()
    return "", 201
```

Good
----
```python
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    is_admin = db.Column(db.Boolean)

@app.post("/users")
def add_user():
    db.session.add(User(name=request.get_json()["name"]))
    db.session.commit()
    return "", 201
```

How to fix
----------
Name each field that a client may set, or load the mapping through a schema or form that knows
only these and refuses others.

References
----------
- https://cwe.mitre.org/data/definitions/915.html
- https://cheatsheetseries.owasp.org/cheatsheets/Mass_Assignment_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 15.3.3
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.assigning import assigned_whole
from checks.project.populated import populated_with_power
from checks.project.power_taken import power_taken
from checks.project.transfers import is_transfer
from checks.rule import Meta

# What looks at the fields' names before they are stored: ``self._forbidden_attributes(data)``.
_SIFTS = lazy(r"forbid|forbidden|reserved|protected_|(dis)?allowed|whitelist|permitted", re.I)

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=915,
    asvs=("15.3.3",),
    summary="all fields that the client sends are stored",
    why="The client stores fields that no page shows, such as is_admin.",
    fix="Name each field that a client may set, or load the mapping through a schema or form.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place where a whole mapping is stored."""
    for assigned in assigned_whole(project):
        if _is_sifted(assigned.node, assigned.scope):
            continue
        yield found(
            RULE,
            f"{assigned.how} stores every field that the client sends.",
            assigned.scope.spot(assigned.node),
            severity="high" if assigned.privileged else None,
            confidence=None if assigned.sure else "medium",
            audience="strict" if is_transfer(assigned.scope) else None,
            related=[(assigned.enters, "the mapping comes in here")],
        )
    for populated in populated_with_power(project):
        yield found(
            RULE,
            f"populate_obj() stores {populated.field} of the current user as the client sends it.",
            populated.scope.spot(populated.call),
            severity="high",
            confidence="medium",
            related=[(populated.form.spot(), "the form with that field")],
        )
    for taken in power_taken(project):
        yield found(
            RULE,
            f"{taken.field} of an account is stored as any visitor sends it.",
            taken.scope.spot(taken.node),
            severity="high",
            confidence="medium",
        )


def _is_sifted(node: ast.AST, scope: Scope) -> bool:
    """Return whether a function that says so was called on the mapping before `node`."""
    line = getattr(node, "lineno", 0)
    return any(
        call.args and call.lineno < line and _SIFTS.search(last_name(call.func))
        for call in scope.calls
    )
