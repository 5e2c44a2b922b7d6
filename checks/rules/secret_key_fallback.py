"""A secret key has a literal to fall back on.

What it does
------------
Reports a literal that becomes `SECRET_KEY` where the environment or a later source does not
set it: `os.environ.get("SECRET_KEY", "literal")`, `os.getenv(...) or "literal"`, defaults of
decouple, environs, dynaconf and pydantic settings, a literal in the `except` or `else` branch
of such a read, and a literal that a later optional loader may replace. Flask's tutorial,
`from_mapping(SECRET_KEY="dev")` followed by `from_pyfile`, is not reported, nor is a literal with
which the app raises or exits when it starts.

Why it is bad
-------------
One deployment that forgets the variable runs with a key that everybody can read, and nothing
shows it: the app works as always.

Bad
---
```python
import os

from flask import Flask

app = Flask(__name__)
app.secret_key = os.environ.get("SECRET_KEY", "change-me")
```

Good
----
```python
import os

from flask import Flask

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
```

How to fix
----------
Read the variable without a default, so that the app refuses to start without it. Give
development a key of its own, in a file that is not in the repository.

References
----------
- https://cwe.mitre.org/data/definitions/1188.html
- https://flask.palletsprojects.com/en/stable/config/#SECRET_KEY
- OWASP ASVS 5.0, requirement 13.3.1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.finding import Confidence, Finding
from checks.found import found
from checks.keys.refused import Refused, is_kept_from_production, refused_keys
from checks.project import Project
from checks.project.config_reading import argument_of
from checks.project.configuration import Setting
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=1188,
    asvs=("13.3.1",),
    summary="secret key with a literal to fall back on",
    why="A deployment that forgets the variable silently runs with a key that anybody can read.",
    fix="Read the key without a default, so that the app does not start without it.",
    bandit="B803",
)

_VARIABLES = ("SECRET_KEY", "FLASK_SECRET_KEY")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each literal that the key falls back on."""
    refused = refused_keys(project)
    for setting in project.settings("SECRET_KEY"):
        value = setting.value
        if setting.environment in ("testing", "development"):
            continue
        if not isinstance(value.value, str | bytes) or not value.value:
            continue
        if value.value in refused or is_kept_from_production(setting):
            continue  # the app does not start with it
        if value.kind == "fallback":
            yield _from_environment(setting)
        elif value.kind == "literal" and _may_be_replaced(setting):
            yield _from_loader(setting)
    yield from _set_beforehand(project, refused)


def _set_beforehand(project: Project, refused: Refused) -> Iterator[Finding]:
    """Yield the literals that ``environ.setdefault`` and validators of dynaconf hold ready."""
    for module in project.modules:
        if module.source.context == "tests":
            continue
        for call, scope in module.calls("setdefault", "Validator"):
            first = call.args[0] if call.args else None
            if not isinstance(first, ast.Constant) or first.value not in _VARIABLES:
                continue
            called = project.names.called(call, scope)
            if called in ("os.environ.setdefault", "dynaconf.Validator"):
                given = argument_of(call, "default", 1 if called.startswith("os.") else -1)
                value = project.evaluate(given, scope)
                if value.kind == "literal" and isinstance(value.value, str) and value.value:
                    if value.value in refused:
                        continue
                    message = f"The secret key is a literal wherever {first.value} is not set."
                    yield found(RULE, message, value.spot)


def _may_be_replaced(setting: Setting) -> bool:
    tutorial = setting.via == "config.from_mapping" and setting.overridden_by == "from_pyfile"
    if setting.sample_of:
        return False  # it is what replaces others
    return setting.overridden_by is not None and not tutorial


def _from_environment(setting: Setting) -> Finding:
    variable = setting.value.variable
    source = f"the variable {variable}" if variable else "the environment"
    confidence: Confidence = "medium" if setting.confidence == "low" else "high"
    message = f"The secret key is a literal wherever {source} is not set."
    return found(RULE, message, setting.value.spot or setting.spot, confidence=confidence)


def _from_loader(setting: Setting) -> Finding:
    message = f"The secret key is a literal unless {setting.overridden_by} replaces it."
    return found(RULE, message, setting.spot, confidence="medium")
