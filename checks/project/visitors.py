"""What an app keeps of its visitors: a session in a cookie, or secrets that they send."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.lines import own_text
from checks.facts.python import Module, Scope
from checks.lazy import lazy
from checks.project.server_sessions import interfaces
from checks.project.sites import Site
from checks.project.unused import is_never_named

if TYPE_CHECKING:
    from checks.project import Project

_OTHERS = (
    r"\b(flask_(wtf|security|admin|appbuilder|session|dance|oidc|user|simplelogin|multipass"
    r"|paranoid|debugtoolbar|seasurf|kvsession|openid|pyoidc|saml2|babelplus)|hardening"
    r"|onelogin|flask\.session|flask\.flash|session_interface|SESSION_TYPE)\b"
)
_OTHER_EXTENSIONS = lazy(_OTHERS)
_EXTENSIONS = lazy(r"\bflask_login\b|" + _OTHERS)
_LOADS_BY_REQUEST = lazy(r"\b(?:request_loader|header_loader)\b")
# Clients of identity providers that keep a login's state; the rest of Authlib keeps nothing.
_KEEPS_STATE = lazy(
    r"(?:from|import)\s+authlib\b(?!\.(?:jose|common|oidc|oauth\d|deprecate|consts)\b|"
    r"\.oauth[12]\b|\.integrations\.(?:requests_|httpx_|sqla_|flask_oauth[12]\b))"
)
_COOKIE = lazy(r"(?<!magic_)(?:[cC]ookie|COOKIE)")
_HEADERS = lazy(r"request\.headers\b")
_IMPORTED = lazy(
    r"from flask import [^\n(]*\b(?P<name>session|flash|get_flashed_messages)(?P<other>\s+as\s)?"
)
# ``db.session`` is no session of a visitor.
_NAMED = lazy(r"(?<![\w.])(session|flash|get_flashed_messages)\b")
_SESSION = ("session", "flash", "get_flashed_messages")
_SECRETS = lazy(
    r"passw|Passw|PASSW|token|Token|TOKEN|[Aa]uthoriz|[Aa]uthentic|api_?key|API_?KEY|apikey"
    r"|cookie|[Cc]redential|[Ss]ecret|SECRET|log_?in|LOGIN|current_user"
)

# What the app shows elsewhere: it reads that from its environment.
_OWN_ACCOUNT = lazy(r"getenv|environ|HTTPBasicAuth|\bauth ?=|^\s*#")


def keeps_sessions(project: Project, site: Site) -> bool:
    """Return whether `site` may write a session cookie; yes where no view of it is known."""
    if any(_in_a_header(interface) for interface in interfaces(site, project)):
        return False
    if never_sets_the_cookie(site):
        return False
    if not _has_views(project, site):
        return True
    extensions = _EXTENSIONS if _logs_in(project, site) else _OTHER_EXTENSIONS
    return any(_uses_session(module, extensions, project) for module in site.modules)


def _logs_in(project: Project, site: Site) -> bool:
    """Return whether a call of ``login_user`` may run, or the word stands for something else.

    An app that only loads users from a header or from ``request.authorization`` keeps none of them.
    """
    said = [module for module in site.modules if "login_user" in module.source.text]
    for module in said:
        calls = [scope for _, scope in module.calls("login_user")]
        if not calls or not all(is_never_named(scope, project) for scope in calls):
            return True
    return not said and not any(
        _LOADS_BY_REQUEST.search(module.source.text) for module in site.modules
    )


def never_sets_the_cookie(site: Site) -> bool:
    """Return whether a session interface of the app's own keeps nothing, in no cookie either.

    ``save_session`` does nothing there, or ``should_set_cookie`` answers False.
    """
    return any(
        (child.name == "save_session" and _answers(child, None))
        or (child.name == "should_set_cookie" and _answers(child, False))
        for module in site.modules
        if "SessionInterface" in module.source.text
        for cls in module.classes()
        if any("SessionInterface" in ast.unparse(base) for base in getattr(cls.node, "bases", ()))
        for child in cls.children
    )


def _answers(method: Scope, value: bool | None) -> bool:  # as the method does
    """Return whether a method does nothing but give `value` back."""
    for statement in method.body:
        if isinstance(statement, ast.Return):
            given = statement.value
            if given is None:
                return value is None
            return isinstance(given, ast.Constant) and given.value is value
        if not isinstance(statement, ast.Pass) and not (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        ):
            return False
    return value is None


def _in_a_header(interface: Scope) -> bool:
    """Return whether a session interface of the app's own takes its ids from a header instead."""
    text = own_text(interface)
    return _HEADERS.search(text) is not None and _COOKIE.search(text) is None


def takes_cookies(project: Project, site: Site) -> bool:
    """Return whether browsers may send anything to `site` by themselves: a session, a cookie."""
    return keeps_sessions(project, site) or any(
        _COOKIE.search(module.source.text) for module in site.modules
    )


def takes_secrets(project: Project, site: Site) -> bool:
    """Return whether requests to `site` may carry a secret; yes where no view of it is known."""
    return keeps_sessions(project, site) or any(map(_speaks_of_secrets, site.modules))


def _speaks_of_secrets(module: Module) -> bool:
    """Return whether a line says so; those of the app's own account at another service do not."""
    text = module.source.text
    for match in _SECRETS.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        line = text[start : text.find("\n", match.start())]
        if not _OWN_ACCOUNT.search(line):
            return True
    return False


def _has_views(project: Project, site: Site) -> bool:
    modules = set(site.modules)
    return any(view.module in modules for view in project.views)


def _uses_session(module: Module, extensions: re.Pattern[str], project: Project) -> bool:
    text = module.source.text
    if extensions.search(text) or ("authlib" in text and _KEEPS_STATE.search(text)):
        return True
    names = [match[1] for match in _NAMED.finditer(text)]
    imported = _IMPORTED.search(text)
    if imported is not None and (imported["other"] or names.count(imported["name"]) > 1):
        return True
    if "Principal" in text and any(
        not _without_sessions(call) for call, _ in module.calls("Principal")
    ):
        return True
    return any(
        binding.kind == "import" and _is_flasks(binding.target or "", name, module, project)
        for name in _SESSION
        if names.count(name) > 1  # it is used, too
        for binding in module.top.bindings.get(name, ())
    )


def _is_flasks(target: str, name: str, module: Module, project: Project) -> bool:
    """Return whether an import brings Flask's session, also from a file that passes it on."""
    if target.startswith("flask."):
        return True
    return project.names.qualified(ast.Name(name), module.top) == f"flask.{name}"


def _without_sessions(call: ast.Call) -> bool:
    """Return whether Flask-Principal is told to keep nothing: ``Principal(use_sessions=False)``."""
    return any(
        keyword.arg == "use_sessions"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is False
        for keyword in call.keywords
    )
