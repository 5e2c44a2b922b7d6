"""Configuration written in Python: assignments, updates, classes and modules that are loaded."""

from __future__ import annotations

import ast
from dataclasses import replace

from checks.facts.python import Module, Scope
from checks.facts.source import Spot
from checks.project.config_reading import argument_of, condition, constants, last_part, tells
from checks.project.configuration import Environment, Loader, Setting, environment_of
from checks.project.evaluate import UNKNOWN, Evaluated, Evaluator, one_of
from checks.project.fallbacks import stands_in
from checks.project.sites import Site, is_flask, loaded_modules

_ATTRIBUTES = {
    "secret_key": "SECRET_KEY",
    "debug": "DEBUG",
    "testing": "TESTING",
    "permanent_session_lifetime": "PERMANENT_SESSION_LIFETIME",
}
_USUAL_APPS = frozenset({"app", "application", "flask_app", "current_app", "server"})
_UPDATERS = frozenset({"update", "from_mapping", "setdefault"})
_LOADERS = frozenset(
    {"from_object", "from_pyfile", "from_json", "from_file", "from_envvar", "from_prefixed_env"}
)
_OVERRIDERS = _LOADERS - {"from_object"}


class PythonConfiguration:
    """Collects the settings that a site's Python files write."""

    def __init__(self, site: Site, evaluator: Evaluator) -> None:
        """Take the site and what evaluates its expressions; `collect` does the work."""
        self.site = site
        self.evaluator = evaluator
        self.names = evaluator.names
        self.settings: list[Setting] = []
        self.loaders: list[Loader] = []
        self.files: list[tuple[str, Spot]] = []
        """Names of files that loaders read, with the loading call."""
        self._loaded: set[object] = set()
        self._overriders: dict[Scope, list[tuple[int, str]]] = {}
        self._loading: tuple[Scope, int] | None = None

    def collect(self) -> None:
        """Fill `settings`, `loaders` and `files`."""
        for module in self.site.modules:
            for scope in module.scopes:
                self._assignments(scope)
            for call, scope in module.calls("setattr", *_UPDATERS, *_LOADERS):
                self._call(call, scope)
        for module in self.site.modules:
            self._unloaded(module)

    def _assignments(self, scope: Scope) -> None:
        for assignment in scope.assignments:
            if assignment.augmented:
                if self._is_config(assignment.target, scope):  # app.config |= {...}
                    self._mapping(assignment.value, assignment.node, scope, "config.update")
                continue
            key = self._written_key(assignment.target, scope)
            if key is not None:
                via = ast.unparse(assignment.target)
                self._add(key, assignment.value, assignment.node, scope, via)

    def _written_key(self, target: ast.expr, scope: Scope) -> str | None:
        if isinstance(target, ast.Attribute) and target.attr in _ATTRIBUTES:
            return _ATTRIBUTES[target.attr] if self._is_app(target.value, scope) else None
        if isinstance(target, ast.Subscript) and self._is_config(target.value, scope):
            key = self.evaluator.evaluate(target.slice, scope)
            return key.value if isinstance(key.value, str) else None
        return None

    def _is_app(self, node: ast.expr, scope: Scope) -> bool:
        made_by = self.names.type_of(node, scope)
        if is_flask(made_by, self.names) or made_by == "flask.current_app":
            return True
        # An app that comes in as a parameter or from an unknown factory is known by its name.
        text = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
        return made_by is None and text in _USUAL_APPS

    def _is_config(self, node: ast.expr, scope: Scope) -> bool:
        if isinstance(node, ast.Attribute) and node.attr == "config":
            return self._is_app(node.value, scope)
        if isinstance(node, ast.Name):
            return any(
                isinstance(binding.value, ast.Attribute)
                and binding.value.attr == "config"
                and self._is_app(binding.value.value, scope)
                for binding in self.names.bindings(node.id, scope)
            )
        return False

    def _call(self, call: ast.Call, scope: Scope) -> None:
        method = self._config_method(call, scope)
        if isinstance(call.func, ast.Name) and call.func.id == "setattr":
            self._set_attribute(call, scope)
        elif method in _UPDATERS:
            self._update(call, method, scope)
        elif method in _LOADERS:
            self._load(call, method, scope)

    def _set_attribute(self, call: ast.Call, scope: Scope) -> None:
        name = self.evaluator.evaluate(call.args[1], scope).value if len(call.args) == 3 else None
        if isinstance(name, str) and name in _ATTRIBUTES and self._is_app(call.args[0], scope):
            self._add(_ATTRIBUTES[name], call.args[2], call, scope, "setattr")

    def _later_loader(self, scope: Scope, line: int) -> str | None:
        """Return the last loader after `line` of `scope` that may replace what was set there."""
        if scope not in self._overriders:
            found = [(c.lineno, self._config_method(c, scope)) for c in scope.calls]
            self._overriders[scope] = sorted(pair for pair in found if pair[1] in _OVERRIDERS)
        later = [method for at, method in self._overriders[scope] if at > line]
        return later[-1] if later else None

    def _config_method(self, call: ast.Call, scope: Scope) -> str:
        func = call.func
        if isinstance(func, ast.Attribute) and (func.attr in _UPDATERS or func.attr in _LOADERS):
            return func.attr if self._is_config(func.value, scope) else ""
        return ""

    def _update(self, call: ast.Call, method: str, scope: Scope) -> None:
        via = f"config.{method}"
        if method == "setdefault" and len(call.args) == 2:
            key = self.evaluator.evaluate(call.args[0], scope).value
            if isinstance(key, str):
                self._add(key, call.args[1], call, scope, via)
            return
        for keyword in call.keywords:
            if keyword.arg is not None:
                self._add(keyword.arg, keyword.value, call, scope, via)
            else:
                self._mapping(keyword.value, call, scope, via)
        for arg in call.args:
            self._mapping(arg, call, scope, via)

    def _mapping(self, node: ast.expr, call: ast.AST, scope: Scope, via: str) -> None:
        if isinstance(node, ast.Name):
            values = [b.value for b in self.names.bindings(node.id, scope) if b.kind == "value"]
            node = values[0] if len(values) == 1 and values[0] is not None else node
        if isinstance(node, ast.Call) and self.names.called(node, scope) == "builtins.dict":
            for keyword in node.keywords:
                if keyword.arg is not None:
                    self._add(keyword.arg, keyword.value, call, scope, via)
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                name = self.evaluator.evaluate(key, scope).value if key is not None else None
                if isinstance(name, str):
                    self._add(name, value, call, scope, via)

    def _load(self, call: ast.Call, method: str, scope: Scope) -> None:
        spot = scope.spot(call)
        self._loading = (scope, call.lineno)
        argument = call.args[0] if call.args else None
        if method == "from_object":
            resolved = argument is not None and self._load_object(argument, scope, spot)
        elif method in ("from_pyfile", "from_json", "from_file"):
            text = self.evaluator.evaluate(last_part(argument), scope).value
            resolved = isinstance(text, str) and self._load_file(text, method, scope, spot)
        else:
            resolved = False
        self._loading = None
        self.loaders.append(Loader(method, spot, resolved))

    def _load_file(self, text: str, method: str, scope: Scope, spot: Spot) -> bool:
        self.files.append((text.rsplit("/", 1)[-1], spot))
        if method != "from_pyfile":
            return True
        found = loaded_modules(text, method, scope.module, self.names)
        for module in found:
            self._module(module, spot)
        return bool(found)

    def _load_object(self, node: ast.expr, scope: Scope, spot: Spot) -> bool:
        """Load what ``from_object`` is given: text, class, instance, module or table entry."""
        text = self.evaluator.evaluate(node, scope)
        if text.kind in ("literal", "fallback") and isinstance(text.value, str):
            return self._load_text(text.value, scope, spot)
        if isinstance(node, ast.Subscript):
            return self._load_table(node.value, scope, spot)
        getter = node.func if isinstance(node, ast.Call) else None
        if isinstance(getter, ast.Attribute) and getter.attr == "get":
            return self._load_table(getter.value, scope, spot)
        if isinstance(node, ast.Name):
            assigned = [b for b in self.names.bindings(node.id, scope) if b.kind == "value"]
            results = [
                self._load_object(b.value, scope, spot)
                for b in assigned
                if b.value is not None and not isinstance(b.value, ast.Name)
            ]
            if any(results):
                return True
            if self._parameter_default(node.id, scope, spot):
                return True
        target = node.func if isinstance(node, ast.Call) else node
        qualified = self.names.qualified(target, scope) or self.names.type_of(node, scope)
        return self._load_named(qualified, spot)

    def _parameter_default(self, name: str, scope: Scope, spot: Spot) -> bool:
        """Load a factory's ``config=Production`` default and what its callers pass."""
        found = False
        for binding in self.names.bindings(name, scope):
            if binding.kind != "param" or scope.parent is None:
                continue
            if binding.value is not None:
                found |= self._load_object(binding.value, scope.parent, spot)
            for module in self.site.modules:
                for call, caller in module.calls(scope.name):
                    if self.names.scope_of(self.names.called(call, caller)) is not scope:
                        continue
                    given = argument_of(call, name, binding.index)
                    if given is not None and caller is not scope:
                        found |= self._load_object(given, caller, spot)
        return found

    def _load_text(self, text: str, scope: Scope, spot: Spot) -> bool:
        for module in loaded_modules(text, "from_object", scope.module, self.names):
            rest = text.rpartition(".")[2]
            cls = self.names.scope_of(f"{module.name}.{rest}" if module.name else rest)
            if cls is not None and cls.kind == "class":
                self._class(cls, spot)
            else:
                self._module(module, spot)
            return True
        return False

    def _load_table(self, node: ast.expr, scope: Scope, spot: Spot) -> bool:
        """Load every class that a table such as ``config = {"production": Production}`` names."""
        if not isinstance(node, ast.Name | ast.Attribute):
            return False
        owner, values = self._table(node, scope)
        found = False
        for value in values:
            found |= self._load_object(value, owner, spot)
        return found

    def _table(self, node: ast.Name | ast.Attribute, scope: Scope) -> tuple[Scope, list[ast.expr]]:
        name = node.id if isinstance(node, ast.Name) else node.attr
        for binding in self.names.bindings(name, scope) if isinstance(node, ast.Name) else ():
            if binding.kind == "value" and isinstance(binding.value, ast.Dict):
                return scope.module.top, list(binding.value.values)
        qualified = self.names.qualified(node, scope) or ""
        module = self.names.modules.get(qualified.rpartition(".")[0])
        if module is not None:
            for binding in module.top.bindings.get(qualified.rpartition(".")[2], []):
                if isinstance(binding.value, ast.Dict):
                    return module.top, list(binding.value.values)
        return scope, []

    def _load_named(self, qualified: str | None, spot: Spot) -> bool:
        if qualified in self.names.modules:
            self._module(self.names.modules[qualified or ""], spot)
            return True
        cls = self.names.scope_of(qualified)
        if cls is not None and cls.kind == "class":
            self._class(cls, spot)
            return True
        return False

    def _class(self, cls: Scope, loaded_by: Spot | None) -> None:
        """Add what a class and its bases set; a base's value counts where nothing hides it."""
        hidden: set[str] = set()
        environment = environment_of(cls.name)
        for base in self.names.bases(cls.full_name):
            scope = self.names.scope_of(base)
            if scope is None:
                continue
            self._loaded.add(scope)
            settings = self.evaluator.names.bases(base)
            pydantic = any("BaseSettings" in name for name in settings)
            for key, value, node in constants(scope):
                if key in hidden:
                    continue
                via = f"class {scope.name}"
                self._add(
                    key, value, node, scope, via, environment=environment, loaded_by=loaded_by,
                    confidence_low=loaded_by is None, fallback=pydantic,
                )  # fmt: skip
            hidden |= {key for key, _, _ in constants(scope)}

    def _module(self, module: Module, loaded_by: Spot | None) -> None:
        self._loaded.add(module)
        for key, value, node in constants(module.top):
            self._add(
                key, value, node, module.top, f"module {module.path}",
                environment=environment_of(module.path.rsplit("/", 1)[-1]),
                loaded_by=loaded_by, confidence_low=loaded_by is None,
            )  # fmt: skip

    def _unloaded(self, module: Module) -> None:
        """Add classes and files that look like configuration although nothing loads them."""
        file = module.path.rsplit("/", 1)[-1].lower()
        config_file = file in ("config.py", "settings.py", "configuration.py", "default_config.py")
        bases: set[str] = set()
        classes = list(module.classes())
        for cls in classes:
            bases.update(list(self.names.bases(cls.full_name))[1:])
        for cls in classes:
            named = cls.name.lower().endswith(("config", "configuration", "settings"))
            unseen = cls not in self._loaded and cls.full_name not in bases
            if unseen and (named or config_file) and tells(cls):
                self._class(cls, None)
        if config_file and module not in self._loaded and tells(module.top):
            self._module(module, None)

    def _add(
        self,
        key: str,
        value: ast.expr,
        node: ast.AST,
        scope: Scope,
        via: str,
        *,
        environment: Environment | None = None,
        loaded_by: Spot | None = None,
        confidence_low: bool = False,
        fallback: bool = False,
    ) -> None:
        evaluated: Evaluated = self.evaluator.evaluate(value, scope)
        if fallback and evaluated.kind == "literal":
            evaluated = replace(evaluated, kind="fallback", variable=key)
        if isinstance(value, ast.Name) and evaluated is UNKNOWN:
            evaluated = self._self_reference(value, key, scope)
        if evaluated.kind == "literal" and stands_in(node, key, scope):
            evaluated = replace(evaluated, kind="fallback", variable=None)
        line = getattr(node, "lineno", 1)
        self.settings.append(
            Setting(
                key=key,
                value=evaluated,
                spot=scope.spot(value),
                statement=scope.spot(node),
                via=via,
                context=scope.module.source.context,
                environment=environment or condition(node, scope),
                loaded_by=loaded_by,
                confidence="low" if confidence_low else "high",
                overridden_by=self._later_loader(*(self._loading or (scope, line))),
                written=(value, scope),
            )
        )

    def _self_reference(self, value: ast.Name, key: str, scope: Scope) -> Evaluated:
        """Return a literal if one of several assignments of `value` in sight is one."""
        found = [
            self.evaluator.evaluate(b.value, scope)
            for b in self.names.bindings(value.id, scope)
            if b.kind == "value"
        ]
        return one_of(found)
