"""Schemas of answers that have the password among their fields: marshmallow, Flask-RESTX."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords.accounts import says_account
from checks.passwords.columns import is_stored
from checks.passwords.shapes import argument, constant, last_name
from checks.passwords.study import Study, Use
from checks.project.words import is_foreign_password_name, is_plain_password_name

_GIVES = ("response", "dump", "dumps", "jsonify", "marshal_with", "marshal_list_with", "marshal")
_CHOOSES = frozenset({"exclude", "only", "load_only"})
# A schema that is made for what comes in.
_INWARD = lazy(r"login|sign_?in|regist|credential|change|reset|request|input", re.IGNORECASE)
_WHOSE = frozenset({"username", "user_name", "email", "login", "name", "id", "mail"})
# Made for this: it shows nothing, or only says that there is one.
_NO_TEXT = lazy(r"Bool|Date|Time|Int|Method|Function|Nested|List|Float")


def find(study: Study) -> Iterator[Use]:
    """Yield each schema with a password that an answer is made by, once."""
    seen: set[ast.AST] = set()
    for module in study.project.vocabulary.files("fields.", "Schema"):
        if module.source.context == "tests":
            continue
        for call, scope in module.calls(*_GIVES):
            for use in _given(call, scope, study):
                if use.node not in seen:
                    seen.add(use.node)
                    yield use


def _given(call: ast.Call, scope: Scope, study: Study) -> Iterator[Use]:
    name = last_name(call.func)
    if name.startswith("marshal"):
        model = argument(call, 1 if name == "marshal" else 0, "fields", "model")
        yield from _mapping(model, scope, study)
    elif name == "response":
        yield from _schema(argument(call, 1, "schema"), scope, study)
    elif isinstance(call.func, ast.Attribute):
        yield from _schema(call.func.value, scope, study)


def _mapping(node: ast.expr | None, scope: Scope, study: Study) -> Iterator[Use]:
    """Yield the password of ``api.model("User", {"password": fields.String})``, or of the dict."""
    made, at = _made(node, scope, study)
    if isinstance(made, ast.Call) and last_name(made.func) in ("model", "Model"):
        made, at = _made(made.args[-1] if made.args else None, at, study)
    if not isinstance(made, ast.Dict):
        return
    pairs = [(str(constant(key)), value) for key, value in zip(made.keys, made.values, strict=True)]
    if _WHOSE.isdisjoint(name.lower() for name, _ in pairs):
        return
    for name, value in pairs:
        kept = constant(argument(value, -1, "attribute")) if isinstance(value, ast.Call) else None
        shown = kept if isinstance(kept, str) else name
        if _is_password(shown) and not _NO_TEXT.search(last_name(value)):
            yield Use(at, value, f"What accounts are answered by has their {name}.", "medium")


def _schema(node: ast.expr | None, scope: Scope, study: Study) -> Iterator[Use]:
    """Yield the password of a class of marshmallow, unless it is left out of what is dumped."""
    made, at = _made(node, scope, study)
    cls = study.names.scope_of(study.names.qualified(made, at)) if made is not None else None
    if isinstance(made, ast.Call):
        if any(keyword.arg in _CHOOSES for keyword in made.keywords):
            return
        cls = study.names.scope_of(study.names.qualified(made.func, at))
    if cls is None or cls.kind != "class" or _INWARD.search(cls.name):
        return
    bases = {base.rpartition(".")[2] for base in study.names.bases(cls.full_name)}
    if not any(base.endswith("Schema") for base in bases - {cls.name}):
        return
    fields = {a.target.id: a.value for a in cls.assignments if isinstance(a.target, ast.Name)}
    about = says_account(cls.name) or not _WHOSE.isdisjoint(fields)
    for name, value in fields.items():
        if not (about and _is_password(name) and isinstance(value, ast.Call)):
            continue
        if _NO_TEXT.search(last_name(value.func)) or _is_taken_in(value, name, cls):
            continue
        yield Use(cls, value, f"{cls.name} gives the {name} of an account out.", "medium")


def _is_password(name: str) -> bool:
    return is_stored(name) or (is_plain_password_name(name) and not is_foreign_password_name(name))


def _is_taken_in(field: ast.Call, name: str, schema: Scope) -> bool:
    """Return whether a field is only loaded: by itself, by ``Meta``, or what a hook takes away."""
    if any(keyword.arg in ("load_only", "attribute", "data_key") for keyword in field.keywords):
        return True
    for child in schema.children:
        text = ast.unparse(child.node) if child.name == "Meta" or child.decorators else ""
        hook = "post_dump" in text or "pre_dump" in text
        if (child.name == "Meta" and name in text) or (hook and "pop" in text):
            return True
    return False


def _made(node: ast.expr | None, scope: Scope, study: Study) -> tuple[ast.expr | None, Scope]:
    """Return what a name was given where it was bound, in another file, too."""
    if not isinstance(node, ast.Name):
        return node, scope
    bindings = study.names.bindings(node.id, scope)
    if len(bindings) != 1:
        return node, scope
    binding = bindings[0]
    if binding.kind == "value" and binding.value is not None:
        return binding.value, scope if node.id in scope.bindings else scope.module.top
    if binding.kind == "import":
        stem, _, last = binding.target.rpartition(".")
        source = study.names.find_module(stem, scope.module)
        if source is None:
            return node, scope
        found = source.top.bindings.get(last, [])
        if len(found) == 1 and found[0].kind == "value" and found[0].value is not None:
            return found[0].value, source.top
    return node, scope
