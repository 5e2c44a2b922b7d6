"""What a dictionary that goes into the configuration holds, however it is put together."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from checks.facts.python import Binding, Scope, last_name
from checks.project.config_paths import file_parts
from checks.project.config_targets import Targets
from checks.project.evaluate import Evaluator
from checks.records import NamedTuple

_MAX_DEPTH = 8  # names, calls and operators followed for one dictionary
_MAX_ENTRIES = 500  # a configuration has a few dozen
_PARSERS = frozenset(
    {
        "json.load", "json.loads", "tomllib.load", "tomllib.loads", "toml.load", "toml.loads",
        "tomli.load", "tomli.loads", "yaml.safe_load", "yaml.load", "yaml.full_load",
        "dotenv.dotenv_values",
    }
)  # fmt: skip
_COPIES = frozenset(
    {"builtins.dict", "copy.copy", "copy.deepcopy", "types.MappingProxyType",
     "werkzeug.datastructures.ImmutableDict", "collections.OrderedDict", "collections.ChainMap"}
)  # fmt: skip


class Entry(NamedTuple):
    """One key and what it is set to."""

    key: str
    value: ast.expr
    scope: Scope
    """Where the value stands."""
    fallback: bool = False
    """Whether it counts only where the environment, or what else is asked first, has nothing."""


@dataclass(slots=True, eq=False, repr=False)
class Held:
    """What one dictionary holds."""

    entries: list[Entry] = field(default_factory=list)
    objects: list[tuple[ast.expr, Scope]] = field(default_factory=list)
    """Classes or modules whose attributes are in it: ``vars(Production)``."""
    files: list[tuple[str, ...]] = field(default_factory=list)
    """Files that are read into it, as the last known parts of their paths."""
    complete: bool = True
    """Whether nothing else may be in it."""


class Mappings:
    """Reads dictionaries of a site's files."""

    def __init__(self, evaluator: Evaluator, targets: Targets) -> None:
        """Take what evaluates keys, and what finds callers."""
        self.evaluator = evaluator
        self.names = evaluator.names
        self.targets = targets

    def held(self, node: ast.expr, scope: Scope) -> Held:
        """Return what the dictionary `node`, standing in `scope`, holds."""
        held = Held()
        self._add(node, scope, held, 0)
        return held

    def _add(self, node: ast.expr | None, scope: Scope, held: Held, depth: int) -> None:
        if node is None or depth > _MAX_DEPTH or len(held.entries) > _MAX_ENTRIES:
            held.complete = False
        elif isinstance(node, ast.Dict):
            self._literal(node, scope, held, depth)
        elif isinstance(node, ast.Call):
            self._call(node, scope, held, depth)
        elif isinstance(node, ast.List | ast.Tuple):
            self._pairs(node.elts, scope, held)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            self._each((node.left, node.right), scope, held, depth)
        elif isinstance(node, ast.BoolOp):
            self._each(node.values, scope, held, depth)
        elif isinstance(node, ast.IfExp):
            self._each((node.body, node.orelse), scope, held, depth)
        elif isinstance(node, ast.NamedExpr):
            self._add(node.value, scope, held, depth + 1)
        elif isinstance(node, ast.DictComp):
            self._filtered(node, scope, held, depth)
        elif isinstance(node, ast.Attribute) and node.attr == "__dict__":
            held.objects.append((node.value, scope))
        elif isinstance(node, ast.Subscript):
            self._add(node.value, scope, held, depth + 1)  # one table of a file that was read
        elif isinstance(node, ast.Name | ast.Attribute):
            self._named(node, scope, held, depth)
        elif not (isinstance(node, ast.Constant) and node.value is None):
            held.complete = False

    def _each(self, nodes: Iterable[ast.expr], scope: Scope, held: Held, depth: int) -> None:
        for node in nodes:
            self._add(node, scope, held, depth + 1)

    def _literal(self, node: ast.Dict, scope: Scope, held: Held, depth: int) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:  # ``**other``
                self._add(value, scope, held, depth + 1)
            else:
                self._pair(key, value, scope, held)

    def _pair(self, key: ast.expr, value: ast.expr, scope: Scope, held: Held) -> None:
        name = self.evaluator.evaluate(key, scope).value
        if isinstance(name, str):
            held.entries.append(Entry(name, value, scope))
        else:
            held.complete = False

    def _pairs(self, elements: list[ast.expr], scope: Scope, held: Held) -> None:
        for element in elements:
            if isinstance(element, ast.Tuple | ast.List) and len(element.elts) == 2:
                self._pair(element.elts[0], element.elts[1], scope, held)
            else:
                held.complete = False

    def _call(self, node: ast.Call, scope: Scope, held: Held, depth: int) -> None:
        called = self.names.called(node, scope) or ""
        func = node.func
        if called in _PARSERS:
            self._file(node, scope, held)
        elif called == "builtins.vars" and node.args:
            held.objects.append((node.args[0], scope))
        elif called in _COPIES:
            self._each(node.args, scope, held, depth)
            self._keywords(node, scope, held, depth)
        elif isinstance(func, ast.Attribute) and func.attr in ("copy", "items", "get"):
            self._add(func.value, scope, held, depth + 1)
        else:
            function = self.names.callee(node, scope)
            if function is None or not function.returns:
                held.complete = False
                return
            for statement in function.returns:
                self._add(statement.value, function, held, depth + 1)

    def _keywords(self, node: ast.Call, scope: Scope, held: Held, depth: int) -> None:
        for keyword in node.keywords:
            if keyword.arg is not None:
                held.entries.append(Entry(keyword.arg, keyword.value, scope))
            else:
                self._add(keyword.value, scope, held, depth + 1)

    def _file(self, node: ast.Call, scope: Scope, held: Held) -> None:
        source = node.args[0] if node.args else None
        for _ in range(_MAX_DEPTH):
            if isinstance(source, ast.Name):
                bindings = self.names.bindings(source.id, scope)
                source = bindings[0].value if len(bindings) == 1 else None
            elif isinstance(source, ast.Call):
                func = source.func
                opener = isinstance(func, ast.Attribute) and func.attr in (
                    "open", "read", "read_text", "read_bytes",
                )  # fmt: skip
                opened = self.names.called(source, scope) or ""
                if opener and opened not in ("codecs.open", "io.open"):
                    source = func.value if isinstance(func, ast.Attribute) else None
                else:
                    break
            else:
                break
        if isinstance(source, ast.Call) and last_name(source.func) == "open":
            source = source.args[0] if source.args else None
        parts = file_parts(source, scope, self.evaluator)
        if parts:
            held.files.append(parts)
        held.complete = False

    def _filtered(self, node: ast.DictComp, scope: Scope, held: Held, depth: int) -> None:
        """Add what ``{k: v for k, v in vars(C).items() if k.isupper()}`` picks from."""
        key, value = node.key, node.value
        target = node.generators[0].target
        pairs = isinstance(target, ast.Tuple) and len(node.generators) == 1
        if not pairs or not isinstance(key, ast.Name):
            held.complete = False
        elif isinstance(value, ast.Name):
            self._add(node.generators[0].iter, scope, held, depth + 1)
        elif isinstance(value, ast.Call) and _hands_on(value, target):
            # ``{k: os.environ.get(k, v) for k, v in DEFAULTS.items()}``
            defaults = Held()
            self._add(node.generators[0].iter, scope, defaults, depth + 1)
            held.entries += [entry._replace(fallback=True) for entry in defaults.entries]
            held.complete = held.complete and defaults.complete
        else:
            held.complete = False

    def _named(self, node: ast.Name | ast.Attribute, scope: Scope, held: Held, depth: int) -> None:
        qualified = self.names.qualified(node, scope)
        if qualified == "os.environ":
            held.complete = False
            return
        own = scope.enclosing_class
        if own is not None and isinstance(node, ast.Attribute) and _is_self(node.value):
            self._own(node, own, held, depth)
            return
        bindings, owner, name = self._bindings(node, scope, qualified)
        values = [b for b in bindings if b.kind == "value" and b.value is not None]
        if owner is None or not bindings:
            held.complete = False
            return
        for binding in bindings:
            if binding.kind == "param":
                self._parameter(binding, owner, held, depth)
        for binding in values:
            self._add(binding.value, owner, held, depth + 1)
        self._later(name, owner, held, depth)

    def _own(self, node: ast.Attribute, cls: Scope, held: Held, depth: int) -> None:
        """Add what the methods of a class put into a dictionary of its objects: ``self.config``."""
        spelled = ast.unparse(node)
        found = False
        for method in cls.children if depth <= _MAX_DEPTH else ():
            for assignment in method.assignments:
                target = assignment.target
                if ast.unparse(target) == spelled:
                    found = True
                    self._add(assignment.value, method, held, depth + 4)
                elif isinstance(target, ast.Subscript) and ast.unparse(target.value) == spelled:
                    self._pair(target.slice, assignment.value, method, held)
            for call in method.calls:
                func = call.func
                if not isinstance(func, ast.Attribute) or func.attr != "update":
                    continue
                if ast.unparse(func.value) == spelled:
                    self._each(call.args, method, held, depth + 3)
                    self._keywords(call, method, held, depth + 3)
        if not found:
            held.complete = False  # a parameter, or what another class keeps

    def _bindings(
        self, node: ast.Name | ast.Attribute, scope: Scope, qualified: str | None
    ) -> tuple[list[Binding], Scope | None, str]:
        """Return what gives `node` its meaning, and where: here or in the file it comes from."""
        if isinstance(node, ast.Name):
            bindings = self.names.bindings(node.id, scope)
            if bindings and all(binding.kind != "import" for binding in bindings):
                owner = scope
                while node.id not in owner.bindings and owner.parent is not None:
                    owner = owner.parent
                return bindings, owner, node.id
        stem, _, name = (qualified or "").rpartition(".")
        module = self.names.modules.get(stem)
        home = module.top if module is not None else self.names.scope_of(stem)
        return (home.bindings.get(name, []), home, name) if home is not None else ([], None, "")

    def _parameter(self, binding: Binding, function: Scope, held: Held, depth: int) -> None:
        if binding.value is not None and function.parent is not None:
            self._add(binding.value, function.parent, held, depth + 1)
        starred = getattr(function.node, "args", None)
        if starred is not None and starred.kwarg is binding.node:
            known = {arg.arg for arg in function.parameters()}
            for call, caller in self.targets.calls_of(function):
                for keyword in call.keywords:
                    if keyword.arg is None:
                        self._add(keyword.value, caller, held, depth + 1)
                    elif keyword.arg not in known:
                        held.entries.append(Entry(keyword.arg, keyword.value, caller))
            return
        for given, caller in self.targets.handed(binding, function):
            self._add(given, caller, held, depth + 1)

    def _later(self, name: str, owner: Scope, held: Held, depth: int) -> None:
        """Add what ``name["KEY"] = value`` and ``name.update(...)`` put in afterwards."""
        for assignment in owner.assignments:
            target = assignment.target
            if (
                isinstance(target, ast.Subscript)
                and isinstance(target.value, ast.Name)
                and target.value.id == name
            ):
                self._pair(target.slice, assignment.value, owner, held)
            elif assignment.augmented and isinstance(target, ast.Name) and target.id == name:
                self._add(assignment.value, owner, held, depth + 1)
        for call in owner.calls:
            func = call.func
            if (
                isinstance(func, ast.Attribute)
                and func.attr == "update"
                and isinstance(func.value, ast.Name)
                and func.value.id == name
            ):
                self._each(call.args, owner, held, depth)
                self._keywords(call, owner, held, depth)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _hands_on(call: ast.Call, target: ast.expr) -> bool:
    """Return whether `call`, or one in it, is given both names of ``for key, value in ...``."""
    names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
    return any(
        isinstance(part, ast.Call)
        and names == [arg.id for arg in part.args if isinstance(arg, ast.Name)]
        for part in ast.walk(call)
    )
