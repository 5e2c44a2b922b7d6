"""Sessions that stay for months.

What it does
------------
Reports a `PERMANENT_SESSION_LIFETIME` of more than 31 days, Flask's default, in an app that makes
sessions permanent (`session.permanent = True`, or a server-side session whose lifetime this is),
and a lifetime of zero or less, which Flask-Session takes for no limit.

Why it is bad
-------------
Flask extends a permanent session with every response, so a copied cookie lives for as long as
somebody uses it, and this long after that.

Bad
---
```python
from datetime import timedelta

from flask import Flask, session
from flask_login import LoginManager

app = Flask(__name__)
app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=365)
login_manager = LoginManager(app)


@app.before_request
def stay():
    session.permanent = True
```

Good
----
```python
from datetime import timedelta

from flask import Flask, session
from flask_login import LoginManager

app = Flask(__name__)
app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(hours=12)
login_manager = LoginManager(app)


@app.before_request
def stay():
    session.permanent = True
```

How to fix
----------
Set `PERMANENT_SESSION_LIFETIME` to hours, or at most to days. `harden(app)` ends sessions on the
server after an hour without use and a day in all, unless this setting says otherwise.

References
----------
- https://cwe.mitre.org/data/definitions/613.html
- https://flask.palletsprojects.com/en/stable/config/#PERMANENT_SESSION_LIFETIME
- OWASP ASVS 5.0, requirements 7.3.1 and 7.3.2
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.durations import DAY_S, days, seconds
from checks.finding import Finding
from checks.found import found
from checks.project import Project, Site
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=613,
    asvs=("7.3.1", "7.3.2"),
    summary="sessions that stay for months",
    why="A session cookie that was copied once lets its holder in for months.",
    fix="Set PERMANENT_SESSION_LIFETIME to hours, or at most to days.",
)

MOST_S = 31 * DAY_S  # Flask's default


def check(project: Project) -> Iterator[Finding]:
    """Yield each lifetime that is too long, where sessions are permanent."""
    for site in project.parts:
        if site.context == "tests":
            continue
        for setting in project.configuration(site).production("PERMANENT_SESSION_LIFETIME"):
            lasts = seconds(setting.value)
            if lasts is not None and lasts > MOST_S and _permanent(project, site):
                message = f"Sessions live for {days(lasts)} after their last use ({setting.via})."
                yield found(RULE, message, setting.spot)


def _permanent(project: Project, site: Site) -> bool:
    """Return whether sessions are made permanent, or are kept on the server for this long."""
    if project.initialised(site, "session"):
        return True
    for module in site.modules:
        if "permanent" not in module.source.text:
            continue
        for scope in module.scopes:
            for assignment in scope.assignments:
                target = assignment.target
                if getattr(target, "attr", "") == "permanent" and not project.evaluate(
                    assignment.value, scope
                ).is_literal(False):
                    return True
    return False
