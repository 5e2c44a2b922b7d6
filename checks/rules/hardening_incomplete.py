"""The toolkit's wrapper is there, but some of its guards are switched off.

What it does
------------
Looks at how `harden(app)` or `Hardening` is called, and at `HARDENING_*` settings that reach the
running app: guards that are switched off, `mode="observe"` and `mode="off"`, which switch off all
of them, and a wrapper that is built and never given an app.

Why it is bad
-------------
What a guard would have stopped gets through, while whoever reads the code believes that it does
not.

Bad
---
```python
from flask import Flask
from hardening import Policy, harden

app = Flask(__name__)
harden(app, policy=Policy(guards={"throttle": False, "cross_site": False}))
```

Good
----
```python
from flask import Flask
from hardening import harden

app = Flask(__name__)
harden(app)
```

How to fix
----------
Switch the guards on again. For a single view that a guard hinders, use
`hardening.exempt(view, "cross_site")` instead.

References
----------
- https://cwe.mitre.org/data/definitions/693.html
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.project.extensions import GUARDS, Wrapped
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=693,
    asvs=(),
    summary="wrapper with guards switched off",
    why="What these guards would have stopped gets through.",
    fix='Switch the guards on again; for one view use hardening.exempt(view, "cross_site").',
    bandit="B821",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each app whose wrapper does not do everything."""
    for site in project.app_sites:
        wrapped = project.wrapped(site)
        if wrapped is not None and wrapped.guards_off.intersection(GUARDS):
            yield found(RULE, _message(wrapped), wrapped.extension.spot)


def _message(wrapped: Wrapped) -> str:
    if wrapped.mode == "observe":
        return 'The wrapper only observes (mode="observe") and stops nothing.'
    if wrapped.mode == "off":
        return 'The wrapper is switched off (mode="off").'
    off = ", ".join(name for name in GUARDS if name in wrapped.guards_off)
    return f"The wrapper works without these guards: {off}."
