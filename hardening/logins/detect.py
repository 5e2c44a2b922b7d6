"""Which endpoints are logins, logouts, registrations, resets and re-authentications, and why.

The policy's own list comes first, then what the login manager was told, then what was seen to
log somebody in, then what a view's code calls, then names. Nothing is looked at before the
first request asks, and again only when the app's views or login manager changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hardening.context import Context

Kind = Literal["login", "logout", "register", "reset", "reauth"]
Evidence = dict[str, str]  # endpoint -> why


def _whole_words(pattern: str) -> str:
    # Compiled at the first request, by `re` itself, which keeps it.
    return rf"(?:^|_)(?:{pattern})(?:_|$)"


# A single sign-on's way back carries no password, and its cross-site POST must not be taken
# for a login form.
_CALLBACK = _whole_words(r"saml|acs|callback|oauth2?|oidc|openid|sso|webhook|magic")
_WORDS: tuple[tuple[Kind, str], ...] = (  # the first that matches decides
    ("logout", _whole_words(r"log_?out|log_?off|sign_?out|sign_?off")),
    ("register", _whole_words(r"register|registration|sign_?up|join|create_account")),
    ("reset", _whole_words(r"reset|forgot(?:ten)?|recover(?:y)?|lost_password")),
    ("reauth", _whole_words(r"re_?auth(?:enticate)?|confirm_password|verify_password|sudo")),
    ("login", _whole_words(r"log_?in|log_?on|sign_?in|authenticate|auth")),
)
_NO_KIND: frozenset[str] = frozenset()
_PASSWORD_METHODS = frozenset({"POST", "PUT", "PATCH"})


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
        )
        if state != self._state:
            self._known = self._look()
            self._kinds = _by_endpoint(self._known)
            self._state = state
        return self._known

    def _look(self) -> dict[Kind, Evidence]:
        known: dict[Kind, Evidence] = {
            "login": {},
            "logout": {},
            "register": {},
            "reset": {},
            "reauth": {},
        }
        explicit = self._context.policy.login_endpoints
        told = dict.fromkeys(explicit, "policy.login_endpoints") if explicit else self._told()
        known["login"].update(told)
        known["reauth"].update(
            (endpoint, why) for endpoint, why in self._told_again() if endpoint not in told
        )
        self._check(explicit)
        methods, paths = self._rules()
        for endpoint, view in self._context.app.view_functions.items():
            if endpoint in told or endpoint in known["reauth"] or endpoint not in methods:
                continue
            kind, why = self._judge(endpoint, view, methods[endpoint], paths[endpoint])
            if kind is not None and not (kind == "login" and explicit):
                known[kind][endpoint] = why
        return known

    def _judge(
        self, endpoint: str, view: object, methods: set[str], path: str
    ) -> tuple[Kind | None, str]:
        kinds = _kinds_of(endpoint) or _kinds_of(path)
        named = kinds[0] if kinds else None
        callback = _is_callback(endpoint) or _is_callback(path)
        takes_password = bool(methods & _PASSWORD_METHODS) and not callback
        from hardening.logins.reach import calls  # first asked for by the first request

        called = calls(view, _wanted())
        # Registering logs in too; only a page that is called both is a login.
        both = "login" in kinds and "login_user" in called and takes_password
        if named in ("register", "reset", "reauth") and not both:
            return named, "name"
        if endpoint in self._observed and takes_password:
            return "login", "observed"
        if "login_user" in called and takes_password and named != "logout":
            return "login", "calls login_user"
        if "confirm_login" in called and takes_password:
            return "reauth", "calls confirm_login"
        if "logout_user" in called and "login_user" not in called:
            return "logout", "calls logout_user"
        return (None, "") if callback else (named, "name")

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


def _kinds_of(name: str) -> list[Kind]:
    """Return what the last part of an endpoint's name or of a path says, surest first."""
    parts = [part for part in re.split(r"[./]", re.sub(r"<[^>]*>", "", name)) if part]
    words = _words(parts[-1]) if parts else ""
    return [kind for kind, pattern in _WORDS if re.search(pattern, words)]


def _is_callback(name: str) -> bool:
    return re.search(_CALLBACK, _words(name)) is not None


def _words(name: str) -> str:
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", separated.lower()).strip("_")


@lru_cache(maxsize=1)
def _wanted() -> dict[str, object]:
    import flask_login  # here, because importing this module must not need the app's extensions

    return {
        name: getattr(flask_login, name) for name in ("login_user", "logout_user", "confirm_login")
    }
