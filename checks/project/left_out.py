"""Files of views that no app has: nothing imports them, or their blueprint is never registered."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from checks.facts.python import Module, last_name
from checks.project.class_routes import object_name
from checks.project.imports import imported_modules
from checks.project.names import Names
from checks.project.vocabulary import Vocabulary

# What may import a file, or register a blueprint, by a name that is put together.
_DYNAMIC = ("import_module", "find_modules", "import_string", "iter_modules", "__import__", "exec(",
            "walk_packages", "os.listdir", "glob(")  # fmt: skip
_STARTS = ("__main__", ".run(", "Flask(")
_KNOWN = 2  # files of views that are in use, from where on the app shows how it gets them


def left_out(modules: Sequence[Module], names: Names, vocabulary: Vocabulary) -> frozenset[Module]:
    """Return the files of views that no app has, and the files that only those import.

    They are the ones that nothing imports and whose blueprint an imported file has by its name;
    those with blueprints that nothing registers, and that nothing imports, where every
    registration says which blueprint it means; and those with routes of an app that another file
    makes, where nothing imports them and others like them are imported.
    """
    own = [module for module in modules if module.source.context == "app"]
    made = {module: [*_blueprints(module)] for module in own if module.called.get("Blueprint")}
    odd = [*_unregistered(modules, made, names), *_of_no_app(own, names), *_twins(made)]
    if not odd or any(word in module.source.text for module in modules for word in _DYNAMIC):
        return frozenset()
    uses = _Uses(modules, names, vocabulary)
    found = {module for module in odd if not uses.of(module)}
    found -= {module for module in _twins(made) if not _twin_in_use(module, made, found)}
    for module in [*found]:
        for other in imported_modules(module, names):
            inside = other.source.context == "app" and not other.is_package
            if inside and not _starts(other) and uses.of(other) <= found:
                found.add(other)
    return frozenset(found)


def _blueprints(module: Module) -> Iterator[tuple[str, str]]:
    """Yield the variable and the name of each blueprint that a file makes."""
    for assignment in module.top.assignments:
        value = assignment.value
        if (
            isinstance(value, ast.Call)
            and last_name(value.func) == "Blueprint"
            and isinstance(assignment.target, ast.Name)
        ):
            first = value.args[0] if value.args else None
            said = str(first.value) if isinstance(first, ast.Constant) else ""
            yield f"{module.name}.{assignment.target.id}", said


def _twins(made: dict[Module, list[tuple[str, str]]]) -> list[Module]:
    """Return the files whose blueprints have the names that another file's have."""
    places: dict[str, set[Module]] = {}
    for module, blueprints in made.items():
        for _, name in blueprints:
            places.setdefault(name, set()).add(module)
    return [m for name, found in places.items() if name and len(found) > 1 for m in found]


def _twin_in_use(
    module: Module, made: dict[Module, list[tuple[str, str]]], found: set[Module]
) -> bool:
    """Return whether another file makes a blueprint of that name, and is imported."""
    said = {name for _, name in made[module]}
    return any(
        other is not module and other not in found and said & {name for _, name in blueprints}
        for other, blueprints in made.items()
    )


def _unregistered(
    modules: Iterable[Module], made: dict[Module, list[tuple[str, str]]], names: Names
) -> list[Module]:
    """Return the files whose blueprints nothing registers, where all registrations are clear."""
    every = {variable for blueprints in made.values() for variable, _ in blueprints}
    registered: set[str] = set()
    for module in modules:
        for call, scope in module.calls("register_blueprint"):
            given = call.args[0] if call.args else None
            meant = object_name(given, scope, names)
            if meant is None or not (meant in every or _is_another(meant, names)):
                return []  # one of a list, or what a function is given
            registered.add(meant)
    known = [m for m, bs in made.items() if any(variable in registered for variable, _ in bs)]
    if len(known) < _KNOWN:
        return []
    return [m for m, bs in made.items() if bs and m not in known and not _starts(m)]


def _is_another(meant: str, names: Names) -> bool:
    """Return whether a registered blueprint comes from a library, or is made by a call."""
    stem, _, last = meant.rpartition(".")
    module = names.modules.get(stem)
    if module is None:
        return names.scope_of(stem) is None
    bound = module.top.bindings.get(last, ())
    return bool(bound) and all(isinstance(each.value, ast.Call) for each in bound)


def _of_no_app(own: Sequence[Module], names: Names) -> list[Module]:
    """Return the files that have nothing but routes of an app that another file makes."""
    found = []
    for module in own:
        if module.is_package or ".route(" not in module.source.text or _starts(module):
            continue
        on = {
            object_name(decorator.func.value, module.top, names) or ""
            for function in module.top.children
            for decorator in function.decorators
            if isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Attribute)
            and decorator.func.attr == "route"
        }
        if len(on) == 1 and all(name.endswith(".app") for name in on):
            stem = next(iter(on)).rpartition(".")[0]
            if stem != module.name and stem in names.modules:
                found.append(module)
    return found if len(found) > _KNOWN else []


def _starts(module: Module) -> bool:
    """Return whether a file makes or runs an app itself, so that nothing needs to import it."""
    return any(word in module.source.text for word in _STARTS)


class _Uses:
    """Who imports which file, gone through once: a project may have thousands of files."""

    def __init__(self, modules: Iterable[Module], names: Names, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._imported: dict[Module, set[Module]] = {}
        for module in modules:
            if module.source.context != "tests":
                for other in imported_modules(module, names):
                    self._imported.setdefault(other, set()).add(module)

    def of(self, module: Module) -> set[Module]:
        """Return the files, tests left out, that import `module` or name it with its folder."""
        dotted = ".".join(module.name.split(".")[-2:])  # ``import shop.views``, and in texts
        named = {
            other
            for other in self._vocabulary.files(dotted)
            if other is not module and other.source.context != "tests"
        }
        return named | self._imported.get(module, set())
