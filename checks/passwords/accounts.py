"""Which classes are accounts that people log in to, and which of them hash what they are given."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Literal

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords.shapes import chain, constant, last_name
from checks.project.hashing import hasher

if TYPE_CHECKING:
    from checks.passwords.study import Study
    from checks.project.identity import UserModel

_ACCOUNT = frozenset(
    [
        "user", "users", "account", "accounts", "member", "members", "admin", "admins",
        "customer", "customers", "person", "student", "students", "teacher", "employee",
        "patient", "doctor", "author", "player", "u", "usr", "me",
        "usuario", "usuarios", "utilisateur", "benutzer", "credential", "credentials", "login",
        "logins", "people", "staff", "superuser", "patients", "doctors", "profile", "signup",
        "usermodel", "userdb", "participant", "seller", "buyer", "appuser", "userinfo",
    ]
)  # fmt: skip
_CREDENTIALS = frozenset({"credential", "credentials"})
# Classes that carry what was sent and keep nothing, unless they have columns.
_CARRIER = frozenset(
    [
        "form", "schema", "request", "dto", "payload", "input", "serializer", "test", "factory",
        "mock", "manager", "service", "view", "resource", "api", "authenticator", "error",
        "exception", "event", "command", "query", "response", "controller", "info", "data",
        "details", "update", "create", "change", "field",
    ]
)  # fmt: skip
# Accounts at another service, which need the password itself.
_ELSEWHERE = frozenset(
    [
        "ldap", "smtp", "imap", "mail", "email", "ftp", "connection", "config", "settings",
        "provider", "backend", "session", "server", "database", "proxy", "device",
    ]
)  # fmt: skip
_ADDRESS = ("email", "e_mail", "mail")
_SERVER = ("host", "hostname", "port", "server", "url", "ip", "smtp", "imap", "smtp_server")
_NO_RECORD_BASES = ("BaseModel", "Form", "FlaskForm", "Schema", "TypedDict", "Exception")
_HASHING_TYPES = lazy(r"password|encrypt|hash|crypt|synonym", re.IGNORECASE)
_SAYS_HASH = lazy(r"hash|encrypt|crypt(?!o)|digest|set_password|pbkdf|argon", re.IGNORECASE)
_HOOKS = lazy(r"^(save|clean|insert|create|put|__setattr__|pre_|before_|on_|_?hash)")
_WORDS = lazy(r"[_\W\d]+|(?<=[a-z])(?=[A-Z])")

Owner = Literal["account", "other", "unknown"]


def _is_entered(model: UserModel | None) -> bool:
    """Return whether a model of any name has an address and a password, and none of a server."""
    columns = {column.name.lower() for column in model.columns} if model is not None else set()
    return (
        not columns.isdisjoint(_ADDRESS) and "password" in columns and columns.isdisjoint(_SERVER)
    )


def says_account(name: str) -> bool:
    """Return whether a variable, class or table so named holds accounts."""
    return bool(_ACCOUNT.intersection(word.lower() for word in _WORDS.split(name)))


class Accounts:
    """Tells account classes from others."""

    def __init__(self, study: Study) -> None:
        """Take the study of the project."""
        self.study = study
        self.names = study.names
        self._account: dict[str, bool] = {}
        self._transforms: dict[tuple[str, str], bool] = {}
        self._listeners: list[tuple[Scope, frozenset[str]]] | None = None

    def is_account(self, qualified: str) -> bool:
        """Return whether the project class `qualified` is an account."""
        if qualified not in self._account:
            self._account[qualified] = self._judge(qualified)
        return self._account[qualified]

    def _judge(self, qualified: str) -> bool:
        scope = self.names.scope_of(qualified)
        if scope is None or scope.kind != "class":
            return False
        bases = list(self.names.bases(qualified))
        if "flask_login.UserMixin" in bases or "flask_security.UserMixin" in bases:
            return True
        if any(base.rpartition(".")[2] in _NO_RECORD_BASES for base in bases[1:]):
            return False
        words = {word.lower() for word in _WORDS.split(scope.name)}
        model = self.study.project.identity.model(qualified)
        if words & _ELSEWHERE or not (words & _ACCOUNT or _is_entered(model)):
            return False
        kept = model is not None and bool(model.columns)
        if words & _ACCOUNT <= _CREDENTIALS and not kept and not _is_entered(model):
            return False  # what somebody logs in elsewhere with
        return not words & _CARRIER or kept

    def owner(self, node: ast.expr, scope: Scope) -> Owner:
        """Return what the object `node` is: an account, something else, or not known."""
        made_by = self.names.type_of(node, scope) or self.names.qualified(node, scope)
        if made_by == "flask_login.current_user" or (
            made_by is not None and self._is_of_account(made_by)
        ):
            return "account"
        known = self.names.scope_of(made_by)
        if known is not None and known.kind == "class":
            return "other"
        if says_account(last_name(node)):
            return "account"
        return "other" if self._is_foreign(made_by) else "unknown"

    def _is_foreign(self, made_by: str | None) -> bool:
        """Whether another library than Flask's own made the object."""
        top = (made_by or "builtins").split(".")[0]
        return top not in ("builtins", "flask", "flask_sqlalchemy", *self.names.modules)

    def _is_of_account(self, made_by: str) -> bool:
        """Whether `made_by` is an account class or a query on one: ``app.User.query.get``."""
        parts = made_by.split(".")
        return any(self.is_account(".".join(parts[:count])) for count in range(len(parts), 0, -1))

    def class_of(self, node: ast.expr, scope: Scope) -> str | None:
        """Return the account class of the object `node`, or the only one there is."""
        made_by = self.names.type_of(node, scope) or self.names.qualified(node, scope) or ""
        parts = made_by.split(".")
        for count in range(len(parts), 0, -1):
            if self.is_account(".".join(parts[:count])):
                return ".".join(parts[:count])
        return None

    def transforms(self, cls: str | None, attribute: str, at: Scope) -> bool:
        """Return whether account class `cls` hashes what is assigned to `attribute` by itself.

        By a property, a column type, a validator, a listener, or a hook such as ``save``.
        Without a class, any account class of the same app counts.
        """
        if cls is not None:
            return self._class_transforms(cls, attribute)
        site = self.study.site(at)
        return any(
            self._class_transforms(inner.full_name, attribute)
            for module in (site.modules if site is not None else (at.module,))
            for inner in module.classes()
            if self.is_account(inner.full_name)
        )

    def _class_transforms(self, cls: str, attribute: str) -> bool:
        key = (cls, attribute)
        if key not in self._transforms:
            self._transforms[key] = any(
                self._declared(scope, attribute) or self._hooked(scope, attribute)
                for base in self.names.bases(cls)
                if (scope := self.names.scope_of(base)) is not None
            ) or self._listened(cls, attribute)
        return self._transforms[key]

    def _declared(self, cls: Scope, attribute: str) -> bool:
        for assignment in cls.assignments:
            if (
                isinstance(assignment.target, ast.Name)
                and assignment.target.id == attribute
                and self._hashing_type(assignment.value, cls)
            ):
                return True
        return any(
            child.name == attribute and child.decorators and child.kind == "function"
            for child in cls.children
        )

    def _hashing_type(self, value: ast.expr, cls: Scope) -> bool:
        """Whether a column's type, or the field's own class, is made for passwords."""
        if not isinstance(value, ast.Call):
            return False
        kinds = [value.func, *value.args, *(k.value for k in value.keywords if k.arg == "type_")]
        for kind in kinds:
            inner = kind.func if isinstance(kind, ast.Call) else kind
            if isinstance(inner, ast.Name | ast.Attribute) and _HASHING_TYPES.search(
                last_name(inner)
            ):
                return True
            known = self.names.scope_of(self.names.qualified(inner, cls))
            if known is not None and known.kind == "class" and hashes(known, self.study):
                return True
        return False

    def _hooked(self, cls: Scope, attribute: str) -> bool:
        for child in cls.children:
            if child.kind != "function":
                continue
            validated = any(
                isinstance(d, ast.Call)
                and last_name(d.func) in ("validates", "validate", "field_validator", "validator")
                and any(constant(arg) == attribute for arg in d.args)
                for d in child.decorators
            )
            if (
                (validated or _HOOKS.match(child.name))
                and hashes(child, self.study)
                and (validated or self._assigns(child, attribute))
            ):
                return True
        return False

    def _assigns(self, function: Scope, attribute: str) -> bool:
        """Whether a hook writes the attribute; ``__setattr__`` writes any."""
        if function.name == "__setattr__":
            return True
        return any(
            isinstance(a.target, ast.Attribute) and a.target.attr == attribute
            for a in function.assignments
        )

    def _listened(self, cls: str, attribute: str) -> bool:
        if self._listeners is None:
            self._listeners = [*self._find_listeners()]
        short = cls.rpartition(".")[2]
        return any(short in words or attribute in words for _, words in self._listeners)

    def _find_listeners(self) -> list[tuple[Scope, frozenset[str]]]:
        found = []
        for module in self.study.project.modules:
            for function in module.functions():
                for decorator in function.decorators:
                    if last_name(decorator) in (
                        "listens_for",
                        "connect",
                        "connect_via",
                        "handler",
                    ) and hashes(function, self.study):
                        found.append((function, _words_in(decorator)))
            for call, scope in module.calls("listen", "connect"):
                for arg in call.args:
                    target = self.names.scope_of(self.names.qualified(arg, scope))
                    if (
                        target is not None
                        and target.kind == "function"
                        and hashes(target, self.study)
                    ):
                        found.append((target, _words_in(call)))
        return found


def _words_in(node: ast.expr) -> frozenset[str]:
    words: set[str] = set()
    if isinstance(node, ast.Call):
        for arg in (*node.args, *(keyword.value for keyword in node.keywords)):
            words.update(chain(arg))
    return frozenset(words)


def hashes(scope: Scope, study: Study) -> bool:
    """Return whether `scope` calls something that hashes, by what it is or what it is called."""
    for inner in scope.within():
        for call in inner.calls:
            if hasher(study.names.called(call, inner)) is not None:
                return True
            if _SAYS_HASH.search(last_name(call.func)):
                return True
    return False
