"""Passwords and their hashes that are shown: in logs, pages, addresses, sessions and answers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from checks.facts.python import Assignment, Scope
from checks.lazy import lazy
from checks.passwords.accounts import Accounts
from checks.passwords.columns import is_stored
from checks.passwords.shapes import chain, constant, dict_items, last_name
from checks.passwords.study import Study, Use, typed
from checks.project.flow_run import Flow
from checks.project.password_checks import plain
from checks.project.words import is_foreign_password_name, is_plain_password_name

_LEVELS = frozenset(
    ["debug", "info", "warning", "warn", "error", "critical", "exception", "log", "fatal"]
)
_ALL_SETTINGS = lazy(r"app(?:lication)?\.config *[)},]")
_APPS = frozenset({"app", "application", "current_app", "flask_app"})
_SENDS = lazy(
    r"^_?(?:async_)?send_?(?:e?mail|message|sms|text)\w*$|^(?:Email)?Message$|^MIMEText$", re.I
)
_LOGGER = lazy(r"log", re.IGNORECASE)
_ANSWERS = frozenset(
    ["flask.jsonify", "flask.json.jsonify", "flask.make_response", "json.dumps", "flask.json.dumps"]
)
_FORMS = ("form", "values", "json", "data", "get_json", "to_dict", "get_data")
_ADDRESS = lazy(r"[?&]\w*(pass(word|wd)?|pwd)=", re.IGNORECASE)
# What a view asks a query for.
_IN_ADDRESS = lazy(r"\.args(?:\.get\(|\[)\s*['\"]\w*(?:[Pp]ass|[Pp]wd|PASS|pw)")
_ABOUT = lazy(r"show|hide|has_|need|require|enable|use_|with_|protect|expired", re.IGNORECASE)

_COMMAND = lazy(
    r"\b(?:argparse|optparse|click|typer|docopt|getpass|flask_script|fire)\b|sys\.argv|__main__|"
    r"\bBaseCommand\b|\.cli\b|\bCommand\("
)


def _is_command(scope: Scope) -> bool:
    """Return whether a function is a command by its decorator: who starts it reads what it says."""
    return any(last_name(decorator) == "command" for decorator in scope.decorators)


class Exposed:
    """Finds places that show a typed password, or the stored one of an account."""

    def __init__(self, study: Study) -> None:
        """Take the study of the project."""
        self.study = study
        self.names = study.names
        self.accounts = Accounts(study)
        self._views = {view.function for view in study.project.views}
        self._view_modules = {view.module for view in study.project.views}

    def find(self) -> Iterator[Use]:
        """Yield each place that shows one."""
        for scope, flow in self.study.scopes:
            for call in scope.calls:
                yield from self._call(call, scope, flow)
            for assignment in scope.assignments:
                yield from self._session(assignment, scope, flow)
            if scope in self._views:
                for answer in scope.returns:
                    yield from self._answer(answer.value, scope, flow)
        yield from self._settings()

    def asked_in_address(self) -> Iterator[Use]:
        """Yield views that take a password from the query, one place of each function."""
        for module in self.study.project.modules:
            if module.source.context == "tests" or not _IN_ADDRESS.search(module.source.text):
                continue
            for scope in module.saying(_IN_ADDRESS):
                nodes = (part for line in scope.body for part in ast.walk(line))
                asked = (part for part in nodes if self._is_in_address(part, scope))
                first = min(asked, key=lambda part: part.lineno, default=None)
                if first is not None and scope.kind == "function":
                    what = "A password is asked for in the address, which logs and histories keep."
                    yield Use(scope, first, what, "medium")

    def _is_in_address(self, node: ast.AST, scope: Scope) -> TypeGuard[ast.expr]:
        """Return whether `node` is ``request.args["password"]`` or its ``get``."""
        key: ast.expr | None = None
        owner: ast.expr | None = None
        if isinstance(node, ast.Subscript):
            key, owner = node.slice, node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            key, owner = (node.args[0], node.func.value) if node.func.attr == "get" else (key, key)
        name = constant(key) if key is not None else None
        return (
            isinstance(name, str)
            and is_plain_password_name(name)
            and not _ABOUT.search(name)
            and self.names.qualified(owner, scope) == "flask.request.args"
        )

    def _settings(self) -> Iterator[Use]:
        """Yield logs of all settings at once, in whatever function they stand."""
        for module in self.study.project.vocabulary.files("app.config", "application.config"):
            if module.source.context == "tests" or not _ALL_SETTINGS.search(module.source.text):
                continue
            for call, scope in module.calls("print", "pprint", "pp", *_LEVELS):
                where = self._where(call, last_name(call.func), scope)
                if where is not None and any(_is_all_settings(arg) for arg in call.args):
                    what = f"All settings, with the secret key and passwords in them, are {where}."
                    told = where == "printed" and _is_command(scope)
                    yield Use(scope, call, what, audience="strict" if told else None)

    def _call(self, call: ast.Call, scope: Scope, flow: Flow) -> Iterator[Use]:
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not values:
            return
        name = last_name(call.func)
        where = self._where(call, name, scope)
        if where is not None:
            shown = next((v for v in values if self._shows(v, scope, flow, depth=0)), None)
            if shown is not None:
                what = f"{self._what(shown, scope, flow)} is {where}."
                told = where == "printed" and self._is_command(scope)
                yield Use(scope, call, what, audience="strict" if told else None)
            elif where != "flashed" and any(self._is_form(v, scope, flow) for v in values):
                yield Use(scope, call, f"All that was sent, passwords included, is {where}.")
        elif _SENDS.match(name) and any(
            _is_filled(value) and self._shows(value, scope, flow, depth=0) for value in values
        ):
            yield Use(scope, call, "A typed password is put into a mail.", "medium")
        elif name == "url_for":
            for keyword in call.keywords:
                if not is_plain_password_name(keyword.arg or ""):
                    continue
                if typed(flow.at(keyword.value)):
                    yield Use(scope, call, "A typed password is put into an address.")
                elif _is_password(keyword.value):
                    yield Use(scope, call, "A password is put into an address.")
        elif name in ("redirect", "get") and any(
            typed(flow.at(arg)) and _ADDRESS.search(_text(arg)) for arg in call.args[:1]
        ):
            yield Use(scope, call, "A typed password is put into an address.")

    def _is_command(self, scope: Scope) -> bool:
        """Whether whoever starts a command reads what is printed.

        Its file has no view, and neither has one that calls the function, if it is a helper.
        """
        files = [scope.module, *self.names.calling(scope.name)]
        if any(module in self._view_modules for module in files):
            return False
        return any(_COMMAND.search(module.source.text) for module in files)

    def _where(self, call: ast.Call, name: str, scope: Scope) -> str | None:
        if name in ("pprint", "pp"):
            return (
                "printed" if (self.names.called(call, scope) or "").startswith("pprint") else None
            )
        if name == "print" and isinstance(call.func, ast.Name):
            file = any(keyword.arg == "file" for keyword in call.keywords)
            return None if file else "printed"
        if name in _LEVELS and isinstance(call.func, ast.Attribute):
            owner = call.func.value
            named = any(_LOGGER.search(word) for word in chain(owner))
            made_by = self.names.qualified(owner, scope) or ""
            return "logged" if named or made_by.startswith("logging") else None
        if name == "flash":
            return "flashed" if self.names.called(call, scope) in (None, "flask.flash") else None
        return None

    def _shows(self, node: ast.expr, scope: Scope, flow: Flow, depth: int) -> bool:
        """Whether `node` holds a password in clear, or an account's stored one, anywhere."""
        if typed(flow.at(node)) and not isinstance(node, ast.Subscript):
            # A caller's hash or setting that is only called a password is none.
            return self.study.callers.given(typed(flow.at(node)), scope) in ("typed", "nobody")
        if typed(flow.at(node)):
            return not isinstance(getattr(node, "slice", None), ast.Slice)
        if depth > 6 or (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)):
            return False  # one part of what holds a password, and not that one
        if isinstance(node, ast.Attribute):
            return self._is_stored(node, scope)
        if isinstance(node, ast.Call) and last_name(node.func) in ("len", "bool", "type"):
            return False
        if isinstance(node, ast.Compare):
            return False
        inside = [*ast.iter_child_nodes(node)]
        if isinstance(node, ast.Call):
            known = last_name(node.func) in ("format", "str", "repr", "join", "decode")
            inside = [*node.args, *(k.value for k in node.keywords)] if known else []
        return any(
            isinstance(part, ast.expr | ast.FormattedValue)
            and self._shows(part, scope, flow, depth + 1)
            for part in inside
        )

    def _is_stored(self, node: ast.Attribute, scope: Scope) -> bool:
        return is_stored(node.attr) and self.accounts.owner(node.value, scope) == "account"

    def _what(self, node: ast.expr, scope: Scope, flow: Flow) -> str:
        plain = any(typed(flow.at(part)) for part in ast.walk(node) if isinstance(part, ast.expr))
        return "A typed password" if plain else "The stored password of an account"

    def _is_form(self, node: ast.expr, scope: Scope, flow: Flow) -> bool:
        """Whether `node` is all of a form in which the same function finds a password."""
        parts = [node]
        if isinstance(node, ast.JoinedStr):
            parts = [p.value for p in node.values if isinstance(p, ast.FormattedValue)]
        elif isinstance(node, ast.BinOp):
            parts = [node.right]
        for part in parts:
            whole = any(o.kind == "request" and not o.key for o in flow.at(part))
            if whole and _kept_in(part, scope) in _FORMS:
                read = {o.spot for origins in flow.origins.values() for o in typed(origins)}
                return bool(read)
        return False

    def _session(self, assignment: Assignment, scope: Scope, flow: Flow) -> Iterator[Use]:
        target = assignment.target
        if not isinstance(target, ast.Subscript) or not typed(flow.at(assignment.value)):
            return
        if self.names.qualified(target.value, scope) == "flask.session":
            what = "A typed password is kept in the session, whose cookie anybody can read."
            yield Use(scope, assignment.node, what)

    def _answer(self, node: ast.expr | None, scope: Scope, flow: Flow) -> Iterator[Use]:
        """The keys of what a view answers, as a dictionary or through ``jsonify``."""
        if isinstance(node, ast.Tuple) and node.elts:
            node = node.elts[0]
        if isinstance(node, ast.Call) and self.names.called(node, scope) in _ANSWERS:
            for keyword in node.keywords:
                yield from self._value(keyword.arg or "", keyword.value, scope, flow)
            for arg in node.args:
                yield from self._display(arg, scope, flow)
        else:
            yield from self._display(node, scope, flow)

    def _display(self, node: ast.expr | None, scope: Scope, flow: Flow) -> Iterator[Use]:
        if isinstance(node, ast.Name):
            bindings = [b for b in self.names.bindings(node.id, scope) if b.kind == "value"]
            node = bindings[0].value if len(bindings) == 1 else node
        if isinstance(node, ast.ListComp):
            node = node.elt
        if isinstance(node, ast.Attribute) and node.attr == "__dict__":
            if self.accounts.owner(node.value, scope) == "account":
                yield Use(scope, node, "All columns of an account are in the answer.")
            return
        for _, name, value in dict_items(node):
            yield from self._value(name, value, scope, flow)

    def _value(self, name: str, value: ast.expr, scope: Scope, flow: Flow) -> Iterator[Use]:
        if is_foreign_password_name(name) or constant(value) is not None:
            return
        if typed(flow.at(value)) and is_plain_password_name(name):
            yield Use(scope, value, "A typed password is in the answer.")
        elif isinstance(kept := plain(value), ast.Attribute) and self._is_stored(kept, scope):
            yield Use(scope, value, "The stored password of an account is in the answer.")


def _kept_in(node: ast.expr, scope: Scope) -> str:
    """Return the last name of `node`, or of what its variable is: ``data = request.json``."""
    bound = scope.bindings.get(node.id, ()) if isinstance(node, ast.Name) else ()
    values = [one.value for one in bound if one.kind == "value" and one.value is not None]
    value = values[0] if len(values) == 1 == len(bound) else node
    return last_name(value.func if isinstance(value, ast.Call) else value)


def _is_password(node: ast.expr) -> bool:
    """Return whether `node` is a name that says a password, such as one that was drawn."""
    return isinstance(node, ast.Name) and is_plain_password_name(node.id)


def _text(node: ast.expr) -> str:
    """Return the literal parts of a text."""
    return "".join(
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


def _is_all_settings(node: ast.expr) -> bool:
    """Return whether a text is made of ``app.config`` as a whole, and not of one key of it."""
    if isinstance(node, ast.Attribute):
        return node.attr == "config" and last_name(node.value) in _APPS
    if isinstance(node, ast.Call):
        whole = last_name(node.func) in ("str", "repr", "dict", "pformat", "dumps", "format")
        inside = [*node.args, *(keyword.value for keyword in node.keywords)] if whole else []
    elif isinstance(node, ast.BinOp):
        inside = [node.left, node.right]
    elif isinstance(node, ast.JoinedStr):
        inside = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    else:
        inside = node.elts if isinstance(node, ast.Tuple) else []
    return any(_is_all_settings(part) for part in inside)


def _is_filled(node: ast.expr) -> bool:
    """Return whether `node` is a text that something is put into: no argument by itself."""
    if isinstance(node, ast.Call):
        return last_name(node.func) == "format" and isinstance(node.func, ast.Attribute)
    return isinstance(node, ast.JoinedStr | ast.BinOp)
