"""A suppression does not say why.

What it does
------------
Looks at every comment of the form `hardening: ignore[rule-id] reason`, in each kind of file that
is read, and reports those without a reason. Such a comment suppresses nothing.

Why it is bad
-------------
Whoever wrote the comment believes that the finding is dealt with, and whoever reads it later cannot
tell a decision from a shrug.

Bad
---
```python
from flask import Flask

app = Flask(__name__)
app.secret_key = "demo"  # hardening: ignore[secret-key-hardcoded, secret-key-guessable]
```

Good
----
```python
from flask import Flask

app = Flask(__name__)
# hardening: ignore[secret-key-hardcoded, secret-key-guessable] the demo's sessions protect nothing
app.secret_key = "demo"
```

How to fix
----------
Write the reason after the bracket, or mend what the rule found and drop the comment.

References
----------
- https://cwe.mitre.org/data/definitions/1116.html
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=1116,
    asvs=(),
    summary="suppression that gives no reason",
    why="It suppresses nothing, while whoever wrote it believes that the finding is dealt with.",
    fix="Write the reason after the bracket, or drop the comment.",
    late=True,
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each comment without a reason."""
    for remark in project.remarks:
        if not remark.reason:
            ids = ", ".join(remark.rules)
            message = f"This suppression of {ids or 'no rule'} gives no reason."
            yield found(RULE, message, remark.spot)
