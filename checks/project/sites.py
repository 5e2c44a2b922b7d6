"""The apps that are audited: one site for each, with the files that belong to it.

Several apps may lie in one folder. Files that import each other belong together, so that what
protects one app does not count for its neighbour, and an absence is reported once for each.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from checks.facts.python import Module, Scope, last_name
from checks.facts.source import Spot
from checks.finding import Context
from checks.lazy import lazy
from checks.project.imports import imported_modules
from checks.project.names import Names
from checks.project.served import is_set_up, only_stores, serves
from checks.project.tool_folders import is_aside


@dataclass(slots=True, eq=False, repr=False)
class Site:
    """One app: the `Flask` objects that files connected by imports make."""

    modules: tuple[Module, ...]
    """Its files outside tests and examples (or within, if it is all there), sorted by path."""
    apps: list[tuple[ast.Call, Scope]] = field(default_factory=list)
    """Every ``Flask(...)`` call, in order of files and lines; none where no app is audited."""
    context: Context = "app"
    """``tests`` or ``example`` where all of it is."""
    _anchor: Spot | None = field(default=None, init=False)

    @property
    def anchor(self) -> Spot:
        """Where the app is made: the place of findings about what it lacks."""
        if self._anchor is None:
            call, scope = self._main()
            self._anchor = scope.spot(call)
        return self._anchor

    def _main(self) -> tuple[ast.Call, Scope]:
        """Return the first app that extensions or blueprints get, if there are several.

        Others may say that the site is closed, or lend a task their configuration.
        """
        if len(self.apps) < 2:
            return self.apps[0]
        own = [made for made in self.apps if not is_aside(made[1].module.path)] or self.apps
        busy = [made for made in own if not only_stores(*made)] or own[:1]
        return next((made for made in busy if is_set_up(*made)), busy[0])

    def owns(self, path: str) -> bool:
        """Return whether the file at `path` belongs to it."""
        return any(module.path == path for module in self.modules)


def find_sites(modules: Iterable[Module], names: Names) -> tuple[Site, ...]:
    """Return the sites of a project, sorted by where their app is made."""
    ordered = sorted(modules, key=lambda module: module.path)
    group = _connected(ordered, names)
    members: dict[Module, list[Module]] = {}
    for module in ordered:
        members.setdefault(group(module), []).append(module)
    makers = _makers(ordered)
    sites = []
    rest: list[Module] = []
    for part in members.values():
        made = [found for module in part for found in _apps(module, makers, names)]
        site = _site(part, made)
        if site is not None:
            sites.append(site)
        else:
            rest += [module for module in part if module.source.context != "tests"]
    sites.sort(key=lambda site: site.anchor)
    return tuple(_with_rest(sites, rest))


def _with_rest(sites: list[Site], rest: list[Module]) -> list[Site]:
    """Give files that nothing imports, such as a ``config.py`` whose name is in the
    environment, to the app nearest to them; without any app they make a site of their own.
    """
    if not sites and rest:
        contexts = {module.source.context for module in rest}
        return [Site(tuple(rest), [], "app" if "app" in contexts else "example")]
    for module in rest:
        known = [site for site in sites if site.context == module.source.context]
        if known:
            nearest = max(known, key=lambda site: shared(site.anchor.path, module.path))
            nearest.modules = tuple(sorted((*nearest.modules, module), key=lambda m: m.path))
    return sites


def shared(one: str, other: str) -> int:
    """Return how many folders two paths have in common, counted from the top."""
    pairs = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _site(part: list[Module], made: list[tuple[ast.Call, Scope]]) -> Site | None:
    contexts: tuple[Context, ...] = ("app", "example", "tests")
    for context in contexts:
        own = [(call, scope) for call, scope in made if scope.module.source.context == context]
        if own:
            modules = tuple(m for m in part if m.source.context == context)
            return Site(modules, own, context)
    return None


def _makers(modules: list[Module]) -> tuple[str, ...]:
    """Return ``Flask`` and what classes derived from it may be called."""
    found = {name.rpartition(".")[2] for name in _CLASSES}
    for module in modules:
        if "Flask(" in module.source.text or "Flask)" in module.source.text:
            found.update(_flasks(module.source.text))
    bases = {
        cls.name: {last_name(base) for base in getattr(cls.node, "bases", ())}
        for module in modules
        for cls in module.classes()
    }
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return tuple(sorted(found))


def _flasks(text: str) -> Iterator[str]:
    """Yield names such as ``MyFlask`` that are called or derived from."""
    for match in _FLASK.finditer(text):
        before = _CAPITAL.search(text, max(0, match.start() - _LONGEST), match.start())
        if before is not None:
            yield before.group() + "Flask"


def _apps(module: Module, makers: tuple[str, ...], names: Names) -> list[tuple[ast.Call, Scope]]:
    return [
        (call, scope)
        for call, scope in module.calls(*makers)
        if is_flask(names.called(call, scope), names) and serves(call, scope)
    ]


def is_flask(qualified: str | None, names: Names) -> bool:
    """Return whether `qualified` is Flask's application class or a project subclass of it."""
    if qualified is None:
        return False
    if qualified in _CLASSES:
        return True
    scope = names.scope_of(qualified)
    if scope is None:
        return _is_a_librarys(qualified)
    return scope.kind == "class" and any(
        base in _CLASSES or (names.scope_of(base) is None and _is_a_librarys(base))
        for base in names.bases(qualified)
    )


def _is_a_librarys(qualified: str) -> bool:
    """Return whether a library outside the project calls its own class so: ``CustomFlask``."""
    module, _, name = qualified.rpartition(".")
    return bool(module) and _ANY_FLASK.fullmatch(name) is not None


# Flask's class and what other libraries derive from it.
_CLASSES = frozenset({"flask.Flask", "apiflask.APIFlask", "flask_openapi3.OpenAPI"})
_ANY_FLASK = lazy(r"[A-Z]\w*Flask")
_FLASK = lazy(r"Flask[()]")
_CAPITAL = lazy(r"\b[A-Z]\w*\Z")
_LONGEST = 80  # characters of a name before ``Flask``


class _connected:  # noqa: N801  # called like the function it is: union-find over files
    def __init__(self, modules: list[Module], names: Names) -> None:
        self._up = {module: module for module in modules}
        for module in modules:
            if module.source.context == "tests":
                continue  # one conftest must not join two apps
            for other in imported_modules(module, names):
                self._up[self(module)] = self(other)
            for other in _loaded_by_name(module, names):
                self._up[self(module)] = self(other)

    def __call__(self, module: Module) -> Module:
        while self._up[module] is not module:
            self._up[module] = self._up[self._up[module]]
            module = self._up[module]
        return module


def _loaded_by_name(module: Module, names: Names) -> list[Module]:
    """Return the modules that ``from_object("config.Production")`` and the like name."""
    found = []
    for call, _ in module.calls("from_object", "from_pyfile"):
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            found += loaded_modules(first.value, last_name(call.func), module, names)
    return found


def loaded_modules(text: str, method: str, module: Module, names: Names) -> list[Module]:
    """Return the project modules that a configuration loader's argument `text` names."""
    if method == "from_pyfile":
        name = text.rsplit("/", 1)[-1]
        if not name.endswith((".py", ".cfg")):
            return []
        stem = name.rsplit(".", 1)[0]
        tries = [stem, f"instance.{stem}", f"..instance.{stem}", f"..{stem}"]
    else:
        tries = [text, text.rpartition(".")[0]]
    for attempt in tries:
        target = names.find_module(attempt, module) if attempt else None
        if target is not None:
            return [target]
    return []
