"""A secret key is written in the source code.

What it does
------------
Reports every literal that reaches `SECRET_KEY`: `app.secret_key = ...`, `app.config[...]`,
`config.update`, `from_mapping`, classes and modules given to `from_object`, files given to
`from_pyfile`, `from_json` and `from_file`. Keys of test code are not reported, and with `--strict`
alone those that only development has, by their class, file or branch, and the key of an API that
keeps no session and signs nothing with it.

Why it is bad
-------------
Flask signs the session cookie with this key, and Flask-Login its remember cookie. Whoever
reads the source, now or in its history, can forge a cookie for any user, the administrator
included.

Bad
---
```python
from flask import Flask

app = Flask(__name__)
app.secret_key = "5f352379324c22463451387a0aec5d2f"
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
Make a new key with `flask-hardening secret-key`, give it to the app in its environment or in a
file outside the repository, and read it there. The old key is burnt: it stays in the history.

References
----------
- https://cwe.mitre.org/data/definitions/798.html
- https://flask.palletsprojects.com/en/stable/config/#SECRET_KEY
- OWASP ASVS 5.0, requirement 13.3.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.source import Spot
from checks.finding import Audience, Confidence, Finding
from checks.found import found
from checks.keys.refused import refused_keys
from checks.project import Project
from checks.project.config_reading import condition
from checks.project.config_samples import is_filled_in
from checks.project.configuration import Setting
from checks.project.environment_writes import environment_writes
from checks.project.signing import signs_nothing
from checks.rule import Meta
from flask_hardening_keys import weakness

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=798,
    asvs=("13.3.1",),
    summary="secret key written in the source",
    why="Whoever can read the source can forge a session cookie for any user.",
    fix="Read the key from the environment or a file outside the repository, and replace it.",
    bandit="B801",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each literal that becomes a secret key."""
    worst: dict[Spot, Setting] = {}  # one place may reach several environments
    settings = tuple(project.settings("SECRET_KEY"))
    # Of these `secret-key-fallback` tells, for production; that a class inherits one says no more.
    later = {s.spot for s in settings if s.overridden_by is not None and s.reaches_production}
    for setting in settings:
        if setting.environment == "development" and setting.spot in later:
            continue
        if is_hardcoded(setting) and setting.value.value not in refused_keys(project):
            known = worst.setdefault(setting.spot, setting)
            if known.environment == "development":
                worst[setting.spot] = setting
    audience: Audience | None = "strict" if worst and signs_nothing(project) else None
    yield from (_finding(setting, audience) for setting in worst.values())
    for written in environment_writes(project, "SECRET_KEY", "FLASK_SECRET_KEY"):
        if not condition(written.statement.node, written.scope):
            message = "The secret key is a literal in the source (os.environ)."
            yield found(RULE, message, written.scope.spot(written.statement.value))


def is_hardcoded(setting: Setting) -> bool:
    """Return whether a literal is certainly the key, for any environment but the tests."""
    value = setting.value
    return (
        value.kind == "literal"
        and isinstance(value.value, str | bytes)
        and bool(value.value)
        and setting.environment != "testing"
        and setting.overridden_by is None
        and not _is_for_the_copy(setting)
    )


def _is_for_the_copy(setting: Setting) -> bool:
    """Return whether people, or a program, put another key in the place of a sample's."""
    value = setting.value.value
    weak = isinstance(value, str | bytes) and weakness(value) is not None
    return bool(setting.sample_of) and (weak or is_filled_in(value))


def _finding(setting: Setting, audience: Audience | None) -> Finding:
    development = setting.environment == "development"
    related = []
    if setting.loaded_by is not None:
        related.append((setting.loaded_by, "loaded here"))
    if setting.value.spot is not None and setting.value.spot.path != setting.spot.path:
        related.append((setting.value.spot, "the literal stands here"))
    confidence: Confidence = "medium" if setting.confidence == "low" else "high"
    return found(
        RULE,
        f"The secret key is a literal in the source ({setting.via}).",
        setting.spot,
        severity="low" if development else None,
        confidence="low" if development else confidence,
        audience="strict" if development else audience,
        related=related,
    )
