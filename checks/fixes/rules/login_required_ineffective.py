"""``login_required`` below the route."""

from __future__ import annotations

import re

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.names import imports
from checks.fixes.python import called, value_at
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import Tree, cst
from checks.lazy import lazy

_NAMES = ("login_required", "fresh_login_required")
_ROUTES = ("route", "get", "post", "put", "patch", "delete")
# Views that people need before they are logged in; nobody could log in any more.
_BEFORE = lazy(
    r"log_?in|sign_?(?:in|up)|regist|forgot|reset|recover|confirm|verif|activat|unauth|callback|"
    r"authori[sz]e|health|static",
    re.IGNORECASE,
)
# Logins that an installation may do without, and decorators of the project's own that ask.
_OPTIONAL = r"(?i)def \w*(?:optional|maybe|if_enabled)\w*(?:auth|login)|LOGIN_DISABLED|" + (
    r"def \w*(?:auth|login)\w*_?(?:optional|maybe|if_enabled)"
)
_OWN = r"(?i)^[ \t]*def \w*(?:auth|login)\w*_required\b"
_EFFECTIVE = (
    r"^[ \t]*@[\w.]+\.(?:route|get|post)\([^\n]*\n(?:[ \t]*@[^\n]*\n){0,5}?[ \t]*@login_required\b"
)
# Where the app sends people who are not logged in.
_TURNED = r"unauthorized_handler\b[^\n]*\n(?:[^\n]*\n){0,9}?[^\n]*url_for\(\s*['\"](?:\w+\.)?"
_LOGS_IN = lazy(r"\blogin_user\(|\bcheck_password|\bverify_password")


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edits that move the decorator below the routes, or take ``()`` from it.

    Only for Flask-Login's own, which keeps the name of the view, and so its endpoint.
    """
    if not file.is_python:
        raise UnsafeError("only Python is mended")
    tree = file.tree
    node = value_at(finding, file)
    name = node.func if isinstance(node, cst.Call) else node
    if not isinstance(name, cst.Name) or name.value not in _NAMES:
        raise UnsafeError("it is not Flask-Login's own decorator under its own name")
    if not imports("flask_login", name.value, tree):
        raise UnsafeError("it is not imported from flask_login at the top of the file")
    decorator = tree.parent(node)
    function = tree.parent(decorator) if isinstance(decorator, cst.Decorator) else None
    if not isinstance(decorator, cst.Decorator) or not isinstance(function, cst.FunctionDef):
        raise UnsafeError("it is written in a way that is not mended")
    if not project.python_says(r"\bLoginManager\(") or not project.python_says(r"\blogin_user\("):
        raise UnsafeError("nobody logs in by Flask-Login in the project")
    if project.python_says(_OPTIONAL) or (
        project.python_says(_OWN) and not project.python_says(_EFFECTIVE)
    ):
        raise UnsafeError("the project may have views open to everybody on purpose")
    _refuse(function, tree, project)
    if isinstance(node, cst.Call):
        if node.args or node.lpar:
            raise UnsafeError("it is written in a way that is not mended")
        return [tree.replaced(node, name.value)]
    return _below(decorator, function, file)


def _refuse(function: cst.FunctionDef, tree: Tree, project: Surroundings) -> None:
    name = function.name.value
    if _BEFORE.search(name) or _LOGS_IN.search(tree.code(function)):
        raise UnsafeError("people need the view to log in")
    if project.python_says(rf"{_TURNED}{name}\b"):
        raise UnsafeError("people who are not logged in are sent to the view")
    told = project.texts(r"login_view\s*=\s*['\"]([\w.]+)['\"]")
    if name in {view.rpartition(".")[2] for view in told}:
        raise UnsafeError("people need the view to log in")


def _below(decorator: cst.Decorator, function: cst.FunctionDef, file: File) -> list[Edit]:
    """Return the edits that put a line with a decorator below the last route."""
    tree = file.tree
    decorators = [*function.decorators]
    place = decorators.index(decorator)
    routes = [other for other in decorators[place + 1 :] if _is_route(other)]
    if not routes:
        raise UnsafeError("no route stands below it")
    start, end = file.line(tree.span(decorator)[0])[0], file.after_line(tree.span(decorator)[1])
    line = file.text[start:end]
    if not re.fullmatch(r"[ \t]*@\w+[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)", line):
        raise UnsafeError("it does not stand on a line of its own")
    below = file.after_line(tree.span(routes[-1])[1])
    return [Edit(start, end, ""), Edit(below, below, line)]


def _is_route(decorator: cst.Decorator) -> bool:
    node = decorator.decorator
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and called(node) in _ROUTES
    )
