"""Logs of all that was sent, where a password is among it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.passwords.study import Study, Use
from checks.project import Project

_LOGS = ("print", "debug", "info", "warning", "warn", "error", "exception", "critical", "log")
_LOGGERS = lazy(r"(?:^|[_.])log(?:ger|ging)?s?$|[lL]ogger$|(?:^|[_.])LOG(?:GER)?$")
# The whole of it: neither one of its fields, nor how many there are, nor what they are called.
_FORM = lazy(
    r"(?<!list\()(?<!len\()(?<!sorted\()\brequest\.(?:form|values)"
    r"(?!\w|\.(?!to_dict|items|copy)|\[)"
)
_JSON = lazy(
    r"(?<!list\()(?<!len\()\brequest\."
    r"(?:json(?!\w|\.(?!items|copy)|\[)|get_json\([^()]*\)(?! *[.\[]))"
)
_RAW = lazy(r"\brequest\.(?:data(?!\w|\[)|get_data\([^()]*\)(?! *\[))")
_READS_FORM = lazy(r"request\.(?:form|values)|\bvalidate(?:_on_submit)?\(|\bform\.\w+\.data")
_READS_JSON = lazy(r"get_json\(|request\.(?:json|data|get_data)|parse_args|model_validate|\.load\(")
_BODIES = (
    "request.form", "request.values", "request.json", "request.get_json", "request.data",
    "request.get_data",
)  # fmt: skip
_NAMES = (ast.Name, ast.Attribute)
_HOOKS = frozenset(
    ["before_request", "before_app_request", "after_request", "after_app_request",
     "teardown_request", "request_started"]
)  # fmt: skip
_MOST = 12  # functions of a login that are looked into


def find(study: Study) -> Iterator[Use]:
    """Yield each call that logs a body which holds a password."""
    project = study.project
    calls = list(_calls(project)) if project.logins else []
    if not calls:
        return
    entered = _entered(project)
    for call, scope, kind in calls:
        bodies = entered.get(scope) or (_of_hook(entered) if _is_hook(scope) else set())
        if (kind == "raw" and bodies) or kind in bodies:
            what = "All that was sent is logged, the typed password with it."
            yield Use(scope, call, what, "medium")


def _calls(project: Project) -> Iterator[tuple[ast.Call, Scope, str]]:
    """Yield (call, scope, kind) for what logs a whole form or body."""
    for module in project.vocabulary.files(*_BODIES):
        if module.source.context == "tests":
            continue
        for call, scope in module.calls(*_LOGS):
            parts = (*call.args, *(keyword.value for keyword in call.keywords))
            if not any(map(_says_request, parts)):
                continue
            func = call.func
            if isinstance(func, ast.Attribute) and not _LOGGERS.search(ast.unparse(func.value)):
                continue
            given = " ".join(map(ast.unparse, parts))
            if _FORM.search(given):
                yield call, scope, "form"
            elif _JSON.search(given):
                yield call, scope, "json"
            elif _RAW.search(given):
                yield call, scope, "raw"


def _says_request(node: ast.expr) -> bool:
    return any(last_name(part) == "request" for part in ast.walk(node) if type(part) in _NAMES)


def _entered(project: Project) -> dict[Scope, set[str]]:
    """Return the functions that run where a password is typed, with how it is sent."""
    found: dict[Scope, set[str]] = {}
    for login in project.logins:
        scopes = list(project.reach.of(login.view.function)[:_MOST])
        if login.kind == "code" or (login.kind != "login" and not any(map(_takes_one, scopes))):
            continue
        text = "\n".join(map(text_of, scopes))
        how = {"form"} if _READS_FORM.search(text) else set()
        how |= {"json"} if _READS_JSON.search(text) else set()
        for decorator in login.view.decorators:
            function = project.names.scope_of(decorator.name)
            if function is not None and not decorator.is_route:
                scopes += function.within()
        for scope in scopes:
            found.setdefault(scope, set()).update(how)
    return found


def _takes_one(function: Scope) -> bool:
    return "passw" in text_of(function).replace("password_reset", "").lower()


def _is_hook(scope: Scope) -> bool:
    return any(
        last_name(getattr(decorator, "func", decorator)) in _HOOKS for decorator in scope.decorators
    )


def _of_hook(entered: dict[Scope, set[str]]) -> set[str]:
    """Return how passwords are sent to the app whose every request a hook sees."""
    return set().union(*entered.values()) if entered else set()
