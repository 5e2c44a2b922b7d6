"""A form is sent without the token that protects against cross-site requests.

What it does
------------
Where `CSRFProtect`, SeaSurf or a check of the app's own is in force, looks for forms that post to
the app without a token: neither `csrf_token()`, `hidden_tag()`, `form.csrf_token` nor a macro,
include or block that prints one. Forms that a script sends, forms to other sites, and forms whose
view is exempted (`csrf-exempted` speaks of those) are not reported; forms of which no view is
seen to take them, in strict audits only. Without any protection `csrf-missing` says so once for
the app.

Why it is bad
-------------
The form is refused, and the quick repair is to exempt its view: then any page can send it.

Bad
---
```python
from flask import Flask, render_template
from flask_login import LoginManager
from flask_wtf import CSRFProtect

app = Flask(__name__)
csrf = CSRFProtect(app)
login_manager = LoginManager(app)

@app.get("/account")
def account():
    return render_template("account.html")
```
```html
<!-- file: templates/account.html -->
<form method="post" action="/email">
  <input name="email">
  <button>Save</button>
</form>
```

Good
----
```python
from flask import Flask, render_template
from flask_login import LoginManager
from flask_wtf import CSRFProtect

app = Flask(__name__)
csrf = CSRFProtect(app)
login_manager = LoginManager(app)

@app.get("/account")
def account():
    return render_template("account.html")
```
```html
<!-- file: templates/account.html -->
<form method="post" action="/email">
  <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
  <input name="email">
  <button>Save</button>
</form>
```

How to fix
----------
Put `<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">` or
`{{ form.hidden_tag() }}` into the form.

References
----------
- https://cwe.mitre.org/data/definitions/352.html
- https://flask-wtf.readthedocs.io/en/stable/csrf/#html-forms
- OWASP ASVS 5.0, requirement 3.5.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts.templates import Form, Template
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.csrf import Csrf
from checks.project.form_tokens import loads_own_scripts, may_have_token, sent_by_script
from checks.project.pages import Pages
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=352,
    asvs=("3.5.1",),
    summary="form without the token against cross-site requests",
    why="The form is refused, and the quick repair is an exemption that lets any page send it.",
    fix="Put the token into the form: a hidden csrf_token field or form.hidden_tag().",
    mended="Puts a hidden `csrf_token` field into forms of an app with Flask-WTF's CSRFProtect.",
)

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_UNKNOWN = lazy(r"^\{\{-?\s*[a-z]\w*\s*-?\}\}$")  # what the view gave the page
_RENDERED = lazy(r"\{\{-?\s*\w*(?:template|render)\w*\(")
_FOREIGN = lazy(r"^(?:https?:)?//|^mailto:", re.IGNORECASE)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each form that posts to a protected app without a token."""
    if not any(project.csrf(site).everywhere not in ("", "harden") for site in project.app_sites):
        return
    for template in project.pages.templates:
        posting = [form for form in template.forms if form.method == "post"]
        site = project.pages.site_of(template) if posting else None
        if site is None or site.context != "app":
            continue
        csrf = project.csrf(site)
        if csrf.everywhere in ("", "harden") or _is_left_out(template, project):
            continue
        for form in posting:
            if _lacks_token(form, template, project, csrf):
                yield _finding(form, template, project, csrf)


def _is_left_out(template: Template, project: Project) -> bool:
    """Return whether nothing but files that no app has show a page."""
    shown = project.pages.shown_by(template) if project.left_out else []
    return bool(shown) and all(one.scope.module in project.left_out for one in shown)


def _lacks_token(form: Form, template: Template, project: Project, csrf: Csrf) -> bool:
    if _FOREIGN.match(form.action):
        return False
    if may_have_token(form, template, project.pages):
        return False
    if sent_by_script(form, template, project.pages):
        return False
    if _sends_nothing(form):
        return False
    targets = project.pages.targets(form, template)
    if targets and not any(view.methods & _CHANGING for view in targets):
        return False  # nothing takes the form: a page that has no more than its looks
    return not (targets and all(csrf.is_exempt(view) for view in targets))


def _sends_nothing(form: Form) -> bool:
    """Return whether no field has a name: a page that has no more than its looks so far."""
    fields = [
        field
        for field in form.fields
        if field.name != "button"
        and field.attributes.get("type", "").lower() not in ("submit", "button", "image", "reset")
    ]
    return bool(fields) and not any(field.attributes.get("name") for field in fields)


def _finding(form: Form, template: Template, project: Project, csrf: Csrf) -> Finding:
    pages = project.pages
    # Where it goes to an address that we do not know, an exempted view may be there.
    # A script that is given the token, and that we do not read, may send this form with it.
    own = csrf.everywhere.endswith("()")  # how the app's own check is satisfied, nobody knows
    unknown = _UNKNOWN.match(form.action) is not None
    exempt = unknown and any(map(csrf.is_exempt, project.views))
    loaded = loads_own_scripts(template, pages)
    sent = any(page.sends_token for each in pages.above(template) for page in pages.parts(each))
    # A script that is a template itself finds a form by its id, and sends the token with it.
    by_name = sent and "id" in form.tag.attributes and _renders_scripts(template, pages)
    by_header = own or exempt or by_name or (not form.action and (loaded or sent))
    by_header = by_header or not (unknown or pages.targets(form, template))
    return found(
        RULE,
        f"This form posts without the token that {csrf.everywhere} asks for.",
        form.tag.spot,
        confidence="low" if by_header else None,
        audience="strict" if by_header else None,
    )


def _renders_scripts(template: Template, pages: Pages) -> bool:
    return any(
        _RENDERED.search(tag.attributes.get("src", ""))
        for above in pages.above(template)
        for page in pages.parts(above)
        for tag in page.scripts
    )
