"""The app runs in testing mode where it should not.

What it does
------------
Reports `TESTING` that is true in a configuration which may reach the running app, by any spelling
and from any file, and in the environment that deployment files give it. Configuration for tests
is the near miss.

Why it is bad
-------------
In testing mode Flask hands exceptions on instead of answering with an error page, and extensions
switch protections off: CSRF tokens, rate limits, mail, logins.

Bad
---
```python
from flask import Flask

app = Flask(__name__)
app.config["TESTING"] = True
```

Good
----
```python
from flask import Flask

app = Flask(__name__)


class TestConfig:
    TESTING = True
```

How to fix
----------
Set `TESTING` where the tests make their app, and nowhere else.

References
----------
- https://cwe.mitre.org/data/definitions/489.html
- https://flask.palletsprojects.com/en/stable/config/#TESTING
- OWASP ASVS 5.0, requirement 13.4.2
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.contexts import context_of
from checks.facts.python import last_name
from checks.facts.source import Spot
from checks.finding import Confidence, Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.configuration import environment_of_file
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=489,
    asvs=("13.4.2",),
    summary="testing mode switched on",
    why="Errors are handed on, and extensions switch their protections off.",
    fix="Set TESTING where the tests make their app, and nowhere else.",
    bandit="B809",
)

_ON = frozenset({"1", "true", "yes", "on", "t", "y"})
_SAYS_TESTS = lazy(r"TestCase|fixture")
_TEST_CODE = lazy(r"TestCase$|^fixture$")
_VARIABLE = "FLASK_TESTING"  # read by `from_prefixed_env`


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that switches testing mode on."""
    for setting in project.settings("TESTING"):
        if setting.value.is_literal(True) and setting.reaches_production:
            if _of_a_test_case(setting.spot, project):
                continue
            confidence: Confidence | None = "medium" if setting.confidence == "low" else None
            message = f"Testing mode is switched on by {setting.via}."
            yield found(RULE, message, setting.spot, confidence=confidence)
    for deployment in project.deployments:
        own = environment_of_file(deployment.path)
        if context_of(deployment.path) == "tests" or own not in (None, "production"):
            continue
        for variable in deployment.variables:
            if variable.name == _VARIABLE and variable.value.lower() in _ON:
                message = f"Testing mode is switched on by {variable.name} ({variable.via})."
                yield found(RULE, message, variable.spot, confidence="medium")


def _of_a_test_case(spot: Spot, project: Project) -> bool:
    """Return whether the place lies in a class of tests, or in a fixture."""
    for module in project.modules:
        if module.path != spot.path or not _SAYS_TESTS.search(module.source.text):
            continue
        for scope in module.scopes:
            node = scope.node
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if not node.lineno <= spot.line <= (node.end_lineno or node.lineno):
                continue
            above = [*getattr(node, "bases", ()), *node.decorator_list]
            if any(_TEST_CODE.search(last_name(each)) for each in above):
                return True
    return False
