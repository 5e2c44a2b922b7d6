"""What a view reaches, however an app is cut into modules, classes and objects."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_restful
import flask_restx
import flask_smorest
import pytest
from flask import Flask, g
from flask.views import MethodView
from flask_classful import FlaskView
from flask_login import login_user, logout_user
from flask_login import login_user as let_in

from hardening.context import Context
from hardening.logins.detect import Endpoints
from hardening.logins.reach import read
from hardening.policy import Policy
from hardening.storage.memory import MemoryStore

SERVICE = """
from flask_login import login_user as _enter


def enter(name):
    _enter(name)


def leave(name):
    return name


class Service:
    def __init__(self):
        self.level = 1

    def sign(self, name):
        self._finish(name)

    def _finish(self, name):
        enter(name)

    def other(self, name):
        return name

    @classmethod
    def by_class(cls, name):
        cls._end(name)

    @staticmethod
    def _end(name):
        enter(name)


service = Service()
ACTIONS = {"sign": enter, "other": leave}
"""
VIEWS = """
import PACKAGE.services
from PACKAGE import services
from PACKAGE.services import ACTIONS, Service, enter, service
from flask import current_app


def function(): enter("a")
def module(): services.enter("a")
def dotted(): PACKAGE.services.service.sign("a")
def instance(): service.sign("a")
def made():
    one = Service()
    return one.sign("a")
def class_method(): Service.by_class("a")
def table(): ACTIONS["sign"]("a")
def inside():
    from PACKAGE.services import enter as other_name
    other_name("a")
def relative():
    from .services import enter as other_name
    other_name("a")
async def asynchronous(): enter("a")
def generator():
    yield enter("a")
def comprehension(): return [enter(name) for name in "ab"]


def near_function(): services.leave("a")
def near_instance(): service.other("a")
def near_made(): return Service().other("a")
def near_import():
    from .services import leave
    leave("a")
def near_current_app(): return current_app.name
"""
FAR = ("function", "module", "dotted", "instance", "made", "class_method", "table", "inside")
FAR += ("relative", "asynchronous", "generator", "comprehension")
NEAR = ("near_function", "near_instance", "near_made", "near_import", "near_current_app")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The views of an app that is a package with a module of services."""
    folder = tmp_path_factory.mktemp("package")
    name = f"shop_{folder.name.replace('-', '_')}"
    package = folder / name
    package.mkdir()
    for file, text in {"__init__": "", "services": SERVICE, "views": VIEWS}.items():
        (package / f"{file}.py").write_text(text.replace("PACKAGE", name))
    sys.path.insert(0, str(folder))
    try:
        yield __import__(f"{name}.views", fromlist=["views"])
    finally:
        sys.path.remove(str(folder))


def called(view: object) -> frozenset[str]:
    return read(view, {"login_user": login_user, "logout_user": logout_user}).called


@pytest.mark.parametrize("name", FAR)
def test_helpers_in_other_modules(shop: Any, name: str) -> None:
    """A helper of another module is followed, in every way to call one."""
    assert called(getattr(shop, name)) == {"login_user"}


@pytest.mark.parametrize("name", NEAR)
def test_what_is_only_near(shop: Any, name: str) -> None:
    """What stands beside the helper that is called is not."""
    assert called(getattr(shop, name)) == frozenset()


def test_three_levels(shop: Any) -> None:
    """Helpers are followed three deep and no deeper: every view reaches everything in the end."""

    def first() -> None:
        shop.instance()  # -> service.sign -> _finish -> enter

    def second() -> None:
        shop.function()

    assert (called(first), called(second)) == (frozenset(), {"login_user"})


class Held:
    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self) -> Any:
        return self.function()


def plain() -> str:
    return ""


def made_with(enter: Callable[..., Any]) -> Callable[[], str]:
    def view() -> str:
        enter(g.user)
        return ""

    return view


def by_default(enter: Callable[..., Any] = let_in) -> str:
    enter(g.user)
    return ""


def run(enter: Callable[..., Any]) -> str:
    enter(g.user)
    return ""


def cached() -> str:
    let_in(g.user)
    return ""


@pytest.mark.parametrize(
    "view",
    [
        made_with(let_in),
        by_default,
        functools.partial(run, let_in),
        functools.partial(run, enter=let_in),
        Held(cached),
        functools.lru_cache(cached),
    ],
    ids=["closure", "default", "partial", "keyword of a partial", "object", "cache"],
)
def test_handed_over(view: object) -> None:
    """The function counts where it is handed over, under whatever name."""
    assert called(view) == {"login_user"}


@pytest.mark.parametrize("view", [made_with(plain), functools.partial(run, plain), Held(plain)])
def test_other_things_handed_over(view: object) -> None:
    """Another function in its place does not."""
    assert called(view) == frozenset()


def found(app: Flask) -> set[tuple[str, str, str]]:
    endpoints = Endpoints(Context(app, Policy(), "enforce", MemoryStore))
    return {(rule, kind, why) for _, rule, kind, why in endpoints.table()}


def test_flask_restful(new_app: Callable[[], Flask]) -> None:
    """A resource that logs in by POST and out by DELETE is a login; one beside it is not."""

    class Entrance(flask_restful.Resource):  # type: ignore[misc]  # ships no types
        def post(self) -> Any:
            return self.enter()

        def enter(self) -> Any:
            login_user(None)
            return {}

        def delete(self) -> Any:
            logout_user()
            return {}

    class Items(flask_restful.Resource):  # type: ignore[misc]  # ships no types
        def post(self) -> Any:
            return {}

    app = new_app()
    api = flask_restful.Api(app)
    api.add_resource(Entrance, "/entrance")
    api.add_resource(Items, "/items")

    assert found(app) == {("/entrance", "login", "calls login_user")}


def test_flask_restx(new_app: Callable[[], Flask]) -> None:
    """So in a namespace of Flask-RESTX, behind its decorators."""
    app = new_app()
    api = flask_restx.Api(app, doc=False)
    space = api.namespace("door")

    @space.route("/in")
    class Entrance(flask_restx.Resource):  # type: ignore[misc]  # ships no types
        @space.doc("in")
        @space.marshal_with(space.model("M", {}))
        def post(self) -> Any:
            login_user(None)
            return {}

    @space.route("/items")
    class Items(flask_restx.Resource):  # type: ignore[misc]  # ships no types
        def post(self) -> Any:
            return {}

    assert found(app) == {("/door/in", "login", "calls login_user")}


def test_flask_smorest(new_app: Callable[[], Flask]) -> None:
    """So in a blueprint of flask-smorest, whose methods are wrapped twice."""
    app = new_app()
    app.config |= {"API_TITLE": "t", "API_VERSION": "1", "OPENAPI_VERSION": "3.0.2"}
    blueprint = flask_smorest.Blueprint("door", "door", url_prefix="/door")

    @blueprint.route("/in")
    class Entrance(MethodView):
        @blueprint.response(200)
        def post(self) -> Any:
            login_user(None)
            return {}

    flask_smorest.Api(app).register_blueprint(blueprint)

    assert ("/door/in", "login", "calls login_user") in found(app)


def test_flask_classful(new_app: Callable[[], Flask]) -> None:
    """So for one method of a Flask-Classful view; its other methods stay what they are."""

    class Door(FlaskView):  # type: ignore[misc]  # ships no types
        default_methods = ("GET", "POST")

        def through(self) -> str:
            return self._pass()

        def _pass(self) -> str:
            login_user(None)
            return ""

        def bell(self) -> str:
            return ""

    app = new_app()
    Door.register(app)

    assert found(app) == {("/door/through/", "login", "calls login_user")}


def test_bound_methods(new_app: Callable[[], Flask]) -> None:
    """A method of an object, as Flask-AppBuilder's ``expose`` adds it, counts for itself."""

    class Pages:
        def __init__(self) -> None:
            self.manager = Manager()

        def enter(self) -> str:
            return self.manager.let_in("ada")

        def leave(self) -> str:
            logout_user()
            return ""

        def show(self) -> str:
            return ""

    class Manager:
        def let_in(self, name: str) -> str:
            login_user(name)
            return ""

    app, pages = new_app(), Pages()
    for name in ("enter", "leave", "show"):
        app.add_url_rule(f"/{name}", name, getattr(pages, name), methods=["GET", "POST"])

    assert found(app) == {
        ("/enter", "login", "calls login_user"),
        ("/leave", "logout", "calls logout_user"),
    }


def test_nothing_is_run(tmp_path: Path) -> None:
    """Attributes are found without asking the object that has them."""

    class Trap:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

        def enter(self) -> None:
            login_user(None)

    trap = Trap()

    def view() -> None:
        trap.enter()

    globals_of_view = {"trap": trap}
    plain_view = type(view)(
        compile("trap.enter()", "view", "exec"), {**globals_of_view, "__name__": __name__}
    )

    assert called(plain_view) == {"login_user"}


def test_read_once(new_app: Callable[[], Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    """A view's code is read at the first question, and again only if the view is replaced."""
    read_views: list[object] = []

    def spy(view: object, *rest: Any) -> Any:
        read_views.append(view)
        return read(view, *rest)

    monkeypatch.setattr("hardening.logins.reach.read", spy)
    app = new_app()
    app.add_url_rule("/x", "x", plain, methods=["POST"])
    endpoints = Endpoints(Context(app, Policy(), "enforce", MemoryStore))
    at_first = list(read_views)
    for _ in range(3):
        endpoints.login("x")
    endpoints.observed("x")
    endpoints.login("x")
    app.add_url_rule("/y", "y", cached, methods=["POST"])
    endpoints.login("y")

    assert (at_first, read_views) == ([], [plain, cached])
