"""Which endpoints are logins, and why."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import flask_login
import pyotp
import pytest
from flask import Blueprint, Flask, request
from flask.views import MethodView
from flask_login import fresh_login_required, login_required, login_user, logout_user
from flask_login import login_user as let_in
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import events
from hardening.context import Context
from hardening.logins.detect import Endpoints
from hardening.policy import Policy
from hardening.storage.memory import MemoryStore

BOTH = ["GET", "POST"]


def look(app: Flask, **settings: Any) -> Endpoints:
    return Endpoints(Context(app, Policy(**settings), "enforce", MemoryStore))


def plain() -> str:
    return "page"


def by_global() -> str:
    login_user(None)
    return ""


def by_module() -> str:
    flask_login.login_user(None)
    return ""


def by_other_name() -> str:
    let_in(None)
    return ""


def by_local_import() -> str:
    from flask_login import login_user as inside

    inside(None)
    return ""


def _helper() -> None:
    _second_helper()


def _second_helper() -> None:
    login_user(None)


def by_helper() -> str:
    _helper()
    return ""


def by_inner_function() -> str:
    def inner() -> None:
        login_user(None)

    inner()
    return ""


def wrapping(view: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(view)
    def inner(*args: Any) -> str:
        return view(*args)

    return inner


def hiding(view: Callable[..., str]) -> Callable[..., str]:
    def inner(*args: Any) -> str:
        return view(*args)

    return inner


class Page(MethodView):
    def post(self) -> str:
        return self.enter()

    def enter(self) -> str:
        login_user(None)
        return ""


class Callee:
    def __call__(self) -> str:
        login_user(None)
        return ""


VIEWS: dict[str, Any] = {
    "global": by_global,
    "module": by_module,
    "other name": by_other_name,
    "local import": by_local_import,
    "helper": by_helper,
    "inner function": by_inner_function,
    "wraps": wrapping(by_global),
    "closure": hiding(by_global),
    "both": hiding(wrapping(by_global)),
    "partial": functools.partial(by_global),
    "class": Page.as_view("page"),
    "method": Page().post,
    "object": Callee(),
}


@pytest.mark.parametrize("name", VIEWS)
def test_what_a_view_calls(new_app: Callable[[], Flask], name: str) -> None:
    """A view that reaches `login_user` is a login, however it is wrapped."""
    app = new_app()
    app.add_url_rule("/x", "x", VIEWS[name], methods=["POST"])

    assert look(app).login("x") == "calls login_user"


@pytest.mark.parametrize("view", [plain, wrapping(plain), login_required(plain), object()])
def test_other_views(new_app: Callable[[], Flask], view: Any) -> None:
    """A view that does not is none, not even through Flask-Login's own decorators."""
    app = new_app()
    app.add_url_rule("/x", "x", view, methods=["POST"])

    assert look(app).login("x") is None
    assert look(app).logout("x") is None
    assert look(app).login(None) is None


def test_what_the_login_manager_was_told(new_app: Callable[[], Flask]) -> None:
    """Its login views count, by endpoint, by path and for a blueprint."""
    app = new_app()
    blueprint = Blueprint("shop", __name__)
    blueprint.add_url_rule("/b", "enter", plain, methods=BOTH)
    app.register_blueprint(blueprint)
    for endpoint in ("first", "second", "again"):
        app.add_url_rule(f"/{endpoint}", endpoint, plain, methods=BOTH)
    manager: Any = app.login_manager  # type: ignore[attr-defined]  # set by Flask-Login
    manager.blueprint_login_views = {"shop": ".enter"}
    manager.refresh_view = "again"
    manager.login_view = "first"
    endpoints = look(app)

    assert endpoints.login("first") == "login_view"
    assert endpoints.login("shop.enter") == "blueprint_login_views"
    assert endpoints.reauth("again") == "refresh_view"
    manager.login_view = "/second?x=1"
    assert endpoints.login("second") == "login_view"
    assert endpoints.login("first") is None


def test_the_policy_wins(new_app: Callable[[], Flask]) -> None:
    """A list in the policy is complete, and a misspelt name in it is an event."""
    app = new_app()
    app.add_url_rule("/x", "x", by_global, methods=["POST"])
    app.add_url_rule("/y", "y", plain, methods=["POST"])
    app.add_url_rule("/logout", "logout", plain)
    said: list[Any] = []
    events.event.connect(
        lambda _, name, details, **__: said.append((name, details)), app, weak=False
    )
    endpoints = look(app, login_endpoints=("y", "z"))

    assert endpoints.login("x") is None
    assert endpoints.login("y") == "policy.login_endpoints"
    assert endpoints.logout("logout") == "name"
    assert [(name, details["endpoint"]) for name, details in said] == [
        ("login_endpoint_unknown", "z")
    ]


def test_seen_to_log_in(new_app: Callable[[], Flask]) -> None:
    """An endpoint that logged somebody in is a login from then on, a way back from a single
    sign-on or a page without a form is not."""
    app = new_app()
    app.add_url_rule("/x", "x", plain, methods=["POST"])
    app.add_url_rule("/saml/acs", "acs", plain, methods=["POST"])
    app.add_url_rule("/link", "link", plain)
    endpoints = look(app)

    assert endpoints.login("x") is None
    for endpoint in ("x", "acs", "link"):
        endpoints.observed(endpoint)
    assert endpoints.login("x") == "observed"
    assert endpoints.login("acs") is None
    assert endpoints.login("link") is None


@pytest.mark.parametrize(
    ("endpoint", "rule", "kind"),
    [
        ("auth.sign_in", "/a", "login"),
        ("signIn", "/a", "login"),
        ("x", "/account/login/", "login"),
        ("x", "/<lang>/log-in", "login"),
        ("logout", "/a", "logout"),
        ("x", "/sign-out", "logout"),
        ("register", "/a", "register"),
        ("x", "/signup", "register"),
        ("forgot_password", "/a", "reset"),
        ("x", "/reset/<token>", "reset"),
        ("confirm_password", "/a", "reauth"),
        ("x", "/connexion", "login"),
        ("x", "/es/iniciar-sesi\u00f3n", "login"),
        ("anmelden", "/a", "login"),
        ("x", "/giri\u015f", "login"),
        ("x", "/\u0432\u043e\u0439\u0442\u0438/", "login"),
        ("x", "/\u767b\u5f55", "login"),
        ("x", "/deconnexion", "logout"),
        ("x", "/cerrar-sesion", "logout"),
        ("registrieren", "/a", "register"),
        ("x", "/recuperar-contrase\u00f1a", "reset"),
        ("x", "/blog/in", None),
        ("dialogue", "/catalogins", None),
        ("google.oauth_login", "/a", None),
    ],
)
def test_names(new_app: Callable[[], Flask], endpoint: str, rule: str, kind: str | None) -> None:
    """Where nothing else tells, whole words of the endpoint or the path do."""
    app = new_app()
    name = endpoint.rpartition(".")[2]
    blueprint = Blueprint(endpoint.rpartition(".")[0] or "b", __name__)
    blueprint.add_url_rule(rule, name, plain, methods=BOTH)
    app.register_blueprint(blueprint)
    found = {kind for found, _, kind, _ in look(app).table() if found.endswith(name)}

    assert found == ({kind} if kind else set())


def test_registering_is_no_login(new_app: Callable[[], Flask]) -> None:
    """A registration that logs its new user in is not limited as a login, a page for both is."""
    app = new_app()
    app.add_url_rule("/register", "register", by_global, methods=BOTH)
    app.add_url_rule("/login_or_register", "login_or_register", by_global, methods=BOTH)
    endpoints = look(app)
    endpoints.observed("register")

    assert endpoints.login("register") is None
    assert endpoints.login("login_or_register") == "calls login_user"


def test_logging_in_again_is_no_login(new_app: Callable[[], Flask]) -> None:
    """Who must be logged in to reach a view changes their password there, or the user."""
    app = new_app()
    app.add_url_rule("/x", "x", hiding(login_required(by_global)), methods=BOTH)
    app.add_url_rule("/y", "y", fresh_login_required(by_helper), methods=BOTH)
    endpoints = look(app)

    app.add_url_rule("/account/change-password", "z", by_helper, methods=BOTH)

    assert [None] * 3 == [endpoints.login(name) for name in "xyz"]
    assert endpoints.reauth("z") == "calls login_user to change a password"
    assert endpoints.reauth("x") == "calls login_user behind login_required"
    assert endpoints.reauth("y") == "calls login_user behind login_required"


def test_making_a_hash_is_no_login(new_app: Callable[[], Flask]) -> None:
    """A view that makes a salted hash, compares none and logs in is a registration."""

    def welcome() -> str:
        generate_password_hash("a password")
        login_user(None)
        return ""

    def either() -> str:
        if not check_password_hash("", ""):
            generate_password_hash("a password")
        login_user(None)
        return ""

    app = new_app()
    app.add_url_rule("/welcome", "welcome", welcome, methods=BOTH)
    app.add_url_rule("/either", "either", either, methods=BOTH)
    app.add_url_rule("/login", "login", welcome, methods=BOTH)
    endpoints = look(app)
    endpoints.observed("welcome")

    assert endpoints.kinds("welcome") == {"register"}
    assert endpoints.login("either") == "calls login_user"
    assert endpoints.login("login") == "calls login_user"


def test_codes(new_app: Callable[[], Flask]) -> None:
    """A page that takes a code is found by its name, its fields or what it calls; it may be a
    login as well."""

    def second() -> str:
        if request.form["code"] == "123456":
            login_user(None)
        return ""

    def app_code() -> str:
        return request.form["otp_code"]

    def coupon() -> str:
        return request.form["code"]

    def library() -> str:
        return str(pyotp.TOTP("base32secret3232").verify(request.form["number"]))

    app = new_app()
    for view in (second, app_code, coupon, library):
        app.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=BOTH)
    app.add_url_rule("/2fa/check", "check", plain, methods=BOTH)
    app.add_url_rule("/2fa/help", "help", plain)
    app.add_url_rule("/auth/callback", "callback", second, methods=BOTH)
    endpoints = look(app)
    why = {name: endpoints.code(name) for name in app.view_functions if name != "static"}

    assert why == {
        "second": "reads the field code",
        "app_code": "reads the field otp_code",
        "coupon": None,
        "library": "calls TOTP",
        "check": "name",
        "help": None,
        "callback": None,
    }
    assert endpoints.kinds("second") == {"login", "code"}


def test_a_code_page_that_gives_up(new_app: Callable[[], Flask]) -> None:
    """A page for codes that logs out after too many of them is no logout."""

    def check() -> str:
        logout_user()
        return ""

    app = new_app()
    app.add_url_rule("/two-factor", "check", check, methods=BOTH)

    assert look(app).kinds("check") == {"code"}


def test_one_endpoint_for_everything(new_app: Callable[[], Flask]) -> None:
    """A GraphQL endpoint is no login, though it logs people in: it makes accounts too."""
    app = new_app()
    app.add_url_rule("/api/graphql", "api", by_helper, methods=BOTH)
    endpoints = look(app)
    endpoints.observed("api")

    assert endpoints.kinds("api") == frozenset()


def test_tokens(new_app: Callable[[], Flask]) -> None:
    """A view that gives out a token after a password is a login, one that renews it is not."""

    def create_access_token(_who: str) -> str:
        return "a token"

    def token() -> str:
        return create_access_token("ada") if check_password_hash("", "") else ""

    def renew() -> str:
        return create_access_token("ada")

    app = new_app()
    for view in (token, renew):
        app.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=["POST"])
    endpoints = look(app)

    assert endpoints.login("renew") is None
    assert endpoints.login("token") == "calls check_password_hash and create_access_token"


def test_logout_by_what_it_calls(new_app: Callable[[], Flask]) -> None:
    """`logout_user` makes a logout, unless the view logs in as well."""

    def leave() -> str:
        logout_user()
        return ""

    def switch() -> str:
        logout_user()
        login_user(None)
        return ""

    app = new_app()
    app.add_url_rule("/leave", "leave", leave)
    app.add_url_rule("/switch", "switch", switch, methods=["POST"])

    assert look(app).logout("leave") == "calls logout_user"
    assert look(app).logout("switch") is None
    assert look(app).login("switch") == "calls login_user"


def test_views_that_come_later(new_app: Callable[[], Flask]) -> None:
    """A view that is added after the first look is found."""
    app = new_app()
    endpoints = look(app)
    before = endpoints.login("login")
    app.add_url_rule("/login", "login", plain, methods=BOTH)

    assert (before, endpoints.login("login")) == (None, "name")


def test_the_table(new_app: Callable[[], Flask]) -> None:
    """The table names every rule of what was found, in order."""
    app = new_app()
    app.add_url_rule("/login", "login", plain, methods=BOTH)
    app.add_url_rule("/enter", "login", plain, methods=BOTH)
    app.add_url_rule("/logout", "logout", plain)

    assert look(app).table() == [
        ("login", "/enter", "login", "name"),
        ("login", "/login", "login", "name"),
        ("logout", "/logout", "logout", "name"),
    ]
