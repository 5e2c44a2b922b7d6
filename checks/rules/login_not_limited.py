"""Nothing limits how often a password may be tried.

What it does
------------
Finds the views that log in, register, reset a password or ask for a code, and what limits them:
`harden(app)`, Flask-Limiter (decorators, default and application limits, limits of a
blueprint), counters of the app's own in the view or before each request, and `limit_req` of
nginx. If a view is left over, it makes one finding for the app. A limiter counts as none if it
is built and never initialised, is switched off, exempts the view, counts by a header that the
client sends, or counts in each worker's own memory while several workers are started. The
login pages that Flask-Security and Flask-User bring along count no tries, nor does that of
Flask-AppBuilder unless `AUTH_RATE_LIMITED` is on; they are one finding, too.
Views that only another service gets to, by the app's own key, are left out.

Why it is bad
-------------
Without a limit an attacker tries a list of passwords, or one common password on all accounts,
as fast as the server answers.

Bad
---
```python
from flask import Flask, redirect, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    user = find_user(request.form["email"])
    if user and check_password_hash(user.password_hash, request.form["password"]):
        login_user(user)
        return redirect("/")
    return "Wrong e-mail or password", 401
```

Good
----
```python
from flask import Flask, redirect, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash

app = Flask(__name__)
login_manager = LoginManager(app)
limiter = Limiter(get_remote_address, app=app, storage_uri="redis://localhost:6379")

@app.post("/login")
@limiter.limit("5/minute;20/hour")
def login():
    user = find_user(request.form["email"])
    if user and check_password_hash(user.password_hash, request.form["password"]):
        login_user(user)
        return redirect("/")
    return "Wrong e-mail or password", 401
```

How to fix
----------
Wrap the app with `harden(app)`, which counts by account and by address over all workers, or put
a limit of Flask-Limiter with a shared storage on each of these views.

References
----------
- https://cwe.mitre.org/data/definitions/307.html
- https://flask-limiter.readthedocs.io/en/stable/
- OWASP ASVS 5.0, requirements 6.1.1 and 6.3.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.source import Spot
from checks.finding import Confidence, Finding, Severity
from checks.found import found
from checks.project import Project, Site
from checks.project.builder_logins import builder_login
from checks.project.bundled_logins import counts_somewhere, library_login
from checks.project.first_account import only_first
from checks.project.limits import Limits, limits_of
from checks.project.logins import LoginView, mails_a_link
from checks.project.service_keys import asked_by_a_service
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=307,
    asvs=("6.1.1", "6.3.1"),
    summary="the login may be tried without limit",
    why="An attacker tries passwords as fast as the server answers.",
    fix="Wrap the app with harden(app), or limit these views with Flask-Limiter.",
)

_LOOKED_FOR = "looked for harden, Flask-Limiter, counters of its own and limit_req of nginx"
# A login is what is guessed; how often somebody registers costs no account.
_GUESSED = ("login", "code")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each app with a view that nothing limits."""
    for site in project.app_sites:
        modules = set(site.modules)
        logins = [
            login
            for login in project.logins
            if login.view.module in modules
            and not asked_by_a_service(login.view, project, site)
            and not (login.kind in ("reset", "register") and _inside(login, project))
            and not mails_a_link(login)
            and not (login.kind == "register" and only_first(login.view.function))
        ]
        if not any(login.kind in _GUESSED for login in logins):
            yield from _of_library(project, site)
            continue
        limits = limits_of(project, site, [login.view for login in logins])
        free = [login for login in logins if not limits.reaching(login.view)]
        outer = [login for login in logins if login.kind == "login" and not _inside(login, project)]
        if outer:
            free = [login for login in free if login.kind != "login" or login in outer]
        if free:
            yield _finding(sorted(free, key=_order), limits, site)


def _inside(login: LoginView, project: Project) -> bool:
    """Return whether only who is logged in gets there: the password is asked for once more."""
    return project.guards.of(login.view).startswith("@")


def _of_library(project: Project, site: Site) -> Iterator[Finding]:
    """Yield the login page of a library, which has no limit of its own."""
    login = library_login(project, site)
    if login is None and (built := builder_login(project, site)) is not None:
        login = ("Flask-AppBuilder", *built)
    if login is None or project.guarded(site, "throttle") or counts_somewhere(project, site):
        return
    library, call, scope = login
    yield found(
        RULE,
        f"Nothing limits how often the login of {library} may be tried; {_LOOKED_FOR}.",
        scope.spot(call),
        confidence="medium",
        related=[(site.anchor, "the app is made here")],
    )


def _order(login: LoginView) -> tuple[int, Spot]:
    return ("login", "code", "reset", "register").index(login.kind), login.view.spot


def _finding(free: list[LoginView], limits: Limits, site: Site) -> Finding:
    first = free[0]
    if limits.broken:
        reason = f"there is {', and '.join(limits.broken)}"
    else:
        reason = _LOOKED_FOR
    guessed = first.kind in _GUESSED
    severity: Severity | None = None if guessed else "low"
    sure = first.checks and not any("workers" in text for text in limits.broken)
    confidence: Confidence | None = None if sure else "medium"
    return found(
        RULE,
        f"Nothing limits how often {first.view.function.name}() may be tried; {reason}.",
        first.view.spot,
        severity=severity,
        confidence=confidence,
        related=[
            *((login.view.spot, f"{login.kind} view without a limit") for login in free[1:6]),
            (site.anchor, "the app is made here"),
        ],
    )
