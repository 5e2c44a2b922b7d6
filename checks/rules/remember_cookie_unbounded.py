"""A remember cookie logs its holder in for longer than 30 days.

What it does
------------
In an app that can remember users (`login_user(..., remember=...)` is used somewhere), reports a
`REMEMBER_COOKIE_DURATION` or `login_user(duration=...)` of more than 30 days where it is written,
`REMEMBER_COOKIE_REFRESH_EACH_REQUEST` that extends the cookie with every request, and once for
the app a duration that nothing sets: Flask-Login's default is 365 days. `harden(app)` ends
remember tokens on the server after 30 days.

Why it is bad
-------------
The cookie needs no password and cannot be revoked. Whoever copies it once, from a shared
computer or a backup, gets in for as long as it lives.

Bad
---
```python
from datetime import timedelta

from flask import Flask
from flask_login import LoginManager, login_user

app = Flask(__name__)
app.config["REMEMBER_COOKIE_DURATION"] = timedelta(days=365)
login_manager = LoginManager(app)


@app.post("/login")
def login():
    login_user(check_credentials(), remember=True)
    return "welcome"
```

Good
----
```python
from datetime import timedelta

from flask import Flask
from flask_login import LoginManager, login_user

app = Flask(__name__)
app.config["REMEMBER_COOKIE_DURATION"] = timedelta(days=30)
login_manager = LoginManager(app)


@app.post("/login")
def login():
    login_user(check_credentials(), remember=True)
    return "welcome"
```

How to fix
----------
Set `REMEMBER_COOKIE_DURATION` to 30 days or less, or wrap the app with `harden(app)`.

References
----------
- https://cwe.mitre.org/data/definitions/613.html
- https://flask-login.readthedocs.io/en/latest/#cookie-settings
- OWASP ASVS 5.0, requirement 7.3.2
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from checks.durations import DAY_S, days, seconds
from checks.finding import Finding
from checks.found import found
from checks.project import Project, Site
from checks.project.remembering import never_remembers, remembers
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=613,
    asvs=("7.3.2",),
    summary="remember cookie that lives for longer than 30 days",
    why="A remember cookie that was copied once lets its holder in for months.",
    fix="Set REMEMBER_COOKIE_DURATION to 30 days or less, or wrap the app with harden(app).",
)

MOST_S = 30 * DAY_S  # OWASP Session Management: an absolute limit; 30 days is our own
_DURATION = "REMEMBER_COOKIE_DURATION"
_REFRESH = "REMEMBER_COOKIE_REFRESH_EACH_REQUEST"


def check(project: Project) -> Iterator[Finding]:
    """Yield what is too long where it is written, and one finding for a default left alone."""
    for site in project.parts:
        if site.context != "tests" and not project.guarded(site, "remember"):
            yield from _site(project, site)


def _site(project: Project, site: Site) -> Iterator[Finding]:
    configuration = project.configuration(site)
    if never_remembers(project, site):
        return
    written = configuration.production(_DURATION)
    for setting in written:
        lasts = seconds(setting.value)
        if lasts is not None and lasts > MOST_S:
            message = f"{_DURATION} is {days(lasts)} ({setting.via})."
            yield found(RULE, message, setting.spot)
    for setting in configuration.production(_REFRESH):
        if setting.value.kind == "literal" and setting.value.value:
            message = f"{_REFRESH} extends the remember cookie with every request."
            yield found(RULE, message, setting.spot)
    given = yield from _calls(project, site)
    if written or given or not site.apps or site.context != "app" or not remembers(project, site):
        return
    unknown = configuration.unknown_sources()
    yield found(
        RULE,
        f"Nothing sets {_DURATION}, and Flask-Login's default is 365 days.",
        site.anchor,
        confidence="medium" if unknown else None,
        related=[(loader.spot, "may set it") for loader in unknown],
    )


def _calls(project: Project, site: Site) -> Generator[Finding, None, bool]:
    """Yield ``login_user(duration=...)`` that is too long; return whether any was given."""
    given = False
    for module in site.modules:
        for call, scope in module.calls("login_user"):
            for keyword in call.keywords:
                if keyword.arg != "duration":
                    continue
                given = True
                lasts = seconds(project.evaluate(keyword.value, scope))
                if lasts is not None and lasts > MOST_S:
                    message = f"This login is remembered for {days(lasts)}."
                    yield found(RULE, message, scope.spot(keyword.value))
    return given
