"""Every process makes a secret key of its own.

What it does
------------
Reports a `SECRET_KEY` that is made when the program starts: `os.urandom`, `secrets.token_hex`,
`uuid.uuid4`, letters that are drawn, also behind encodings, helper functions, and as the value
that is taken where the environment sets none. A key that is made once and kept in a file or a
database is not reported.

Why it is bad
-------------
Each worker signs with another key and refuses the cookies of its neighbours, and each restart
logs everybody out. People then fall back to one worker, or to a key in the source. Cookies
cannot be revoked on purpose, because nobody knows the key.

Bad
---
```python
import os

from flask import Flask

app = Flask(__name__)
app.secret_key = os.urandom(32)
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
Make a key once with `flask-hardening secret-key`, keep it where the deployment keeps its
secrets, and read it there.

References
----------
- https://cwe.mitre.org/data/definitions/1188.html
- https://flask.palletsprojects.com/en/stable/config/#SECRET_KEY
- OWASP ASVS 5.0, requirement 13.3.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Confidence, Finding
from checks.found import found
from checks.keys.kept import is_written_down
from checks.project import Project
from checks.project.configuration import Setting
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=1188,
    asvs=("13.3.1",),
    summary="secret key that every process makes anew",
    why="Workers refuse each other's cookies and a restart logs everybody out.",
    fix="Make the key once, keep it outside the source, and read it from the environment.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each key that is made when the program starts."""
    for setting in project.settings("SECRET_KEY"):
        made = setting.value.kind == "generated" and setting.reaches_production
        if made and not is_written_down(setting):
            yield _finding(setting)


def _finding(setting: Setting) -> Finding:
    confidence: Confidence | None = "medium" if setting.confidence == "low" else None
    variable = setting.value.variable
    if variable is not None:
        return found(
            RULE,
            f"Every process makes a secret key of its own wherever {variable} is not set.",
            setting.value.spot or setting.spot,
            severity="low",
            confidence=confidence,
        )
    if setting.overridden_by is not None:
        return found(
            RULE,
            f"Every process makes a secret key of its own unless {setting.overridden_by} "
            "replaces it.",
            setting.spot,
            severity="low",
            confidence="medium",
        )
    message = "Every process makes a secret key of its own."
    return found(RULE, message, setting.spot, confidence=confidence)
