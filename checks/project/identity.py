"""Who the users are: login managers and their settings, user loaders, and user models."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from checks.facts.python import Module, Scope
from checks.facts.source import Spot
from checks.project.evaluate import Evaluator
from checks.project.evaluated import Evaluated
from checks.project.words import is_password_name
from checks.records import NamedTuple

_MANAGER_SETTINGS = frozenset(
    {"session_protection", "login_view", "refresh_view", "login_message", "user_loader"}
)
_LOADERS = {
    "flask_login.LoginManager.user_loader": "user",
    "flask_login.LoginManager.request_loader": "request",
    "flask_login.LoginManager.header_loader": "request",
}
_MANAGER = "flask_login.LoginManager"
_CALLED = ("LoginManager", *(name.rpartition(".")[2] for name in _LOADERS))


class ManagerSetting(NamedTuple):
    """One write to a login manager, such as ``login_manager.session_protection = None``."""

    name: str
    value: Evaluated
    spot: Spot
    """Where the value stands."""
    scope: Scope


class Loader(NamedTuple):
    """A user loader or request loader."""

    kind: str
    """``user`` or ``request``."""
    function: Scope


class Column(NamedTuple):
    """A declared column of a model."""

    name: str
    """The attribute."""
    type_name: str
    """The last part of the type's name, such as ``String``."""
    length: int | None
    """Declared length in characters, None if there is none."""
    node: ast.expr
    spot: Spot
    """The whole declaration's value."""


class UserModel(NamedTuple):
    """A class whose objects log in, or that holds a password."""

    scope: Scope
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The qualified name of the class."""
        return self.scope.full_name

    @property
    def password_attributes(self) -> tuple[str, ...]:
        """Columns and properties that hold a password or its hash."""
        names = [column.name for column in self.columns if is_password_name(column.name)]
        names += [
            child.name
            for child in self.scope.children
            if child.kind == "function" and is_password_name(child.name) and child.decorators
        ]
        return tuple(dict.fromkeys(names))


class Identity(NamedTuple):
    """What the project says about its users."""

    managers: tuple[tuple[ast.Call, Scope], ...]
    """Every ``LoginManager(...)``."""
    manager_settings: tuple[ManagerSetting, ...]
    loaders: tuple[Loader, ...]
    models: tuple[UserModel, ...]

    def model(self, qualified: str | None) -> UserModel | None:
        """Return the user model of that qualified class name."""
        return next((model for model in self.models if model.name == qualified), None)

    @property
    def password_attributes(self) -> frozenset[str]:
        """Names of attributes that hold passwords or hashes in any model."""
        return frozenset(name for model in self.models for name in model.password_attributes)


def find_identity(modules: Iterable[Module], evaluator: Evaluator) -> Identity:
    """Return the login managers, loaders and user models of `modules`, in order."""
    names = evaluator.names
    managers: list[tuple[ast.Call, Scope]] = []
    settings: list[ManagerSetting] = []
    loaders: list[Loader] = []
    models: list[UserModel] = []
    modules = list(modules)
    own = _derived(modules, evaluator)
    sought = (*_CALLED, *(name.rpartition(".")[2] for name in own))
    for module in modules:
        for call, scope in module.calls(*sought):
            called = _plain(names.called(call, scope), own)
            if called == _MANAGER and _is_class(call, scope, evaluator):
                managers.append((call, scope))
            elif called in _LOADERS and call.args:
                loader = names.scope_of(names.qualified(call.args[0], scope))
                if loader is not None and loader.kind == "function":
                    loaders.append(Loader(_LOADERS[called], loader))
        for scope in module.scopes:
            settings += _settings(scope, evaluator, own)
        for function in module.functions():
            for decorator in function.decorators:
                said = names.qualified(decorator, function.parent or function)
                qualified = _plain(said, own)
                if qualified in _LOADERS:
                    loaders.append(Loader(_LOADERS[qualified], function))
        for cls in module.classes():
            model = _model(cls, evaluator)
            if model is not None:
                models.append(model)
    return Identity(tuple(managers), tuple(settings), tuple(loaders), tuple(models))


def _is_class(call: ast.Call, scope: Scope, evaluator: Evaluator) -> bool:
    if not isinstance(call.func, ast.Name):
        return True
    bindings = evaluator.names.bindings(call.func.id, scope)
    return not any(b.kind == "value" and isinstance(b.value, ast.Call) for b in bindings)


def _derived(modules: list[Module], evaluator: Evaluator) -> tuple[str, ...]:
    """Return the project's own classes that derive from the login manager."""
    return tuple(
        cls.full_name
        for module in modules
        if _MANAGER.rpartition(".")[2] in module.source.text
        for cls in module.classes()
        if _MANAGER in evaluator.names.bases(cls.full_name)
    )


def _plain(qualified: str | None, own: tuple[str, ...]) -> str | None:
    """Return ``flask_login.LoginManager.x`` for x of a class of the project's own."""
    for name in own:
        if qualified == name or (qualified or "").startswith(f"{name}."):
            return f"{_MANAGER}{(qualified or '').removeprefix(name)}"
    return qualified


def _settings(scope: Scope, evaluator: Evaluator, own: tuple[str, ...]) -> list[ManagerSetting]:
    found = []
    for assignment in scope.assignments:
        target = assignment.target
        if not isinstance(target, ast.Attribute) or target.attr not in _MANAGER_SETTINGS:
            continue
        if _plain(evaluator.names.type_of(target.value, scope), own) == _MANAGER:
            value = evaluator.evaluate(assignment.value, scope)
            spot = scope.spot(assignment.value)
            found.append(ManagerSetting(target.attr, value, spot, scope))
    return found


def _model(cls: Scope, evaluator: Evaluator) -> UserModel | None:
    bases = set(evaluator.names.bases(cls.full_name))
    columns: list[Column] = []
    for base in evaluator.names.bases(cls.full_name):
        scope = evaluator.names.scope_of(base)
        if scope is not None:
            columns += _columns(scope, evaluator)
    logs_in = "flask_login.UserMixin" in bases
    holds = any(is_password_name(column.name) for column in columns)
    named = cls.name.lower() in ("user", "users", "account", "member")
    if logs_in or holds or (named and columns):
        return UserModel(cls, tuple({column.name: column for column in columns}.values()))
    return None


def _columns(cls: Scope, evaluator: Evaluator) -> list[Column]:
    found = []
    for assignment in cls.assignments:
        target, value = assignment.target, assignment.value
        if not isinstance(target, ast.Name) or not isinstance(value, ast.Call):
            continue
        if _last(value.func) not in _COLUMN_MAKERS:
            continue
        type_node = _type_node(value)
        length = _length(type_node, cls, evaluator)
        if length is None:
            length = _length(value, cls, evaluator)  # mongoengine, peewee: on the field itself
        name = _last(type_node.func if isinstance(type_node, ast.Call) else type_node)
        spot = cls.spot(value)
        found.append(Column(target.id, name or _last(value.func), length, value, spot))
    return found


_COLUMN_MAKERS = frozenset(
    {"Column", "mapped_column", "StringField", "CharField", "TextField", "StringProperty"}
)


def _type_node(call: ast.Call) -> ast.expr | None:
    for arg in (*call.args, *(k.value for k in call.keywords if k.arg == "type_")):
        inner = arg.func if isinstance(arg, ast.Call) else arg
        if _last(inner) and not (isinstance(arg, ast.Constant)) and _last(inner) != "ForeignKey":
            return arg
    return None


def _length(node: ast.expr | None, scope: Scope, evaluator: Evaluator) -> int | None:
    if not isinstance(node, ast.Call):
        return None
    given: list[ast.expr] = [k.value for k in node.keywords if k.arg in ("length", "max_length")]
    if not given and _last(node.func) not in _COLUMN_MAKERS:
        given = node.args[:1]
    found = evaluator.evaluate(given[0], scope).value if given else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _last(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
