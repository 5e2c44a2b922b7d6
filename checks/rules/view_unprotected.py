"""A view that changes something, or shows what is private, is open although its siblings are not.

What it does
------------
Reports views that write or delete data, belong to an administration, or use the current user,
and that nothing protects, where most views beside them (of the same blueprint, class or file)
are protected. Decorators of Flask-Login, Flask-Security, Flask-HTTPAuth, Flask-JWT-Extended,
Flask-Principal, Flask-AppBuilder and others count, the project's own decorators by what they do,
hooks before requests, `decorators = [...]` of view classes and conditions in the view itself.
Views for logging in, registering, confirming, webhooks, health and the like are not reported. A
model view of Flask-Admin without `is_accessible` is reported, too, and so is the only view of
many that lacks the decorator which the others have, if it looks up what its address names. A
condition on what is found by the address, or on things that the session keeps, is no protection
where nearly all views beside, or the other methods of the same class and address, have a
decorator. Where a whole blueprint is open, views are reported that administer, or change the
account which their address names. A view that any account may use is reported where it changes
what the others of the same rules, and nearly all changing views of the file, ask a role for. An
view whose own decorator for it is commented out is reported, whatever it does. An
API whose classes change data is reported once where none of them asks for a login and nearly all
pages of the app do, and so is an app with a login that none of its views asks for.

In strict audits only: views that change something on the way, of which neither name nor address
nor method says so (`/post/<id>` that takes comments, a page that counts its visitors), and pages
that are called after moderators or management and belong to no protected part.

Why it is bad
-------------
The protection was forgotten: anybody who knows or guesses the address uses the view.

Bad
---
```python
from flask import Flask, redirect, request
from flask_login import LoginManager, login_required

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/notes")
@login_required
def add_note():
    db.session.add(Note(text=request.form["text"]))
    db.session.commit()
    return redirect("/")

@app.post("/notes/<int:note_id>/delete")
def delete_note(note_id):
    db.session.delete(db.session.get(Note, note_id))
    db.session.commit()
    return redirect("/")
```

Good
----
```python
from flask import Flask, redirect, request
from flask_login import LoginManager, login_required

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/notes")
@login_required
def add_note():
    db.session.add(Note(text=request.form["text"]))
    db.session.commit()
    return redirect("/")

@app.post("/notes/<int:note_id>/delete")
@login_required
def delete_note(note_id):
    db.session.delete(db.session.get(Note, note_id))
    db.session.commit()
    return redirect("/")
```

How to fix
----------
Put `@login_required` on the view, or guard the whole blueprint in a function for
`before_request`, so that the next view cannot be forgotten. A view that is open on purpose takes
a suppression comment that says so.

References
----------
- https://cwe.mitre.org/data/definitions/306.html
- https://flask-login.readthedocs.io/en/latest/#protecting-views
- OWASP ASVS 5.0, requirements 8.2.1 and 8.3.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project, Site, View
from checks.project.admin_views import open_admin_views
from checks.project.commented_out import Silenced, silenced_views
from checks.project.open_apis import OpenApi, open_apis
from checks.project.open_apps import open_app
from checks.project.siblings import Exposed, exposed_views
from checks.project.undecorated import undecorated_views
from checks.project.weaker import Weaker, weaker_views
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="medium",
    cwe=306,
    asvs=("8.2.1", "8.3.1"),
    summary="view without the protection its siblings have",
    why="Anybody who knows or guesses the address uses the view without logging in.",
    fix="Put @login_required on the view, or guard its blueprint with before_request.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each view that was forgotten."""
    for site in project.parts:
        if site.context == "tests" or project.guards.everywhere(site):
            continue
        modules = set(site.modules)
        views = [
            view
            for view in project.views
            if view.module in modules and view.module.source.context != "tests"
        ]
        told = set()
        for silenced in silenced_views(project, views):
            told.add(silenced.view)
            yield _silenced(silenced)
        for exposed in (*exposed_views(project, views), *undecorated_views(project, views)):
            if exposed.view not in told:
                told.add(exposed.view)
                yield _finding(exposed)
        for weaker in weaker_views(project, views):
            yield _weaker(weaker)
        classes = {view.cls for view in told}
        for api in open_apis(project, views):
            if classes.isdisjoint(view.cls for view in api.views):
                yield _api(api)
        open_views = open_app(project, site, views)
        if open_views and told.isdisjoint(open_views):
            yield _app(open_views)
        yield from _admin(project, site, views)


def _finding(exposed: Exposed) -> Finding:
    view, sibling = exposed.view, exposed.sibling
    does = {
        "changes": "changes data and asks nobody who they are",
        "admin": "belongs to the administration and asks nobody who they are",
        "personal": "is about the current user and asks nobody to log in",
        "reads": "looks up what its address names and asks nobody who they are",
    }[exposed.kind]
    return found(
        RULE,
        f"{_name(view)}() {does}, unlike {_name(sibling)}().",
        view.spot,
        severity="medium" if exposed.kind in ("personal", "reads") else None,
        confidence="high" if exposed.sure and exposed.told else None,
        audience=None if exposed.told else "strict",
        related=[(sibling.spot, f"a sibling that is protected by {exposed.guard}")],
    )


def _silenced(silenced: Silenced) -> Finding:
    view = silenced.view
    return found(
        RULE,
        f"{_name(view)}() asks nobody who they are: its {silenced.guard} is a comment.",
        view.spot,
        severity=None if view.methods - {"GET"} else "medium",
        fix="Take the decorator out of the comment.",
        related=[(silenced.spot, "what is commented out")],
    )


def _weaker(weaker: Weaker) -> Finding:
    view, sibling = weaker.view, weaker.sibling
    return found(
        RULE,
        f"{_name(view)}() changes data for everybody with an account; "
        f"{_name(sibling)}(), of the same rules, asks for a role.",
        view.spot,
        severity="medium",
        fix="Give the view the decorator or the condition that the views beside it have.",
        related=[(sibling.spot, "a sibling that asks for a role")],
    )


def _api(api: OpenApi) -> Finding:
    first, *others = api.views
    return found(
        RULE,
        f"{_name(first)}() and {len(others)} more classes of the API change data and ask nobody "
        f"who they are, unlike the pages of the app.",
        first.spot,
        fix="Put login_required into method_decorators of a class that all of the API derive from.",
        related=[
            *((view.spot, "another one that is open") for view in others[:6]),
            (api.page.spot, f"a page that is protected by {api.guard}"),
        ],
    )


def _app(views: list[View]) -> Finding:
    first, *others = views
    return found(
        RULE,
        f"{_name(first)}() and {len(others)} more views change data and ask nobody who they are; "
        "the app has a login, and no view asks for it.",
        first.spot,
        related=[(view.spot, "another one that is open") for view in others[:6]],
    )


def _name(view: View) -> str:
    return f"{view.cls.name}.{view.function.name}" if view.cls else view.function.name


def _admin(project: Project, site: Site, views: list[View]) -> Iterator[Finding]:
    spots = open_admin_views(project, site, views)
    if spots:
        first, *others = spots
        yield found(
            RULE,
            "Flask-Admin shows and edits this model for everybody: nothing says who may.",
            first,
            confidence="high",
            fix="Derive a class with is_accessible from ModelView, and register that one.",
            related=[(spot, "another one that is open") for spot in others[:8]],
        )
