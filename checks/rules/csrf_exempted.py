"""A view that changes something is exempted from the protection against cross-site requests.

What it does
------------
Reports `csrf.exempt` on views and blueprints that know the user by a cookie and change something
for a form: `login_required`, `current_user` or the session are used. Views that know their
callers otherwise (an API key, a bearer token, the signature of a webhook) are the near misses.
Views that log out, and those of an identity provider that take no password, are reported in
strict audits only. An explicit `SESSION_COOKIE_SAMESITE` of `Lax` lowers the finding; under
`Strict`, without a remember cookie that logs in, there is none.

Why it is bad
-------------
Any page can send the form in the user's name, and the protection that is in place makes everybody
believe it cannot.

Bad
---
```python
from flask import Flask, request
from flask_login import LoginManager, current_user, login_required
from flask_wtf import CSRFProtect

app = Flask(__name__)
csrf = CSRFProtect(app)
login_manager = LoginManager(app)

@app.post("/email")
@csrf.exempt
@login_required
def change_email():
    current_user.email = request.form["email"]
    db.session.commit()
    return ""
```

Good
----
```python
import hmac

from flask import Flask, abort, request
from flask_login import LoginManager
from flask_wtf import CSRFProtect

app = Flask(__name__)
csrf = CSRFProtect(app)
login_manager = LoginManager(app)

@app.post("/paid")
@csrf.exempt
def paid():
    if not hmac.compare_digest(request.headers["X-Signature"], signature(request.data)):
        abort(403)
    mark_paid(request.json["order"])
    db.session.commit()
    return ""
```

How to fix
----------
Take the exemption away and send the token: as a field of the form, or as the header
`X-CSRFToken` from a script.

References
----------
- https://cwe.mitre.org/data/definitions/352.html
- https://flask-wtf.readthedocs.io/en/stable/csrf/#exclude-views-from-protection
- OWASP ASVS 5.0, requirement 3.5.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.naming import snaked
from checks.project import Project, View
from checks.project.csrf import Csrf
from checks.project.same_site import is_lax, keeps_users_to_itself
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=352,
    asvs=("3.5.1",),
    summary="state-changing view exempted from cross-site protection",
    why="Any page can send the form in the user's name, although the app looks protected.",
    fix="Take the exemption away and send the token as a field or as the header X-CSRFToken.",
)

_CHOOSES = lazy(
    r"(?:set|change|switch|select|choose|save|update|toggle)_(?:user_|my_|site_)?"
    r"(?:locale|lang|language|theme|dark_?mode|colou?r_?scheme|time_?zone|font_?size)s?$"
)
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PROVES_CALLER = lazy(
    r"compare_digest|construct_event|verify_\w*signature|request\.headers|Authorization|api_?key|"
    r"SAMLResponse|id_token|saml",
    re.IGNORECASE,
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each exemption of a view that changes something by a cookie."""
    for site in project.app_sites:
        if project.guarded(site, "cross_site") or keeps_users_to_itself(site, project):
            continue
        csrf = project.csrf(site)
        for exemption in csrf.exemptions:
            exposed = [view for view in exemption.views if _is_exposed(view, csrf)]
            if exposed:
                first = exposed[0]
                whole = "" if first.function.name == exemption.name else f" of {exemption.name}"
                message = f"{first.function.name}(){whole} changes something and is exempted."
                way_in = all(map(csrf.is_about_login, exposed))
                related = [(view.spot, "takes forms of other sites") for view in exposed[:6]]
                yield found(
                    RULE,
                    message,
                    exemption.spot,
                    severity="low" if way_in or is_lax(site, project) else None,
                    audience="strict" if way_in and not _takes_password(exposed, project) else None,
                    related=related if whole else (),
                )


def _takes_password(views: list[View], project: Project) -> bool:
    """Return whether one of `views` is a login or a registration of the app's own."""
    return any(login.view in views for login in project.logins)


def _is_exposed(view: View, csrf: Csrf) -> bool:
    if not view.methods & _CHANGING or not csrf.by_cookie(view):
        return False
    if _PROVES_CALLER.search(text_of(view.function)) or csrf.checks_itself(view):
        return False
    if csrf.asks_for_header(view) or _CHOOSES.match(snaked(view.function.name).lower()):
        return False  # to be shown another language or theme costs a click
    return csrf.changes(view) and csrf.takes_a_form(view)
