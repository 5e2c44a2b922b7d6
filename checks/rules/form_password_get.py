"""A form puts the password into the address.

What it does
------------
Reports forms with a password field that are sent by GET: `method="get"`, a button with
`formmethod="get"`, or no method at all, which means GET. Forms without a method that a script
sends are the near miss.

Why it is bad
-------------
The address with the password stands in the history of the browser, in the logs of the server and
of every proxy, and in the referrer that the next site gets.

Bad
---
```html
<!-- file: templates/login.html -->
<form action="/login">
  <input name="email">
  <input name="password" type="password">
  <button>Log in</button>
</form>
```

Good
----
```html
<!-- file: templates/login.html -->
<form action="/login" method="post">
  {{ form.hidden_tag() }}
  <input name="email">
  <input name="password" type="password">
  <button>Log in</button>
</form>
```

How to fix
----------
Write `method="post"`, and let the view take POST only.

References
----------
- https://cwe.mitre.org/data/definitions/598.html
- https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#attr-fs-method
- OWASP ASVS 5.0, requirement 14.2.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.templates import Form, Tag, Template
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.form_tokens import loads_own_scripts, scripts_of, sent_by_script
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=598,
    asvs=("14.2.1",),
    summary="form that puts the password into the address",
    why="The password stands in the browser's history, in logs and in referrers.",
    fix='Write method="post", and let the view take POST only.',
)

_SENDS = lazy(r"submit|preventDefault|fetch\(|ajax|XMLHttpRequest|axios|\.post\(")
_FRAMEWORK = lazy(r"^(ng-|v-|@|x-|hx-|data-bind|data-controller|wire:|on[a-z]+$|:|data-ajax)")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each form that sends a password by GET."""
    for template in project.pages.templates:
        if "assword" not in template.text and "asswd" not in template.text:
            continue
        for form in template.forms:
            if form.has_password and _sends_password(form):
                spot, message = _by_get(form, template, project)
                if spot is not None:
                    yield found(RULE, message, spot.spot)


def _by_get(form: Form, template: Template, project: Project) -> tuple[Tag | None, str]:
    for field in form.fields:
        if field.attributes.get("formmethod", "").lower() == "get":
            return field, "This button sends the password in the address."
    attributes = form.tag.attributes
    if any(_FRAMEWORK.match(name) for name in attributes) or (
        sent_by_script(form, template, project.pages)
    ):
        return None, ""
    given = attributes.get("method", "").strip().lower()
    if given == "get":
        return form.tag, "This form sends the password in the address."
    if not given and _is_sent_plainly(form, template, project):
        message = "This form has no method, so it sends the password in the address."
        return form.tag, message
    return None, ""


def _is_sent_plainly(form: Form, template: Template, project: Project) -> bool:
    """Return whether nothing hints at a script that sends the form, and a button does."""
    if "{" in form.tag.attributes.get("method", "") or "dialog" in form.tag.attributes:
        return False
    if any(_FRAMEWORK.match(name) for field in form.fields for name in field.attributes):
        return False
    if form.action:
        return not form.action.startswith(("#", "javascript:"))
    pages = project.pages
    scripted = any(
        _SENDS.search(code)
        for above in pages.above(template)
        for page in pages.parts(above)
        for code in scripts_of(page)
    )
    return not scripted and not loads_own_scripts(template, pages)


def _sends_password(form: Form) -> bool:
    """Return whether the password has a name: a field without one is not sent."""
    typed = [f for f in form.fields if f.attributes.get("type", "").lower() == "password"]
    return not typed or any("name" in field.attributes for field in typed)
