"""The routes that the app has once it is loaded, where each view stands, and what guards it."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

import flask_login
from flask import Flask

from hardening.live.loading import below

# What a wrapper that lets nobody in but users asks for, and how it says no.
_ASKED = frozenset({"is_authenticated", "is_anonymous", "current_user", "current_identity"})
_REFUSES = frozenset({"abort", "redirect", "unauthorized", "Unauthorized", "Forbidden"})
_STATUS = frozenset({401, 403})
# What one that asks in other words may have.
_PERHAPS = _ASKED | _REFUSES | {"session", "g", "request", "login_required"}
# Libraries whose wrappers do nothing else.
_LIBRARIES = ("flask_security.", "flask_jwt_extended.", "flask_httpauth", "flask_user.")
_DECORATORS = (flask_login.login_required, flask_login.fresh_login_required)
_VERBS = ("get", "post", "put", "patch", "delete")
_CALLED = (FunctionType, MethodType, functools.partial)
_USUAL = ("f", "fn", "func", "function", "view", "view_func", "wrapped", "method")
_MOST = 40  # functions around one view


def views_of(app: Flask, root: str) -> list[dict[str, Any]]:
    """Return one row for each function that answers requests, sorted by endpoint.

    Args:
        app: the loaded app.
        root: the audited folder; paths are relative to it.
    """
    rules: dict[str, list[Any]] = {}
    for rule in app.url_map.iter_rules():
        rules.setdefault(rule.endpoint, []).append(rule)
    hooks = _hooks(app)
    rows = []
    for endpoint, known in sorted(rules.items()):
        view = app.view_functions.get(endpoint)
        if view is None:
            continue
        methods = {method for rule in known for method in rule.methods or ()}
        hook = next((why for scope, why in hooks if _reaches(scope, endpoint)), "")
        for function, own, around in _functions(view):
            place = _place(function, root)
            guard, perhaps = _guards(around)
            row = {
                "endpoint": endpoint,
                "rules": sorted(str(rule.rule) for rule in known),
                "methods": sorted(own or methods - {"HEAD", "OPTIONS"}),
                "guard": guard,
                "perhaps": perhaps or hook,
                **place,
            }
            rows.append(row)
    return rows


def _functions(view: Any) -> Iterator[tuple[FunctionType | None, list[str], list[Any]]]:
    """Yield each function of a view, its methods if it is a class's, and what is around it."""
    cls = getattr(view, "view_class", None)
    chain = list(_chain(view))
    if cls is None:
        yield (chain[-1] if chain else None), [], chain[:-1]
        return
    given = [*getattr(cls, "decorators", ()), *_listed(getattr(cls, "method_decorators", ()))]
    found = False
    for verb in _VERBS:
        method = getattr(cls, verb, None)
        inner = list(_chain(method)) if method is not None else []
        if inner:
            found = True
            yield inner[-1], [verb.upper()], [*chain[:-1], *given, *inner[:-1]]
    if not found:
        inner = list(_chain(getattr(cls, "dispatch_request", None)))
        yield (inner[-1] if inner else None), [], [*chain[:-1], *given, *inner[:-1]]


def _listed(decorators: Any) -> list[Any]:
    """Return Flask-RESTful's ``method_decorators``, which may be a dictionary by method."""
    if isinstance(decorators, dict):
        return []  # those of one method say nothing of another
    return list(decorators) if isinstance(decorators, list | tuple) else []


def _chain(view: Any) -> Iterator[FunctionType]:
    """Yield the functions from the outermost to the view itself."""
    for _ in range(_MOST):
        if isinstance(view, functools.partial):
            view = view.func
        elif isinstance(view, MethodType):
            view = view.__func__
        elif isinstance(view, FunctionType):
            yield view
            inner = _inner(view)
            if inner is None:
                return
            view = inner
        else:
            return


def _inner(function: FunctionType) -> Any:
    """Return what a wrapper wraps, or None."""
    wrapped = getattr(function, "__wrapped__", None)
    if wrapped is not None:
        return wrapped
    names = function.__code__.co_freevars
    held = dict(zip(names, map(_held, function.__closure__ or ()), strict=False))
    inner = [name for name in names if isinstance(held[name], _CALLED)]
    usual = [name for name in inner if name in _USUAL]
    if usual:
        return held[usual[0]]
    # A view within a factory has its helpers there too; a wrapper hands on whatever comes.
    hands_on = function.__code__.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    return held[inner[0]] if len(inner) == 1 and hands_on else None


def _held(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # an empty cell
        return None


def _guards(around: list[Any]) -> tuple[str, str]:
    """Return what keeps strangers out, and what may: ``login_required``, or a wrapper's name."""
    codes = guard_codes()
    perhaps = ""
    for one in around:
        code = getattr(one, "__code__", None)
        if one in _DECORATORS or code in codes:
            return "login_required", ""
        if not isinstance(code, CodeType):
            continue
        name = code.co_qualname.partition(".")[0]
        # `wraps` changes `__module__`.
        modules = (str(getattr(one, "__module__", "")), str(one.__globals__.get("__name__", "")))
        if any(module.startswith(_LIBRARIES) for module in modules) or _refuses_strangers(code):
            return name, ""
        if _PERHAPS & set(code.co_names):
            perhaps = name
    return "", perhaps


def _refuses_strangers(code: CodeType) -> bool:
    names = set(code.co_names)
    constants = [part for one in code.co_consts for part in (one if type(one) is tuple else [one])]
    says_no = names & _REFUSES or any(type(one) is int and one in _STATUS for one in constants)
    return bool(names & _ASKED and says_no)


@functools.lru_cache(maxsize=1)
def guard_codes() -> frozenset[CodeType]:
    """Return the code of what Flask-Login's decorators put around a view."""
    constants = (constant for one in _DECORATORS for constant in one.__code__.co_consts)
    return frozenset(constant for constant in constants if isinstance(constant, CodeType))


def _hooks(app: Flask) -> list[tuple[str | None, str]]:
    """Return the hooks that may keep strangers out: of which blueprint, and their names."""
    found = []
    for scope, functions in app.before_request_funcs.items():
        for function in functions:
            code = getattr(function, "__code__", None)
            if isinstance(code, CodeType) and _may_guard(function, code):
                found.append((scope, code.co_qualname))
    return found


def _may_guard(function: Any, code: CodeType) -> bool:
    if str(getattr(function, "__module__", "")).startswith(("hardening.", "flask_wtf.")):
        return False
    return code in guard_codes() or bool(_PERHAPS & set(code.co_names))


def hooks_of(app: Flask) -> dict[str, list[str]]:
    """Return the names of the functions that run around views, by kind; those of blueprints too."""
    kinds: dict[str, Any] = {
        "before": app.before_request_funcs,
        "after": app.after_request_funcs,
        "teardown": app.teardown_request_funcs,
    }
    return {
        kind: [
            f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
            for functions in scopes.values()
            for function in functions
        ]
        for kind, scopes in kinds.items()
    }


def _reaches(scope: str | None, endpoint: str) -> bool:
    return scope is None or endpoint.startswith(f"{scope}.")


def _place(function: FunctionType | None, root: str) -> dict[str, Any]:
    """Return the file of a function and its first and last line, None for what is elsewhere."""
    if function is None:
        return {"name": "", "path": None, "line": None, "end_line": None}
    code = function.__code__
    path = below(os.path.abspath(code.co_filename), root)
    lines = [line for _, _, line in code.co_lines() if line]
    return {
        "name": code.co_qualname,
        "path": path,
        "line": code.co_firstlineno if path else None,
        "end_line": max(lines, default=code.co_firstlineno) if path else None,
    }
