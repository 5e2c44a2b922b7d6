"""One look at a project's passwords: which functions they pass, and which attributes hash them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.finding import Audience, Confidence
from checks.lazy import lazy
from checks.passwords.callers import Callers
from checks.passwords.shapes import constant, dict_items, last_name
from checks.project.hashing import VERIFIERS, is_verifier
from checks.project.origins import Origin, Origins
from checks.project.vocabulary import Said
from checks.project.words import is_foreign_password_name, is_password_name

if TYPE_CHECKING:
    from checks.project import Project, Site
    from checks.project.flow_run import Flow

# Whatever `is_password_name` may take for a password, and little else: neither the statement
# ``pass`` nor "passed".
_NEVER = r"(?! [a-zA-Z`\"'(]|ed|es\b|ing|iv|eng|ion|age|\s*$)"
_WORD = Said(
    r"pass" + _NEVER, r"Pass" + _NEVER, r"PASS",
    r"pw(?:d|(?![a-z]))", r"Pw(?:d|(?![a-z]))", r"PW(?:D|\b)", r"psw", r"Psw", r"PSW",
    r"senha", r"Senha", r"SENHA", r"contrasena", r"Contrasena", r"CONTRASENA", r"mot_de_passe",
)  # fmt: skip
_HASHES = ("slow-hash", "fast-hash", "unknown-hash")
_CHECKS = lazy(r"^(check_password_hash|checkpw|verify\w*|check_password|check_hash)$")
_COMPARERS = frozenset(
    {"hmac.compare_digest", "secrets.compare_digest", "werkzeug.security.safe_str_cmp"}
)


@dataclass(slots=True, eq=False, repr=False)
class Use:
    """One misuse of a password."""

    scope: Scope
    node: ast.AST
    """The offending expression or statement."""
    what: str
    """The sentence that a finding says."""
    confidence: Confidence = "high"
    related: tuple[tuple[Spot, str], ...] = ()
    audience: Audience | None = None
    """If not the rule's own."""

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return self.scope.spot(self.node)


class Study:
    """What all password rules ask of one project; see `study`."""

    def __init__(self, project: Project) -> None:
        """Take the project; everything is worked out when asked."""
        self.project = project
        self.names = project.names
        self.callers = Callers(project)
        self._hashed: dict[Site | None, frozenset[str]] = {}
        self._uses: dict[str, tuple[Use, ...]] = {}

    def once(self, kind: str, find: Callable[[], Iterator[Use]]) -> tuple[Use, ...]:
        """Return what `find` yields, asked once for each `kind`: a rule and the posture ask."""
        if kind not in self._uses:
            self._uses[kind] = tuple(find())
        return self._uses[kind]

    @cached_property
    def scopes(self) -> tuple[tuple[Scope, Flow], ...]:
        """The functions, classes and files that a password may pass, with their flows.

        Tests are left out: what they do with passwords is no risk.
        """
        project = self.project
        for module, scopes in project.vocabulary.saying(_WORD):
            if module.source.context != "tests":
                for scope in scopes:
                    project.flow(scope)
        passed = [s for s in project.flows_seen() if s.module.source.context != "tests"]
        return tuple((scope, project.flow(scope)) for scope in passed)

    @cached_property
    def _sites(self) -> dict[str, Site]:
        return {module.path: site for site in self.project.parts for module in site.modules}

    def site(self, scope: Scope) -> Site | None:
        """Return the app that `scope` belongs to."""
        return self._sites.get(scope.module.path)

    def hashed_attributes(self, scope: Scope) -> frozenset[str]:
        """Return the names of attributes and keys that hold hashes in the app of `scope`.

        They are given to a function that checks a hash, or a hash is assigned to them.
        """
        site = self.site(scope)
        if site not in self._hashed:
            found: set[str] = set()
            for inner, flow in self.scopes:
                if self.site(inner) is site:
                    self._checked(inner, flow, found)
                    _assigned(inner, flow, found)
            self._hashed[site] = frozenset(found)
        return self._hashed[site]

    def _checked(self, scope: Scope, flow: Flow, found: set[str]) -> None:
        for call in scope.calls:
            if not call.args and not call.keywords:
                continue
            called = self.names.called(call, scope)
            known = is_verifier(called) and called not in _COMPARERS
            if not known and not _CHECKS.match(last_name(call.func)):
                continue
            if not known and self.names.callee(call, scope) is not None:
                continue  # the project's own: its body tells
            index = VERIFIERS.get(called or "", (-1, -1))[0] if known else -1
            for position, arg in enumerate([*call.args, *(k.value for k in call.keywords)]):
                name = attribute_name(arg)
                if (
                    name
                    and is_password_name(name)
                    and index in (-1, position)
                    and not any(o.kind == "password" for o in flow.at(arg))
                ):
                    found.add(name)


def _assigned(scope: Scope, flow: Flow, found: set[str]) -> None:
    pairs: list[tuple[str, ast.expr]] = []
    for assignment in scope.assignments:
        pairs.append((attribute_name(assignment.target), assignment.value))
        pairs += [(name, value) for _, name, value in dict_items(assignment.value)]
    for call in scope.calls:
        pairs += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
        for arg in call.args:
            pairs += [(name, value) for _, name, value in dict_items(arg)]
    for name, value in pairs:
        if name and is_password_name(name) and hashed(flow.at(value)):
            found.add(name)


def attribute_name(node: ast.AST) -> str:
    """Return ``b`` for ``a.b`` and ``a["b"]``, ``""`` for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        key = constant(node.slice)
        return key if isinstance(key, str) else ""
    if isinstance(node, ast.Call) and last_name(node.func) in ("encode", "get", "decode"):
        assert isinstance(node.func, ast.Attribute | ast.Name)  # narrows
        if last_name(node.func) == "get" and node.args:
            key = constant(node.args[0])
            return key if isinstance(key, str) else ""
        return attribute_name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    return ""


def typed(origins: Origins) -> list[Origin]:
    """Return the passwords among `origins` if nothing has hashed or encoded any part.

    Passwords for other services, such as a mail server's, are none of a user's.
    """
    if any(o.kind in (*_HASHES, "encoded") for o in origins):
        return []
    return sorted(
        o for o in origins if o.kind == "password" and not is_foreign_password_name(o.key)
    )


def hashed(origins: Origins) -> bool:
    """Return whether `origins` are a hash of a password and no password as typed."""
    kinds = {o.kind for o in origins}
    return bool(kinds.intersection(_HASHES)) and "password" not in kinds


def study(project: Project) -> Study:
    """Return the study of `project`, made once."""
    found: Study | None = project.kept.get(__name__)
    if found is None:
        found = project.kept[__name__] = Study(project)
    return found
