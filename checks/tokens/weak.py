"""Whether a value can be guessed by how it is made: `random`, the clock, what everybody knows."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project import Project

_MAX_DEPTH = 8  # names and functions followed for one value
_RANDOM = lazy(r"^(random|numpy\.random)\.(?!SystemRandom)\w+")
_CLOCK = frozenset(
    {
        "time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.utcnow",
        "datetime.datetime.today", "time.monotonic", "time.perf_counter", "datetime.date.today",
    }
)  # fmt: skip
_WHEN = lazy(
    r"^(exp|iat|nbf|auth_time)$|expir|created|issued|timestamp|valid_(un)?til", re.IGNORECASE
)
_SECRET = lazy(
    r"(^|_)(pass_?key|secret(_key)?|private_key|api_key|password(_hash)?)$", re.IGNORECASE
)
_UUID = frozenset({"uuid.uuid1", "uuid.getnode"})
_STRONG = lazy(
    r"^(secrets\.|os\.urandom|os\.getrandom|uuid\.uuid4|random\.SystemRandom|hmac\.|jwt\.|itsdangerous\.|"
    r"cryptography\.|Crypto|nacl\.|werkzeug\.security\.|jose\.|authlib\.|pyotp\.|bcrypt\.|argon2|"
    r"flask_jwt_extended|passlib\.)"
)
_KEEPING = frozenset(
    [
        "hexdigest", "digest", "hex", "encode", "decode", "join", "format", "upper", "lower",
        "strip", "str", "int", "zfill", "md5", "sha1", "sha224", "sha256", "sha384", "sha512",
        "new", "timestamp", "b64encode", "urlsafe_b64encode", "rstrip", "replace", "uuid3",
        "uuid5", "strftime", "isoformat", "list", "tuple", "map", "range", "crc32", "abs",
        "round", "ceil", "floor", "repr", "bytes",
    ]
)  # fmt: skip
_DIGESTS = lazy(r"^hashlib\.\w+|^zlib\.crc32$|^uuid\.uuid[35]$")


def weakness(node: ast.expr | None, scope: Scope, project: Project) -> str | None:
    """Return how `node` can be guessed, such as ``random.randint``, or None."""
    found: set[str] = set()
    if node is None or not _look(node, scope, project, found, 0):
        return None
    return min(found, key=_order) if found else None


def _order(text: str) -> tuple[int, str]:
    kinds = ("the module random", "uuid1", "the clock")
    return (kinds.index(text) if text in kinds else len(kinds)), text


def _look(node: ast.AST, scope: Scope, project: Project, found: set[str], depth: int) -> bool:
    """Collect weak sources in `node`; return False where a strong or unknown one is."""
    if depth > _MAX_DEPTH:
        return False
    if isinstance(node, ast.Call):
        return _call(node, scope, project, found, depth)
    if isinstance(node, ast.Name):
        return _name(node, scope, project, found, depth)
    if isinstance(node, ast.IfExp):
        parts: list[ast.AST] = [node.body, node.orelse]
    elif isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
        return _look(node.elt, scope, project, found, depth + 1)
    elif isinstance(node, ast.Lambda):
        parts = [node.body]
    elif isinstance(node, ast.Dict):
        parts = [v for k, v in zip(node.keys, node.values, strict=True) if not _says_when(k)]
    elif isinstance(node, ast.Attribute):
        if _SECRET.search(node.attr):
            return False  # ``self.passkey``: whoever does not have it guesses nothing
        if isinstance(node.value, ast.Call):
            return _look(node.value, scope, project, found, depth + 1)
        if project.names.qualified(node, scope) in _UUID:
            found.add("uuid1")  # ``default=uuid.uuid1``
        return True
    elif isinstance(node, ast.Constant):
        return True
    else:
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return all(_look(part, scope, project, found, depth + 1) for part in parts)


def _is_seeded_well(scope: Scope, project: Project) -> bool:
    """Return whether the same function seeds it anew: ``random.seed(os.urandom(1024))``."""
    return any(
        project.names.called(call, scope) == "random.seed"
        and bool(call.args)
        and isinstance(call.args[0], ast.Call)
        and _STRONG.match(project.names.called(call.args[0], scope) or "") is not None
        for call in scope.calls
    )


def _says_when(key: ast.expr | None) -> bool:
    """Return whether a claim says when it was made, or how long it holds: ``exp``."""
    return isinstance(key, ast.Constant) and bool(_WHEN.search(str(key.value)))


def _call(node: ast.Call, scope: Scope, project: Project, found: set[str], depth: int) -> bool:
    called = project.names.called(node, scope) or ""
    if _STRONG.match(called) or "SystemRandom" in called:
        return False
    if _RANDOM.match(called):
        if _is_seeded_well(scope, project):
            return False
        found.add("the module random")
        return True
    if called in _UUID:
        found.add("uuid1")
        return True
    if called in _CLOCK:
        found.add("the clock")
        return True
    callee = project.names.callee(node, scope)
    if callee is not None and callee.name != "__init__":
        if not _function(callee, project, found, depth):
            return False
        # What only rewrites what it is given, such as a hash of the project's own, hides nothing.
        given = [] if found else [*node.args, *(keyword.value for keyword in node.keywords)]
        return all(_look(part, scope, project, found, depth + 1) for part in given)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in _KEEPING:
        return False
    parts: list[ast.AST] = [*node.args, *(keyword.value for keyword in node.keywords)]
    if (isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name)) or (
        isinstance(node.func, ast.Attribute) and _is_variable(node.func.value, scope, project)
    ):
        parts.append(node.func.value)
    good = all(_look(part, scope, project, found, depth + 1) for part in parts)
    if good and not found and _DIGESTS.match(called) and node.args:
        known = ast.unparse(node.args[0])
        if re.search(r"e?mail|user_?name|\.id\b|user_?id", known) and not re.search(
            r"secret|key|salt|pass|token", known, re.IGNORECASE
        ):
            found.add("what is known of the user")
    return good


def _is_variable(node: ast.expr, scope: Scope, project: Project) -> bool:
    return isinstance(node, ast.Name) and any(
        binding.kind == "value" for binding in project.names.bindings(node.id, scope)
    )


def _function(callee: Scope, project: Project, found: set[str], depth: int) -> bool:
    values = [statement.value for statement in callee.returns if statement.value is not None]
    return bool(values) and all(_look(value, callee, project, found, depth + 1) for value in values)


def _name(node: ast.Name, scope: Scope, project: Project, found: set[str], depth: int) -> bool:
    bindings = project.names.bindings(node.id, scope)
    values = [b for b in bindings if b.kind == "value" and b.value is not None]
    for binding in values:
        if binding.value is not None and not _look(binding.value, scope, project, found, depth + 1):
            return False
    if values:
        return _added(node.id, scope, project, found, depth)
    return True


def _added(name: str, scope: Scope, project: Project, found: set[str], depth: int) -> bool:
    """Look at ``code += str(random.randint(0, 9))``."""
    return all(
        _look(assignment.value, scope, project, found, depth + 1)
        for assignment in scope.assignments
        if assignment.augmented
        and isinstance(assignment.target, ast.Name)
        and assignment.target.id == name
    )
