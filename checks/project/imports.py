"""Which project file an import statement gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from checks.facts.python import Module
from checks.project.externals import KNOWN


class Imports:
    """Finds the project's modules by the names that imports use."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        """Take the modules by their dotted names."""
        self.modules = modules
        self._packages = {name for name, module in modules.items() if module.is_package}

    def find_module(self, dotted: str, importer: Module) -> Module | None:
        """Return the project module that ``import dotted`` in `importer` gets."""
        if dotted.startswith("."):
            name = absolute(dotted, importer)
            return self.modules.get(name) if name is not None else None
        if dotted.split(".", 1)[0] in KNOWN:
            return None
        folder = importer.name.split(".") if importer.name else []
        if not importer.is_package:
            folder = folder[:-1]
        # The folder that Python was started in is not known: the nearest one wins, and a
        # package's own folder, which is rarely on the path, comes last.
        places = [".".join(folder[:count]) for count in range(len(folder), -1, -1)]
        places = (
            [p for p in places if p not in self._packages]
            + ["src"]
            + [p for p in places if p in self._packages]
        )
        for place in places:
            found = self.modules.get(f"{place}.{dotted}" if place else dotted)
            if found is not None:
                return found
        return None

    def imported_modules(self, module: Module) -> Iterator[Module]:
        """Yield the project modules that `module` imports anywhere."""
        for scope in module.scopes:
            for bindings in scope.bindings.values():
                for binding in bindings:
                    if binding.kind == "import":
                        yield from self._import_chain(binding.target, module)
        for star in module.stars:
            yield from self._import_chain(star, module)

    def _import_chain(self, target: str, module: Module) -> Iterable[Module]:
        found = self.find_module(target, module)
        if found is None and "." in target.strip("."):
            found = self.find_module(target.rpartition(".")[0], module)
        elif found is None and target.startswith("."):
            dots = len(target) - len(target.lstrip("."))
            found = self.find_module("." * dots, module)
        return (found,) if found is not None and found is not module else ()


def absolute(dotted: str, importer: Module) -> str | None:
    """Return the dotted name that the relative `dotted` means in `importer`."""
    level = len(dotted) - len(dotted.lstrip("."))
    parts = importer.name.split(".") if importer.name else []
    drop = level - 1 if importer.is_package else level
    if drop > len(parts):
        return None
    base = parts[: len(parts) - drop] if drop else parts
    rest = dotted[level:]
    return ".".join([*base, rest] if rest else base)
