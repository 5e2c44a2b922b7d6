"""Whether, and how, an app asks Flask-Login to remember its users."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project.bundled_logins import library_login
from checks.project.unused import is_never_named

if TYPE_CHECKING:
    from checks.project import Project, Site


_LOGIN_PAGES = ("security/login_user.html", "flask_user/login.html")
# The box is named, or whatever fields the form has are printed: ``quick_form(login_user_form)``.
_HAS_BOX = lazy(
    r"remember|(?:quick|render)_?\w*form\w*\(\s*(?:login_user_)?form\s*[,)]|"
    r"\bin (?:login_user_)?form(?![\w.])"
)


def remember_arguments(project: Project, site: Site) -> Iterator[tuple[ast.Call, ast.expr, Scope]]:
    """Yield every ``login_user`` call of `site` with what it is given for `remember`."""
    for module in site.modules:
        for call, scope in module.calls("login_user"):
            if project.names.called(call, scope) != "flask_login.login_user":
                continue
            given = [k.value for k in call.keywords if k.arg == "remember"] + call.args[1:2]
            if given and module not in project.left_out and not is_never_named(scope, project):
                yield call, given[0], scope
        for call, scope in module.calls(
            "partial"
        ):  # ``enter = partial(login_user, remember=True)``
            made = project.names.qualified(call.args[0], scope) if call.args else None
            given = [k.value for k in call.keywords if k.arg == "remember"]
            if given and made == "flask_login.login_user":
                yield call, given[0], scope
    for helper in _handing_on(project, site):
        for module in site.modules:
            for call, scope in module.calls(helper.name):
                given = [k.value for k in call.keywords if k.arg == "remember"]
                if given and project.names.callee(call, scope) is helper:
                    yield call, given[0], scope


def _handing_on(project: Project, site: Site) -> list[Scope]:
    """Return the functions that give ``login_user`` all that they are told: ``**kwargs``."""
    return [
        scope
        for module in site.modules
        for call, scope in module.calls("login_user")
        if scope.kind == "function"
        and any(keyword.arg is None for keyword in call.keywords)
        and project.names.called(call, scope) == "flask_login.login_user"
    ]


def remembers(project: Project, site: Site) -> bool:
    """Return whether the app ever asks Flask-Login to remember somebody.

    Flask-Security's and Flask-User's own login forms have the box "Remember me".
    """
    if _asks_by_library(project, site):
        return True
    return any(not _is_false(value) for _, value, _ in remember_arguments(project, site))


def never_remembers(project: Project, site: Site) -> bool:
    """Return whether every login of `site` that is seen is one that remembers nobody."""
    if _asks_by_library(project, site) or remembers(project, site):
        return False
    return any(
        project.names.called(call, scope) == "flask_login.login_user"
        for module in site.modules
        for call, scope in module.calls("login_user")
    )


def _asks_by_library(project: Project, site: Site) -> bool:
    """Return whether the login page that a library brings along, with the box, is shown.

    An app may put a page of its own in its place, which has no such box.
    """
    login = library_login(project, site)
    if login is None or login[0] == "Flask-SimpleLogin":
        return False
    own = [t for t in project.templates if t.path.endswith(_LOGIN_PAGES)]
    return not own or any(_HAS_BOX.search(template.source.text) for template in own)


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
