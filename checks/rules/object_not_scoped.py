"""A view changes the object that the address names without asking whose it is.

What it does
------------
Reports, in strict audits, views that ask for a login, load a row by an id of the address and
change or delete it, where the model has an owner (`user_id`, `author_id`, `owner` and the like)
or is the user model itself, and where neither the view nor what it calls looks at the current
user. Views for administrators and other roles are not reported.

Why it is bad
-------------
Every user may change the objects of every other one by counting up the id.

Bad
---
```python
from flask import Flask, redirect
from flask_login import LoginManager, login_required
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
login_manager = LoginManager(app)
db = SQLAlchemy(app)

class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))

@app.post("/notes/<int:note_id>/delete")
@login_required
def delete_note(note_id):
    note = Note.query.get_or_404(note_id)
    db.session.delete(note)
    db.session.commit()
    return redirect("/")
```

Good
----
```python
from flask import Flask, redirect
from flask_login import LoginManager, current_user, login_required
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
login_manager = LoginManager(app)
db = SQLAlchemy(app)

class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))

@app.post("/notes/<int:note_id>/delete")
@login_required
def delete_note(note_id):
    note = Note.query.filter_by(id=note_id, user_id=current_user.id).first_or_404()
    db.session.delete(note)
    db.session.commit()
    return redirect("/")
```

How to fix
----------
Look the row up together with its owner, or compare the owner with the current user before
anything is done with it.

References
----------
- https://cwe.mitre.org/data/definitions/639.html
- https://cheatsheetseries.owasp.org/cheatsheets/Insecure_Direct_Object_Reference_Prevention_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 8.2.2
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.project.ownership import unscoped
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="medium",
    cwe=639,
    asvs=("8.2.2",),
    summary="object loaded by id without asking whose it is",
    why="Every user may change the objects of every other one by counting up the id.",
    fix="Look the row up together with its owner, or compare the owner with the current user.",
    audience="strict",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each look-up that is not tied to the current user."""
    for lookup in unscoped(project):
        whose = f"whose {lookup.owner} is another's" if lookup.owner else "of somebody else"
        yield found(
            RULE,
            f"{lookup.view.function.name}() changes any {lookup.model.name}, also one {whose}.",
            lookup.scope.spot(lookup.node),
            related=[
                (lookup.view.spot, "the view that asks for a login only"),
                (lookup.model.spot(), "the model"),
            ],
        )
