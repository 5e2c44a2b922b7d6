"""What a name means, over all files: aliases, relative imports, re-exports and objects.

A qualified name is a dotted string. Things of other libraries have the library's name
(``flask_login.login_user``); things of the project have the dotted path of their file
(``shop.models.User``). An attribute of an object is named after what made the object:
with ``app = Flask(__name__)``, ``app.route`` is ``flask.Flask.route``; with
``digest = hashlib.md5(x)``, ``digest.hexdigest`` is ``hashlib.md5.hexdigest``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from checks.facts.python import Binding, Module, Scope
from checks.project.externals import KNOWN, canonical
from checks.project.handed_request import is_request
from checks.project.imports import Imports, absolute, hides
from checks.project.vendored import copies, original

_MAX_STEPS = 5_000  # look-ups for one question; code that branches more is not understood
_MAX_DEPTH = 24  # hops through aliases and re-exports; more is a circle or nonsense
_MOST_BASES = 60  # classes that one inherits from; each question about one goes through all
_BUILTINS = (
    frozenset(dir(__builtins__)) if not isinstance(__builtins__, dict) else frozenset(__builtins__)
)


class Meanings(Imports[Module]):
    """Resolves names of the project's modules; answers are kept."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        """Take the modules by their dotted names."""
        self.copies = copies(modules)
        """Copies of Flask-Login: what they define has the library's names."""
        if self.copies:
            own = tuple(f"{name}." for name in self.copies)
            modules = {n: m for n, m in modules.items() if not f"{n}.".startswith(own)}
        super().__init__(modules)
        self._memo: dict[tuple[Scope, str], str | None] = {}
        self._open: set[tuple[object, str]] = set()
        self._steps = 0
        self._asked: dict[tuple[ast.expr, Scope], str | None] = {}
        self._types: dict[tuple[ast.expr, Scope], str | None] = {}
        self._bases: dict[str, tuple[str, ...]] = {}
        self._scopes: dict[str, Scope] = {}
        for module in self.modules.values():
            for scope in (*module.scopes, *module.left):
                if scope.name != "<lambda>":
                    self._scopes.setdefault(scope.full_name, scope)

    def qualified(self, node: ast.expr | None, scope: Scope) -> str | None:
        """Return the qualified name of what `node` refers to, seen from `scope`, or None."""
        if not isinstance(node, ast.Name | ast.Attribute):
            return None
        key = (node, scope)
        if key not in self._asked:
            self._begin()
            self._asked[key] = self._qualified(node, scope, 0)
        return self._asked[key]

    def called(self, call: ast.Call, scope: Scope) -> str | None:
        """Return the qualified name of what `call` calls."""
        return self.qualified(call.func, scope)

    def type_of(self, node: ast.expr | None, scope: Scope) -> str | None:
        """Return the qualified name of what made the object `node`: a class, or a function.

        A project function that returns a known object counts as that object's class.
        """
        if node is None:
            return None
        key = (node, scope)
        if key not in self._types:
            self._begin()
            self._types[key] = self._made_by(node, scope, 0)
        return self._types[key]

    def _begin(self) -> None:
        self._steps = _MAX_STEPS

    def _exhausted(self, depth: int) -> bool:
        self._steps -= 1
        return depth > _MAX_DEPTH or self._steps < 0

    def scope_of(self, qualified: str | None) -> Scope | None:
        """Return the project's class or function of that qualified name."""
        return self._scopes.get(qualified) if qualified is not None else None

    def bases(self, cls: str | None) -> tuple[str, ...]:
        """Return `cls` and the qualified names of all its bases, nearest first."""
        if cls is None:
            return ()
        if cls not in self._scopes:
            return (cls,)
        found = self._bases.get(cls)
        if found is None:
            found = self._bases[cls] = tuple(self._all_bases(cls))
        return found

    def _all_bases(self, cls: str) -> Iterator[str]:
        seen: set[str] = set()
        queue = [cls]
        while queue and len(seen) < _MOST_BASES:
            name = queue.pop(0)
            if name in seen:
                continue
            seen.add(name)
            yield name
            scope = self.scope_of(name)
            if scope is not None and scope.kind == "class" and scope.parent:
                for base in scope.bases:
                    found = self.qualified(base, scope.parent)
                    if found is not None:
                        queue.append(found)

    def bindings(self, name: str, scope: Scope) -> list[Binding]:
        """Return what gives `name` its meaning when it is read in `scope`."""
        return self._look_up(name, scope)[0]

    def _look_up(self, name: str, scope: Scope) -> tuple[list[Binding], Scope]:
        here: Scope | None = scope
        while here is not None:
            if (here.kind != "class" or here is scope) and name not in here.globals:
                bindings = here.bindings.get(name)
                if bindings:
                    return bindings, here
            here = here.parent
        return scope.module.top.bindings.get(name, []), scope.module.top

    def _qualified(self, node: ast.expr | None, scope: Scope, depth: int) -> str | None:
        if self._exhausted(depth):
            return None
        if isinstance(node, ast.Name):
            return self._name(node.id, scope, depth)
        if isinstance(node, ast.Attribute):
            owner = self._qualified(node.value, scope, depth + 1)
            if owner is None:
                owner = self._made_by(node.value, scope, depth + 1)
            return self._member(owner, node.attr, depth) if owner is not None else None
        return None

    def _name(self, name: str, scope: Scope, depth: int) -> str | None:
        bindings, owner = self._look_up(name, scope)
        if not bindings:
            return self._unbound(name, scope, depth)
        key = (owner, name)
        if key in self._memo:
            return self._memo[key]
        if key in self._open:
            return None
        self._open.add(key)
        try:
            found = None
            for binding in bindings:
                found = self._binding(binding, name, owner, depth)
                if found is not None:
                    break
        finally:
            self._open.discard(key)
        if depth < _MAX_DEPTH // 2 and not self._open and self._steps > 0:
            self._memo[key] = found
        return found

    def _unbound(self, name: str, scope: Scope, depth: int) -> str | None:
        guess = None  # a library may have it; what the project has itself is sure
        for star in scope.module.stars:
            module = self.find_module(star, scope.module)
            if module is None:
                if (
                    not star.startswith(".")
                    and star.split(".")[0] in KNOWN
                    and name not in _BUILTINS
                ):
                    guess = guess or canonical(f"{star}.{name}")
            elif name in module.top.bindings or module.stars:
                found = self._member(module.name, name, depth + 1)
                if found is not None and (
                    found != f"{module.name}.{name}" or name in module.top.bindings
                ):
                    if name in module.top.bindings or found.rpartition(".")[0] in self.modules:
                        return found
                    guess = guess or found
        if guess is not None:
            return guess
        return f"builtins.{name}" if name in _BUILTINS else None

    def _binding(self, binding: Binding, name: str, owner: Scope, depth: int) -> str | None:
        if binding.kind == "import":
            return self._imported(binding.target, owner.module, depth)
        if binding.scope is not None:
            return binding.scope.full_name
        if binding.kind == "value":
            if isinstance(binding.value, ast.Name | ast.Attribute):
                return self._qualified(binding.value, owner, depth + 1)
            made_by = self._made_by(binding.value, owner, depth + 1)
            if made_by is not None:
                return made_by
            return f"{owner.full_name}.{name}" if owner.kind != "function" else None
        if binding.kind == "with":
            return self._made_by(binding.value, owner, depth + 1)
        if binding.kind == "param":
            return self._parameter(binding, owner, depth)
        return None

    def _parameter(self, binding: Binding, owner: Scope, depth: int) -> str | None:
        cls = owner.enclosing_class
        if cls is not None and binding.index == 0:
            static = any(
                isinstance(d, ast.Name) and d.id == "staticmethod" for d in owner.decorators
            )
            return None if static else cls.full_name
        annotation = getattr(binding.node, "annotation", None)
        if isinstance(annotation, ast.Name | ast.Attribute) and owner.parent is not None:
            found = self._qualified(annotation, owner.parent, depth + 1)
            return None if found is None or found.startswith("builtins.") else found
        return "flask.request" if is_request(binding, owner) else None

    def _imported(self, target: str, module: Module, depth: int) -> str | None:
        """Return the qualified name of an import's dotted target."""
        if self.copies:
            plain = absolute(target, module) if target.startswith(".") else target
            known = original(plain or "", module.name, self.copies)
            if known is not None:
                return canonical(known)
        whole = self.find_module(target, module)
        stem, _, last = target.rpartition(".")
        if target.startswith(".") and not stem.strip("."):
            stem = target[: len(target) - len(target.lstrip("."))]
        if whole is not None and (whole is not module or "." not in target):
            package = self.modules.get(whole.name.rpartition(".")[0])
            if package is None or package is module or not hides(package, last):
                return whole.name
        source = self.find_module(stem, module) if stem else None
        if source is not None:
            return self._member(source.name, last, depth + 1)
        if target.startswith("."):
            return absolute(target, module)
        return canonical(target)

    def _member(self, owner: str, attr: str, depth: int) -> str | None:
        """Return the qualified name of attribute `attr` of the thing called `owner`."""
        full = f"{owner}.{attr}"
        if depth > _MAX_DEPTH:
            return full
        module = self.modules.get(owner)
        if module is None:
            return canonical(full)
        if full in self.modules and attr not in module.top.bindings:
            return full
        if attr in module.top.bindings or module.stars:
            found = self._name(attr, module.top, depth + 1)
            if found is not None and not found.startswith("builtins."):
                return found
        return full

    def _made_by(self, node: ast.expr | None, scope: Scope, depth: int) -> str | None:
        if self._exhausted(depth):
            return None
        if isinstance(node, ast.Await):
            return self._made_by(node.value, scope, depth + 1)
        if isinstance(node, ast.BoolOp):
            found = (self._made_by(value, scope, depth + 1) for value in node.values)
            return next((name for name in found if name is not None), None)
        if isinstance(node, ast.IfExp):
            return self._made_by(node.body, scope, depth + 1) or self._made_by(
                node.orelse, scope, depth + 1
            )
        if isinstance(node, ast.Call):
            return self._returned(self._qualified(node.func, scope, depth + 1), depth)
        if isinstance(node, ast.Name):
            return self._variable(node.id, scope, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope, depth)
        return None

    def _variable(self, name: str, scope: Scope, depth: int) -> str | None:
        bindings, owner = self._look_up(name, scope)
        key = (owner, f"={name}")
        if key in self._open:
            return None
        if not bindings and scope.module.stars:
            return self._starred(name, scope, depth)
        self._open.add(key)
        try:
            for binding in bindings:
                found: str | None = None
                if binding.kind in ("value", "with"):
                    found = self._made_by(binding.value, owner, depth + 1)
                elif binding.kind == "param":
                    found = self._parameter(binding, owner, depth)
                elif binding.kind == "import":
                    found = self._variable_of(binding.target, owner.module, depth)
                if found is not None:
                    return found
        finally:
            self._open.discard(key)
        return None

    def _starred(self, name: str, scope: Scope, depth: int) -> str | None:
        """Return what made a variable that ``from x import *`` brings."""
        for star in scope.module.stars:
            module = self.find_module(star, scope.module)
            if module is not None and module is not scope.module and depth < _MAX_DEPTH:
                found = self._variable(name, module.top, depth + 1)
                if found is not None:
                    return found
        return None

    def _variable_of(self, target: str, module: Module, depth: int) -> str | None:
        found = self._imported(target, module, depth + 1)
        if found is None or (found.startswith("flask.") and found.count(".") == 1):
            return found  # flask.current_app, flask.request: proxies named after themselves
        return None if self.scope_of(found) is not None else found

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> str | None:
        """Return what made ``self.x`` or ``module.x``."""
        owner = self._qualified(node.value, scope, depth + 1)
        cls = self.scope_of(owner)
        if cls is not None and cls.kind == "class":
            for method in cls.children:
                for assignment in method.assignments if method.may_say(node.attr) else ():
                    target = assignment.target
                    if (
                        isinstance(target, ast.Attribute)
                        and target.attr == node.attr
                        and isinstance(target.value, ast.Name)
                        and target.value.id == "self"
                    ):
                        return self._made_by(assignment.value, method, depth + 1)
        if owner is not None and owner in self.modules:
            return self._variable(node.attr, self.modules[owner].top, depth + 1)
        return None

    def _returned(self, called: str | None, depth: int) -> str | None:
        scope = self.scope_of(called)
        if scope is None or scope.kind == "class":
            return called
        key = (scope, "()")
        if key in self._open:
            return called
        self._open.add(key)
        try:
            for statement in scope.returns:
                found = self._made_by(statement.value, scope, depth + 1)
                if found is not None:
                    return found
        finally:
            self._open.discard(key)
        return called
