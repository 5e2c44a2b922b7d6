"""An old secret key is written in the source, or is the present one.

What it does
------------
Looks at `SECRET_KEY_FALLBACKS`, the keys whose signatures Flask still accepts after a change of
the key, and reports the entries that are literals and those that are the present key itself.

Why it is bad
-------------
A key that stands in the list signs sessions as well as the present one: as long as a published
key is accepted, changing it has not helped. A list that repeats the present key shows that the
change never took place.

Bad
---
```python
import os

from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config["SECRET_KEY_FALLBACKS"] = ["5f352379324c22463451387a0aec5d2f"]
```

Good
----
```python
import os

from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config["SECRET_KEY_FALLBACKS"] = os.environ.get("OLD_SECRET_KEYS", "").split()
```

How to fix
----------
Read old keys from where the present one is read, and take them out when the longest session has
ended. A key that was ever published must not be in the list.

References
----------
- https://cwe.mitre.org/data/definitions/798.html
- https://flask.palletsprojects.com/en/stable/config/#SECRET_KEY_FALLBACKS
- OWASP ASVS 5.0, requirement 13.3.1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.keys.appkey import AppKeys
from checks.project import Project
from checks.project.configuration import Setting
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=798,
    asvs=("13.3.1",),
    summary="old secret key that is known or still in use",
    why="A signature by any key of the list is accepted, so a known one forges every session.",
    fix="Read old keys from the environment, and drop them when the last session has ended.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each bad entry of the list of old keys."""
    settings = [s for s in project.settings("SECRET_KEY_FALLBACKS") if s.reaches_production]
    if not settings:
        return
    keys = AppKeys(project)
    for setting in settings:
        if setting.written is None:
            if isinstance(setting.value.value, str) and setting.value.value:
                yield found(RULE, f"An old secret key stands in {setting.via}.", setting.spot)
            continue
        for node, scope in _entries(*setting.written, project):
            yield from _entry(node, scope, keys, setting, project)


def _entries(node: ast.expr, scope: Scope, project: Project) -> list[tuple[ast.expr, Scope]]:
    """Return the elements of a list, also through a name and ``[...] + [...]``."""
    if isinstance(node, ast.Name):
        bindings = project.names.bindings(node.id, scope)
        value = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "value" else None
        if isinstance(value, ast.List | ast.Tuple | ast.BinOp):
            return _entries(value, scope, project)
    if isinstance(node, ast.List | ast.Tuple):
        return [(item, scope) for item in node.elts]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_entries(node.left, scope, project), *_entries(node.right, scope, project)]
    return [(node, scope)]


def _entry(
    node: ast.expr, scope: Scope, keys: AppKeys, setting: Setting, project: Project
) -> Iterator[Finding]:
    if keys.is_key(node, scope):
        message = "The list of old secret keys holds the present one."
        yield found(RULE, message, scope.spot(node), severity="low")
        return
    value = project.evaluate(node, scope)
    text = value.value if value.kind in ("literal", "fallback") else None
    if isinstance(text, str | bytes) and text:
        doubtful = setting.confidence == "low"
        yield found(
            RULE,
            f"An old secret key is a literal in the source ({setting.via}).",
            scope.spot(node),
            confidence="medium" if doubtful else None,
        )
