"""A suppression hides nothing.

What it does
------------
After all rules have judged, looks for suppressions without an effect: comments of the form
`hardening: ignore[rule-id] reason` on a line where the rule finds nothing, ids that no rule has,
and entries of `[[tool.flask-hardening.suppress]]` for a file in which the rule finds nothing. Rules
that were not asked for in this run are not counted.

Why it is bad
-------------
What was wrong here has been mended or has moved. The comment stays, and hides the next mistake of
that kind that somebody makes on this line.

Bad
---
```python
import os

from flask import Flask

app = Flask(__name__)
# hardening: ignore[debug-enabled] the demo needs its debugger
app.secret_key = os.environ["SECRET_KEY"]
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
Remove the comment or the entry, or the id that is no longer needed. If the finding has moved, move
the comment to its line or the line above it.

References
----------
- https://cwe.mitre.org/data/definitions/1164.html
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.source import Spot
from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=1164,
    asvs=(),
    summary="suppression that hides nothing",
    why="It hides the next mistake of that kind that somebody makes here.",
    fix="Remove it, or the id that is no longer needed.",
    late=True,
    mended="Takes ids that hide nothing out of the comment, and the comment if none is left.",
)


def _is_of_another_app(project: Project, spot: Spot | None) -> bool:
    """Return whether an app is made at `spot` that findings about apps do not point at now.

    Which app they point at depends on how much is audited: of a part of the project it may well
    be this one.
    """
    anchors = {(site.anchor.path, site.anchor.line) for site in project.sites}
    return spot is not None and any(
        call.lineno - 1 <= spot.line <= (call.end_lineno or call.lineno)
        and (module.path, call.lineno) not in anchors
        for module in project.modules
        if module.path == spot.path
        for call, _ in module.calls("Flask")
    )


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each suppression with ids that do nothing."""
    for remark in project.remarks:
        if not remark.reason:
            continue  # it suppresses nothing anyway, and is reported as such
        place = "here" if remark.spot is not None else f"in {remark.path}"
        if remark.unknown:
            names = ", ".join(remark.unknown)
            yield found(RULE, f"There is no rule {names} for this to suppress.", remark.spot)
        if remark.unused and not _is_of_another_app(project, remark.spot):
            names = ", ".join(remark.unused)
            message = f"The suppression of {names} hides nothing {place}."
            yield found(RULE, message, remark.spot)
