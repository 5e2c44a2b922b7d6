"""Login pages that a library brings along: the app has no view for them, and they are there."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope

if TYPE_CHECKING:
    from checks.project import Project, Site

_MAKERS = {"Security": "Flask-Security", "UserManager": "Flask-User"}
_MODULES = ("flask_security", "flask_user", "flask.ext.security", "flask.ext.user")
# What an app that counts by itself writes about it, in whatever hook or signal it does so.
_COUNTS = re.compile(
    r"login_?attempts?|failed_?(login|attempt)|login_?fail|locked_?(until|out|at)|lock_?out|"
    r"flask_limiter|\bLimiter\(|def \w*rate_?limit",
    re.IGNORECASE,
)


def library_login(project: Project, site: Site) -> tuple[str, ast.Call, Scope] | None:
    """Return the library, and where its object is made, that gives `site` a login page.

    None where no library does, or where the page is left out.
    """
    for module in site.modules:
        for call, scope in module.calls(*_MAKERS):
            module_name, _, last = (project.names.called(call, scope) or "").rpartition(".")
            if not module_name.startswith(_MODULES) or last not in _MAKERS:
                continue
            if not _is_left_out(call, project, scope):
                return _MAKERS[last], call, scope
    return None


def _is_left_out(call: ast.Call, project: Project, scope: Scope) -> bool:
    return any(
        keyword.arg == "register_blueprint"
        and project.evaluate(keyword.value, scope).is_literal(False)
        for keyword in call.keywords
    )


def counts_somewhere(project: Project, site: Site) -> bool:
    """Return whether anything in `site`, or nginx before it, speaks of counting logins."""
    if any(_COUNTS.search(module.source.text) for module in site.modules):
        return True
    return any(
        directive.name == "limit_req"
        for deployment in project.deployments
        for directive in deployment.directives
    )
