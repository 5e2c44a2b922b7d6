"""The protection against cross-site requests is switched off.

What it does
------------
Reports `WTF_CSRF_ENABLED`, `WTF_CSRF_CHECK_DEFAULT` and `CSRF_ENABLED` set to False outside tests
and development (the second only where no `csrf.protect()` stands that runs by default), methods
taken away by `WTF_CSRF_METHODS`, SeaSurf's `CSRF_DISABLE`, `JWT_COOKIE_CSRF_PROTECT = False` with
tokens in cookies, and forms with `csrf = False` that a view takes by POST while nothing else
protects that view. Search forms that are read from the query are the near miss.

Why it is bad
-------------
Forms look protected and are not: any page can send them in the user's name.

Bad
---
```python
from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect

app = Flask(__name__)
app.config["WTF_CSRF_ENABLED"] = False
csrf = CSRFProtect(app)
login_manager = LoginManager(app)
```

Good
----
```python
from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect

class TestConfig:
    TESTING = True
    WTF_CSRF_ENABLED = False

app = Flask(__name__)
csrf = CSRFProtect(app)
login_manager = LoginManager(app)
```

How to fix
----------
Leave the setting out where the app really runs; only the configuration of tests needs it.

References
----------
- https://cwe.mitre.org/data/definitions/352.html
- https://flask-wtf.readthedocs.io/en/stable/config/
- OWASP ASVS 5.0, requirement 3.5.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site, View
from checks.project.config_reading import condition
from checks.project.csrf import Csrf
from checks.project.switches import runs_by_default
from checks.project.visitors import never_sets_the_cookie
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=352,
    asvs=("3.5.1",),
    summary="protection against cross-site requests switched off",
    why="Forms look protected and are not: any page can send them in the user's name.",
    fix="Leave the setting out where the app really runs; only tests need it.",
)

_FOR_DEVELOPERS = lazy(r"(?:Local|Dev|Debug|LocalDev)(?:Log_?in|Sign_?In)Form$")
_FORM_OFF = lazy(r"csrf_enabled\s*=\s*False|[\"']?csrf[\"']?\s*[:=]\s*False")
_READS_QUERY = lazy(r"request\.args|search|filter", re.IGNORECASE)
_TOKENS = ("JWT_TOKEN_LOCATION",)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that switches the protection off."""
    for site in project.app_sites:
        if project.guarded(site, "cross_site") or _sends_no_cookie(project, site):
            continue
        csrf = project.csrf(site)
        for setting in csrf.switched_off:
            if setting.key == "WTF_CSRF_CHECK_DEFAULT" and _checked_by_hand(project, site):
                continue
            message = f"{setting.key} is False: forms of other sites are taken."
            sure = None if setting.confidence == "high" else setting.confidence
            yield found(RULE, message, setting.spot, confidence=sure)
        yield from _other_settings(project, site)
        if not csrf.everywhere and not csrf.switched_off:
            yield from _forms(project, site, csrf)


def _sends_no_cookie(project: Project, site: Site) -> bool:
    """Return whether the app's own session interface sets no cookie, and nothing else does."""
    return never_sets_the_cookie(site) and not any(
        project.vocabulary.holds(module, ".set_cookie(", "set_access_cookies", *_TOKENS)
        for module in site.modules
    )


def _checked_by_hand(project: Project, site: Site) -> bool:
    """Return whether something calls ``csrf.protect()`` where it wants the check.

    Not behind a switch that is off unless somebody sets a variable.
    """
    return any(
        "csrf" in ast.unparse(call.func).lower() and runs_by_default(call, scope, site, project)
        for module in site.modules
        for call, scope in module.calls("protect")
    )


def _other_settings(project: Project, site: Site) -> Iterator[Finding]:
    configuration = project.configuration(site)
    for setting in configuration.production("WTF_CSRF_METHODS"):
        value = setting.value.value
        if setting.value.kind == "literal" and isinstance(value, tuple) and "POST" not in value:
            yield found(RULE, "WTF_CSRF_METHODS leaves POST unprotected.", setting.spot)
    for setting in configuration.production("CSRF_DISABLE"):
        if setting.value.is_literal(True):
            yield found(RULE, "CSRF_DISABLE switches SeaSurf off.", setting.spot)
    in_cookies = any(
        "cookies" in str(setting.value.value) for setting in configuration.production(*_TOKENS)
    )
    for setting in configuration.production("JWT_COOKIE_CSRF_PROTECT") if in_cookies else ():
        if setting.value.is_literal(False):
            message = "Tokens travel in cookies, and their protection is switched off."
            yield found(RULE, message, setting.spot)


def _forms(project: Project, site: Site, csrf: Csrf) -> Iterator[Finding]:
    """Yield findings for forms without a check, where no protection of the app stands behind."""
    for module in site.modules:
        for scope in module.saying(_FORM_OFF):
            cls = _form_class(scope, project)
            if cls is not None and not _READS_QUERY.search(f"{cls.name} {text_of(cls)}"):
                node = csrf.form_off(cls.full_name)
                users = [view for view in csrf.views if _takes(view, cls.name, csrf)]
                if node is not None and users:
                    minor = all(csrf.is_about_login(view) for view in users)
                    message = f"{cls.name} checks no token."
                    yield found(RULE, message, scope.spot(node), severity="low" if minor else None)
            for call in scope.calls if scope.kind == "function" else ():
                view = project.pages.view_of(scope)
                if _is_command(scope) if view is None else not csrf.by_cookie(view):
                    continue
                if _switches_off(call) and not _is_query(call, scope):
                    yield found(RULE, "This form checks no token.", scope.spot(call))


def _is_command(scope: Scope) -> bool:
    """Return whether a command fills the form in, for which nobody forges a request."""
    cls = scope.enclosing_class
    names = [last_name(base) for base in getattr(cls.node, "bases", ())] if cls is not None else []
    names += [last_name(getattr(each, "func", each)) for each in scope.decorators]
    return any(name.lower().endswith("command") for name in names)


def _takes(view: View, name: str, csrf: Csrf) -> bool:
    """Return whether `view` takes the form class `name` by POST from somebody with a cookie."""
    return "POST" in view.methods and name in text_of(view.function) and csrf.by_cookie(view)


def _form_class(scope: Scope, project: Project) -> Scope | None:
    """Return the form class whose ``Meta`` is `scope`."""
    cls = scope.enclosing_class if scope.name == "Meta" else None
    if cls is None or not any("Form" in base for base in project.names.bases(cls.full_name)):
        return None
    return cls


def _switches_off(call: ast.Call) -> bool:
    if not any(word in ast.unparse(call.func).lower() for word in ("form", "super")):
        return False
    for keyword in call.keywords:
        value = keyword.value
        if keyword.arg == "csrf_enabled" and isinstance(value, ast.Constant):
            return value.value is False
        if keyword.arg == "meta" and isinstance(value, ast.Dict):
            return any(
                isinstance(key, ast.Constant)
                and key.value == "csrf"
                and isinstance(each, ast.Constant)
                and each.value is False
                for key, each in zip(value.keys, value.values, strict=True)
            )
    return False


def _is_query(call: ast.Call, scope: Scope) -> bool:
    """Return whether the form is read from the query or from JSON, or only in tests."""
    around = f"{ast.unparse(call)} {scope.name}"
    if _FOR_DEVELOPERS.search(last_name(call.func)):
        return True
    if condition(call, scope) in ("testing", "development"):
        return True
    return bool(_READS_QUERY.search(around) or re.search(r"json|data\s*=", around))
