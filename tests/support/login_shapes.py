"""Ways to write a login, each as an app of its own, and what each of its answers means.

A shape adds its views to an app and says how a browser sends a name and a password to them.
Where a view's own check cannot be seen, an inactive user who is refused looks like a wrong
password, so the table has no expectation there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import flask_bcrypt
import flask_restful
from flask import Flask, abort, flash, jsonify, make_response, redirect, request, session, url_for
from flask.views import MethodView
from flask_login import current_user, login_required, login_user
from flask_wtf import CSRFProtect, FlaskForm
from login_service import Directory, DirectoryError, LoginService
from site_app import PASSWORD, Browser, User
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired

Case = Literal["right", "wrong", "unknown", "inactive", "invalid"]
Meaning = Literal["success", "failure", "unclear", "neither"]
SENT: dict[Case, tuple[str, str]] = {
    "right": ("ada", PASSWORD),
    "wrong": ("ada", "not the password"),
    "unknown": ("nobody", "not the password"),
    "inactive": ("ina", PASSWORD),
    "invalid": ("ada", ""),  # unless the shape has something better
}
USUAL: dict[Case, Meaning | None] = {
    "right": "success",
    "wrong": "failure",
    "unknown": "failure",
    "inactive": "neither",
    "invalid": "neither",
}
UNSEEN: dict[Case, Meaning | None] = USUAL | {"inactive": None}
NONE: dict[Case, Meaning | None] = dict.fromkeys(USUAL, "neither")


@dataclass
class Site:
    """An app that is not wrapped yet."""

    app: Flask
    users: dict[str, User]

    def find(self, name: str, password: str) -> User | None:
        """Return whose name and password these are, by a check that is seen."""
        user = self.users.get(name)
        return user if user and check_password_hash(user.password_hash, password) else None


Build = Callable[[Site], None]
Send = Callable[[Browser, Case], Any]


def by_form(browser: Browser, case: Case) -> Any:
    name, password = SENT[case]
    return browser.post("/login", {"username": name, "password": password})


def by_json(browser: Browser, case: Case) -> Any:
    name, password = SENT[case]
    return browser.post("/login", json={"email": name, "password": password})


@dataclass(frozen=True)
class Shape:
    """One way to write a login."""

    name: str
    build: Build
    send: Send = by_form
    means: dict[Case, Meaning | None] = field(default_factory=lambda: USUAL)
    """What each case means; None: nobody outside the view can know."""


SHAPES: list[Shape] = []


def shape(send: Send = by_form, **means: Any) -> Callable[[Build], Build]:
    def add(build: Build) -> Build:
        table = means.pop("table", USUAL)
        SHAPES.append(Shape(build.__name__, build, send, table | means))
        return build

    return add


def typed() -> tuple[str, str]:
    return request.form["username"], request.form["password"]


def at(site: Site, path: str = "/login", **options: Any) -> Callable[[Any], Any]:
    return site.app.route(path, **{"endpoint": "login", "methods": ["GET", "POST"]} | options)


def simple(site: Site, failed: Callable[[], Any], worked: Callable[[], Any] | None = None) -> None:
    @at(site)
    def login() -> Any:
        if request.method == "GET":
            return "the form"
        user = site.find(*typed())
        if user is None or not login_user(user):
            return failed()
        return worked() if worked else redirect("/")


@shape()
def renders_again(site: Site) -> None:
    simple(site, lambda: "wrong name or password")


@shape()
def redirects_elsewhere(site: Site) -> None:
    simple(site, lambda: redirect("/sorry"))


@shape()
def flashes_and_comes_back(site: Site) -> None:
    def failed() -> Any:
        flash("wrong")
        return redirect(url_for("login", next="/mfa"))

    simple(site, failed)


@shape()
def answers_401(site: Site) -> None:
    simple(site, lambda: abort(401))


@shape()
def answers_403(site: Site) -> None:
    simple(site, lambda: ("no", 403))


@shape(unknown=None)  # 400 before a check is what a form without its token looks like
def answers_400(site: Site) -> None:
    simple(site, lambda: abort(400))


@shape()
def answers_404_to_unknown_names(site: Site) -> None:
    simple(site, lambda: abort(404 if typed()[0] not in site.users else 401))


@shape()
def remembers(site: Site) -> None:
    @at(site)
    def login() -> Any:
        user = site.find(*typed())
        if user and login_user(user, remember=True):
            return redirect("/")
        return "wrong"


@shape()
def sends_who_is_in_on(site: Site) -> None:
    @at(site)
    def login() -> Any:
        if current_user.is_authenticated:
            return redirect("/")
        user = site.find(*typed()) if request.method == "POST" else None
        return redirect("/") if user and login_user(user) else "the form"


@shape(lambda b, c: b.post("/", {"username": SENT[c][0], "password": SENT[c][1]}))
def at_the_root(site: Site) -> None:
    @at(site, "/", endpoint="index")
    def index() -> Any:
        user = site.find(*typed()) if request.method == "POST" else None
        return redirect("/home") if user and login_user(user) else "welcome"


@shape(
    lambda b, c: b.post(
        "/login",
        {"username": SENT[c][0], "password": SENT[c][1]},
        content_type="multipart/form-data",
    )
)
def multipart(site: Site) -> None:
    simple(site, lambda: "wrong")


@shape(by_json)
def json_ok_false(site: Site) -> None:
    @at(site, methods=["POST"])
    def login() -> Any:
        user = site.find(request.json["email"], request.json["password"])  # type: ignore[index]
        return jsonify(ok=bool(user and login_user(user)))


@shape(by_json, right="neither")  # nobody is logged in: a check that was seen says that it is right
def json_token(site: Site) -> None:
    @at(site, "/login", methods=["POST"])
    def login() -> Any:
        sent = request.get_json()
        user = site.find(sent["email"], sent["password"])
        if user is None or not user.is_active:
            return jsonify(error="invalid credentials"), 401
        return jsonify(token="t")


def by_json_without_name(browser: Browser, case: Case) -> Any:
    if case != "invalid":
        return by_json(browser, case)
    return browser.post("/login", json={"password": ""})


@shape(by_json_without_name)
def json_422(site: Site) -> None:
    @at(site, methods=["POST"])
    def login() -> Any:
        sent = request.get_json()
        if not sent.get("email") or not sent.get("password"):
            return jsonify(errors={"email": "missing"}), 422
        user = site.find(sent["email"], sent["password"])
        if not (user and login_user(user)):
            return jsonify(errors={"password": "wrong"}), 422
        return jsonify(user=user.get_id())


@shape(lambda b, c: b.post("/login", json={"user": {"email": SENT[c][0], "password": SENT[c][1]}}))
def json_nested(site: Site) -> None:
    @at(site, methods=["POST"])
    def login() -> Any:
        sent = request.get_json()["user"]
        user = site.find(sent["email"], sent["password"])
        return jsonify(ok=bool(user and login_user(user)))


def in_two_steps(browser: Browser, case: Case) -> Any:
    name, password = SENT[case]
    browser.post("/login", {"username": name})
    return browser.post("/login", {"password": password})


@shape(in_two_steps)
def two_steps(site: Site) -> None:
    @at(site)
    def login() -> Any:
        if "username" in request.form:
            session["asked"] = request.form["username"]
            return "and the password?"
        user = site.find(session.get("asked", ""), request.form["password"])
        return redirect("/") if user and login_user(user) else "wrong"


def by_basic(browser: Browser, case: Case) -> Any:
    name, password = SENT[case]
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return browser.post("/login", headers={"Authorization": f"Basic {pair}"})


@shape(by_basic)
def http_basic(site: Site) -> None:
    @at(site, methods=["POST"])
    def login() -> Any:
        sent = request.authorization
        user = site.find(sent.username or "", sent.password or "") if sent else None
        if not (user and login_user(user)):
            return "who?", 401, {"WWW-Authenticate": "Basic"}
        return "welcome"


@shape(lambda b, c: b.post("/enter", {"username": SENT[c][0], "password": SENT[c][1]}))
def method_view(site: Site) -> None:
    class Entrance(MethodView):
        def post(self) -> Any:
            user = site.find(*typed())
            return redirect("/") if user and self.enter(user) else "wrong"

        def enter(self, user: User) -> bool:
            return bool(login_user(user))

    site.app.add_url_rule("/enter", view_func=Entrance.as_view("entrance"))


@shape(lambda b, c: b.post("/door", json={"username": SENT[c][0], "password": SENT[c][1]}))
def restful_resource(site: Site) -> None:
    class Door(flask_restful.Resource):  # type: ignore[misc]  # ships no types
        def post(self) -> Any:
            user = site.find(request.json["username"], request.json["password"])  # type: ignore[index]
            if not (user and login_user(user)):
                return {"message": "wrong"}, 401
            return {"user": user.get_id()}

    flask_restful.Api(site.app).add_resource(Door, "/door")


class Form(FlaskForm):  # type: ignore[misc]  # ships no types
    username = StringField(validators=[DataRequired()])
    password = PasswordField(validators=[DataRequired()])


@shape()
def wtform(site: Site) -> None:
    @at(site)
    def login() -> Any:
        form = Form(meta={"csrf": False})
        if form.validate_on_submit():
            user = site.find(form.username.data, form.password.data)
            if user and login_user(user):
                return redirect("/")
        return "the form"


def with_token(browser: Browser, case: Case) -> Any:
    name, password = SENT["wrong" if case == "invalid" else case]
    token = browser.get("/token").get_data(as_text=True)
    sent = {"username": name, "password": password}
    if case != "invalid":
        sent["csrf_token"] = token
    return browser.post("/login", sent, headers={"Referer": "https://app.example/login"})


@shape(with_token)
def csrf_protected(site: Site) -> None:
    from flask_wtf.csrf import generate_csrf

    CSRFProtect(site.app)
    site.app.add_url_rule("/token", "token", generate_csrf)
    simple(site, lambda: "wrong")


@shape()
def service_in_another_module(site: Site) -> None:
    service = LoginService(site.users)

    @at(site, "/login", endpoint="door")
    def door() -> Any:
        return redirect("/") if service.attempt(*typed()) else "wrong"


@shape(table=UNSEEN)
def hashes_by_itself(site: Site) -> None:
    def digest(text: str) -> bytes:
        return hashlib.pbkdf2_hmac("sha256", text.encode(), b"salt", 100)

    stored = {name: digest(PASSWORD) for name in site.users}

    @at(site)
    def login() -> Any:
        name, password = typed()
        known = stored.get(name, b"")
        if hmac.compare_digest(known, digest(password)) and login_user(site.users[name]):
            return redirect("/")
        return "wrong"


@shape(table=UNSEEN)
def asks_a_directory(site: Site) -> None:
    directory = Directory(dict.fromkeys(site.users, PASSWORD))

    @at(site)
    def login() -> Any:
        name, password = typed()
        try:
            directory.bind(name, password)
        except DirectoryError:
            return "wrong", 401
        return "welcome" if login_user(site.users[name]) else ("inactive", 403)


@shape()
def bcrypt(site: Site) -> None:
    tool = flask_bcrypt.Bcrypt(site.app)
    stored = tool.generate_password_hash(PASSWORD, 4).decode()
    for user in site.users.values():
        user.password_hash = stored

    @at(site)
    def login() -> Any:
        name, password = typed()
        user = site.users.get(name)
        if user and tool.check_password_hash(user.password_hash, password) and login_user(user):
            return redirect("/")
        return "wrong"


@shape(table=UNSEEN)  # knowable where passlib's functions are adopted, which is up to its version
def passlib(site: Site) -> None:
    from passlib.hash import pbkdf2_sha256

    stored = pbkdf2_sha256.using(rounds=10).hash(PASSWORD)

    @at(site)
    def login() -> Any:
        name, password = typed()
        user = site.users.get(name)
        if user and pbkdf2_sha256.verify(password, stored) and login_user(user):
            return redirect("/")
        return "wrong"


@shape()
def asynchronous(site: Site) -> None:
    @at(site)
    async def login() -> Any:
        user = site.find(*typed())
        return redirect("/") if user and login_user(user) else "wrong"


@shape()
def htmx(site: Site) -> None:
    def worked() -> Any:
        answer = make_response("")
        answer.headers["HX-Redirect"] = "/"
        return answer

    simple(site, lambda: "<p>wrong</p>", worked)


@shape(right="neither", inactive="neither")
def first_of_two_factors(site: Site) -> None:
    @at(site)
    def login() -> Any:
        user = site.find(*typed())
        if user is None or not user.is_active:
            return "wrong"
        session["pending"] = user.get_id()
        return redirect("/code")


@shape(table=UNSEEN | {"right": "unclear"})
def first_of_two_factors_unseen(site: Site) -> None:
    directory = Directory(dict.fromkeys(site.users, PASSWORD))

    @at(site)
    def login() -> Any:
        name, password = typed()
        try:
            directory.bind(name, password)
        except DirectoryError:
            return "wrong", 401
        session["pending"] = name
        return redirect("/mfa/totp") if site.users[name].is_active else ("inactive", 403)


def by_callback(browser: Browser, case: Case) -> Any:
    sent = {"code": "c", "state": "s", "user": SENT[case][0]}
    return browser.post("/auth/callback", sent)


@shape(by_callback, table=NONE | {"right": "neither"})
def oauth_callback(site: Site) -> None:
    @at(site, "/auth/callback", endpoint="callback")
    def callback() -> Any:
        return redirect("/login?error=access_denied")


def by_assertion(browser: Browser, case: Case) -> Any:
    return browser.post("/saml/acs", {"SAMLResponse": SENT[case][0], "RelayState": "/"})


@shape(by_assertion, table=NONE)
def single_sign_on(site: Site) -> None:
    @at(site, "/saml/acs", endpoint="acs")
    def acs() -> Any:
        user = site.users.get(request.form["SAMLResponse"])
        # Without a password there is nothing to guess: neither outcome is counted.
        return redirect("/") if user and user.is_active else abort(403)


@shape(lambda b, c: b.post("/anything", {"username": SENT[c][0], "password": SENT[c][1]}))
def before_request(site: Site) -> None:
    @site.app.before_request
    def door() -> Any:
        if request.method != "POST":
            return None
        user = site.find(*typed())
        if not (user and login_user(user)):
            return "wrong", 401
        return None

    site.app.add_url_rule("/anything", "login", lambda: "a page", methods=["GET", "POST"])


def by_graphql(browser: Browser, case: Case) -> Any:
    name, password = SENT[case]
    query = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { ok } }"
    variables = {"username": name, "password": password}
    return browser.post("/graphql", json={"query": query, "variables": variables})


# Counted by the check alone: a name that nobody has looks like any other operation.
@shape(by_graphql, right="neither", unknown=None)
def graphql(site: Site) -> None:
    @site.app.post("/graphql")
    def graphql() -> Any:
        sent = request.get_json()["variables"]
        if not sent["password"]:
            return jsonify(errors=[{"message": "password: required"}])
        return jsonify(data={"login": {"ok": mutation(sent)}})

    def mutation(sent: Any) -> bool:
        user = site.find(sent["username"], sent["password"])
        return bool(user and login_user(user))


def by_registration(browser: Browser, case: Case) -> Any:
    name = {"right": "grace", "unknown": "nobody"}.get(case, "ada")
    return browser.post("/welcome", {"username": name, "password": SENT[case][1] or "x"})


@shape(by_registration, table=NONE)
def registration(site: Site) -> None:
    @site.app.route("/welcome", methods=["GET", "POST"])
    def welcome() -> Any:
        name, password = typed()
        if name in site.users or len(password) < 8:
            return "taken, or too short"
        site.users[name] = User(name, generate_password_hash(password, "pbkdf2:sha256:1000"))
        return redirect("/")


def by_confirmation(browser: Browser, case: Case) -> Any:
    browser.post("/login", {"username": "ada", "password": PASSWORD})
    return browser.post("/sure", {"password": SENT[case][1]})


@shape(by_confirmation, inactive="success")  # the form names nobody: it is always Ada's password
def asks_again(site: Site) -> None:
    from flask_login import confirm_login

    simple(site, lambda: "wrong")

    @site.app.route("/sure", methods=["GET", "POST"])
    @login_required
    def sure() -> Any:
        if site.find(current_user.get_id(), request.form["password"]):
            confirm_login()
            return redirect("/")
        return "wrong"
