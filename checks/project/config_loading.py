"""What the loading methods of a configuration bring in: ``from_object``, ``from_pyfile`` ..."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from checks.facts.python import Module, Scope
from checks.facts.source import Spot
from checks.project.config_dynaconf import Dynaconf
from checks.project.config_members import Member, of_class, of_module
from checks.project.config_objects import Objects, Target
from checks.project.config_order import replaced
from checks.project.config_paths import (
    file_parts,
    is_chosen,
    meant,
    path_parts,
    possible_parts,
)
from checks.project.config_places import handed_on, is_named, of_file, of_folder
from checks.project.config_reading import tells
from checks.project.config_targets import Targets
from checks.project.config_writes import Origin, Place, Writes
from checks.project.configuration import Environment, Loader, environment_of
from checks.project.evaluate import Evaluator
from checks.project.sites import Site, loaded_modules
from checks.records import NamedTuple

LOADERS = frozenset(
    {"from_object", "from_pyfile", "from_json", "from_file", "from_envvar", "from_prefixed_env"}
)
_USUAL_FILES = (
    "config.py", "settings.py", "configuration.py", "default_config.py", "config.cfg",
    "settings.cfg",
)  # fmt: skip


class FileLoad(NamedTuple):
    """A file that a call reads into the configuration."""

    parts: tuple[str, ...]
    """The last known parts of its path."""
    spot: Spot
    """The call."""
    any_case: bool = False
    """Whether keys count in small letters too."""


class Loading:
    """Follows the loading calls of a site."""

    def __init__(
        self,
        site: Site,
        evaluator: Evaluator,
        targets: Targets,
        writes: Writes,
        variables: Mapping[str, list[str]],
    ) -> None:
        """Take the site, what resolves names and callers, and where writes are kept."""
        self.site = site
        self.evaluator = evaluator
        self.names = evaluator.names
        self.targets = targets
        self.writes = writes
        self.variables = variables
        self.objects = Objects(evaluator, targets, variables)
        self.loaders: list[Loader] = []
        self.files: list[FileLoad] = []
        self.prefixes: list[tuple[str, Spot]] = []
        """Prefixes of the variables that ``from_prefixed_env`` reads, with the call."""
        self._loaded: set[object] = set()
        self._chosen: dict[Scope, bool] = {}
        """Classes given to ``from_object``, and whether nothing chooses them."""

    def load(self, call: ast.Call, method: str, receiver: str, scope: Scope) -> None:
        """Follow one call of a loading method."""
        place = Place(scope, call, receiver, certain=False)
        spot = scope.spot(call)
        argument = call.args[0] if call.args else None
        if argument is None and call.keywords and method != "from_prefixed_env":
            argument = call.keywords[0].value
        resolved = False
        if method == "from_object":
            resolved = argument is not None and self._object(argument, scope, place, spot)
        elif method in ("from_pyfile", "from_json", "from_file"):
            parts = file_parts(argument, scope, self.evaluator)
            resolved = bool(parts) and self._file(parts, method, scope, place, spot)
            resolved = resolved and not is_chosen(argument, scope, self.evaluator)
            if not resolved and method == "from_pyfile":
                resolved = self._named(argument, scope, place, spot)
            for other in possible_parts(argument, scope, self.evaluator):
                if method == "from_pyfile" and other != parts:
                    self._file(other, method, scope, place, spot)
        elif method == "from_envvar":
            resolved = self._variable(argument, scope, place, spot)
        elif method == "from_prefixed_env":
            self._prefixed(call, scope, spot)
        if method != "from_object":
            self.writes.loads(scope, call.lineno, method)
        self.loaders.append(Loader(method, spot, resolved))

    def _prefixed(self, call: ast.Call, scope: Scope, spot: Spot) -> None:
        given = [*call.args, *(k.value for k in call.keywords if k.arg == "prefix")]
        text = self.evaluator.evaluate(given[0], scope).value if given else "FLASK"
        if isinstance(text, str):
            self.prefixes.append((f"{text}_", spot))

    def _variable(self, argument: ast.expr | None, scope: Scope, place: Place, spot: Spot) -> bool:
        """Load the files that deployments name in the variable of ``from_envvar``."""
        name = self.evaluator.evaluate(argument, scope).value
        return isinstance(name, str) and self._from_variable(name, scope, place, spot)

    def _from_variable(self, name: str, scope: Scope, place: Place, spot: Spot) -> bool:
        found = False
        for text in self.variables.get(name, ()):
            parts = path_parts(text)
            found |= bool(parts) and self._file(parts, "from_pyfile", scope, place, spot)
        return found

    def _named(self, argument: ast.expr | None, scope: Scope, place: Place, spot: Spot) -> bool:
        """Load the files that deployments name for ``from_pyfile(os.environ["SETTINGS"])``."""
        name = self.evaluator.evaluate(argument, scope).variable
        return name is not None and self._from_variable(name, scope, place, spot)

    def _file(
        self, parts: tuple[str, ...], method: str, scope: Scope, place: Place, spot: Spot
    ) -> bool:
        if method != "from_pyfile":
            self.files.append(FileLoad(parts, spot))
            return True
        found = []
        if len(parts) == 1 and not parts[0].endswith(".cfg"):
            found = loaded_modules(parts[-1], method, scope.module, self.names)
        if not found:
            known = {module.sample_of or module.path: module for module in self.site.modules}
            found = [known[path] for path in meant(known, parts, scope.module.path)]
        for module in found:
            self.module(module, place, spot)
        return any(not module.sample_of for module in found)

    def _object(self, argument: ast.expr, scope: Scope, place: Place, spot: Spot) -> bool:
        found = self.objects.find(argument, scope)
        for target in found.targets:
            if isinstance(target.thing, Module):
                self.module(target.thing, place, spot)
            else:
                fixed = target.fixed and not _is_chosen(place)
                self._chosen[target.thing] = fixed and self._chosen.get(target.thing, True)
                self.cls(target.thing, place, spot, target.environment)
        for entry in found.entries:
            self.writes.add(
                entry.key, entry.value, entry.value, entry.scope, "config.from_object", place,
                Origin(loaded_by=spot),
            )  # fmt: skip
        read = bool(found.entries) or not all(map(_is_sample, found.targets))
        return read or self._left_out(argument, scope)

    def _left_out(self, argument: ast.expr, scope: Scope) -> bool:
        """Return whether it is a parameter that is None unless given, and no caller gives it."""
        if not isinstance(argument, ast.Name):
            return False
        for binding in scope.bindings.get(argument.id, ()):
            default = binding.value
            if binding.kind == "param" and isinstance(default, ast.Constant):
                called = any(True for _ in self.targets.calls_of(scope))
                given = any(True for _ in self.targets.handed(binding, scope))
                return default.value is None and called and not given
        return False

    def cls(
        self,
        cls: Scope,
        place: Place | None,
        spot: Spot | None,
        environment: Environment | None = None,
    ) -> None:
        """Add what a class and its bases set; a base's value counts where nothing hides it."""
        hidden: set[str] = set()
        named = environment_of(cls.name) or environment or of_file(cls.module.path)
        origin = Origin(
            environment=named or self._for_tests(cls),
            loaded_by=spot,
            guessed=place is None,
        )
        for base in self.names.bases(cls.full_name):
            scope = self.names.scope_of(base)
            if scope is None:
                continue
            self._loaded.add(scope)
            pydantic = any("BaseSettings" in name for name in self.names.bases(base))
            members = [m for m in _effective(of_class(scope)) if m.key not in hidden]
            via = f"class {scope.name}"
            if scope is not cls and origin.environment is not None:
                via += f", which {cls.name} inherits"
            for member in members:
                self._add(member, via, place, origin._replace(fallback=pydantic))
            hidden |= {member.key for member in members}

    def _for_tests(self, cls: Scope) -> Environment | None:
        """Return ``testing`` for what a class for tests hands down, as to ``AltUI(TestConfig)``."""
        bases = list(self.names.bases(cls.full_name))[1:]
        named = (environment_of(base.rpartition(".")[2]) for base in bases)
        return "testing" if "testing" in named else None

    def module(self, module: Module, place: Place | None, spot: Spot | None) -> None:
        """Add what a module sets, and what it imports for that."""
        self._loaded.add(module)
        for member in _effective(of_module(module, self.names)):
            owner = member.scope.module
            self._loaded.add(owner)
            folder, _, file = module.path.rpartition("/")
            if module.sample_of:
                file = file.replace("local", "")  # ``local_settings.py`` is each installation's
            named = environment_of(file) or of_folder(folder)
            if named is None and owner is not module:
                named = handed_on(owner)
            origin = Origin(environment=named, loaded_by=spot, guessed=place is None)
            self._add(member, f"module {owner.path}", place, origin)

    def _add(self, member: Member, via: str, place: Place | None, origin: Origin) -> None:
        self.writes.add(member.key, member.value, member.node, member.scope, via, place, origin)

    def handed(self, table: ast.expr, scope: Scope, place: Place) -> None:
        """Follow ``init_app(app, configs[name])``, if that is a class or module."""
        if self.objects.find(table, scope):
            spot = scope.spot(place.node)
            self._object(table, scope, place._replace(certain=False), spot)
            self.loaders.append(Loader("init_app", spot, resolved=False))  # may ask more

    def attributes(self, thing: ast.expr, scope: Scope, place: Place) -> None:
        """Follow ``config.update(vars(Production))``."""
        self._object(thing, scope, place, place.scope.spot(place.node))

    def reads(self, parts: tuple[str, ...], place: Place) -> None:
        """Follow ``config.update(json.load(file))``."""
        self.files.append(FileLoad(parts, place.scope.spot(place.node)))

    def dynaconf(self, told: Dynaconf) -> None:
        """Follow ``FlaskDynaconf(app, settings_files=[...])``: the environment may replace all."""
        self.files += [FileLoad(path_parts(name), told.spot, True) for name in told.files]
        self.prefixes.append((told.prefix, told.spot))
        self.loaders.append(Loader("Dynaconf", told.spot, resolved=False))

    def incomplete(self, method: str, place: Place) -> None:
        """Note that a dictionary goes in of which not all is known."""
        spot = place.scope.spot(place.node)
        if all(load.spot != spot for load in self.files):
            self.loaders.append(Loader(method, spot, resolved=False))

    def finish(self) -> None:
        """Judge what only all the calls together tell."""
        self._always()
        for module in self.site.modules:
            self._unloaded(module)

    def _always(self) -> None:
        """Let a class count in production whose name says development, if nothing else is loaded.

        Only beside a class for production: without one, the name is all that can be told.
        """
        others = [loader for loader in self.loaders if loader.method != "from_object"]
        if len(self._chosen) != 1 or others or not all(ld.resolved for ld in self.loaders):
            return
        ((cls, fixed),) = self._chosen.items()
        siblings = {environment_of(other.name) for other in cls.module.classes()}
        if fixed and "production" in siblings:
            scopes = (self.names.scope_of(base) for base in self.names.bases(cls.full_name))
            self.writes.always_loaded({scope for scope in scopes if scope is not None})

    def _unloaded(self, module: Module) -> None:
        """Add classes and files that look like configuration although nothing loads them."""
        name = module.path.rsplit("/", 1)[-1].lower()
        config_file = bool(module.sample_of) or name in _USUAL_FILES
        known = bool(self.loaders) and all(loader.resolved for loader in self.loaders)
        if name == "default_config.py" and known:
            return  # left behind: all that is loaded is known, and it is not
        unread = module not in self._loaded and not module.sample_of
        if unread and self._sets_itself() and not is_named(module, self.site):
            return  # the app says what it is set to, and nothing speaks of the file
        bases: set[str] = set()
        classes = list(module.classes())
        for cls in classes:
            bases.update(list(self.names.bases(cls.full_name))[1:])
        for cls in classes:
            named = cls.name.lower().endswith(("config", "configuration", "settings"))
            unseen = cls not in self._loaded and cls.full_name not in bases
            if unseen and (named or config_file) and tells(cls):
                self.cls(cls, None, None)
        if config_file and module not in self._loaded and tells(module.top):
            self.module(module, None, None)

    def _sets_itself(self) -> bool:
        """Return whether nothing is loaded, and the app is given its key where it is made."""
        return not self.loaders and not self.files and not self.prefixes and self.writes.has_key()


def _effective(members: Iterable[Member]) -> list[Member]:
    """Return the members without those that a later one of the same body certainly replaces."""
    found = list(members)
    by_key: dict[str, list[Member]] = {}
    for member in found:
        by_key.setdefault(member.key, []).append(member)
    return [
        member
        for member in found
        if not any(
            replaced(member.node, other.node, other.value, member.key, member.scope)
            for other in by_key[member.key]
            if other is not member and other.scope is member.scope
        )
    ]


def _is_sample(target: Target) -> bool:
    """Return whether it stands in a sample, of which the real file may have anything else."""
    thing = target.thing
    return bool((thing if isinstance(thing, Module) else thing.module).sample_of)


def _is_chosen(place: Place) -> bool:
    """Return whether a condition decides whether the call runs at all."""
    for outer in place.scope.module.ancestors(place.node):
        if isinstance(outer, ast.If | ast.Try | ast.match_case | ast.IfExp):
            return True
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
    return False
