"""Where sessions, cookies and signed values go through pickle."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.facts.source import Spot
from checks.finding import Audience, Severity
from checks.lazy import lazy
from checks.project import Project
from checks.project.origins import from_request
from checks.records import NamedTuple
from checks.tokens.local import app_modules, argument

_UNSAFE = ("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "jsonpickle", "shelve")
_READS = ("loads", "load", "decode", "Unpickler")
_SEALS = frozenset({"compare_digest", "decrypt", "unsign", "verify_signature", "get_signature"})
_SERIALIZER = lazy(r"[Ss]erializ|SERIALIZ|SessionInterface\(")
_INTERFACE = lazy(r"Session(Interface|Store|Manager|Backend|Mixin|Extension)?$|SessionInterface")


class Pickled(NamedTuple):
    """One place."""

    spot: Spot
    message: str
    severity: Severity | None = None
    audience: Audience | None = None


def pickled_sessions(project: Project) -> Iterator[Pickled]:
    """Yield the places outside tests, in no order."""
    for module in app_modules(project, "ickle", "import dill", "dill import", "import marshal"):
        for call, scope in module.calls(*_READS):
            if _is_unsafe(project.names.called(call, scope)):
                yield from _read(call, scope, project)
        if _SERIALIZER.search(module.source.text):
            yield from _serializers(module.saying(_SERIALIZER), project)
    yield from _settings(project)


def _is_unsafe(called: str | None) -> bool:
    return called is not None and called.partition(".")[0] in _UNSAFE and "shelve" not in called


def _read(call: ast.Call, scope: Scope, project: Project) -> Iterator[Pickled]:
    name = ast.unparse(call.func)
    if call.args and scope.kind == "function" and _sent(call.args[0], scope, project):
        message = f"{name} reads what the client sent."
        yield Pickled(scope.spot(call), message, "high")
        return
    cls = _class_of(scope)
    if cls is not None and _keeps_sessions(cls, project):
        message = f"{cls.name} reads sessions with {name}."
        audience: Audience | None = "strict" if _is_sealed(call, scope) else None
        yield Pickled(scope.spot(call), message, audience=audience)


def _is_sealed(call: ast.Call, scope: Scope) -> bool:
    """Return whether a signature or an encryption was looked at before: then only the key helps."""
    return any(
        last_name(other.func) in _SEALS and other.lineno <= call.lineno for other in scope.calls
    )


def _sent(node: ast.expr, scope: Scope, project: Project) -> bool:
    if any(isinstance(part, ast.Attribute) and part.attr == "cookies" for part in ast.walk(node)):
        return True
    return bool(from_request(project.made_from(project.flow(scope).at(node)))) or any(
        isinstance(part, ast.Name)
        and any(
            binding.value is not None and "request.cookies" in ast.unparse(binding.value)
            for binding in project.names.bindings(part.id, scope)
        )
        for part in ast.walk(node)
    )


def _class_of(scope: Scope) -> Scope | None:
    here: Scope | None = scope
    while here is not None and here.kind != "class":
        here = here.parent
    return here


def _keeps_sessions(cls: Scope, project: Project) -> bool:
    names = [cls.name, *(base.rpartition(".")[2] for base in project.names.bases(cls.full_name))]
    return any(_INTERFACE.search(name) for name in names)


def _serializers(scopes: list[Scope], project: Project) -> Iterator[Pickled]:
    """Yield pickle as a serializer: of itsdangerous, of a session interface."""
    for scope in scopes:
        for assignment in scope.assignments:
            target, value = assignment.target, assignment.value
            if not _SERIALIZER.search(last_name(target)) or not _is_module(value, scope, project):
                continue
            of_session = "session" in ast.unparse(target).lower() or (
                scope.kind == "class" and _keeps_sessions(scope, project)
            )
            if of_session:
                message = f"Sessions are stored with {ast.unparse(value)}."
                yield Pickled(scope.spot(assignment.node), message)
        for call in scope.calls:
            if not last_name(call.func).endswith(("Serializer", "SessionInterface")):
                continue
            given = argument(call, None, "serializer")
            if given is not None and _is_module(given, scope, project):
                message = f"What {last_name(call.func)} reads goes through {ast.unparse(given)}."
                yield Pickled(scope.spot(call), message, "high")


def _is_module(node: ast.expr, scope: Scope, project: Project) -> bool:
    if not isinstance(node, ast.Name | ast.Attribute):
        return isinstance(node, ast.Call) and "Pickle" in last_name(node.func)
    named = project.names.qualified(node, scope) or ""
    return named in _UNSAFE or "Pickle" in last_name(node)


def _settings(project: Project) -> Iterator[Pickled]:
    for site in project.parts:
        if site.context == "tests" or not project.extensions(site, "session"):
            continue
        configuration = project.configuration(site)
        for setting in configuration.production(
            "SESSION_SERIALIZATION_FORMAT", "SESSION_SERIALIZER"
        ):
            if isinstance(setting.value.value, str) and "pickle" in setting.value.value.lower():
                message = f"{setting.key} stores sessions with pickle."
                yield Pickled(setting.spot, message)
        for setting in configuration.production("SESSION_TYPE"):
            if setting.value.value in ("filesystem", "cachelib"):
                message = f"Flask-Session's {setting.value.value} backend stores with pickle."
                yield Pickled(setting.spot, message, "low", "strict")
