"""The views around logging in: which ask for a password, register, reset, ask for a code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from checks.facts.lines import own_text
from checks.facts.python import Binding, Scope
from checks.lazy import lazy
from checks.project.names import Names
from checks.project.password_checks import last_name, password_checks
from checks.project.reach import Reach
from checks.project.routes import View
from checks.records import NamedTuple

Kind = Literal["login", "register", "reset", "code"]

SIGN_IN = frozenset(
    {
        "flask_login.login_user", "flask_security.login_user", "flask_security.utils.login_user",
        "flask_user.login_user", "flask_principal.identity_changed.send",
    }
)  # fmt: skip
# Whoever gets one is logged in from then on, without a session.
_HANDS_OUT = frozenset({"flask_jwt_extended.create_access_token"})
_CODES = frozenset({"pyotp.TOTP.verify", "pyotp.HOTP.verify", "onetimepass.valid_totp"})
SIGN_OUT = frozenset(
    {
        "flask_login.logout_user", "flask_security.logout_user",
        "flask_security.utils.logout_user", "flask_security.views.logout",
    }
)  # fmt: skip
_LOGIN = lazy(
    r"(^|[\W_])(log_?in|sign_?in|log_?on|authenticate|authorize_user)($|[\W_])|^(auth|token)$", re.I
)
_NOT_LOGIN = lazy(
    r"log_?out|sign_?out|re_?auth|confirm|change|sudo|fresh|oauth|oidc|saml|callback|google|github|"
    r"facebook|twitter|impersonate|required|unlock|cannot|can_?t_|trouble|"
    r"(?:log|sign)[_-]?in[_-](?:support|problem)|problem[_-]",
    re.I,
)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("code", lazy(r"2fa|mfa|[ot]?otp|two_?factor|verify_?code|verification_?code", re.I)),
    ("reset", lazy(r"(reset|forgot|forgotten|recover|lost|remind)_?\w*pass"
                         r"|pass\w*_(reset|forgot|recover|remind)|^(forgot|recover|reset)$", re.I)),
    ("register", lazy(r"^((user|action|do|handle|process|submit|perform|post|api)_?)?"
                            r"(register|sign_?up|create_?account|registration)"
                            r"(_user|_post|_page|_action|_view|_submit|_account)?$", re.I)),
)  # fmt: skip
# A typed password that a view of that name reads, or the form that does.
_SENT = lazy(
    r"(?:form|values|json|data|args|body|payload|params|get_json\(\w*\))"
    r"(?:\.get\(|\[)[\"'](?:user_?)?(?:password|passwd|pass|pwd)[\"']|"
    r"form\.(?:user_?)?(?:password|passwd|pass|pwd)\.data"
)
# ``compare_digest(stored, body.token)``
_SENT_TOKEN = lazy(r"\b(?:body|data|args|form|payload|params|json)\.(?:\w+_)?token\b(?! *=[^=])")
# Whatever its function is called.
_REGISTERS = lazy(
    r"(?:/(?:api|rest|v\d+|auth|users?|accounts?|members?|customers?))*"
    r"/(?:register|sign-?_?up|registration)(?:/(?:users?|customers?|members?|accounts?))?/?$",
    re.I,
)
_FORM = lazy(r"\b\w*(?:Login|SignIn)\w*Form\b")
_TAKEN = lazy(r"\bvalidate(?:_on_submit)?\(|\brequest\.form\b")
# What lets developers in, ``validate_local_dev_credentials``.
_FOR_DEVELOPERS = lazy(r"(?:^|_)(?:local_dev|dev_?only|development|local_only)(?:_|$)")
# Whoever has a role is logged in.
_INSIDE = lazy(r"login_required|\bjwt_required$|(roles?|permissions?|admin)_(required|accepted)")
# Views that switch a second factor on or off, or send a code anew, take none, or one of who is
# logged in, or who was just shown the secret that it is made with.
# What somebody belongs to, together with others.
_SHARED = lazy(
    r"(company|organi[sz]ation|org|tenant|team|group|school|department|workspace|branch|shop|store)"
    r"(_?id)?$"
)
_SWITCHES = lazy(
    r"disable|remove|delete|deactivate|generate|download|revoke|turn_?off|"
    r"set_?up|enable|enrol|provision|"
    r"re_?send|_sent$",
    re.I,
)


class LoginView(NamedTuple):
    """A view through which somebody without an account's password tries to get in."""

    view: View
    kind: Kind
    checks: tuple[ast.AST, ...] = ()
    """Password checks that it may run."""
    signs_in: bool = False
    """Whether it may call Flask-Login's ``login_user``."""


def find_logins(views: Iterable[View], reach: Reach, names: Names) -> tuple[LoginView, ...]:
    """Return the views around logging in, in the order of `views`."""
    finder = _Finder(reach, names)
    found = (finder.login(view) for view in views)
    return tuple(login for login in found if login is not None)


class _Finder:
    """Judges views one after another; what many of them call is looked into once."""

    def __init__(self, reach: Reach, names: Names) -> None:
        self.reach = reach
        self.names = names
        self._checks: dict[Scope, tuple[ast.AST, ...]] = {}
        self._called: dict[Scope, frozenset[str]] = {}
        known = (name.rpartition(".")[2] for name in SIGN_IN | _HANDS_OUT | _CODES)
        self._told = names.also_called(*known)

    def login(self, view: View) -> LoginView | None:
        words = [view.function.name, view.endpoint, *(view.cls.name for _ in (1,) if view.cls)]
        if any(re.search(r"webauthn|u2f|fido|passkey", word, re.I) for word in words):
            return None  # a signature is not guessed
        kind = next((k for k, pattern in _KINDS if any(map(pattern.search, words))), None)
        if kind is None and any(_REGISTERS.match(rule or "") for rule in view.rules):
            kind = "register"
        if kind == "code" and any(map(_SWITCHES.search, words)):
            kind = None
        if any(_INSIDE.search(d.name or "") for d in view.decorators):
            return None
        if kind is not None:
            if (kind == "reset" and _by_token(view)) or not self._takes_input(view):
                return None
            return LoginView(view, kind)
        scopes = self.reach.of(view.function)
        if view.through:
            scopes = (*scopes, *view.through)
        signs_in = any(not SIGN_IN.isdisjoint(self._calls(scope)) for scope in scopes)
        if not signs_in and not is_login_name(view) and not self._hands_out(view):
            return None
        checks = tuple(node for scope in scopes for node in self._checks_in(scope))
        if not self._takes_input(view):
            return None
        if not checks and signs_in and self._asks_code(scopes):
            return LoginView(view, "code")
        if not (checks or _is_sent_a_password(view)):
            return None
        return LoginView(view, "login", checks, signs_in)

    def _asks_code(self, scopes: Iterable[Scope]) -> bool:
        """Return whether a view logs in who knows a one-time code, whatever it is called."""
        calls = [self._calls(scope) for scope in scopes]
        return any(not _CODES.isdisjoint(each) for each in calls) and any(
            not SIGN_IN.isdisjoint(each) for each in calls
        )

    def _hands_out(self, view: View) -> bool:
        """Return whether a view gives a token to whoever has none yet."""
        if any("required" in (decorator.name or "") for decorator in view.decorators):
            return False
        scopes = self.reach.of(view.function)
        return any(not _HANDS_OUT.isdisjoint(self._calls(scope)) for scope in scopes)

    def _calls(self, scope: Scope) -> frozenset[str]:
        """Return the qualified names of the calls in `scope` that let somebody in."""
        found = self._called.get(scope)
        if found is None:
            calls = (call for call in scope.calls if last_name(call.func) in self._told)
            named = (self.names.called(call, scope) for call in calls)
            found = self._called[scope] = frozenset(name for name in named if name is not None)
        return found

    def _checks_in(self, scope: Scope) -> tuple[ast.AST, ...]:
        """Return the password checks of `scope`, those of who is logged in already left out."""
        found = self._checks.get(scope)
        if found is None and _FOR_DEVELOPERS.search(scope.name):
            found = self._checks[scope] = ()
        if found is None:
            found = self._checks[scope] = tuple(
                check.node
                for check in password_checks(scope, self.names)
                if not is_current_user(check.stored, scope, self.names)
            )
        return found

    def _takes_input(self, view: View) -> bool:
        if view.methods - {"GET"}:
            return True
        # A login by GET, or a rule whose methods we cannot read: it must read what was sent.
        return any(
            name.startswith(("flask.request.args", "flask.request.form"))
            for scope in self.reach.of(view.function)
            for name in self._calls(scope)
        )


def shows_login(view: View, logins: Iterable[LoginView]) -> bool:
    """Return whether a login is sent to an address of `view`, which shows its form."""
    rules = {rule for rule in view.rules if rule is not None}
    return any(
        login.view.group == view.group and rules.intersection(login.view.rules)
        for login in logins
        if login.kind == "login"
    )


def _is_sent_a_password(view: View) -> bool:
    """Return whether a login takes a password, and hands it to what nobody can follow."""
    if "POST" not in view.methods or not is_login_name(view):
        return False
    text = own_text(view.function)
    return _SENT.search(text) is not None or (
        _FORM.search(text) is not None and _TAKEN.search(text) is not None
    )


def mails_a_link(login: LoginView) -> bool:
    """Return whether a login asks for no password: its form beside it has no field for one."""
    sent = None if login.checks else _FORM.search(own_text(login.view.function))
    if sent is None:
        return False
    form = next((cls for cls in login.view.module.classes() if cls.name == sent[0]), None)
    return form is not None and "pass" not in own_text(form).lower()


def _by_token(view: View) -> bool:
    """Return whether a reset view asks for the token that was mailed: that is not guessed."""
    names = [arg.arg for arg in view.function.parameters()]
    for call in view.function.calls:
        names += [str(arg.value) for arg in call.args[:1] if isinstance(arg, ast.Constant)]
    if _SENT_TOKEN.search(own_text(view.function)):
        return True
    return any(re.search(r"^(\w+_)?token$|^key$|uuid", name, re.IGNORECASE) for name in names)


def is_login_name(view: View) -> bool:
    """Return whether a view's names or rules say that it logs somebody in."""
    words = [view.function.name, view.endpoint, *(rule or "" for rule in view.rules)]
    if view.cls is not None:
        words.append(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", view.cls.name))
    # Few views are called so: what they must not say is asked of those only.
    if not any(_LOGIN.search(word) for word in words):
        return False
    return not any(_NOT_LOGIN.search(word) for word in words)


def is_current_user(node: ast.expr | None, scope: Scope, names: Names) -> bool:
    """Return whether `node` belongs to whoever is logged in already."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(node, ast.Attribute) and node.attr == "current_user":
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return False
    if node.id == "current_user":
        return True
    bound = names.bindings(node.id, scope)
    held = _in_force(bound, node, scope)
    if held == bound and names.qualified(node, scope) == "flask_login.current_user":
        return True
    # ``user = User.query.get(current_user.id)``
    return any(
        isinstance(part, ast.Name | ast.Attribute)
        and (last_name(part) == "current_user" or _is_own_id(part, scope, names))
        for binding in held
        if binding.kind == "value" and binding.value is not None
        for part in _without_shared(binding.value)
    )


def _in_force(bindings: list[Binding], node: ast.expr, scope: Scope) -> list[Binding]:
    """Return the `bindings` of a name but those that another one replaces before `node`.

    ``user = current_user`` of one branch says nothing of the branch with a ``user`` of its own.
    """
    if len(bindings) < 2:
        return bindings
    inner: ast.AST = node
    for outer in scope.module.ancestors(node):
        for block in (getattr(outer, "body", None), getattr(outer, "orelse", None)):
            if not isinstance(block, list) or inner not in block:
                continue
            before = block[: block.index(inner)]
            bound = {b.node for b in bindings}
            sure = [statement.lineno for statement in before if statement in bound]
            if sure:
                return [b for b in bindings if getattr(b.node, "lineno", 0) >= max(sure)]
        if outer is scope.node:
            break
        inner = outer
    return bindings


def _is_own_id(node: ast.expr, scope: Scope, names: Names) -> bool:
    """Return whether a name stands for nothing but the id of who is logged in.

    ``user_id = current_user.id``, and then ``user = User.query.get(user_id)``.
    """
    bound = names.bindings(node.id, scope) if isinstance(node, ast.Name) else []
    value = bound[0].value if len(bound) == 1 and bound[0].kind == "value" else None
    return (
        isinstance(value, ast.Attribute)
        and value.attr in ("id", "user_id", "pk", "uid", "email", "username")
        and last_name(value.value) == "current_user"
    )


def _without_shared(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of `node` but those that many have alike: ``current_user.company_id``."""
    if isinstance(node, ast.Attribute) and _SHARED.match(node.attr):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _without_shared(child)
