"""Views that a setting of the app opens or closes."""

from __future__ import annotations

import ast

from checks.lazy import lazy
from checks.project.routes import View

_SETTING = lazy(
    r"config\b|\bsettings\b|(?<!\.)\bsetting\b|enabled?\b|[A-Z]{3}_ALLOW|ALLOW_|\.debug\b|testing"
)


def is_switched(view: View) -> bool:
    """Return whether a setting decides that the view is open: somebody thought of it."""
    return any(
        isinstance(node, ast.If | ast.IfExp) and _SETTING.search(ast.unparse(node.test))
        for node in ast.walk(view.function.node)
    )
