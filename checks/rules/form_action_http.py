"""A form is sent over plain http.

What it does
------------
Reports forms and buttons whose `action` or `formaction` begins with `http://`, or is an
`url_for` with `_scheme="http"`. Addresses of the own machine (`localhost`, `127.0.0.1`) are not
reported; forms without a password that only ask a page of another site by GET are reported in
strict mode.

Why it is bad
-------------
Whoever is on the way reads and changes what the user typed, even where the page itself came over
https.

Bad
---
```html
<!-- file: templates/login.html -->
<form method="post" action="http://shop.example.com/login">
  {{ form.hidden_tag() }}
  <input name="password" type="password">
</form>
```

Good
----
```html
<!-- file: templates/login.html -->
<form method="post" action="{{ url_for('login') }}">
  {{ form.hidden_tag() }}
  <input name="password" type="password">
</form>
```

How to fix
----------
Use `url_for` without a scheme, or an address that begins with `https://`.

References
----------
- https://cwe.mitre.org/data/definitions/319.html
- https://developer.mozilla.org/en-US/docs/Web/Security/Defenses/Mixed_content
- OWASP ASVS 5.0, requirement 12.2.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts.templates import Form, Tag
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=319,
    asvs=("12.2.1",),
    summary="form sent over plain http",
    why="Whoever is on the way reads and changes what the user typed.",
    fix="Use url_for without a scheme, or an address that begins with https://.",
)

_PLAIN = lazy(
    r"^http://(?!localhost\b|127\.|\[?::1|0\.0\.0\.0)|"
    r"\{\{[^}]*url_for\([^}]*_scheme\s*=\s*[\"']http[\"']",
    re.IGNORECASE,
)
_SCHEME = lazy(r"[Hh][Tt]{2}[Pp]://|_scheme\s*=\s*.http\b")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each form or button that is sent over http."""
    for template in project.pages.templates:
        if _SCHEME.search(template.text) is None:
            continue
        for form in template.forms:
            for tag, name in [
                (form.tag, "action"),
                *((each, "formaction") for each in form.fields),
            ]:
                if _PLAIN.search(tag.attributes.get(name, "").strip()):
                    yield _finding(tag, form)


def _finding(tag: Tag, form: Form) -> Finding:
    harmless = form.method == "get" and not form.has_password
    what = "password" if form.has_password else "content"
    return found(
        RULE,
        f"The {what} of this form is sent over plain http.",
        tag.spot,
        severity="high" if form.has_password else ("low" if harmless else None),
        audience="strict" if harmless else None,
    )
