"""Request fields that may say where a redirect goes, and the functions that read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project.destinations import HOSTILE
from checks.project.locations import locations
from checks.project.named_reads import named_reads
from checks.project.origins import from_request
from checks.project.resolved import Resolved
from checks.project.trial import Trial, session_key
from checks.project.trial_calls import SIGNED, is_signing
from checks.project.words import is_redirect_name

if TYPE_CHECKING:
    from checks.project import Project

_MAX_FIELDS = 6  # fields tried for one function
_STORES = lazy(r"session *(\[.*=|\.(setdefault|update)\()")
_SIGNS = ("jwt", "itsdangerous")
# ``request.args.to_dict()``, ``dict(request.args)``
_WHOLE = lazy(r"\brequest\.(args|values|form)(\.(to_dict|copy)\(|\)|$)")
_GOES = ("redirect", "location", "Location", "LOCATION")
_SESSION = "session: "  # before the name of a field that came by way of the session


class Fields:
    """Finds where request fields are read; answers are kept."""

    def __init__(self, project: Project) -> None:
        """Take the audited project."""
        self.project = project
        self.names = Resolved(project.names)
        self.in_session: dict[str, set[str]] = {}
        self._read: dict[Scope, dict[ast.expr, str]] = {}
        self._signed: list[tuple[ast.Call, Scope]] | None = None
        self._goes: dict[Scope, bool] = {}
        self._placed: dict[tuple[Scope, str], tuple[set[ast.expr], set[Scope]]] = {}

    def starts(self) -> Iterator[Scope]:
        """Yield the functions to try: views, and others that redirect, tests left out."""
        seen = dict.fromkeys(view.function for view in self.project.views)
        for module in self.project.modules:
            for function in module.functions():
                if self.redirects(function):
                    seen.setdefault(function)
        for function in seen:
            if function.module.source.context != "tests":
                yield function

    def storing(self, starts: list[Scope]) -> Iterator[Scope]:
        """Yield the functions to try that may put a request field into the session.

        Args:
            starts: what `starts` gives.
        """
        writers = {
            scope
            for module in self.project.vocabulary.files("session")
            if module.source.context != "tests"
            for scope in module.saying(_STORES)
            if scope.kind == "function"
        }
        writers.update(scope for _, scope in self._signing() if scope.kind == "function")
        if writers:
            yield from writers.difference(starts)
            for function in starts:
                if not writers.isdisjoint(self.project.reach.of(function)):
                    yield function

    def signs_all(self) -> bool:
        """Return whether all that a request asks for is signed as it comes."""
        return any(
            _WHOLE.search(ast.unparse(call.args[0])) for call, _ in self._signing() if call.args
        )

    def _signing(self) -> list[tuple[ast.Call, Scope]]:
        """Return the calls that put something into a signed token, tests left out."""
        if self._signed is None:
            self._signed = [
                (call, scope)
                for module in self.project.vocabulary.files(*_SIGNS)
                if module.source.context != "tests"
                for call, scope in module.calls("encode", "dumps")
                if is_signing(self.names.called(call, scope))
            ]
        return self._signed

    def tried(self, field: str) -> tuple[str, ...]:
        """Return the hostile addresses that `field` may hold: of the session, what got in."""
        if not field.startswith(_SESSION):
            return HOSTILE
        held = self.in_session.get(field.removeprefix(_SESSION), set())
        return tuple(hostile for hostile in HOSTILE if hostile in held)

    def redirects(self, scope: Scope) -> bool:
        """Return whether `scope` itself sends somewhere."""
        found = self._goes.get(scope)
        if found is None:
            found = self.project.vocabulary.holds(scope.module, *_GOES) and (
                any(self._is_redirect(call, scope) for call in scope.calls)
                or any(_says_location(a.target) for a in scope.assignments)
            )
            self._goes[scope] = found
        return found

    def _is_redirect(self, call: ast.Call, scope: Scope) -> bool:
        """Return whether `call` is one of ``redirect``, or of what it was imported as."""
        name = _last(call.func)
        return (name == "redirect" or bool(locations(call))) or (
            name[-8:] == "redirect" and self.names.called(call, scope) == "flask.redirect"
        )

    def of(self, function: Scope) -> list[str]:
        """Return the fields worth trying in `function` and what it calls, most likely first."""
        likely: dict[str, None] = {}
        for scope in self.project.reach.of(function):
            read = self.read(scope)
            likely.update(dict.fromkeys(name for name in read.values() if _is_destination(name)))
            if read and self.redirects(scope):
                likely.update(dict.fromkeys(self._flowing(scope)))
        return list(likely)[:_MAX_FIELDS]

    def read(self, scope: Scope) -> dict[ast.expr, str]:
        """Return the expressions of `scope` that read a request field, with its name."""
        found = self._read.get(scope)
        if found is None:
            flow = self.project.flow(scope)
            found = self._read[scope] = {
                node: origin.key
                for node, origins in list(flow.origins.items())
                for origin in origins
                if origin.kind == "request" and origin.key and origin.spot == scope.spot(node)
            }
            for node, given in named_reads(self.project).get(scope, {}).items():
                found.update((node, name) for name in sorted(given) if is_redirect_name(name))
        return found | self._from_session(scope)

    def _from_session(self, scope: Scope) -> dict[ast.expr, str]:
        if not self.in_session or scope.kind != "function":
            return {}
        found: dict[ast.expr, str] = {}
        for node in ast.walk(scope.node):
            if isinstance(node, ast.Call) or (
                isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)
            ):
                key = session_key(node, scope, self.names)
                if key in self.in_session:
                    found[node] = _SESSION + key
        return found

    def _flowing(self, scope: Scope) -> Iterator[str]:
        """Yield the fields that a redirect of `scope` is made from."""
        flow = self.project.flow(scope)
        for call in scope.calls:
            if self._is_redirect(call, scope):
                for arg in (*call.args[:1], *(k.value for k in call.keywords)):
                    yield from (o.key for o in from_request(flow.at(arg)) if o.key)

    def _places(self, function: Scope, field: str) -> tuple[set[ast.expr], set[Scope]]:
        """Return where `function` and what it calls read `field`, and in which scopes."""
        found = self._placed.get((function, field))
        if found is None:
            nodes: set[ast.expr] = set()
            holders: set[Scope] = set()
            for scope in self.project.reach.of(function):
                here = {node for node, name in self.read(scope).items() if name == field}
                if here:
                    nodes |= here
                    holders.add(scope)
            found = self._placed[function, field] = nodes, holders
        return found

    def helper(self, function: Scope, field: str) -> Scope | None:
        """Return the one function that reads `field` for `function`, if that does not itself."""
        holders = self._places(function, field)[1]
        return next(iter(holders)) if len(holders) == 1 and function not in holders else None

    def trial(self, function: Scope, field: str, hostile: str) -> Trial:
        """Return the trial of `function` with `field` worth `hostile`."""
        nodes, holders = self._places(function, field)
        trial = Trial(
            self.names,
            lambda node, _: node in nodes,
            lambda callee: not holders.isdisjoint(self.project.reach.of(callee)),
            hostile,
            signed=hostile in self.in_session.get(SIGNED, ()),
        )
        trial.run(function)
        return trial


def shown(field: str) -> str:
    """Return how a message names `field`."""
    return f'session["{field.removeprefix(_SESSION)}"]' if _SESSION in field else field


def is_from_session(field: str) -> bool:
    """Return whether `field` came by way of the session."""
    return field.startswith(_SESSION)


def is_referrer(field: str) -> bool:
    """Return whether `field` is the page that the visitor came from."""
    return field.lower() in ("referrer", "referer")


def _is_destination(name: str) -> bool:
    return is_redirect_name(name) or is_referrer(name) or name.startswith(_SESSION)


def _says_location(target: ast.expr) -> bool:
    if isinstance(target, ast.Attribute):
        return target.attr == "location"
    return isinstance(target, ast.Subscript) and (
        isinstance(target.slice, ast.Constant) and str(target.slice.value).lower() == "location"
    )


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
