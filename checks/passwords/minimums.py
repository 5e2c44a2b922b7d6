"""New passwords for which no sensible length is asked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords import fields, lengths
from checks.passwords.judges import Judges
from checks.passwords.schemas import asks_length, is_parsed, open_field, schemas_of
from checks.passwords.shapes import argument, constant, last_name
from checks.passwords.study import Study, Use
from checks.project.hashing import hasher
from checks.project.registrations import makes_accounts
from checks.project.routes import View
from checks.project.siblings import is_protected
from checks.project.unused import is_never_named

FLOOR = 8  # characters, ASVS 6.2.1; 15 are advised where the password is the only factor
_LOGIN = lazy(r"log_?in|sign_?in|log_?on|auth|confirm|delete|sudo|unlock|connect", re.I)
# Forms that ask for the present password before they change something else.
_CONFIRMS = lazy(r"e_?mail|user_?name|delete|remove|disable|close|join|leave", re.IGNORECASE)
_NEW = lazy(
    r"regist|sign_?up|create|change|reset|recover|forgot|new|set_?pass|update_?pass|"
    r"edit_?pass|password|add_?user|invite|account|^user_?(edit_?)?form$",
    re.IGNORECASE,
)
_SETS = lazy(r"regist|reset|change|sign_?up|create|new|set_?pass|update|add_?user", re.IGNORECASE)
_KEEPS = lazy(r"(?:set|update|change|reset)_?pass|hash|create_?user", re.IGNORECASE)
_NO_LENGTH = frozenset(
    ["DataRequired", "InputRequired", "Required", "EqualTo", "Optional", "NoneOf", "data_required",
     "input_required", "equal_to", "optional", "required"]
)  # fmt: skip
# Releases of Flask-Security that are Flask-Security-Too's.
_FIRST_TOO = lazy(r"[=~^>]+\s*(?:[4-9]|\d\d)")
_FIELDS = ("PasswordField", "StringField", "Str", "String", "Field", "constr", "SchemaNode")


class Minimums:
    """Finds registrations and changes that let short passwords in."""

    def __init__(self, study: Study) -> None:
        """Take the study of the project."""
        self.study = study
        self.project = study.project
        self.names = study.names
        self._log_in: frozenset[str] | None = None

    def find(self) -> Iterator[Use]:
        """Yield each low minimum, then each form and view without one."""
        judges = Judges(self.study)
        for scope, flow in self.study.scopes:
            bounds = [*lengths.compared(scope, flow, self.project)]
            if lengths.judges(scope, self.project) or any(bound.minimum for bound in bounds):
                judges.add(scope)
            for bound in _strictest(bounds):
                if 1 < (bound.minimum or 0) < FLOOR and not is_never_named(scope, self.project):
                    yield self._low(scope, bound)
        for module in self.project.modules:
            if module.source.context == "tests":
                continue
            for call, scope in module.calls(*_FIELDS):
                if scope.kind == "class":
                    uses = [*self._field(call, scope, judges.judge(scope))]
                    yield from uses if uses and not self._is_left(scope) else ()
                elif scope.enclosing_class is not None:
                    yield from self._added(call, scope)
        registering = [login.view for login in self.project.logins if login.kind == "register"]
        changing = [c.view for c in self.project.account_changes if c.what == "password"]
        for view in self.project.views:
            if view in changing:
                what = "A change of the password"
            elif view in registering or self._is_open(view):
                what = "A registration"
            else:
                continue
            if not judges.reached_from(view):
                yield from self._view(view, f"{what} asks for no length of the new password.")

    def _is_open(self, view: View) -> bool:
        """Whether ``POST /users`` makes accounts for whoever asks."""
        return (
            view.module.source.context != "tests"
            and makes_accounts(view, self.project)
            and not is_protected(view, self.project)
        )

    def _low(self, scope: Scope, bound: lengths.Bound) -> Use:
        return Use(scope, bound.node, f"New passwords of {bound.minimum} characters are let in.")

    def _field(self, call: ast.Call, cls: Scope, judged: bool) -> Iterator[Use]:
        if not self._asks_for_new(cls) or self._logs_in(cls) or self._asked_by_library(cls):
            return
        name = next(
            (a.target.id for a in cls.assignments
             if a.value is call and isinstance(a.target, ast.Name)), "",
        )  # fmt: skip
        if not lengths.is_typed_name(ast.Name(name, ast.Load())) or fields.OTHER_FIELD.search(name):
            return
        if fields.is_old(call, cls):
            return
        bounds = [*self._bounds(call, cls)]
        own = list(fields.declared(call, cls, self.names))
        inherited = [bound for node, at in own for bound in self._bounds(node, at)]
        minimum = max((bound.minimum or 0 for bound in inherited), default=0)
        if own and not bounds:  # the length is the business of the field's own class
            if 1 < minimum < FLOOR and not self._own_validator(name, cls):
                yield Use(cls, call, f"New passwords of {minimum} characters are let in.")
            return
        minimum = max((bound.minimum or 0 for bound in bounds), default=0)
        if minimum == 1 and judged:
            return  # asks for something; how much is asked elsewhere
        if bounds and 0 < minimum < FLOOR:
            lowest = next(bound for bound in bounds if bound.minimum == minimum)
            yield self._low(cls, lowest)
        elif (
            minimum == 0
            and (last_name(call.func) == "PasswordField" or self._takes_any(call, cls))
            and not judged
            and self._says_no_length(call, cls)
            and not self._own_validator(name, cls)
            and not fields.repeats(call, cls)
        ):
            yield Use(cls, call, f"{cls.name} asks for no length of new passwords.")

    def _bounds(self, node: ast.expr, scope: Scope) -> Iterator[lengths.Bound]:
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                bound = lengths.validator(part, scope, self.project)
                if bound is not None:
                    yield bound

    def _added(self, call: ast.Call, method: Scope) -> Iterator[Use]:
        """A field that a method gives a form: ``form_class.password = PasswordField(...)``."""
        for assignment in method.assignments:
            target = assignment.target
            if assignment.value is call and isinstance(target, ast.Attribute):
                for bound in self._bounds(call, method):
                    typed = lengths.is_typed_name(ast.Name(target.attr, ast.Load()))
                    if typed and bound.minimum is not None and 0 < bound.minimum < FLOOR:
                        yield self._low(method, bound)

    def _takes_any(self, call: ast.Call, cls: Scope) -> bool:
        """Whether a schema for new accounts takes any text for the password."""
        if last_name(call.func) not in ("String", "Str") or not _SETS.search(cls.name):
            return False
        validated = any(keyword.arg == "validate" for keyword in call.keywords)
        bases = (base.rpartition(".")[2] for base in self.names.bases(cls.full_name))
        return not validated and any(base.endswith("Schema") for base in bases)

    def _asks_for_new(self, cls: Scope) -> bool:
        """Whether a form or schema sets a password, by its name or by a field that confirms it."""
        if _CONFIRMS.search(cls.name) and "pass" not in cls.name.lower():
            return False
        if _LOGIN.search(cls.name) and not re.search(
            r"regist|reset|change|sign_?up", cls.name, re.I
        ):
            return False
        if _NEW.search(cls.name):
            return True
        return any(
            isinstance(a.target, ast.Name)
            and isinstance(a.value, ast.Call)
            and last_name(a.value.func) == "PasswordField"
            and fields.OTHER_FIELD.search(a.target.id)
            for a in cls.assignments
        )

    def _asked_by_library(self, cls: Scope) -> bool:
        """Whether Flask-Security-Too asks for the length itself, whatever the field says."""
        bases = list(self.names.bases(cls.full_name))[1:]
        if not any(base.startswith("flask_security.") for base in bases):
            return False
        return any(
            pin.name == "flask-security-too"
            or (pin.name == "flask-security" and _FIRST_TOO.match(pin.spec) is not None)
            for pin in self.project.pins
        )

    def _is_left(self, cls: Scope) -> bool:
        """Whether nothing takes a form any more, while others of the same file are used."""
        if self._is_taken(cls):
            return False
        if self.project.left_out and self._is_taken(cls, left_out=True):
            return True
        return any(self._is_taken(one) for one in cls.module.classes() if one is not cls)

    def _is_taken(self, cls: Scope, *, left_out: bool = False) -> bool:
        """Whether anything but its definition and imports names a class, in files of the app."""
        return any(
            (isinstance(node, ast.Name) and node.id == cls.name)
            or (isinstance(node, ast.Attribute) and node.attr == cls.name)
            or (isinstance(node, ast.Constant) and node.value == cls.name)
            for module in self.project.vocabulary.files(cls.name)
            if (module in self.project.left_out) == left_out
            for node in ast.walk(module.top.node)
        )

    def _logs_in(self, cls: Scope) -> bool:
        """Whether a form, whatever it is called, is filled in at logins and nowhere else."""
        if _SETS.search(cls.name):
            return False
        if self._log_in is None:
            made: dict[bool, set[str]] = {True: set(), False: set()}
            for login in self.project.logins:
                for call in login.view.function.calls:
                    called = self.names.called(call, login.view.function)
                    made[login.kind == "login"].add(called or "")
            self._log_in = frozenset(made[True] - made[False])
        return cls.full_name in self._log_in

    def _says_no_length(self, call: ast.Call, cls: Scope) -> bool:
        """Whether all validators are known, and none of them is about the length."""
        given = argument(call, 1, "validators")
        if any(keyword.arg is None for keyword in call.keywords):
            return False
        if isinstance(given, ast.Name):
            bindings = self.names.bindings(given.id, cls)
            given = bindings[0].value or given if len(bindings) == 1 else given
        if given is None:
            return True
        if not isinstance(given, ast.List | ast.Tuple):
            return False
        return all(
            last_name(each) in _NO_LENGTH
            or (
                isinstance(each, ast.Call)
                and (
                    lengths.validator(each, cls, self.project)
                    or lengths.asks_nothing(each, cls, self.project)
                )
            )
            for each in given.elts
        )

    def _own_validator(self, field: str, cls: Scope) -> bool:
        """Whether the class or a base of it judges the field in a method."""
        for base in self.names.bases(cls.full_name):
            scope = self.names.scope_of(base)
            for child in scope.children if scope is not None else ():
                if child.name == f"validate_{field}":
                    return True
                if child.name == "validate" and any(
                    isinstance(c, ast.Call) and last_name(c.func) == "len"
                    for c in (*child.calls,)
                ):  # fmt: skip
                    return True
        return False

    def _view(self, view: View, what: str) -> Iterator[Use]:
        """A view that reads the request itself and hashes or keeps what it got."""
        scopes = self.project.reach.of(view.function)
        if any(lengths.judges(scope, self.project) for scope in scopes):
            return
        schemas = [*schemas_of(view, self.project)]
        if any(asks_length(schema, self.project) for schema in schemas):
            return
        if is_parsed(view):
            return
        keeps = any(self._keeps(scope) for scope in scopes)
        for scope in scopes if keeps else ():
            flow = self.project.flow(scope)
            for node, origins in flow.origins.items():
                read = [o for o in origins if o.kind == "password" and o.spot == scope.spot(node)]
                if not read or fields.OTHER_FIELD.search(read[0].key) or _is_field(node):
                    continue
                if not isinstance(node, ast.Subscript | ast.Call | ast.Attribute):
                    continue
                yield Use(scope, node, what, "medium")
                return
        for schema in schemas:
            field = open_field(schema)
            if field is not None:
                said = f"{schema.name} asks for no length of new passwords."
                yield Use(schema, field, said, "medium")
                return
        for scope, node in self._handed_on(scopes):
            yield Use(scope, node, what, "medium")
            return

    def _handed_on(self, scopes: Iterable[Scope]) -> Iterator[tuple[Scope, ast.expr]]:
        """Yield what a method hashes of what it is given: ``set_password(data["password"])``."""
        for scope in scopes:
            for call in scope.calls:
                known = hasher(self.names.called(call, scope)) is not None
                if not known and last_name(call.func) != "set_password":
                    continue
                for value in call.args[:1]:
                    inner = value.args[0] if isinstance(value, ast.Call) and value.args else None
                    inner = value.slice if isinstance(value, ast.Subscript) else inner
                    name = str(constant(inner)) if inner is not None else ""
                    if lengths.is_typed_name(ast.Name(name)) and not fields.OTHER_FIELD.search(
                        name
                    ):
                        yield scope, value

    def _keeps(self, scope: Scope) -> bool:
        flow = self.project.flow(scope)
        for call in scope.calls:
            known = hasher(self.names.called(call, scope)) is not None
            if known or re.search(
                r"(?:set|update|change|reset)_?pass|hash|create_?user", last_name(call.func), re.I
            ):
                values = [*call.args, *(keyword.value for keyword in call.keywords)]
                if any(o.kind == "password" for value in values for o in flow.at(value)):
                    return True
        return False


def _strictest(bounds: list[lengths.Bound]) -> Iterator[lengths.Bound]:
    """Yield the highest minimum that one function asks of each password."""
    highest: dict[str, lengths.Bound] = {}
    for bound in bounds:
        measured = next(
            (ast.unparse(part) for part in ast.walk(bound.node)
             if isinstance(part, ast.Call) and last_name(part.func) == "len"), "",
        )  # fmt: skip
        known = highest.get(measured)
        if known is None or (bound.minimum or 0) > (known.minimum or 0):
            highest[measured] = bound
    yield from highest.values()


def _is_field(node: ast.expr) -> bool:
    """Whether `node` reads a WTForms field: its form is judged instead."""
    return isinstance(node, ast.Attribute) and node.attr in ("data", "raw_data")
