"""What a name means, and which method or setter a call or an assignment runs."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from checks.facts.python import Module, Scope
from checks.project.meanings import Meanings

_LITERALS = (
    ast.Dict, ast.List, ast.Set, ast.Tuple, ast.JoinedStr,
    ast.DictComp, ast.ListComp, ast.SetComp,
)  # fmt: skip

# Whose objects have only their own methods, whatever attribute of them is taken.
_LIBRARIES = (
    "flask_sqlalchemy.", "sqlalchemy.", "requests.", "redis.", "pymongo.", "flask_pymongo.",
    "sqlite3.", "peewee.",
)  # fmt: skip


# What every library's hasher has: the project's only method of that name need not be meant.
_OF_HASHERS = frozenset({"verify", "hash"})


class Names(Meanings):
    """`Meanings`, with the functions that run when something is called or assigned."""

    def __init__(self, modules: Mapping[str, Module], every: Sequence[Module] = ()) -> None:
        """Take the modules by their dotted names.

        Args:
            modules: what names are resolved among.
            every: all of them, those included whose name another one has; none: `modules`.
        """
        super().__init__(modules)
        self._methods: dict[str, list[Scope]] = {}
        self._left: dict[str, list[Scope]] = {}
        """Classes that have a method of that name, and are not parsed yet."""
        for module in self.modules.values():
            if module.source.context == "tests":
                continue  # the app does not run what stands in for something there
            for function in module.functions():
                if function.enclosing_class is not None:
                    self._methods.setdefault(function.name, []).append(function)
            for scope in module.left:
                if scope.enclosing_class is not None and scope.kind == "function":
                    self._methods.setdefault(scope.name, []).append(scope)
                for name in scope.methods():
                    self._left.setdefault(name, []).append(scope)
        self._calling: dict[str, list[Module]] = {}
        for module in every or modules.values():
            for name in {**module.called, **module.aliases}:
                self._calling.setdefault(name, []).append(module)
        # What an attribute must be called to be something of the project.
        self._own_names = {scope.name for module in modules.values() for scope in module.scopes}
        self._own_names.update(self._left, *(module.top.bindings for module in modules.values()))
        self._own_names.update(scope.name for module in modules.values() for scope in module.left)

    def callee(self, call: ast.Call, scope: Scope) -> Scope | None:
        """Return the project function that `call` runs, or None if it is not known.

        A class stands for its ``__init__``. A method of an object whose class is unknown is
        found by its name if only one class of the project has it.
        """
        if isinstance(call.func, ast.Attribute) and call.func.attr not in self._own_names:
            return None  # most calls end here, before anything is resolved
        called = self.called(call, scope)
        found = self.scope_of(called)
        if found is None and called is not None and called.startswith(_LIBRARIES):
            return None  # ``db.session.get(...)`` is no method ``get`` of a view class
        if found is None and isinstance(call.func, ast.Attribute):
            found = self.method_of(self.type_of(call.func.value, scope), call.func.attr)
            unknown = found is None and call.func.attr not in _OF_HASHERS
            if unknown and self.type_of(call.func.value, scope) is None:
                only = self._only_method(call.func.attr)
                found = None if only and self._is_builtin(call.func.value, scope) else only
        if found is not None and found.kind == "class":
            return self.method_of(found.full_name, "__init__")
        return found

    def method_of(self, cls: str | None, name: str) -> Scope | None:
        """Return method `name` of the project class `cls` or of its project bases."""
        for base in self.bases(cls):
            scope = self.scope_of(base)
            if scope is not None:
                for child in scope.children:
                    if child.name == name and child.kind == "function":
                        return child
        return None

    def methods_called(self, name: str) -> list[Scope]:
        """Return every method of the project that has this name."""
        for cls in self._left.pop(name, ()):
            self._methods.setdefault(name, []).extend(
                child for child in cls.children if child.name == name and child.kind == "function"
            )
        return list(self._methods.get(name, ()))

    def calling(self, name: str) -> list[Module]:
        """Return the files in which something called `name` may be called: see `Module.calls`."""
        return self._calling.get(name, [])

    def also_called(self, *names: str) -> frozenset[str]:
        """Return `names` and what imports and assignments of any file call the same things."""
        found = dict.fromkeys(names)
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            for module in self.calling(name):
                more = [other for other in module.aliases.get(name, ()) if other not in found]
                found.update(dict.fromkeys(more))
                waiting += more
        return frozenset(found)

    def setter_of(self, target: ast.Attribute, scope: Scope) -> Scope | None:
        """Return the property setter that runs on ``target = value``, or None.

        Without a known class, a setter of that name counts if only one class has one.
        """
        made_by = self.type_of(target.value, scope)
        found = []
        setter = f"@{target.attr}.setter"
        if any(cls.may_say(setter) for cls in self._left.get(target.attr, ())):
            self.methods_called(target.attr)
        for function in self._methods.get(target.attr, ()):
            if function.may_say(setter) and any(
                isinstance(decorator, ast.Attribute) and decorator.attr == "setter"
                for decorator in function.decorators
            ):
                found.append(function)
        if made_by is not None and self.scope_of(made_by) is not None:
            owners = set(self.bases(made_by))
            found = [f for f in found if f.parent is not None and f.parent.full_name in owners]
        return found[0] if len(found) == 1 else None

    def _is_builtin(self, node: ast.expr, scope: Scope) -> bool:
        """Return whether `node` is a dictionary, list, set or text made right here."""
        if isinstance(node, ast.Name):
            values = [b.value for b in self.bindings(node.id, scope) if b.kind == "value"]
            return any(map(_is_literal, values))
        return _is_literal(node)

    def _only_method(self, name: str) -> Scope | None:
        if len(self._methods.get(name, ())) + len(self._left.get(name, ())) != 1:
            return None
        found = self.methods_called(name)
        return found[0] if len(found) == 1 else None


def _is_literal(node: ast.expr | None) -> bool:
    """Return whether `node` is written out; None may stand for what is put there later."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return is_text or isinstance(node, _LITERALS)
