"""Which expressions are the app's own secret key, wherever they are written."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project import Project
from checks.project.evaluated import Evaluated

_APP_LIKE = lazy(r"app|conf|cfg|setting|option|env|flask|server|^(self|cls)$", re.IGNORECASE)
_CONVERSIONS = frozenset(
    [
        "encode", "decode", "strip", "hexdigest", "digest", "get_secret_value", "ljust", "rjust",
        "zfill",
    ]
)  # fmt: skip
_PASSED_ON = frozenset(
    {"str", "bytes", "b64encode", "urlsafe_b64encode", "sha256", "SecretStr", "to_bytes"}
)


class AppKeys:
    """Answers whether an expression is the value of ``SECRET_KEY``."""

    def __init__(self, project: Project) -> None:
        """Take the project; its settings are looked at once."""
        self.project = project
        self._variables: set[str] = set()
        self._literals: set[bytes] = set()
        self._names: set[str] = set()
        for setting in project.settings("SECRET_KEY"):
            if setting.environment == "testing":
                continue
            self._take(setting.value)
            if setting.written is not None:
                node, scope = setting.written
                name = project.names.qualified(node, scope)
                if name is not None and isinstance(node, ast.Name | ast.Attribute):
                    self._names.add(name)

    def _take(self, value: Evaluated) -> None:
        if value.variable is not None:
            self._variables.add(value.variable)
        elif value.kind == "literal" and isinstance(value.value, str | bytes) and value.value:
            self._literals.add(_raw(value.value))

    def is_key(self, node: ast.expr | None, scope: Scope, depth: int = 0) -> bool:
        """Return whether `node`, read in `scope`, is certainly the secret key."""
        if node is None or depth > 6:
            return False
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            return self.is_key(node.value, scope, depth + 1)
        if isinstance(node, ast.Subscript) and _says_key(node.slice):
            return self._is_config(node.value) or self._same(node, scope)
        if isinstance(node, ast.Attribute) and node.attr in ("secret_key", "SECRET_KEY"):
            return _is_apps(node.value) or self._same(node, scope)
        if isinstance(node, ast.Name):
            bindings = self.project.names.bindings(node.id, scope)
            if len(bindings) == 1 and bindings[0].kind == "value":
                return self._same(node, scope) or self.is_key(bindings[0].value, scope, depth + 1)
        return self._same(node, scope)

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> bool:
        func = node.func
        if isinstance(func, ast.Attribute):
            if func.attr == "get" and node.args and _says_key(node.args[0]):
                return self._is_config(func.value) or self._same(node, scope)
            if func.attr in _CONVERSIONS:
                return self.is_key(func.value, scope, depth + 1)
        if last_name(func) in _PASSED_ON and node.args:
            return self.is_key(node.args[0], scope, depth + 1)
        return self._same(node, scope)

    def _is_config(self, node: ast.expr) -> bool:
        return last_name(node) in ("config", "conf", "cfg", "configuration")

    def _same(self, node: ast.expr, scope: Scope) -> bool:
        if isinstance(node, ast.Name | ast.Attribute):
            name = self.project.names.qualified(node, scope)
            if name is not None and name in self._names and not name.startswith("builtins."):
                return True
        value = self.project.evaluate(node, scope)
        if value.variable is not None:
            return value.variable in self._variables
        if value.kind == "literal" and isinstance(value.value, str | bytes):
            return _raw(value.value) in self._literals
        return False


def _is_apps(owner: ast.expr) -> bool:
    """Return whether the ``secret_key`` of `owner` is the app's: a project row has its own."""
    return _APP_LIKE.search(last_name(owner)) is not None


def _says_key(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "SECRET_KEY"


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
