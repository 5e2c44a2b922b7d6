"""Values that somebody else wrote: sent by the client, or read from the database."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from checks.facts.python import Module, Scope, last_name
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.project.origins import from_request
from checks.project.routes import View

if TYPE_CHECKING:
    from checks.project import Project

# What makes markup harmless, or is trusted to.
CLEANS = lazy(
    r"escape|bleach|nh3|sanit|clean|purif|linkify|striptags|strip_tags|tojson|urlencode|"
    r"quote|int\(|float\(|slugify|secure_filename|url_for|html2text|markupsafe|safe_"
)
_FROM_DATABASE = lazy(
    r"\.query\b(?!\()|\.objects\b|session\.(?:execute|scalars?|get|query)\(|\bselect\(|\.fetch(?:one|all|many)\(|"
    r"\.find_one\(|\bdb\.\w+\.find\(|\b[A-Z]\w*\.get\(|\.get_by_|get_or_404|first_or_404|one_or_404|\.filter(?:_by)?\(|\.paginate\(|"
    r"(?i:\b\w*(?:contr|controller|repo|repository|dao)(?:\([^()]*\))?\.(?:get|find|read|first|one|"
    r"fetch|load)\w*\()"
)
_TEXT_VARIABLE = lazy(r"<(?:(?P<converter>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_LOOKS_UP = lazy(r"filter|get|find|read|first|one|exists|count|render|url_for|where")
_FILLS = ("populate_obj(", "setattr(", "**request", "**data", "**form", "**values", "**kwargs")
# What is counted, by its name.
_NUMBERS = lazy(r"(^|_)(count|remaining|quantity|total|percent(age)?|num_\w+|n_\w+)$")
_TEXT_COLUMN = lazy(r"\b(?:String|Text|Unicode|UnicodeText|Char|CharField|StringField|TextField)\b")
_ESCAPED = lazy(r"[\"']</?(?:script)?[\"']")
_DUMPS = frozenset({"json.dumps", "simplejson.dumps", "ujson.dumps", "dumps"})
_BODY = lazy(r"\brequest\.(?:form|json|get_json|files|data)\b|\w+\.data\b|\bform\b")
_ELSEWHERE = lazy(r"\brequest\.(?:args|values|headers|cookies|url|path|full_path|referrer|query)")
_MAX_STEPS = 40  # bindings followed for one expression


class Untrusted:
    """Tells what an expression brings in from outside."""

    def __init__(self, project: Project, cleans: re.Pattern[str] = CLEANS) -> None:
        """Take the project whose names and flows decide.

        Args:
            project: the audited project.
            cleans: names of functions whose results are harmless for the use that is asked about.
        """
        self.project = project
        self.cleans = cleans
        self._steps = 0
        self.as_json = (
            False  # whether what is looked at is printed as JSON, numbers and dates with it
        )
        self.by_body = False  # whether all that the client sent was in the body of a request
        self.record = ""  # what was last taken from the database, as it is written
        self._clean: dict[str, bool] = {}

    def source(self, node: ast.expr, scope: Scope, *, database: bool = True) -> str:
        """Return ``request``, ``database`` or ``""`` for what unescaped parts of `node` hold.

        Args:
            node: an expression of `scope`.
            scope: the function it stands in.
            database: whether to tell records of the database too.
        """
        self._steps = _MAX_STEPS
        self.as_json = False
        self.by_body = True
        worst = ""
        for leaf in self._leaves(node, scope):
            kind = self._leaf(leaf, scope, database=database)
            if kind == "request" and not self.by_body:
                return kind
            worst = kind if kind == "request" else worst or kind
        self.by_body = self.by_body and worst == "request"
        return worst

    def _leaves(self, node: ast.expr, scope: Scope) -> Iterator[ast.expr]:
        """Yield the parts of `node` that reach its value without being cleaned."""
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if self.cleans.search(name + "("):
                return
            if (
                last_name(node.func) == "replace"
                and node.args
                and _ESCAPED.match(ast.unparse(node.args[0]))
            ):
                return  # ``json.dumps(rows).replace("<", "\\u003c")``
            if isinstance(node.func, ast.Attribute) and node.func.attr in _KEEPING:
                yield from self._leaves(node.func.value, scope)
                for arg in (*node.args, *(keyword.value for keyword in node.keywords)):
                    yield from self._leaves(arg, scope)
                return
            # ``json.dumps`` leaves ``</script>`` as it is.
            dumps = name in _DUMPS and not any(k.arg == "default" for k in node.keywords)
            self.as_json = self.as_json or dumps
            if dumps or (isinstance(node.func, ast.Name) and node.func.id in ("str", "Markup")):
                for arg in node.args:
                    yield from self._leaves(arg, scope)
                return
            yield node
        elif isinstance(node, ast.BinOp):
            yield from self._leaves(node.left, scope)
            yield from self._leaves(node.right, scope)
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from self._leaves(part.value, scope)
        elif isinstance(node, ast.BoolOp | ast.Tuple | ast.List):
            for each in node.values if isinstance(node, ast.BoolOp) else node.elts:
                yield from self._leaves(each, scope)
        elif isinstance(node, ast.Dict):
            for value in node.values:
                yield from self._leaves(value, scope)
        elif isinstance(node, ast.ListComp | ast.GeneratorExp):
            yield from self._leaves(node.elt, scope)
        elif isinstance(node, ast.IfExp):
            yield from self._leaves(node.body, scope)
            yield from self._leaves(node.orelse, scope)
        elif not isinstance(node, ast.Constant):
            yield node

    def _leaf(self, node: ast.expr, scope: Scope, *, database: bool) -> str:
        self._steps -= 1
        if self._steps < 0:
            return ""
        if isinstance(node, ast.Name) and node.id in scope.bindings:
            return self._bound(node.id, scope, database=database)
        sent = from_request(self.project.flow(scope).at(node))
        if sent:
            self.by_body = self.by_body and all(self._is_of_body(origin.spot) for origin in sent)
            return "request"
        if database and isinstance(node, ast.Attribute | ast.Subscript):
            if self.as_json and not self._is_text(last_name(node)):
                return ""
            owner = node.value
            while isinstance(owner, ast.Attribute | ast.Subscript):
                owner = owner.value
            if isinstance(owner, ast.Name) and self.is_record(owner, scope):
                self.record = ast.unparse(node)
                return "" if self.is_clean(last_name(node)) else "database"
        return ""

    @cached_property
    def _at(self) -> dict[str, Module]:
        return {module.path: module for module in self.project.modules}

    def _is_of_body(self, spot: Spot) -> bool:
        """Return whether what came in at `spot` was in a body: a form's field, or JSON."""
        module = self._at.get(spot.path)
        line = module.source.lines[spot.line - 1] if module is not None else ""
        return _BODY.search(line) is not None and _ELSEWHERE.search(line) is None

    def _bound(self, name: str, scope: Scope, *, database: bool) -> str:
        found = ""
        for binding in scope.bindings.get(name, ()):
            if binding.kind == "param":
                if self.from_url(name, scope) or self._given(name, scope):
                    self.by_body = False
                    return "request"
                continue
            if binding.kind not in ("value", "unpack", "with") or binding.value is None:
                continue
            for leaf in self._leaves(binding.value, scope):
                if isinstance(leaf, ast.Name) and leaf.id == name:
                    continue
                kind = self._leaf(leaf, scope, database=database)
                if kind == "request":
                    return kind
                found = found or kind
        return found

    def _given(self, name: str, scope: Scope) -> bool:
        """Return whether the flow brings client data into a parameter when it is called."""
        for module in self.project.modules:
            for _, caller in module.calls(scope.name)[:20]:
                self.project.flow(caller)  # what it calls is run with its arguments
        flow = self.project.flow(scope)
        return any(
            isinstance(node, ast.Name)
            and node.id == name
            and any(origin.kind == "request" for origin in origins)
            for node, origins in flow.origins.items()
        )

    def from_url(self, name: str, scope: Scope) -> bool:
        """Return whether `name` is a text that the address gives to a view."""
        view = self.project.pages.view_of(scope)
        return view is not None and view.function is scope and name in text_variables(view)

    def is_record(self, node: ast.Name, scope: Scope) -> bool:
        """Return whether `node` holds records of the database."""
        for binding in scope.bindings.get(node.id, ()):
            value = binding.value
            if value is None:
                continue
            if _FROM_DATABASE.search(ast.unparse(value)):
                return True
            if binding.kind == "loop" and isinstance(value, ast.Name) and value.id != node.id:
                return self.is_record(value, scope)
        return False

    def comes_from_database(self, node: ast.expr, scope: Scope) -> bool:
        """Return whether `node` is a record or a list of records."""
        if isinstance(node, ast.Name):
            return self.is_record(node, scope)
        return _FROM_DATABASE.search(ast.unparse(node)) is not None

    def _is_text(self, attribute: str) -> bool:
        """Return whether some model declares `attribute` as a column of text."""
        return bool(attribute) and any(
            binding.value is not None and _TEXT_COLUMN.search(ast.unparse(binding.value))
            for module in self.project.vocabulary.files(attribute)
            for cls in module.classes()
            for binding in cls.bindings.get(attribute, ())
        )

    def is_clean(self, attribute: str) -> bool:
        """Return whether what the project stores under `attribute` is cleaned or made by it."""
        if attribute not in self._clean:
            self._clean[attribute] = self._is_clean(attribute)
        return self._clean[attribute]

    def _is_clean(self, attribute: str) -> bool:
        if _NUMBERS.search(attribute):
            return True
        for module in self.project.modules:
            if attribute not in module.source.text:
                continue
            for scope in module.scopes:
                if scope.enclosing_class is not None and scope.name == attribute:
                    return self._function_cleans(scope)
                if _validates(scope, attribute):
                    return self._function_cleans(scope) or _matches(scope)
                for assignment in scope.assignments:
                    target = assignment.target
                    stored = isinstance(target, ast.Attribute) and target.attr == attribute
                    if stored and self._cleaned(assignment.value, scope):
                        return True
        return self._is_chosen(attribute)

    @cached_property
    def _filled(self) -> bool:
        """Whether a form, a loop or a mapping may write any attribute."""
        return any(
            fills in module.source.text for module in self.project.modules for fills in _FILLS
        )

    def _is_chosen(self, attribute: str) -> bool:
        """Return whether the project stores nothing but its own literals under `attribute`."""
        if self._filled:
            return False
        values = [
            value
            for module in self.project.modules
            if attribute in module.source.text and module.source.context != "tests"
            for scope in module.scopes
            for value in _stored(scope, attribute)
        ]
        return bool(values) and all(isinstance(value, ast.Constant) for value in values)

    def _cleaned(self, node: ast.expr, scope: Scope) -> bool:
        if self.cleans.search(ast.unparse(node)):
            return True
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                callee = self.project.names.callee(part, scope)
                if callee is not None and self._function_cleans(callee):
                    return True
            elif isinstance(part, ast.Name):
                for binding in scope.bindings.get(part.id, ()):
                    if binding.value is not None and self.cleans.search(ast.unparse(binding.value)):
                        return True
        return False

    def _function_cleans(self, function: Scope) -> bool:
        return any(
            self.cleans.search(ast.unparse(call.func) + "(")
            for scope in self.project.reach.of(function)[:10]
            for call in scope.calls
        )


def _stored(scope: Scope, attribute: str) -> Iterator[ast.expr]:
    """Yield what is assigned to `attribute`, or given for it to anything but a look-up."""
    for assignment in scope.assignments:
        target = assignment.target
        if isinstance(target, ast.Attribute) and target.attr == attribute:
            yield assignment.value
    for call in scope.calls:
        if not _LOOKS_UP.match(last_name(call.func)):
            yield from (k.value for k in call.keywords if k.arg == attribute)
        for part in call.args:
            if isinstance(part, ast.Dict):
                pairs = zip(part.keys, part.values, strict=True)
                yield from (v for k, v in pairs if getattr(k, "value", None) == attribute)


def _matches(scope: Scope) -> bool:
    """Return whether a value is held to a pattern: ``assert re.match(pattern, value)``."""
    return any(
        last_name(call.func) in ("match", "fullmatch", "sub") and "re" in ast.unparse(call.func)
        for call in scope.calls
    )


def _validates(scope: Scope, attribute: str) -> bool:
    """Return whether SQLAlchemy hands all values of `attribute` to `scope` before it keeps them."""
    return any(
        isinstance(decorator, ast.Call)
        and last_name(decorator.func) == "validates"
        and any(isinstance(arg, ast.Constant) and arg.value == attribute for arg in decorator.args)
        for decorator in scope.decorators
    )


_KEEPING = frozenset(
    {"format", "join", "strip", "replace", "lower", "upper", "decode", "encode", "get", "title"}
)


def text_variables(view: View) -> set[str]:
    """Return the variables of a view's rules that may hold any text."""
    return {
        match["name"]
        for rule in view.rules
        for match in _TEXT_VARIABLE.finditer(rule or "")
        if match["converter"] in (None, "string", "path")
    }
