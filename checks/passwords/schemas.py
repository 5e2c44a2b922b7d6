"""Classes and parsers by which a view reads what is sent to it, and what they ask of a password."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.passwords import lengths
from checks.passwords.shapes import constant, last_name
from checks.project import Project, View

_PARSES = frozenset({"load", "loads", "validate", "model_validate", "parse_obj", "deserialize"})
_MARSHMALLOW = ("Str", "String")
_VALIDATES = ("validates", "field_validator", "validator", "validates_schema", "model_validator",
              "root_validator")  # fmt: skip
_PLAIN = ("str", "SecretStr", "Optional", "None")


def schemas_of(view: View, project: Project) -> Iterator[Scope]:
    """Yield the classes that parse what is sent: by a decorator, a call or a parameter's type."""
    named: list[tuple[ast.expr, Scope]] = []
    outer = view.function.parent or view.function
    for decorator in view.decorators:
        if isinstance(decorator.node, ast.Call) and not decorator.is_route:
            given = (*decorator.node.args, *(k.value for k in decorator.node.keywords))
            named += [(arg, outer) for arg in given if last_name(decorator.node) != "response"]
    for parameter in view.function.parameters():
        if parameter.annotation is not None:
            named.append((parameter.annotation, outer))
    for call, scope in project.reach.calls(view.function):
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr in _PARSES:
            named.append((func.value, scope))
        elif any(keyword.arg is None for keyword in call.keywords):
            named.append((func, scope))  # ``NewUser(**request.get_json())``
    seen: set[Scope] = set()
    for node, scope in named:
        made_by = project.names.type_of(node, scope) or project.names.qualified(node, scope)
        for base in project.names.bases(made_by):
            cls = project.names.scope_of(base)
            if cls is not None and cls.kind == "class" and cls not in seen:
                seen.add(cls)
                yield cls


def asks_length(cls: Scope, project: Project) -> bool:
    """Return whether a schema has a length, or a validator of its own, for the password."""
    for target, value in _fields(cls):
        if not lengths.is_typed_name(target):
            continue
        for node in ast.walk(value) if value is not None else ():
            bound = lengths.validator(node, cls, project) if isinstance(node, ast.Call) else None
            if bound is not None and (bound.minimum or 0) > 1:
                return True
    return any(
        isinstance(decorator, ast.Call)
        and last_name(decorator.func) in ("validates", "field_validator", "validator")
        and any(lengths.is_typed_name(ast.Name(str(constant(a)))) for a in decorator.args)
        for child in cls.children
        for decorator in child.decorators
    )


def open_field(cls: Scope) -> ast.expr | None:
    """Return the password of a schema that takes any text for it, where nothing else judges it."""
    if any(
        last_name(decorator) in _VALIDATES
        for child in cls.children
        for decorator in child.decorators
    ):
        return None
    bases = [last_name(base) for base in getattr(cls.node, "bases", ())]
    for target, value in _fields(cls):
        if not lengths.is_typed_name(target):
            continue
        if isinstance(value, ast.Call) and last_name(value.func) in _MARSHMALLOW:
            known = any(keyword.arg in ("validate", None) for keyword in value.keywords)
            return None if known else value
        if "BaseModel" in bases and isinstance(value, ast.Name | ast.Attribute):
            return value if last_name(value) in _PLAIN else None
    return None


def is_parsed(view: View) -> bool:
    """Return whether a parser has a function of its own for the password: ``type=long_enough``."""
    return any(
        call.args
        and lengths.is_typed_name(ast.Name(str(constant(call.args[0]))))
        and any(k.arg == "type" and last_name(k.value) != "str" for k in call.keywords)
        for call, _ in view.module.calls("add_argument")
    )


def _fields(cls: Scope) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Yield the fields of a class, and what tells of each: its value, or the type without one."""
    for statement in getattr(cls.node, "body", ()):
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            yield statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign):
            yield statement.target, statement.value or statement.annotation
