"""A secret key can be guessed.

What it does
------------
Judges every literal that reaches `SECRET_KEY`, the default of an environment read included:
keys that are published in documentation, tutorials and word lists, keys shorter than 32 bytes,
and keys that are a pattern or a sentence, unless the app refuses to start with that very literal.
A sample such as `config.py.example` counts as the file that it is copied to, where that is missing:
not everybody puts another key in its place. The key of an API that keeps no session and signs
nothing with it is left to strict audits. The report never prints the key.

Why it is bad
-------------
An attacker has a signed cookie of the app as soon as he opens it, and tries keys against its
signature on his own machine: billions of them, and first all that were ever published. With the
key he signs a cookie for any user.

Bad
---
```python
from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = "super secret string"
```

Good
----
```python
import os

from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
```

How to fix
----------
Make a key with `flask-hardening secret-key` and give it to the app in its environment. Under
`harden(app)` a weak key is refused when the app runs, wherever it comes from.

References
----------
- https://cwe.mitre.org/data/definitions/1391.html
- https://flask.palletsprojects.com/en/stable/config/#SECRET_KEY
- OWASP ASVS 5.0, requirement 11.5.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import SEVERITIES, Confidence, Finding, Severity
from checks.found import found
from checks.keys.refused import is_kept_from_production, refused_keys
from checks.project import Project
from checks.project.config_samples import is_filled_in
from checks.project.configuration import Setting
from checks.project.signing import signs_nothing
from checks.rule import Meta
from flask_hardening_keys import MIN_BYTES, weakness

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=1391,
    asvs=("11.5.1",),
    summary="secret key that can be guessed",
    why="Whoever guesses the key can forge a session cookie for any user.",
    fix="Use a key of 32 random bytes or more, such as flask-hardening secret-key prints.",
    bandit="B802",
)

_REASONS = {
    "published": "is published in documentation, tutorials or word lists",
    "short": f"is shorter than {MIN_BYTES} bytes",
    "predictable": "is a pattern or a sentence, not randomness",
}


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each weak literal that may become the secret key: the worst."""
    worst: dict[tuple[str | None, int | None, int | None], Finding] = {}
    for finding in _findings(project):
        place = (finding.path, finding.line, finding.column)
        known = worst.get(place)
        # A literal in a base class reaches development and production.
        if known is None or _rank(finding) < _rank(known):
            worst[place] = finding
    idle = bool(worst) and signs_nothing(project)
    yield from (each._replace(audience="strict") if idle else each for each in worst.values())


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def _findings(project: Project) -> Iterator[Finding]:
    refused = refused_keys(project)
    for setting in project.settings("SECRET_KEY"):
        if setting.environment == "testing":
            continue
        if setting.sample_of and is_filled_in(setting.value.value):
            continue
        value = setting.value.value
        if setting.value.kind not in ("literal", "fallback") or not value:
            continue
        if is_kept_from_production(setting):
            continue
        if isinstance(value, str | bytes) and value not in refused:
            reason = weakness(value)
            if reason is not None and not _is_tutorial(setting):
                yield _finding(setting, _REASONS[reason])


def _is_tutorial(setting: Setting) -> bool:
    # Flask's tutorial: a default for development that the instance's own file replaces.
    return setting.overridden_by == "from_pyfile" and setting.via == "config.from_mapping"


def _finding(setting: Setting, reason: str) -> Finding:
    severity: Severity = "high"
    confidence: Confidence = "medium" if setting.confidence == "low" else "high"
    what = "The secret key"
    if setting.environment == "development":
        severity, what = "low", "The secret key for development"
    elif setting.sample_of:
        severity, what = "medium", f"The secret key of the sample for {setting.sample_of}"
    elif setting.value.kind == "fallback" or setting.overridden_by is not None:
        severity, what = "medium", "The secret key's fallback"
    at = setting.value.spot if setting.value.kind == "fallback" else setting.spot
    return found(
        RULE, f"{what} {reason}.", at or setting.spot, severity=severity, confidence=confidence
    )
