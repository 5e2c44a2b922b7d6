"""Classes and modules that a dotted name in a text means: ``"config.Production"``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from checks.facts.python import Module, Scope
from checks.lazy import lazy
from checks.project.configuration import environment_of
from checks.project.evaluate import Evaluator
from checks.project.sites import loaded_modules

_MAX_DEPTH = 8  # pieces and names followed for one text
UNKNOWN_PART = "\0"
# What a file of settings is called, and no class.
_MODULE = lazy(r"([a-z]\w*\.)*\w*(config|configuration|settings)")
_PLACES = lazy(r"\{[^}]*\}|%[sdr]")


class Texts:
    """Finds what the dotted names in texts mean."""

    def __init__(self, evaluator: Evaluator, variables: Mapping[str, list[str]]) -> None:
        """Take what evaluates texts, and what deployments set variables to."""
        self.evaluator = evaluator
        self.names = evaluator.names
        self.variables = variables

    def imported(self, text: str, scope: Scope) -> Iterator[Scope | Module]:
        """Yield the class or module that `text` names, for code in `scope`."""
        text = text.replace(":", ".")
        linked = self._linked(text, scope)
        if linked:
            yield from linked
            return
        for module in loaded_modules(text, "from_object", scope.module, self.names):
            last = text.rpartition(".")[2]
            whole = self.names.find_module(text, scope.module) is module
            if not whole and last not in module.top.bindings and not module.stars:
                continue  # ``shop.settings`` beside ``shop/__init__.py``: that file is not here
            cls = self.names.scope_of(f"{module.name}.{last}" if module.name else last)
            if cls is None and last != module.name.rpartition(".")[2]:
                cls = self.names.scope_of(self.names.qualified(ast.Name(last), module.top))
            yield cls if cls is not None and cls.kind == "class" else module

    def _linked(self, text: str, scope: Scope) -> list[Module]:
        """Return the modules of which one is linked or copied to a missing `text`.

        Such as ``config_dev.py`` and ``config_prod.py`` beside code that loads ``config``.
        """
        if not _MODULE.fullmatch(text) or self.names.find_module(text, scope.module) is not None:
            return []
        start = f"{text}_"
        found = []
        for name, module in self.names.modules.items():
            at = name.find(start)
            known = at == 0 or (at > 0 and name[at - 1] == ".")
            if known and environment_of(name[at + len(start) :]) is not None:
                found.append(module)
        return found

    def given(self, variable: str | None, scope: Scope) -> Iterator[Scope | Module]:
        """Yield what the deployments' values of an environment variable mean."""
        for text in self.variables.get(variable or "", ()):
            yield from self.imported(text, scope)

    def instead(self, text: str, variable: str | None, scope: Scope) -> Iterator[Scope | Module]:
        """Yield what a variable may name instead of its default `text`: the class's siblings."""
        yield from self.given(variable, scope)
        for thing in self.imported(text, scope):
            if isinstance(thing, Scope) and environment_of(thing.name) is not None:
                for cls in thing.module.classes():
                    if cls is not thing and environment_of(cls.name) is not None:
                        yield cls

    def spelled(self, node: ast.expr, scope: Scope, _depth: int = 0) -> str:
        """Return a text with a mark for each part that is not known."""
        known = self.evaluator.evaluate(node, scope)
        if known.kind == "literal" and isinstance(known.value, str):
            return known.value
        if _depth > _MAX_DEPTH:
            return UNKNOWN_PART
        if isinstance(node, ast.JoinedStr):
            return "".join(self.spelled(part, scope, _depth + 1) for part in node.values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            sides = (node.left, node.right)
            return "".join(self.spelled(side, scope, _depth + 1) for side in sides)
        pattern = _pattern_of(node)
        if pattern is not None:
            return _PLACES.sub(UNKNOWN_PART, self.spelled(pattern, scope, _depth + 1))
        if isinstance(node, ast.Name):
            bindings = self.names.bindings(node.id, scope)
            if len(bindings) == 1 and bindings[0].kind == "value" and bindings[0].value:
                return self.spelled(bindings[0].value, scope, _depth + 1)
        return UNKNOWN_PART

    def fitting(self, spelled: str, scope: Scope) -> Iterator[Scope | Module]:
        """Yield every class or module whose dotted name fits a text that is known in part."""
        stem = spelled.split(UNKNOWN_PART)[0].rpartition(".")[0]
        holders = loaded_modules(stem, "from_object", scope.module, self.names) if stem else []
        rest = spelled[len(stem) + 1 :]
        words = r"\w+".join(re.escape(part) for part in rest.split(UNKNOWN_PART))
        for holder in holders:
            start = f"{holder.name}."
            pattern = re.compile(re.escape(start) + words, re.IGNORECASE)
            inner = [m for name, m in self.names.modules.items() if name.startswith(start)]
            for module in (holder, *inner):
                if pattern.fullmatch(module.name):
                    yield module
                for cls in module.classes():
                    if pattern.fullmatch(cls.full_name):
                        yield cls


def _pattern_of(node: ast.expr) -> ast.expr | None:
    """Return the text that ``%`` or ``.format`` fills in."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return node.left
    func = node.func if isinstance(node, ast.Call) else None
    return func.value if isinstance(func, ast.Attribute) and func.attr == "format" else None
