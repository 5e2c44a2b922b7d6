"""The hash that a login checks when there is no such user: whether it costs as much as others."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.facts.python import Module, Scope
from checks.lazy import lazy
from checks.project.hashing import hasher

if TYPE_CHECKING:
    from checks.project import Project

_SAYS = lazy(r"[Dd]ummy|DUMMY|[Ff]ake_|FAKE_|[Dd]ecoy|timing[_ ]attack|constant[_ -]time")
_MAKERS = ("generate_password_hash", "hashpw", "hash", "hash_password", "encrypt")
_FORMS = (
    ("argon2", lazy(r"^\$argon2(id|i|d)\$")),
    ("bcrypt", lazy(r"^\$2[abxy]\$(?P<cost>\d\d)\$.{53}$")),
    ("scrypt", lazy(r"^scrypt:(?P<cost>\d+:\d+:\d+)\$[^$]+\$[0-9a-f]+$")),
    ("pbkdf2", lazy(r"^pbkdf2:\w+(:(?P<cost>\d+))?\$[^$]+\$[0-9a-f]+$")),
    ("other", lazy(r"^(\$[\w-]+\$|pbkdf2_|bcrypt|argon2|\{\w+\}|\w+:\w+).+")),
)  # fmt: skip


class StandIns:
    """Judges stand-in hashes of one project."""

    def __init__(self, project: Project) -> None:
        """Take the audited project."""
        self.project = project
        self._speaking: dict[Module, set[Scope]] = {}
        self._made: dict[Module, set[tuple[str, str]]] = {}

    def speaks_of(self, scope: Scope) -> bool:
        """Return whether `scope` says that it evens the time out."""
        module = scope.module
        if module not in self._speaking:
            self._speaking[module] = set(module.saying(_SAYS))
        return scope in self._speaking[module]

    def wrong(self, stored: ast.expr | None, scope: Scope) -> str:
        """Return what is wrong with the stand-in `stored`, or an empty text.

        Args:
            stored: what the password of nobody is checked against.
            scope: where that stands.
        """
        made = self._maker(stored, scope)
        own = self._own(scope)
        if made is not None:
            if own and made not in own and all(kind for kind, _ in own):
                return "The hash for unknown users is made in another way than those of users."
            return ""
        value = self.project.evaluate(stored, scope).value if stored is not None else None
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        if not isinstance(value, str):
            return ""
        kind, cost = _form(value)
        if not kind:
            return "What is checked for unknown users is no hash, so nothing is computed."
        kinds = {known for known, _ in own}
        if kind != "other" and kinds and "" not in kinds and kind not in kinds:
            return "The hash for unknown users is of another kind than those of users."
        costs = {own_cost for known, own_cost in own if known == kind}
        if cost and costs and "" not in costs and cost not in costs:
            return "The hash for unknown users costs something else than those of users."
        return ""

    def _maker(self, node: ast.expr | None, scope: Scope) -> tuple[str, str] | None:
        """Return the kind and cost that a call makes, followed through names."""
        for _ in range(4):
            if isinstance(node, ast.Call):
                inner = node.func.value if isinstance(node.func, ast.Attribute) else None
                if isinstance(inner, ast.Call) and node.func.attr in ("decode", "encode"):  # type: ignore[attr-defined]  # narrowed above
                    node = inner
                    continue
                return self._kind(node, scope)
            if not isinstance(node, ast.Name):
                return None
            values = [b for b in self.project.names.bindings(node.id, scope) if b.kind == "value"]
            if len(values) != 1:
                return None
            node = values[0].value
        return None

    def _kind(self, call: ast.Call, scope: Scope) -> tuple[str, str] | None:
        called = self.project.names.called(call, scope)
        known = hasher(called)
        if known is None:
            return None
        kind = known[1]
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if kind == "werkzeug":
            method = given.get("method") or (call.args[1] if len(call.args) > 1 else None)
            value = self.project.evaluate(method, scope).value if method is not None else "scrypt"
            if not isinstance(value, str):
                return "", ""
            name, _, cost = value.partition(":")
            return name, cost.partition(":")[2] if name == "pbkdf2" else cost
        if kind == "bcrypt":
            rounds = given.get("rounds")
            if len(call.args) > 1:
                salt = call.args[1]
                rounds = salt
                if isinstance(salt, ast.Call):
                    keyword = next((k.value for k in salt.keywords if k.arg == "rounds"), None)
                    rounds = salt.args[0] if salt.args else keyword
            value = self.project.evaluate(rounds, scope).value if rounds is not None else 12
            return "bcrypt", f"{value:02d}" if isinstance(value, int) else ""
        return kind, ""

    def _own(self, scope: Scope) -> set[tuple[str, str]]:
        """Return the kinds and costs of the hashes that the app makes for its users."""
        site = self.project.site_of(scope.module.path)
        found: set[tuple[str, str]] = set()
        for module in site.modules if site is not None else (scope.module,):
            if module not in self._made:
                self._made[module] = {
                    made
                    for call, at in module.calls(*_MAKERS)
                    if at.kind == "function" and not self.speaks_of(at)
                    if (made := self._kind(call, at)) is not None
                }
            found |= self._made[module]
        return found


def _form(value: str) -> tuple[str, str]:
    """Return the kind and the cost that a stored hash names; two empty texts for none."""
    for kind, pattern in _FORMS:
        match = pattern.match(value)
        if match is not None:
            return kind, (match.groupdict().get("cost") or "")
    return "", ""
