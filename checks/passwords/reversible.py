"""Passwords that are kept in a form that can be turned back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.passwords.accounts import says_account
from checks.passwords.callers import Given
from checks.passwords.columns import is_stored
from checks.passwords.shapes import last_name, unwrapped
from checks.passwords.stores import Stores
from checks.passwords.study import Study, Use, attribute_name, typed
from checks.project.flow_run import Flow
from checks.project.origins import Origin, Origins

_TURNS_BACK = lazy(r"decrypt|decipher|b64decode|b32decode|b16decode|unhexlify|decodebytes")
_TYPES = lazy(r"^(String)?Encrypted\w*(Type|Field|String|Text|Column)?$|^PGPString$")
_HASHES = ("slow-hash", "fast-hash", "unknown-hash")


class Reversible:
    """Finds passwords of accounts that are encoded or encrypted instead of hashed."""

    def __init__(self, study: Study) -> None:
        """Take the study of the project."""
        self.study = study
        self.names = study.names

    def find(self) -> tuple[Use, ...]:
        """Return each place that makes a password reversible, or turns one back."""
        return self.study.once("reversible", self._find)

    def _find(self) -> Iterator[Use]:
        stores = _EncodedStores(self.study)
        seen = set()
        for use in stores.uses():
            if use.spot not in seen:
                seen.add(use.spot)
                yield use
        for scope, flow in self.study.scopes:
            if flow.origins:
                yield from self._compared(scope, flow)
        yield from self._columns(stores)

    def _compared(self, scope: Scope, flow: Flow) -> Iterator[Use]:
        if not any(_TURNS_BACK.search(last_name(call.func)) for call in scope.calls):
            return
        pairs: list[tuple[ast.expr, ast.expr]] = [
            (node.left, node.comparators[0]) for node in scope.comparisons if len(node.ops) == 1
        ]
        pairs += [
            (call.args[0], call.args[1])
            for call in scope.calls
            if last_name(call.func) == "compare_digest" and len(call.args) == 2
        ]
        for left, right in pairs:
            for one, other in ((left, right), (right, left)):
                origins = typed(flow.at(one))
                turned = self._turned_back(other, scope) if origins else None
                if turned is not None:
                    what = "A stored password is turned back to be compared with the typed one."
                    related = ((origins[0].spot, "the password comes in here"),)
                    yield Use(scope, turned, what, related=related)

    def _turned_back(self, node: ast.expr, scope: Scope) -> ast.Call | None:
        inner = unwrapped(node)
        if isinstance(inner, ast.Name):
            for binding in self.names.bindings(inner.id, scope):
                if binding.kind == "value" and binding.value is not None:
                    inner = unwrapped(binding.value)
        if not isinstance(inner, ast.Call) or not _TURNS_BACK.search(last_name(inner.func)):
            return None
        stored = any(is_stored(attribute_name(unwrapped(arg))) for arg in inner.args)
        return inner if stored else None

    def _columns(self, stores: Stores) -> Iterator[Use]:
        for model in self.study.project.identity.models:
            account = stores.accounts.is_account(model.name) or says_account(model.scope.name)
            if not account or model.scope.module.source.context == "tests":
                continue
            for assignment in model.scope.assignments:
                target, value = assignment.target, assignment.value
                if not isinstance(target, ast.Name) or not isinstance(value, ast.Call):
                    continue
                kinds = [value.func, *value.args]
                if (
                    is_stored(target.id)
                    and any(_TYPES.match(last_name(kind)) for kind in kinds)
                    and target.id not in self.study.hashed_attributes(model.scope)
                ):
                    what = f"The column {target.id} keeps passwords encrypted."
                    yield Use(model.scope, value, what)


@dataclass(slots=True, eq=False, repr=False)
class Encoding(Use):
    """A use that stands where the password was encoded."""

    at: Spot | None = None

    @property
    def spot(self) -> Spot:
        """Where it was encoded."""
        return self.at if self.at is not None else self.scope.spot(self.node)


class _EncodedStores(Stores):
    """The places that would keep a typed password, asked for encoded ones."""

    def __init__(self, study: Study) -> None:
        super().__init__(study)
        self.pick = self._encoded

    def uses(self) -> Iterator[Use]:
        """Yield one use for each encoding whose result an account keeps."""
        for scope, flow in self.study.scopes:
            if not any(o.kind == "encoded" for held in flow.origins.values() for o in held):
                continue
            for assignment in scope.assignments:
                yield from self._assignment(assignment, scope, flow)
            for call in scope.calls:
                yield from self._call(call, scope, flow)

    def _encoded(self, origins: Origins) -> list[Origin]:
        """Return what was encoded if nothing has hashed any part, before or after."""
        if any(origin.kind in _HASHES for origin in self.study.project.made_from(origins)):
            return []
        return sorted(o for o in origins if o.kind == "encoded")

    def given(self, origins: list[Origin], scope: Scope) -> Given:
        """Judge by what was encoded, where it was."""
        inner = self.study.project.made_from(frozenset(origins))
        own = [o for o in inner if o.kind == "password"]
        return self.study.callers.given(own, scope)

    def _use(
        self,
        scope: Scope,
        node: ast.AST,
        what: str,
        origins: list[Origin],
        attribute: str | None = None,
    ) -> Iterator[Use]:
        if self.given(origins, scope) == "hashed":
            return
        for origin in origins:
            name = origin.key.rpartition(".")[2]
            said = f"A password is kept as {name} makes it, which can be turned back."
            kept = ((scope.spot(node), "it is kept here"),)
            yield Encoding(scope, node, said, related=kept, at=origin.spot)
