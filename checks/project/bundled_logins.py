"""Login pages that a library brings along: the app has no view for them, and they are there."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project, Site

_MAKERS = {
    "Security": "Flask-Security",
    "UserManager": "Flask-User",
    "SimpleLogin": "Flask-SimpleLogin",
}
_MODULES = (
    "flask_security", "flask_user", "flask.ext.security", "flask.ext.user", "flask_simplelogin",
)  # fmt: skip
_VIEW = "flask_security.views.login"
# What an app that counts by itself writes about it, in whatever hook or signal it does so.
_COUNTS = lazy(
    r"login_?attempts?|failed_?(login|attempt)|login_?fail(?!(?:ed|ure)?_(?:message|msg|text))|locked_?(until|out|at)|lock_?out|"
    r"def \w*rate_?limit",
    re.IGNORECASE,
)
_LIMITER = lazy(r"flask_limiter|\bLimiter\(")
# A limiter reaches views that are not the app's own by limits for all, or by the view's name.
_LIMITS_ALL = lazy(
    r"(?:default|application|global)_limits\b(?!\s*=\s*(?:\[\s*\]|None))|"
    r"RATELIMIT_(?:DEFAULT|APPLICATION|GLOBAL)|\.check\(\)|"
    r"limit\([^\n]*\)\s*\([^\n]*(?:view_functions|blueprint|security|login|user_manager)"
)


def library_login(project: Project, site: Site) -> tuple[str, ast.Call, Scope] | None:
    """Return the library, and where its object is made, that gives `site` a login page.

    None where no library does, or where the page is left out.
    """
    own = _derived(project, site)
    for module in site.modules:
        for call, scope in module.calls(*_MAKERS, *own):
            library = _library(project.names.called(call, scope)) or own.get(last_name(call.func))
            if library is None:
                continue
            if not _is_left_out(call, project, scope) or _is_routed(project, site):
                return library, call, scope
    return None


def _is_routed(project: Project, site: Site) -> bool:
    """Return whether `site` gives the library's own login view a rule of its own."""
    modules = set(site.modules)
    return any(
        project.names.qualified(argument, scope) == _VIEW
        for module in project.vocabulary.files("flask_security.views")
        if module in modules
        for call, scope in module.calls("", "add_url_rule")
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
        if last_name(argument) == "login"
    )


def _library(name: str | None) -> str | None:
    """Return the library whose class `name` is, None for others."""
    module_name, _, last = (name or "").rpartition(".")
    return _MAKERS.get(last) if module_name.startswith(_MODULES) else None


def _derived(project: Project, site: Site) -> dict[str, str]:
    """Return the app's own classes that derive from one of those, with the library of each."""
    found: dict[str, str] = {}
    modules = set(site.modules)
    for module in project.vocabulary.files(*_MODULES):
        if module not in modules:
            continue
        for cls in module.classes():
            known = (_library(base) for base in project.names.bases(cls.full_name))
            library = next((each for each in known if each is not None), None)
            if library is not None:
                found[cls.name] = library
    return found


def _is_left_out(call: ast.Call, project: Project, scope: Scope) -> bool:
    return any(
        keyword.arg == "register_blueprint"
        and project.evaluate(keyword.value, scope).is_literal(False)
        for keyword in call.keywords
    )


def counts_somewhere(project: Project, site: Site) -> bool:
    """Return whether anything in `site`, or nginx before it, speaks of counting logins."""
    texts = [module.source.text for module in site.modules]
    if any(map(_COUNTS.search, texts)):
        return True
    if any(map(_LIMITER.search, texts)) and any(map(_LIMITS_ALL.search, texts)):
        return True
    return any(
        directive.name == "limit_req"
        for deployment in project.deployments
        for directive in deployment.directives
    )
