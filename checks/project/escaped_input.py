"""Whether an app escapes what is sent to it before it keeps it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_ESCAPES = frozenset(
    {
        "flask.escape", "markupsafe.escape", "jinja2.escape", "html.escape", "cgi.escape",
        "xml.sax.saxutils.escape", "bleach.clean", "nh3.clean",
    }
)  # fmt: skip
_SENT = lazy(r"\bform\b|\brequest\.|\w*_request\.|_form\b|\.data$")
_READS = lazy(r"request\.form(?:\[|\.get\()|\bform\.\w+\.data\b")
_MANY = 5  # one or two may be for a message; an app that does it does it for every field
_SHARE = 3  # of so many that are read, one at least: passwords, numbers and choices need none


def escapes_input(project: Project) -> bool:
    """Return whether the fields of forms are escaped where they are read, not where printed.

    What the database holds is harmless markup then, and is printed as it is.
    """
    found = 0
    modules = [module for module in project.modules if module.source.context == "app"]
    for module in modules:
        for call, scope in module.calls("escape", "clean"):
            if not call.args or isinstance(scope.module.parent(call), ast.Compare):
                continue
            if not _SENT.search(ast.unparse(call.args[0])):
                continue
            found += project.names.called(call, scope) in _ESCAPES
    if found < _MANY:
        return False
    forms = [module.source.text for module in modules if project.vocabulary.holds(module, "form")]
    return sum(len(_READS.findall(text)) for text in forms) <= found * _SHARE
