"""Which `Flask` objects answer requests, and which only lend a script their configuration."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.lazy import lazy

# What a command or a migration does with an app that answers nobody.
_LENDS = frozenset(
    {"config", "app_context", "test_request_context", "logger", "debug", "testing", "name"}
)
_STORES = lazy(
    r"SQLAlchemy|SQLA|^Migrate$|^(init_app|_?\w*db\w*)$|[Ee]ngine|[Dd]atabase|^(Bcrypt|Argon2|Hashing)$"
)
_SERVES = lazy(
    r"^_?(run|serve|register|route|main|start|launch)|[Ss]erver|wsgi|WSGI|asgi|ASGI|[Bb]lueprint"
    r"|[Rr]outes?$|[Vv]iews?$|Login|Manager|Freezer|^Api$|[Cc]lient"
)
# What only tells others how the app does.
_WATCHES = lazy(r"[Pp]rometheus|[Mm]etrics|[Ee]xporter|[Hh]ealth|[Ss]entry")
_SCRIPT = lazy(r"sys\.argv|argparse|ArgumentParser|optparse|getopt")


def serves(call: ast.Call, scope: Scope) -> bool:
    """Return whether the app that `call` makes may answer requests; yes where that is not known.

    An app that a function makes and neither returns nor hands to anything that serves is there for
    its context, as is one of a script with arguments that gives it to a database alone, and one
    that is made when a file is run and not served there.
    """
    target, given = _uses(call, scope)
    if not given or None in given:
        return True
    called = [name for name in given if name]
    if scope.kind == "module" and _only_run(call, scope):
        return any(map(_SERVES.search, called))
    if scope.kind == "module":
        script = _SCRIPT.search(scope.module.source.text) is not None
        known = called or not _is_importable(scope.module.path)
        return not script or not known or not all(map(_STORES.search, called))
    if scope.kind != "function" or target in _shared(scope.node):
        return True
    return not called or any(map(_SERVES.search, called))


def _is_importable(path: str) -> bool:
    """Return whether another file can import the one at `path`: not ``migrate_0.7.py``."""
    return path.rpartition("/")[2].removesuffix(".py").isidentifier()


def _only_run(call: ast.Call, scope: Scope) -> bool:
    """Return whether `call` stands under ``if __name__ == "__main__"``: nobody imports the app."""
    return any(
        isinstance(above, ast.If) and "__main__" in ast.unparse(above.test)
        for above in scope.module.ancestors(call)
    )


def only_stores(call: ast.Call, scope: Scope) -> bool:
    """Return whether the app that `call` makes is configured, given to a database and no more."""
    _, given = _uses(call, scope, returned="")
    called = [name for name in given if name]
    return None not in given and bool(called) and any(map(_STORES.search, called))


def is_set_up(call: ast.Call, scope: Scope) -> bool:
    """Return whether the app that `call` makes is given to something, or gets blueprints."""
    target, given = _uses(call, scope)
    if any(name and not _WATCHES.search(name) for name in given):
        return True
    return any(
        isinstance(each.func, ast.Attribute)
        and each.func.attr == "register_blueprint"
        and last_name(each.func.value) == target
        for each in scope.calls
    )


def _uses(
    call: ast.Call, scope: Scope, returned: str | None = None
) -> tuple[str, list[str | None]]:
    """Return the name that the app gets, and what each use of it in `scope` hands it to.

    Args:
        call: makes the app.
        scope: where it stands.
        returned: what to say of a use in a ``return``.
    """
    above = scope.module.parent(call)
    target = above.targets[0] if isinstance(above, ast.Assign) and len(above.targets) == 1 else None
    if not isinstance(target, ast.Name):
        return "", []
    given: list[str | None] = []
    for node in _names(scope.node, target.id):
        if node is not target:
            ends = (ast.Return, ast.Tuple)
            back = isinstance(scope.module.parent(node), ends)
            given.append(returned if back else _given(node, scope))
    return target.id, given


def _names(around: ast.AST, name: str) -> Iterator[ast.Name]:
    """Yield where `name` stands, functions left out that have a parameter of that name."""
    waiting = [around]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            own = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            if node is not around and any(arg.arg == name for arg in own):
                continue
        if isinstance(node, ast.Name) and node.id == name:
            yield node
        waiting.extend(ast.iter_child_nodes(node))


def _given(node: ast.Name, scope: Scope) -> str | None:
    """Return what `node` is handed to, ``""`` for a use that serves nobody, None for any other."""
    above = scope.module.parent(node)
    if isinstance(node.ctx, ast.Store) or (
        isinstance(above, ast.Attribute) and above.attr in _LENDS
    ):
        return ""
    if isinstance(above, ast.keyword):
        above = scope.module.parent(above)
    if isinstance(above, ast.Call) and above.func is not node:
        return last_name(above.func)
    return None


def _shared(function: ast.AST) -> Iterator[str]:
    """Yield the names that a function shares with others."""
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
