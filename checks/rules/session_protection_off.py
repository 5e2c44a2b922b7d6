"""Flask-Login's session protection is switched off.

What it does
------------
Looks at `login_manager.session_protection` and `SESSION_PROTECTION` in every configuration that
may reach the running app. Flask-Login knows `"basic"` and `"strong"`; anything else, such as
`None` or `"Strong"` with a capital, switches protection off without a word. For careful shops
(`--strict`) it also reports `"basic"` that was written on purpose. `harden(app)` keeps
protection strong.

Why it is bad
-------------
Without protection a session cookie that was copied works from any browser and any address, for
everything. With `"basic"` it does so for all but the views behind `fresh_login_required`.

Bad
---
```python
from flask import Flask
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)
login_manager.session_protection = None
```

Good
----
```python
from flask import Flask
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)
login_manager.session_protection = "strong"
```

How to fix
----------
Set `login_manager.session_protection = "strong"`. If users on the move are logged out by it,
wrap the app with `harden(app)`, which binds a session to the browser rather than the address.

References
----------
- https://cwe.mitre.org/data/definitions/613.html
- https://flask-login.readthedocs.io/en/latest/#session-protection
- OWASP ASVS 5.0, requirement 7.2.4
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.source import Spot
from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.project.evaluated import Evaluated
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=613,
    asvs=("7.2.4",),
    summary="session protection switched off",
    why="A session cookie that was copied works from any browser and any address.",
    fix='Set login_manager.session_protection = "strong", or wrap the app with harden(app).',
    bandit="B817",
    mended=(
        "Sets `basic`, Flask-Login's own default, for nothing, and the value that a misspelt "
        "one means."
    ),
)

_KNOWN = ("basic", "strong")
_LOOKS_LIKE = "session_protection"


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that switches protection off."""
    for site in project.parts:
        if site.context == "tests" or project.guarded(site, "sessions"):
            continue
        for setting in project.configuration(site).production("SESSION_PROTECTION"):
            yield from _judge(setting.value, setting.spot)
    for manager in project.identity.manager_settings:
        own = project.site_of(manager.spot.path)
        guarded = own is not None and project.guarded(own, "sessions")
        skipped = guarded or manager.scope.module.source.context == "tests"
        if manager.name == _LOOKS_LIKE and not skipped:
            yield from _judge(manager.value, manager.spot)


def _judge(value: Evaluated, spot: Spot) -> Iterator[Finding]:
    if value.kind != "literal":
        return
    if not value.value:
        yield found(RULE, "Session protection is switched off.", spot)
    elif value.value not in _KNOWN:
        message = "This is neither basic nor strong, so Flask-Login protects nothing."
        yield found(RULE, message, spot)
    elif value.value == "basic":
        message = "Basic protection lets a copied session cookie in everywhere."
        yield found(RULE, message, spot, severity="low", audience="strict")
