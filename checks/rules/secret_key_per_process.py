"""Every process makes a secret key of its own.

What it does
------------
Reports a `SECRET_KEY` that is made when the program starts: `os.urandom`, `secrets.token_hex`,
`uuid.uuid4`, letters that are drawn, also behind encodings and helper functions. A key that is
made only where the environment, a file or the rest of the configuration has none is told with
`--strict`. A key that is made once and kept in a file or a database is not reported.

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

import ast
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

_LOADS = (
    "from_pyfile", "from_envvar", "from_object", "from_prefixed_env", "from_file", "from_json",
    "from_mapping", "update",
)  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each key that is made when the program starts."""
    for setting in project.settings("SECRET_KEY"):
        made = setting.value.kind == "generated" and setting.reaches_production
        if made and not is_written_down(setting):
            yield _finding(setting, project)


def _finding(setting: Setting, project: Project) -> Finding:
    """Return what to say: a key that somebody may set is missed only where nobody does."""
    confidence: Confidence | None = "medium" if setting.confidence == "low" else None
    message, spot = "Every process makes a secret key of its own", setting.spot
    variable = setting.value.variable
    if variable is not None:
        message += f" wherever {variable} is not set"
        spot = setting.value.spot or setting.spot
    elif setting.overridden_by is not None:
        message += f" unless {setting.overridden_by} replaces it"
        confidence = "medium"
    elif _asks(setting) and _may_be_set(setting, project):
        message += " unless the configuration has one"
    else:
        return found(RULE, f"{message}.", spot, confidence=confidence)
    return found(
        RULE, f"{message}.", spot, severity="low", confidence=confidence, audience="strict"
    )


def _asks(setting: Setting) -> bool:
    """Return whether a key is made only where there is none: ``if not app.secret_key:``."""
    node, scope = setting.written or (None, None)
    if node is None or scope is None:
        return False
    asked: list[ast.expr] = node.values[:-1] if isinstance(node, ast.BoolOp) else []
    asked += [o.test for o in scope.module.ancestors(node) if isinstance(o, ast.If | ast.IfExp)]
    return any("secret_key" in ast.unparse(each).lower() for each in asked)


def _may_be_set(setting: Setting, project: Project) -> bool:
    """Return whether something else gives the app a key, or a configuration that may have one."""
    others = (s for s in project.settings("SECRET_KEY") if s.spot != setting.spot)
    if any(other.reaches_production for other in others):
        return True
    return any(
        module.source.context == "app" and module.calls(*_LOADS) for module in project.modules
    )
