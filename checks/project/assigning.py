"""Where a whole mapping from the request becomes the fields of a row or document."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Module, Scope, last_name
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.project.lookups import model_of
from checks.project.origins import Origin, Origins
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

_DOCUMENTS = frozenset(
    ["insert_one", "insert_many", "replace_one", "update_one", "update_many",
     "find_one_and_update", "find_one_and_replace", "insert"]
)  # fmt: skip
_BY_KEYWORDS = frozenset(
    ["create", "update", "values", "get_or_create", "upsert", "insert", "modify", "add_user",
     "create_user"]
)  # fmt: skip
_STORES = _DOCUMENTS | _BY_KEYWORDS | {"setattr"}
_ROWS = lazy(r"query|filter|\bselect\b|objects|where")
_STATEMENT = lazy(r"\b(insert|update)\(")
# What a decorator parsed by a schema comes in as a parameter.
_PARAMETER = lazy(r"^\s*(async\s+)?def\s|^\s*\w+(\s*:[^=]+)?,?\s*$")
_REQUEST = lazy(r"request\.(get_json|json|form|values|args|data|get_data)")
_PRIVILEGES = lazy(
    r"\b(is_?admin\w*|is_?staff|is_?super\w*|admin|roles?|role_id|permissions?|balance|credits?|"
    r"is_active|active|verified|confirmed|password\w*|owner_id)\s*(:[^=\n]+)?=",
    re.IGNORECASE,
)


class Assigned(NamedTuple):
    """One place where every field is stored."""

    node: ast.Call
    scope: Scope
    how: str
    """Such as ``User(**...)``."""
    enters: Spot
    """Where the mapping comes from."""
    privileged: bool
    """Whether the model has a column that gives power."""
    sure: bool
    """Whether the model is known."""


class _Sink(NamedTuple):
    node: ast.Call
    scope: Scope
    value: ast.expr
    how: str
    model: Scope | None


def assigned_whole(project: Project) -> Iterator[Assigned]:
    """Yield each place of the app, by file and line."""
    sinks = [
        sink
        for module in project.modules
        if module.source.context != "tests"
        for sink in _sinks(module, project)
    ]
    if not sinks:
        return
    _follow(project, {sink.scope for sink in sinks})
    for sink in sinks:
        origin = _whole(sink, project)
        if origin is not None:
            model = sink.model
            text = ast.get_source_segment(model.module.source.text, model.node) if model else ""
            yield Assigned(
                sink.node,
                sink.scope,
                sink.how,
                origin.spot,
                bool(_PRIVILEGES.search(text or "")),
                model is not None,
            )


def _follow(project: Project, scopes: set[Scope]) -> None:
    """Run what calls the functions in `scopes`, so that their arguments are known."""
    methods: dict[str, list[Scope]] = {}
    for scope in scopes:
        if scope.enclosing_class is not None:
            methods.setdefault(scope.name, []).append(scope)
    names = {scope.name for scope in scopes}
    for module in project.modules:
        if module.source.context == "tests" or "request." not in module.source.text:
            continue
        if not _REQUEST.search(module.source.text):
            continue
        for call, scope in module.calls(*sorted(names)):
            flow = project.flow(scope)
            # ``User.query.get(1).fill(data)``: what a query returns has no known class.
            if isinstance(call.func, ast.Attribute) and not project.names.callee(call, scope):
                given: dict[int | str, Origins] = {
                    index: flow.at(arg) for index, arg in enumerate(call.args, start=1)
                }
                for method in methods.get(call.func.attr, ()):
                    if any(given.values()):
                        project.run_with(method, given)


def _whole(sink: _Sink, project: Project) -> Origin | None:
    """Return where the mapping of `sink` comes from, if it is a whole one of the client's."""
    for origin in sorted(project.flow(sink.scope).at(sink.value)):
        if origin.kind != "request" or origin.key:
            continue
        module = next((m for m in project.modules if m.path == origin.spot.path), None)
        lines = module.source.lines if module is not None else []
        line = lines[origin.spot.line - 1] if origin.spot.line <= len(lines) else ""
        # A parser or a schema knows only its own fields; a picked field has its name.
        if "parse_args" in line or _PARAMETER.search(line):
            continue
        if re.search(r"\.get\((?![\"'])|headers|cookies|view_args", line):
            continue
        return origin
    return None


def _sinks(module: Module, project: Project) -> Iterator[_Sink]:
    for name, pairs in module.called.items():
        # Only what is named like a model or like a way to store takes fields.
        if not name[:1].isupper() and name not in _STORES:
            continue
        for call, scope in pairs:
            starred = next((k.value for k in call.keywords if k.arg is None), None)
            if starred is not None and not _picked(starred, scope, project):
                yield from _by_keywords(call, name, starred, scope, project)
            elif name in _DOCUMENTS:
                yield from _document(call, name, scope, project)
            elif name in ("update", "values") and len(call.args) == 1 and not call.keywords:
                yield from _updated(call, name, scope, project)
            elif (
                name == "setattr"
                and len(call.args) == 3
                and not isinstance(call.args[1], ast.Constant)
                and _of_loop(call.args[1], call, scope)
                and not _filtered(call, scope)
            ):
                yield _Sink(call, scope, call.args[1], "setattr", _type_of(call, scope, project))


def _type_of(call: ast.Call, scope: Scope, project: Project) -> Scope | None:
    made_by = project.names.type_of(call.args[0], scope)
    model = model_of(made_by, project.names)
    if model is None and isinstance(call.args[0], ast.Name) and call.args[0].id == "self":
        cls = scope.enclosing_class
        model = model_of(cls.full_name, project.names) if cls is not None else None
    return model


def _by_keywords(
    call: ast.Call, name: str, starred: ast.expr, scope: Scope, project: Project
) -> Iterator[_Sink]:
    model = model_of(project.names.called(call, scope), project.names)
    if model is not None:
        if not _names_its_fields(model, project):
            yield _Sink(call, scope, starred, f"{name}(**...)", model)
    elif name in _BY_KEYWORDS and isinstance(call.func, ast.Attribute):
        owner = call.func.value
        model = model_of(project.names.qualified(owner, scope), project.names)
        text = ast.unparse(owner)
        if model is not None or _ROWS.search(text) or _STATEMENT.search(text):
            yield _Sink(call, scope, starred, f"{name}(**...)", model)


def _names_its_fields(model: Scope, project: Project) -> bool:
    """Return whether the model's own ``__init__`` takes some fields by name, none with power."""
    made = project.names.method_of(model.full_name, "__init__")
    arguments = getattr(made.node, "args", None) if made is not None else None
    if made is None or arguments is None or arguments.kwarg is not None:
        return False
    return not any(_PRIVILEGES.search(f"{arg.arg}=") for arg in made.parameters())


def _document(call: ast.Call, name: str, scope: Scope, project: Project) -> Iterator[_Sink]:
    if not isinstance(call.func, ast.Attribute) or not call.args:
        return
    value = call.args[-1] if name not in ("insert_one", "insert_many", "insert") else call.args[0]
    if name.startswith(("update", "find_one_and_update")) and isinstance(value, ast.Dict):
        for key, inner in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "$set":
                value = inner
                break
        else:
            return
    if not isinstance(value, ast.Dict) and not _picked(value, scope, project):
        yield _Sink(call, scope, value, f"{name}()", None)


def _updated(call: ast.Call, name: str, scope: Scope, project: Project) -> Iterator[_Sink]:
    if not isinstance(call.func, ast.Attribute) or _picked(call.args[0], scope, project):
        return
    owner = ast.unparse(call.func.value)
    if owner.endswith("__dict__") or (owner.startswith("vars(")):
        yield _Sink(call, scope, call.args[0], "__dict__.update()", None)
    elif _ROWS.search(owner) or (name == "values" and _STATEMENT.search(owner)):
        yield _Sink(call, scope, call.args[0], f"{name}()", None)


def _picked(value: ast.expr, scope: Scope, project: Project, depth: int = 0) -> bool:
    """Return whether a mapping is written out, or made field by field."""
    if isinstance(value, ast.Dict | ast.DictComp):
        return not (isinstance(value, ast.Dict) and None in value.keys)
    if isinstance(value, ast.Call):
        if last_name(value.func) in ("dict", "pick", "only") and value.keywords:
            return True
        callee = project.names.callee(value, scope) if depth < 3 else None
        made = callee.returns if callee is not None and callee.kind == "function" else []
        return bool(made) and all(
            each.value is not None
            and isinstance(each.value, ast.Dict)
            and None not in each.value.keys
            for each in made
        )
    if isinstance(value, ast.Name) and depth < 3:
        bindings = project.names.bindings(value.id, scope)
        values = [b.value for b in bindings if b.kind == "value" and b.value is not None]
        return bool(values) and any(_picked(v, scope, project, depth + 1) for v in values)
    return False


def _of_loop(name: ast.expr, call: ast.Call, scope: Scope) -> bool:
    """Return whether the field's name is what a loop goes through, not made from it."""
    written = {last_name(assignment.target) for assignment in scope.assignments}
    return last_name(name) not in written and any(
        isinstance(above, ast.For)
        and any(last_name(node) == last_name(name) for node in ast.walk(above.target))
        for above in scope.module.ancestors(call)
    )


def _filtered(call: ast.Call, scope: Scope) -> bool:
    """Return whether a condition looks at the field's name before it is set."""
    name = last_name(call.args[1])
    inner: ast.AST = call
    for above in scope.module.ancestors(call):
        if above is scope.node:
            break
        if isinstance(above, ast.If) and _chooses(above.test, name):
            return True
        if isinstance(above, ast.For):
            for statement in above.body:
                if statement is inner:
                    break
                if isinstance(statement, ast.If) and _chooses(statement.test, name):
                    return True
        inner = above
    return False


def _chooses(test: ast.expr, name: str) -> bool:
    """Return whether `test` compares the field's name with others, or asks a function about it."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare):
            if last_name(node.left) == name and isinstance(node.ops[0], ast.In | ast.NotIn):
                return True
        elif isinstance(node, ast.Call) and last_name(node.func) not in ("hasattr", "isinstance"):
            named = [last_name(arg) for arg in node.args]
            if name in named:
                return True
    return False
