"""A file could not be audited.

What it does
------------
Reports every file that should have been audited and was not: it cannot be read, is no regular
file, is too large, or is no Python that this version can parse. Files for which the reason is the
same are one finding. All are listed in every report, and the command exits 3 if no finding decided
otherwise.

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

from checks.contexts import context_of
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
    """Yield one finding for all files that were not audited for one reason."""
    together: dict[tuple[str, str], list[str]] = {}
    for gap in project.not_audited:
        together.setdefault((gap.reason, context_of(gap.path)), []).append(gap.path)
    for (reason, _), (first, *others) in together.items():
        many = f"{len(others) + 1} files were" if others else "This file was"
        yield found(
            RULE,
            f"{many} not audited: {reason}.",
            Spot(first, 1, 1, 1, 1),
            related=[(Spot(other, 1, 1, 1, 1), "nor was this") for other in others],
        )
