"""Nothing protects the app's forms against requests that other sites cause.

What it does
------------
Looks for protection of views that answer POST, change something and know the user by a cookie:
`harden(app)`, `CSRFProtect`, SeaSurf, a check of a token, `Origin` or `Sec-Fetch-Site` before
each request, Flask-WTF forms and checks in the view itself. If a view is left over, it makes one
finding for the app. Views that take JSON only, or ask for a token in a header, are not counted:
a form of another site cannot send that. An explicit `SESSION_COOKIE_SAMESITE` of `Lax` or
`Strict` lowers the finding.

Why it is bad
-------------
A browser adds the cookies of the app to every form that any page sends to it. A page that the
user merely visits changes the password or deletes the account.

Bad
---
```python
from flask import Flask, redirect, request
from flask_login import LoginManager, current_user, login_required

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/email")
@login_required
def change_email():
    current_user.email = request.form["email"]
    db.session.commit()
    return redirect("/")
```

Good
----
```python
from flask import Flask, redirect, request
from flask_login import LoginManager, current_user, login_required
from flask_wtf import CSRFProtect

app = Flask(__name__)
csrf = CSRFProtect(app)
login_manager = LoginManager(app)

@app.post("/email")
@login_required
def change_email():
    current_user.email = request.form["email"]
    db.session.commit()
    return redirect("/")
```

How to fix
----------
Wrap the app with `harden(app)`, whose cross-site guard refuses requests that other sites cause,
or call `CSRFProtect(app)` and put `csrf_token()` into every form.

References
----------
- https://cwe.mitre.org/data/definitions/352.html
- https://flask-wtf.readthedocs.io/en/stable/csrf/
- OWASP ASVS 5.0, requirement 3.5.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Confidence, Finding, Severity
from checks.found import found
from checks.project import Project, Site, View
from checks.project.csrf import Csrf
from checks.project.same_site import is_lax
from checks.project.visitors import takes_cookies
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=352,
    asvs=("3.5.1",),
    summary="no protection against cross-site requests",
    why="A page that the user merely visits sends forms to the app in the user's name.",
    fix="Wrap the app with harden(app), or use CSRFProtect and put its token into every form.",
)

_LOOKED_FOR = "looked for harden, CSRFProtect, SeaSurf, Flask-WTF forms and checks of its own"


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each app with a view that nothing protects."""
    for site in project.app_sites:
        csrf = project.csrf(site)
        if csrf.everywhere or csrf.switched_off:
            continue  # protected; or csrf-disabled says it
        open_views = [view for view in csrf.views if _is_open(view, csrf)]
        if open_views and takes_cookies(project, site):
            yield _finding(open_views, csrf, site, project)


def _is_open(view: View, csrf: Csrf) -> bool:
    return (
        "POST" in view.methods
        and csrf.by_cookie(view)
        and csrf.takes_a_form(view)
        and csrf.changes(view)
        and not csrf.checks_itself(view)
        and not csrf.uses_open_form(view)
    )


def _finding(views: list[View], csrf: Csrf, site: Site, project: Project) -> Finding:
    views = sorted(views, key=lambda view: (csrf.is_about_login(view), view.spot))
    lax = is_lax(site, project)
    severity: Severity | None = "low" if lax or csrf.is_about_login(views[0]) else None
    confidence: Confidence | None = "medium" if lax else None
    count = f"{len(views)} views" if len(views) > 1 else f"{views[0].function.name}()"
    tail = "; SameSite cookies stop most, not all of them" if lax else ""
    return found(
        RULE,
        f"Nothing protects {count} against forms of other sites; {_LOOKED_FOR}{tail}.",
        site.anchor,
        severity=severity,
        confidence=confidence,
        related=[(view.spot, "takes forms of other sites") for view in views[:6]],
    )
