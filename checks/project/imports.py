"""Which project file an import statement gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from checks.facts.python import Module
from checks.project.externals import KNOWN


class Named(Protocol):
    """As much of a module as imports are resolved with."""

    @property
    def name(self) -> str:
        """Its dotted name."""

    @property
    def is_package(self) -> bool:
        """Whether it is the ``__init__`` of its folder."""


M = TypeVar("M", bound=Named)


class Imports(Generic[M]):
    """Finds the project's modules by the names that imports use."""

    def __init__(self, modules: Mapping[str, M]) -> None:
        """Take the modules by their dotted names."""
        self.modules = modules
        self._packages = {name for name, module in modules.items() if module.is_package}
        self._prefixes = {
            ".".join(parts[:count])
            for parts in (name.split(".") for name in modules)
            for count in range(1, len(parts) + 1)
        }
        self._segments = {prefix.rpartition(".")[2] for prefix in self._prefixes}
        self._places: dict[str, list[str]] = {}
        self._begun: dict[tuple[str, str], list[str]] = {}
        self._found: dict[tuple[str, str], M | None] = {}
        self._adding: dict[str, bool] = {}
        self._added: dict[str, M | None] = {}

    def find_module(self, dotted: str, importer: M) -> M | None:
        """Return the project module that ``import dotted`` in `importer` gets."""
        if dotted.startswith("."):
            name = absolute(dotted, importer)
            return self.modules.get(name) if name is not None else None
        if dotted.startswith("__init__"):  # of the folder that the app is started in
            folder = importer.name if importer.is_package else importer.name.rpartition(".")[0]
            return self.modules.get(folder) if dotted == "__init__" else None
        # Most names are of what a module holds, which ends here.
        if dotted.rpartition(".")[2] not in self._segments:
            return None
        first = dotted.partition(".")[0]
        if first in KNOWN or first not in self._segments:
            return None
        folder = importer.name if importer.is_package else importer.name.rpartition(".")[0]
        key = (folder, dotted)
        if key not in self._found:
            self._found[key] = None
            for place in self._beginning(folder, first):
                module = self.modules.get(place + dotted)
                if module is not None:
                    self._found[key] = module
                    break
        return self._found[key] or self._on_the_path(dotted, importer)

    def _on_the_path(self, dotted: str, importer: M) -> M | None:
        """Return the only module whose name ends so, if `importer` adds to Python's path."""
        adds = self._adding.get(importer.name)
        if adds is None:
            source = getattr(importer, "source", None)
            adds = self._adding[importer.name] = source is not None and "sys.path." in source.text
        if not adds or "." not in dotted:
            return None
        if dotted not in self._added:
            ending = f".{dotted}"
            alike = [module for name, module in self.modules.items() if name.endswith(ending)]
            self._added[dotted] = alike[0] if len(alike) == 1 else None
        return self._added[dotted]

    def _beginning(self, folder: str, first: str) -> list[str]:
        """Return what may stand before names that begin with `first`, for files in `folder`."""
        found = self._begun.get((folder, first))
        if found is None:
            places = self._searched(folder)
            found = [place for place in places if place + first in self._prefixes]
            self._begun[folder, first] = found
        return found

    def _searched(self, folder: str) -> list[str]:
        """Return what may stand before the names that files in `folder` import, nearest first.

        The folder that Python was started in is not known: the nearest one wins, and a
        package's own folder, which is rarely on the path, comes last.
        """
        found = self._places.get(folder)
        if found is None:
            parts = folder.split(".") if folder else []
            places = [".".join(parts[:count]) for count in range(len(parts), -1, -1)]
            outer = [place for place in places if place not in self._packages]
            inner = [place for place in places if place in self._packages]
            found = [f"{place}." if place else "" for place in (*outer, "src", *inner)]
            self._places[folder] = found
        return found


def imported_modules(module: Module, imports: Imports[Module]) -> Iterator[Module]:
    """Yield the project modules that `module` imports anywhere."""
    for scope in module.scopes:
        for bindings in scope.bindings.values():
            for binding in bindings:
                if binding.kind == "import":
                    yield from _import_chain(binding.target, module, imports)
    for star in module.stars:
        yield from _import_chain(star, module, imports)


def _import_chain(target: str, module: Module, imports: Imports[Module]) -> Iterable[Module]:
    found = imports.find_module(target, module)
    if found is None and "." in target.strip("."):
        found = imports.find_module(target.rpartition(".")[0], module)
    elif found is None and target.startswith("."):
        dots = len(target) - len(target.lstrip("."))
        found = imports.find_module("." * dots, module)
    return (found,) if found is not None and found is not module else ()


def absolute(dotted: str, importer: Named) -> str | None:
    """Return the dotted name that the relative `dotted` means in `importer`."""
    level = len(dotted) - len(dotted.lstrip("."))
    parts = importer.name.split(".") if importer.name else []
    drop = level - 1 if importer.is_package else level
    if drop > len(parts):
        return None
    base = parts[: len(parts) - drop] if drop else parts
    rest = dotted[level:]
    return ".".join([*base, rest] if rest else base)


def hides(package: Module, name: str) -> bool:
    """Return whether `package` has its submodule `name` replaced by what that holds.

    ``from .shop import shop`` in its ``__init__`` does: whoever imports ``shop`` gets the object.
    """
    return any(
        binding.kind == "import" and binding.target.endswith(f"{name}.{name}")
        for binding in package.top.bindings.get(name, ())
    )
