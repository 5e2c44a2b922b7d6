"""Which endpoints are logins, logouts, registrations, resets and re-authentications, and why.

What the app marks in its code comes first, then the policy's own list, then what the login
manager was told, then what was seen to log somebody in, then what a view's code calls, then
names. An endpoint that takes a code is ``code`` besides. Nothing is looked at before the
first request asks, and again only when the app's views or login manager changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from hardening.logins.words import (
    CODE_FIELDS,
    Kind,
    is_callback,
    is_shared,
    kinds_of,
    names_change,
    names_code,
)

if TYPE_CHECKING:
    from types import CodeType

    from hardening.context import Context
    from hardening.logins.marks import Mark, Marks
    from hardening.logins.reach import Reading

Evidence = dict[str, str]  # endpoint -> why

KINDS: tuple[Kind, ...] = ("login", "logout", "register", "reset", "reauth", "code")
_NO_KIND: frozenset[str] = frozenset()
_PASSWORD_METHODS = frozenset({"POST", "PUT", "PATCH"})
# What libraries and tutorials call the functions that tell what a view is for.
_CHECKS = frozenset(
    [
        "check_password_hash",
        "check_password",
        "verify_password",
        "verify_and_update_password",
        "checkpw",
        "check_hash",
        "verify_hash",
        "validate_password",
        "authenticate",
    ]
)
# A salted hash can be made but not compared, so who makes one does not log in with it.
_MAKES = frozenset({"generate_password_hash", "set_password", "create_user"})
_TOKENS = frozenset({"create_access_token"})  # Flask-JWT-Extended
_CODES = frozenset(
    [
        "pyotp",
        "TOTP",
        "HOTP",
        "verify_totp",
        "check_totp",
        "verify_otp",
        "check_otp",
        "validate_otp",
        "verify_code",
        "check_code",
        "verify_2fa",
        "verify_mfa",
        "verify_token_2fa",
    ]
)


class Endpoints:
    """The kinds of one app's endpoints.

    Args:
        context: the wrapped app; nothing of it is read yet.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._observed: set[str] = set()
        self._unknown: set[str] = set()
        self._state: object = None
        self._known: dict[Kind, Evidence] = {}
        self._kinds: dict[str, frozenset[str]] = {}
        self._readings: dict[str, tuple[object, Reading]] = {}
        self.marks: Marks | None = None
        """What the app says of its views itself; `Hardening` puts it here."""

    def login(self, endpoint: str | None) -> str | None:
        """Return why `endpoint` is a login endpoint, or None. It may be one that answers GET
        only; a password can be tried only where the request's method has a body."""
        return self._all()["login"].get(endpoint or "")

    def logout(self, endpoint: str | None) -> str | None:
        """Return why `endpoint` is a logout endpoint, or None."""
        return self._all()["logout"].get(endpoint or "")

    def reauth(self, endpoint: str | None) -> str | None:
        """Return why `endpoint` asks a logged-in user for the password again, or None."""
        return self._all()["reauth"].get(endpoint or "")

    def code(self, endpoint: str | None) -> str | None:
        """Return why `endpoint` takes a short code that can be guessed, or None."""
        return self._all()["code"].get(endpoint or "")

    def kinds(self, endpoint: str) -> frozenset[str]:
        """Return everything that `endpoint` is."""
        self._all()
        return self._kinds.get(endpoint, _NO_KIND)

    def observed(self, endpoint: str) -> None:
        """Note that a request to `endpoint` logged somebody in."""
        if endpoint not in self._observed:
            self._observed.add(endpoint)
            self._state = None

    def table(self) -> list[tuple[str, str, Kind, str]]:
        """Return (endpoint, rule, kind, evidence) of everything found, in that order."""
        known = self._all()
        return sorted(
            (str(rule.endpoint), str(rule.rule), kind, evidence[rule.endpoint])
            for rule in self._context.app.url_map.iter_rules()
            for kind, evidence in known.items()
            if rule.endpoint in evidence
        )

    def _all(self) -> dict[Kind, Evidence]:
        manager = self._context.login_manager
        app = self._context.app
        state = (
            len(app.view_functions),
            getattr(manager, "login_view", None),
            getattr(manager, "refresh_view", None),
            len(getattr(manager, "blueprint_login_views", ())),
            0 if self.marks is None else self.marks.version,
        )
        if state != self._state:
            self._known = self._look()
            self._kinds = _by_endpoint(self._known)
            self._state = state
        return self._known

    def _look(self) -> dict[Kind, Evidence]:
        known: dict[Kind, Evidence] = {kind: {} for kind in KINDS}
        explicit = self._context.policy.login_endpoints
        marked = self._marked()
        told = dict.fromkeys(explicit, "policy.login_endpoints") if explicit else self._told()
        settled = marked.keys() | told.keys()
        for endpoint, kind in marked.items():
            if kind != "none":
                known[kind][endpoint] = "marked in the code"
        known["login"].update((e, why) for e, why in told.items() if e not in marked)
        known["reauth"].update((e, why) for e, why in self._told_again() if e not in settled)
        self._check(explicit)
        methods, paths = self._rules()
        for endpoint, view in self._context.app.view_functions.items():
            if endpoint in marked or endpoint not in methods:
                continue
            decided = endpoint in settled or endpoint in known["reauth"]
            for found, why in self._judge(endpoint, view, methods[endpoint], paths[endpoint]):
                # What else a page is does not stop it from taking a code as well.
                if found == "code" or not (decided or (found == "login" and explicit)):
                    known[found][endpoint] = why
        return known

    def _marked(self) -> dict[str, Mark]:
        return {} if self.marks is None else self.marks.of(self._context.app.view_functions)

    def _judge(
        self, endpoint: str, view: object, methods: set[str], path: str
    ) -> Iterator[tuple[Kind, str]]:
        """Yield what the code of a view and its names say."""
        if is_shared(endpoint) or is_shared(path):
            return  # its password checks are counted, wherever they run
        callback = is_callback(endpoint) or is_callback(path)
        takes_password = bool(methods & _PASSWORD_METHODS) and not callback
        reading = self._read(endpoint, view)
        kind, why = self._main_kind(endpoint, path, reading, takes_password)
        code = _code(endpoint, path, reading, kind) if takes_password else ""
        if code and kind == "logout" and why != "name":
            kind = None  # too many wrong codes send people back to the start
        if kind is not None and not (callback and why == "name"):
            yield kind, why
        if code:
            yield "code", code

    def _main_kind(
        self, endpoint: str, path: str, reading: Reading, takes_password: bool
    ) -> tuple[Kind | None, str]:
        kinds = kinds_of(endpoint) or kinds_of(path)
        named = kinds[0] if kinds else None
        called = reading.called
        logs_in = "login_user" in called and takes_password
        # Registering logs in too; only a page that is called both is a login.
        both = "login" in kinds and logs_in
        if named in ("register", "reset", "reauth") and not both:
            return named, "name"
        if logs_in and named != "logout":
            if reading.guarded:  # a new password, or another user: who is in stays in
                return "reauth", "calls login_user behind login_required"
            if named is None and (names_change(endpoint) or names_change(path)):
                return "reauth", "calls login_user to change a password"
            if named is None and (made := called & _MAKES) and not called & _CHECKS:
                return "register", f"calls {min(made)} and login_user"
        if endpoint in self._observed and takes_password:
            return "login", "observed"
        if logs_in and named != "logout":
            return "login", "calls login_user"
        if "confirm_login" in called and takes_password:
            return "reauth", "calls confirm_login"
        if "logout_user" in called and "login_user" not in called:
            return "logout", "calls logout_user"
        if takes_password and called & _TOKENS and (checks := called & _CHECKS):
            return "login", f"calls {min(checks)} and {min(called & _TOKENS)}"
        return named, "name"

    def _read(self, endpoint: str, view: object) -> Reading:
        """Return what a view's code says; looked at once for each view function."""
        known = self._readings.get(endpoint)
        if known is None or known[0] is not view:
            from hardening.logins.reach import read  # first asked for by the first request

            known = self._readings[endpoint] = (view, read(view, _wanted(), _guards()))
        return known[1]

    def _told(self) -> Evidence:
        """Return what the login manager sends people to who are not logged in."""
        manager = self._context.login_manager
        found: Evidence = {}
        if manager is None:
            return found
        view = getattr(manager, "login_view", None)
        found.update(dict.fromkeys(self._resolve(view, None), "login_view"))
        for blueprint, view in dict(getattr(manager, "blueprint_login_views", {})).items():
            for endpoint in self._resolve(view, blueprint):
                found.setdefault(endpoint, "blueprint_login_views")
        return found

    def _told_again(self) -> Iterator[tuple[str, str]]:
        view = getattr(self._context.login_manager, "refresh_view", None)
        for endpoint in self._resolve(view, None):
            yield endpoint, "refresh_view"

    def _resolve(self, view: object, blueprint: str | None) -> list[str]:
        """Return the endpoints that a login view means: an endpoint's name, or a path."""
        if not isinstance(view, str) or not view or "://" in view:
            return []
        if view.startswith("/"):
            path = view.partition("?")[0].partition("#")[0]
            return [
                str(rule.endpoint)
                for rule in self._context.app.url_map.iter_rules()
                if rule.rule == path
            ]
        if view.startswith(".") and blueprint is not None:
            view = blueprint + view
        return [view]

    def _rules(self) -> tuple[dict[str, set[str]], dict[str, str]]:
        methods: dict[str, set[str]] = {}
        paths: dict[str, str] = {}
        for rule in self._context.app.url_map.iter_rules():
            methods.setdefault(rule.endpoint, set()).update(rule.methods or ())
            paths[rule.endpoint] = rule.rule
        methods.pop("static", None)
        return methods, paths

    def _check(self, explicit: tuple[str, ...]) -> None:
        """Say once that a name in the policy is no endpoint: a typing mistake there would
        leave the real login without a limit."""
        for endpoint in explicit:
            if endpoint not in self._context.app.view_functions and endpoint not in self._unknown:
                self._unknown.add(endpoint)
                self._context.report(
                    "login_endpoint_unknown", "error", endpoint=endpoint, setting="login_endpoints"
                )


def _by_endpoint(known: dict[Kind, Evidence]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for kind, evidence in known.items():
        for endpoint in evidence:
            found.setdefault(endpoint, set()).add(kind)
    return {endpoint: frozenset(kinds) for endpoint, kinds in found.items()}


def _code(endpoint: str, path: str, reading: Reading, kind: Kind | None) -> str:
    """Return why an endpoint takes a code that can be guessed; empty if it does not."""
    if names_code(endpoint) or names_code(path):
        return "name"
    if called := reading.called & _CODES:
        return f"calls {min(called)}"
    fields = reading.texts & CODE_FIELDS
    if not fields and kind in ("login", "reset", "reauth"):
        fields = reading.texts & {"code"}
    return f"reads the field {min(fields)}" if fields else ""


@lru_cache(maxsize=1)
def _wanted() -> dict[str, object]:
    import flask_login  # here, because importing this module must not need the app's extensions

    by_name: dict[str, object] = dict.fromkeys(_CHECKS | _MAKES | _TOKENS | _CODES)
    for name in ("login_user", "logout_user", "confirm_login"):
        by_name[name] = getattr(flask_login, name)
    return by_name


@lru_cache(maxsize=1)
def _guards() -> frozenset[CodeType]:
    """Return the code that `login_required` and its like put around a view."""
    from types import CodeType

    import flask_login

    decorators = (flask_login.login_required, flask_login.fresh_login_required)
    constants = (constant for one in decorators for constant in one.__code__.co_consts)
    return frozenset(constant for constant in constants if isinstance(constant, CodeType))
