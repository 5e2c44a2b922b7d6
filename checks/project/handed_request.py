"""Whether a function is handed Flask's request: ``def next_page(request, default="/")``."""

from __future__ import annotations

import ast

from checks.facts.python import Binding, Scope

_OTHERS = ("django", "aiohttp", "starlette", "fastapi", "pyramid", "sanic", "tornado", "bottle")


def is_request(binding: Binding, owner: Scope) -> bool:
    """Return whether the parameter `binding` of `owner` is Flask's request, by all that is known.

    It is called ``request``, and its file imports from Flask and from no other framework.
    """
    if not isinstance(binding.node, ast.arg) or binding.node.arg != "request":
        return False
    if binding.value is not None:
        return False  # what it is unless it is given
    targets = [b.target for held in owner.module.top.bindings.values() for b in held if b.target]
    return any(target.startswith("flask.") for target in targets) and not any(
        target.split(".")[0] in _OTHERS for target in targets
    )
