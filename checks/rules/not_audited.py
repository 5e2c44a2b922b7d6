"""A file could not be audited.

What it does
------------
Reports every file that should have been audited and was not: it cannot be read, is no regular
file, is too large, or is no Python that this version can parse. The same files are listed in
every report, and the command exits 3 if no finding decided otherwise.

Why it is bad
-------------
A mistake in that file stays unseen, and a report without findings then says less than it seems.

Bad
---
```python
# file: broken.py
def login(:
    pass
```

Good
----
```python
# file: broken.py
def login():
    pass
```

How to fix
----------
Mend the file, or leave it out on purpose: `exclude = ["path/of/the/file.py"]` under
`[tool.flask-hardening]` in pyproject.toml.

References
----------
- https://cwe.mitre.org/data/definitions/1059.html
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
    cwe=1059,
    asvs=(),
    summary="file that could not be audited",
    why="A mistake in this file stays unseen.",
    fix="Mend the file, or leave it out on purpose with exclude in pyproject.toml.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each file that was not audited."""
    for gap in project.not_audited:
        message = f"This file was not audited: {gap.reason}."
        yield found(RULE, message, Spot(gap.path, 1, 1, 1, 1))
