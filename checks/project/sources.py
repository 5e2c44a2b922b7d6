"""Expressions where client data or a password enters a function."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.evaluate import Evaluator
from checks.project.origins import NOTHING, Origin, Origins
from checks.project.words import is_foreign_password_name, is_plain_password_name

_MAPPINGS = frozenset(
    f"flask.request.{name}"
    for name in (
        "form", "args", "values", "json", "cookies", "headers", "files", "get_json",
        "authorization", "view_args",
    )
)  # fmt: skip
_TEXTS = frozenset(
    f"flask.request.{name}"
    for name in ("data", "referrer", "get_data", "url", "full_path", "host_url", "host", "path")
)
_PARSERS = frozenset(
    f"{library}.reqparse.RequestParser.parse_args" for library in ("flask_restful", "flask_restx")
)
# Functions whose only parameter is a password, whatever neutral name it has.
_TAKES_ONE = lazy(
    r"^_*(set|hash|encrypt|encode|check|verify|crypt)_?(user_?)?(password|passwd|pass|pwd|pw)$",
    re.IGNORECASE,
)
_NEUTRAL = frozenset(
    [
        "attempt", "candidate", "clear", "cleartext", "given", "guess", "input", "new", "p",
        "phrase", "plain", "plain_text", "plaintext", "raw", "raw_value", "s", "secret", "string",
        "text", "typed", "val", "value", "word",
    ]
)  # fmt: skip
# Decorators of Flask-Smorest and webargs that parse the request.
_HANDS = frozenset({"arguments", "use_args"})
# What Flask-OpenAPI3, Flask-Pydantic and APIFlask call it.
_BODIES = frozenset({"body", "form", "json_data", "data", "form_data", "json", "payload"})
_MODELS = frozenset({"pydantic.BaseModel", "sqlmodel.SQLModel", "msgspec.Struct"})
_GETTERS = frozenset({"get", "getlist", "pop", "getfirst", "get_all"})


class Sources:
    """Tells what enters at an expression, by itself and without flow."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Take what resolves names and literal keys."""
        self.evaluator = evaluator
        self.names = evaluator.names

    def entering(self, node: ast.expr, scope: Scope, held: Origins) -> Origins:
        """Return what comes in at `node`.

        Args:
            node: a subscript, call or attribute.
            scope: where it stands.
            held: origins of the object it reads from, such as the dictionary of ``data["x"]``.
        """
        if isinstance(node, ast.Subscript):
            return self._keyed(node, node.value, node.slice, scope, held)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope, held)
        if isinstance(node, ast.Call):
            func = node.func
            if isinstance(func, ast.Attribute) and func.attr in _GETTERS and node.args:
                return self._keyed(node, func.value, node.args[0], scope, held)
            called = self.names.called(node, scope)
            if called in _MAPPINGS or called in _TEXTS or called in _PARSERS:
                return frozenset({Origin("request", "", scope.spot(node))})
            if called == "getpass.getpass" and not _is_for_elsewhere(node, scope):
                return frozenset({Origin("password", "getpass", scope.spot(node))})
        return NOTHING

    def parameter(self, arg: ast.arg, scope: Scope) -> Origins:
        """Return what a parameter of that name brings in."""
        if is_plain_password_name(arg.arg) or _is_only(arg, scope):
            return frozenset({Origin("password", arg.arg, scope.module.source.spot(arg))})
        if _is_named(arg, scope):
            return frozenset({Origin("request", arg.arg, scope.module.source.spot(arg))})
        if _is_parsed(arg, scope) or self._is_model(arg, scope):
            return frozenset({Origin("request", "", scope.module.source.spot(arg))})
        return NOTHING

    def _is_model(self, arg: ast.arg, scope: Scope) -> bool:
        """Return whether a view is handed what was sent: ``def register(body: NewUser)``."""
        if arg.annotation is None or arg.arg not in _BODIES or not scope.decorators:
            return False
        bases = self.names.bases(self.names.qualified(arg.annotation, scope.parent or scope))
        return any(base in _MODELS for base in bases)

    def _keyed(
        self, node: ast.expr, mapping: ast.expr, key: ast.expr, scope: Scope, held: Origins
    ) -> Origins:
        anonymous = any(origin.kind == "request" and not origin.key for origin in held)
        if not anonymous and self.names.qualified(_called(mapping), scope) not in _MAPPINGS:
            return NOTHING
        name = self.evaluator.evaluate(key, scope).value
        return self._field(name if isinstance(name, str) else "", node, scope)

    def _field(self, name: str, node: ast.expr, scope: Scope) -> Origins:
        spot = scope.spot(node)
        found = {Origin("request", name, spot)}
        if is_plain_password_name(name):
            found.add(Origin("password", name, spot))
        return frozenset(found)

    def _attribute(self, node: ast.Attribute, scope: Scope, held: Origins) -> Origins:
        if self.names.qualified(node, scope) in _MAPPINGS | _TEXTS:
            # The referrer is a field by itself; of the others one is picked out of many.
            key = node.attr if node.attr == "referrer" else ""
            return frozenset({Origin("request", key, scope.spot(node))})
        # WTForms: form.password.data; request.authorization.password
        inner = node.value
        is_field = node.attr in ("data", "raw_data") and isinstance(inner, ast.Attribute)
        if is_field and self._is_form(getattr(inner, "value", inner), scope):
            return self._field(getattr(inner, "attr", ""), node, scope)
        anonymous = any(origin.kind == "request" and not origin.key for origin in held)
        if anonymous and is_plain_password_name(node.attr):
            return self._field(node.attr, node, scope)
        return NOTHING

    def _is_form(self, node: ast.expr, scope: Scope) -> bool:
        made_by = self.names.type_of(node, scope)
        bases = set(self.names.bases(made_by))
        if any("Form" in base.rpartition(".")[2] for base in bases):
            return True
        text = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
        return "form" in text.lower() or (text == "self" and "form" in scope.qualname.lower())


def _is_only(arg: ast.arg, scope: Scope) -> bool:
    """Return whether `arg` is what ``set_password(raw)`` or a setter of ``password`` is given."""
    if arg.arg not in _NEUTRAL:
        return False
    if len([other for other in scope.parameters() if other.arg not in ("self", "cls")]) > 1:
        return False
    setter = any(last_name(decorator) == "setter" for decorator in scope.decorators)
    return bool(_TAKES_ONE.search(scope.name)) or (setter and is_plain_password_name(scope.name))


def _is_parsed(arg: ast.arg, scope: Scope) -> bool:
    """Return whether a decorator hands `arg` what was sent: ``@blp.arguments(UserSchema)``."""
    handing = [
        decorator
        for decorator in scope.decorators
        if isinstance(decorator, ast.Call) and last_name(decorator.func) in _HANDS
    ]
    taken = [other for other in scope.parameters() if other.arg not in ("self", "cls")]
    return bool(handing) and arg in taken[: len(handing)]


def _is_named(arg: ast.arg, scope: Scope) -> bool:
    """Return whether webargs hands `arg` a field by its name: ``@use_kwargs({"id": Int()})``."""
    for decorator in scope.decorators:
        if isinstance(decorator, ast.Call) and last_name(decorator.func) == "use_kwargs":
            first = decorator.args[0] if decorator.args else None
            keys = first.keys if isinstance(first, ast.Dict) else ()
            if any(isinstance(key, ast.Constant) and key.value == arg.arg for key in keys):
                return True
    return False


def _called(node: ast.expr) -> ast.expr:
    """Return ``request.get_json`` for ``request.get_json()``; ``request.json or {}`` likewise."""
    if isinstance(node, ast.BoolOp):
        node = node.values[0]
    return node.func if isinstance(node, ast.Call) else node


def _is_for_elsewhere(node: ast.Call, scope: Scope) -> bool:
    """Return whether a script asks for another service's password: ``db_password = getpass()``."""
    above = scope.module.parent(node)
    targets = above.targets if isinstance(above, ast.Assign) else []
    return any(is_foreign_password_name(last_name(target)) for target in targets)
