"""Protections behind a switch of the environment that is off where nobody sets it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project, Site
    from checks.project.configuration import Setting
    from checks.project.evaluated import Evaluated

_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})


# Variables that tell a deployment from a developer's machine: what follows them is on purpose.
_STAGE = lazy(r"(^|_)(ENV|ENVIRONMENT|STAGE|DEBUG|PROD|PRODUCTION|DEV|DEVELOPMENT|TEST|TESTING|"
              r"LOCAL|MODE|DYNO|DEPLOY\w*|PLATFORM|CONFIG)(_|$)", re.IGNORECASE)  # fmt: skip


# Compared with what a variable says of where the app runs.
_STAGES = lazy(r"[!=]= ?[\"'](?:dev|develop|development|local|prod|production|staging)[\"']")


def follows_the_stage(found: Evaluated) -> bool:
    """Return whether a value depends on a variable such as ``FLASK_ENV`` or ``DEBUG``."""
    return found.variable is not None and _STAGE.search(found.variable) is not None


def is_by_default(setting: Setting, value: bool, project: Project) -> bool:  # what is asked for
    """Return whether a setting is `value` unless its variable is set, and no deployment sets it.

    A sample of a deployment counts as one: it tells people what to set.
    """
    found = setting.value
    plain = isinstance(found.value, bool | int)
    if setting.written is not None and _STAGES.search(ast.unparse(setting.written[0])):
        return False  # ``SYSTEM_TYPE != "development"``: what tells a deployment is asked for
    if found.kind != "fallback" or not plain or bool(found.value) is not value:
        return False
    return not _is_set(found, not value, project)


def _is_set(found: Evaluated, wanted: bool, project: Project) -> bool:  # as above
    return found.variable is not None and any(
        variable.name == found.variable and (variable.value.lower() in _TRUE) is wanted
        for deployment in project.deployments
        for variable in deployment.variables
    )


def runs_by_default(node: ast.AST, scope: Scope, site: Site, project: Project) -> bool:
    """Return whether no ``if`` around `node` asks for a switch that is off by default."""
    inner = node
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.If) and inner in outer.body:
            asked = _all_of(outer.test)
            if any(_is_off(each, scope, site, project) for each in asked):
                return False
        inner = outer
    return True


def is_asked_for(node: ast.AST, scope: Scope, site: Site, project: Project) -> bool:
    """Return whether `node` runs only behind a switch that is off by default.

    It may stand in a function of which that holds wherever its file calls it.
    """
    if not runs_by_default(node, scope, site, project):
        return True
    if scope.kind != "function" or scope.decorators:
        return False
    calls = [
        (call, where)
        for module in project.names.calling(scope.name)
        for call, where in module.calls(scope.name)
        if project.names.callee(call, where) is scope
    ]
    return bool(calls) and all(
        not runs_by_default(call, where, site, project) for call, where in calls
    )


def _all_of(test: ast.expr) -> list[ast.expr]:
    """Return what has to hold for `test`: each part of an ``and``."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return test.values
    return [test]


def _is_off(test: ast.expr, scope: Scope, site: Site, project: Project) -> bool:
    """Return whether a condition is false unless the environment, or who runs it, says otherwise.

    ``HSTS_ENABLED = False`` among the defaults is a switch that somebody must know of.
    """
    wanted = True
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        wanted, test = False, test.operand
    key = _config_key(test)
    if key:
        settings = project.configuration(site).production(key)
        return bool(settings) and all(
            (is_by_default(s, not wanted, project) and not follows_the_stage(s.value))
            or s.value.is_literal(not wanted)
            for s in settings
        )
    found = project.evaluate(test, scope)
    plain = found.kind == "fallback" and isinstance(found.value, bool | int)
    plain = plain and not follows_the_stage(found)
    return plain and bool(found.value) is not wanted and not _is_set(found, wanted, project)


def _config_key(node: ast.expr) -> str:
    """Return ``KEY`` of ``app.config["KEY"]`` and ``app.config.get("KEY")``."""
    key: ast.expr | None = None
    owner: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        owner, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        owner, key = node.func.value, node.args[0]
        owner = owner if node.func.attr == "get" else None
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return key.value if last_name(owner) == "config" else ""
    return ""
