"""No content security policy is sent.

What it does
------------
For an app that renders pages, looks for a `Content-Security-Policy` anywhere: Flask-Talisman,
`harden(app)`, Flask-CSP, a header that the code or nginx sets, a `meta` element in a template.
Without any it makes one finding for the app. `harden(app)` only reports violations until
`csp="enforce"`; for careful shops (`--strict`) that is a finding too.

Why it is bad
-------------
A single place that forgets to escape then runs an attacker's script with the user's session.

Bad
---
```python
from flask import Flask, render_template

app = Flask(__name__)


@app.route("/")
def index():
    return render_template("index.html")
```

Good
----
```python
from flask import Flask, render_template
from flask_talisman import Talisman

app = Flask(__name__)
Talisman(app)


@app.route("/")
def index():
    return render_template("index.html")
```

How to fix
----------
Wrap the app with `harden(app)`, look at `flask hardening csp` after a while, and switch to
`Policy(csp="enforce")`; or give Flask-Talisman a policy.

References
----------
- https://cwe.mitre.org/data/definitions/1021.html
- https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP
- OWASP ASVS 5.0, requirement 3.4.3
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=1021,
    asvs=("3.4.3",),
    summary="no content security policy",
    why="One place that forgets to escape runs an attacker's script with the user's session.",
    fix='Wrap the app with harden(app) and Policy(csp="enforce"), or give Talisman a policy.',
)

# Not after `get("`: what only asks whether there is a policy sends none. Nor in a comment.
_SAID = lazy(
    r"^(?!\s*#).*?(?<!get\([\"'])"
    r"(?:content[-_]security[-_]policy|Content-Security-Policy|CSP_HEADER|flask_csp"
    r"|ContentSecurityPolicy\()",
    re.MULTILINE,
)
_META = lazy(r"<meta\b[^>]*content-security-policy", re.IGNORECASE)
_TELLING = (
    "content_security", "content-security", "Content-Security-Policy", "CSP_HEADER", "flask_csp",
    "ContentSecurityPolicy",
)  # fmt: skip
# Not what is only imported.
_RENDERS = (
    "render_template(", "render_template_string(", "render_theme_template(", "stream_template(",
    "render_template as ", "(render_template,", "= render_template",
    "FlaskForm", "send_static_file",
)  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each app whose pages have no policy."""
    for site in project.app_sites:
        if not _renders(project, site):
            continue
        if project.guarded(site, "headers"):
            if not _enforces(project, site):
                message = "The wrapper's content policy only reports what it would stop."
                yield found(RULE, message, site.anchor, audience="strict")
        elif not _says(project, site):
            yield found(
                RULE,
                "Nothing sends a content security policy; looked for harden, Talisman, a header in "
                "the code or of nginx, and a meta element.",
                site.anchor,
            )


def _renders(project: Project, site: Site) -> bool:
    return any(module in site.modules for module in project.vocabulary.files(*_RENDERS))


def _says(project: Project, site: Site) -> bool:
    if project.initialised(site, "talisman"):
        return True
    telling = project.vocabulary.files(*_TELLING)
    texts = [module.source.text for module in telling if module in site.modules]
    texts += [deployment.source.text for deployment in project.deployments]
    spoken = (text for text in texts if any(word in text for word in _TELLING))
    if any(_SAID.search(text) for text in spoken):
        return True
    return any(_META.search(template.source.text) for template in project.templates)


def _enforces(project: Project, site: Site) -> bool:
    for setting in project.configuration(site).production("HARDENING_CSP"):
        if setting.value.is_literal("enforce") or setting.value.kind != "literal":
            return True
    for extension in project.extensions(site, "hardening"):
        for keyword in _policy_keywords(extension.options.get("policy")):
            if keyword.arg == "csp":
                value = project.evaluate(keyword.value, extension.scope)
                return value.kind != "literal" or value.value == "enforce"
        if isinstance(extension.options.get("policy"), ast.Name):
            return True  # made elsewhere: not decided, so not reported
    return False


def _policy_keywords(node: ast.expr | None) -> list[ast.keyword]:
    return node.keywords if isinstance(node, ast.Call) else []
