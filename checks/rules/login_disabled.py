"""Flask-Login is told to let everybody in.

What it does
------------
Reports `LOGIN_DISABLED` that is true in a configuration which may reach the running app, and
`login_manager._login_disabled = True`. Configuration for tests is the near miss.

Why it is bad
-------------
`login_required` and `fresh_login_required` then pass every request, from anybody.

Bad
---
```python
from flask import Flask
from flask_login import LoginManager

app = Flask(__name__)
app.config["LOGIN_DISABLED"] = True
login_manager = LoginManager(app)
```

Good
----
```python
from flask import Flask
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)
```

How to fix
----------
Leave it out. In tests, log in with `FlaskLoginClient`, so that the tests see what users see.

References
----------
- https://cwe.mitre.org/data/definitions/306.html
- https://flask-login.readthedocs.io/en/latest/#automated-testing
- OWASP ASVS 5.0, requirement 8.2.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Audience, Confidence, Finding
from checks.found import found
from checks.project import Project
from checks.project.configuration import Setting
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=306,
    asvs=("8.2.1",),
    summary="logins switched off",
    why="Every view behind login_required answers anybody.",
    fix="Leave LOGIN_DISABLED out; in tests, log in with FlaskLoginClient.",
    bandit="B816",
)

_ATTRIBUTE = "_login_disabled"


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that switches logins off."""
    for setting in project.settings("LOGIN_DISABLED"):
        if setting.value.is_literal(True) and setting.reaches_production:
            confidence: Confidence | None = "medium" if setting.confidence == "low" else None
            message = f"Logins are switched off by {setting.via}."
            own: Audience | None = "strict" if _is_choice(setting, project) else None
            yield found(RULE, message, setting.spot, confidence=confidence, audience=own)
    for module in project.modules:
        if _ATTRIBUTE not in module.source.text or module.source.context == "tests":
            continue
        for scope in module.scopes:
            for assignment in scope.assignments:
                on = project.evaluate(assignment.value, scope).is_literal(True)
                if getattr(assignment.target, "attr", "") == _ATTRIBUTE and on:
                    message = f"Logins are switched off by {_ATTRIBUTE}."
                    yield found(RULE, message, scope.spot(assignment.value))


def _is_choice(setting: Setting, project: Project) -> bool:
    """Return whether the same function leaves them on in another case: who runs it chooses."""
    scope = setting.written[1] if setting.written is not None else None
    if scope is None or scope.kind != "function":
        return False
    return any(
        other.value.is_literal(False) and other.written is not None and other.written[1] is scope
        for other in project.settings("LOGIN_DISABLED")
    )
