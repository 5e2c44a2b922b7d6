"""Text from outside becomes the source of a template.

What it does
------------
Follows what the client sends (fields, parts of the address) and what the database holds into the
template text of `render_template_string`, `jinja2.Template` and `from_string`, through
f-strings, `format`, `%`, `+` and helper functions. Values that are handed to a fixed template
are the near miss. Escaping does not help: braces are no HTML.

Why it is bad
-------------
Jinja runs what stands between the braces: an attacker reads the secret key and the
configuration, and usually runs commands on the server.

Bad
---
```python
from flask import Flask, render_template_string, request

app = Flask(__name__)

@app.get("/hello")
def hello():
    return render_template_string("<p>Hello " + request.args["name"] + "</p>")
```

Good
----
```python
from flask import Flask, render_template_string, request

app = Flask(__name__)

@app.get("/hello")
def hello():
    return render_template_string("<p>Hello {{ name }}</p>", name=request.args["name"])
```

How to fix
----------
Write the template as a constant and hand the value to it as a variable. If users must write
templates, use `jinja2.sandbox.SandboxedEnvironment` in a process without secrets.

References
----------
- https://cwe.mitre.org/data/definitions/1336.html
- https://jinja.palletsprojects.com/en/stable/sandbox/
- OWASP ASVS 5.0, requirement 1.3.7
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.config_reading import argument_of
from checks.project.untrusted import Untrusted
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=1336,
    asvs=("1.3.7",),
    summary="template made of text from outside",
    why="Jinja runs what stands between the braces: it reads the key and runs commands.",
    fix="Write the template as a constant and hand the value to it as a variable.",
)

_OTHERS = 9  # places that a finding names
_MAKERS = frozenset(
    {
        "flask.render_template_string", "flask.stream_template_string", "jinja2.Template",
        "jinja2.environment.Template", "mako.template.Template",
        "quart.render_template_string",
    }
)  # fmt: skip
# Only what leaves no braces; escaping for HTML does.
_HARMLESS = lazy(r"\bint\(|float\(|secure_filename\(|slugify\(|url_for\(|b64encode|quote\(")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each template whose text comes from outside."""
    untrusted = Untrusted(project, _HARMLESS)
    for module in project.modules:
        if module.source.context == "tests":
            continue
        calls = module.calls(
            "render_template_string", "stream_template_string", "Template", "from_string"
        )
        kept: list[Spot] = []
        for call, scope in calls:
            text = _text(call, scope, project)
            kind = untrusted.source(text, scope) if text is not None else ""
            if kind == "request":
                message = "The template is made of what the client sends."
                yield found(RULE, message, scope.spot(text))
            elif kind == "database":
                kept.append(scope.spot(text))
        for first in kept[:1]:
            message = "The template is made of what the database holds."
            others = [(spot, "and here") for spot in kept[1:_OTHERS]]
            yield found(
                RULE, message, first, severity="medium", confidence="medium", related=others
            )


def _text(call: ast.Call, scope: Scope, project: Project) -> ast.expr | None:
    """Return the template's text if `call` makes one."""
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr == "from_string":
        owner = project.names.type_of(func.value, scope) or ast.unparse(func.value)
        if "sandbox" in owner.lower() or not re.search(r"jinja|env", owner, re.IGNORECASE):
            return None
    elif project.names.called(call, scope) not in _MAKERS:
        return None
    return argument_of(call, "source", 0)
