"""The views of an app and what is around them; users and their models."""

from __future__ import annotations

HEAD = "from flask import Flask, Blueprint\nfrom flask.views import MethodView\n" \
       "from flask_login import login_required, LoginManager, UserMixin\n" \
       "app = Flask(__name__)\nbp = Blueprint('auth', __name__)\n"  # fmt: skip


def views(project, text):
    """Return {function: (rules, methods)}."""
    found = project({"app.py": HEAD + text})
    return {v.function.qualname: (v.rules, sorted(v.methods)) for v in found.views}


def test_decorators(project):
    """Routes of apps and blueprints, several on one function, with their methods."""
    text = """
METHODS = ["GET", "POST"]
@app.route("/a")
@bp.route("/b", methods=METHODS)
def one(): ...
@bp.post("/c")
def two(): ...
@app.errorhandler(404)
def three(): ...
"""

    assert views(project, text) == {
        "one": (("/a", "/b"), ["GET", "POST"]),
        "two": (("/c",), ["POST"]),
    }


def test_add_url_rule_and_classes(project):
    """Rules added by call, view classes and wrappers around them are found."""
    text = """
def plain(): ...
app.add_url_rule("/p", view_func=login_required(plain), methods=["POST"])
class Item(MethodView):
    decorators = [login_required]
    def get(self): ...
    def post(self): ...
app.add_url_rule("/i", view_func=Item.as_view("item"))
"""
    found = project({"app.py": HEAD + text})

    assert {v.function.qualname: sorted(v.methods) for v in found.views} == {
        "plain": ["POST"], "Item.get": ["GET"], "Item.post": ["POST"],
    }  # fmt: skip
    assert all(v.decorated_with("flask_login.login_required") for v in found.views)


def test_decorator_order(project):
    """Whether a decorator is applied before the view is registered can be told."""
    text = """
@app.route("/good")
@login_required
def good(): ...
@login_required
@app.route("/bad")
def bad(): ...
"""
    found = project({"app.py": HEAD + text})
    told = {
        v.function.name: v.below_route(v.decorated_with("flask_login.login_required"))
        for v in found.views
    }

    assert told == {"good": True, "bad": False}


def test_identity(project):
    """Login manager settings, loaders and models with column lengths are found."""
    text = """
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()
lm = LoginManager()
lm.session_protection = None
LENGTH = 60
class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    password_hash = db.Column(db.String(LENGTH), nullable=False)
    reset_password_token = db.Column(db.String(20))
@lm.user_loader
def load(user_id): ...
"""
    identity = project({"app.py": HEAD + text}).identity

    assert [(s.name, s.value.value) for s in identity.manager_settings] == [
        ("session_protection", None)
    ]
    assert [loader.function.name for loader in identity.loaders] == ["load"]
    (model,) = identity.models
    assert [(c.name, c.type_name, c.length) for c in model.columns] == [
        ("id", "Integer", None), ("password_hash", "String", 60),
        ("reset_password_token", "String", 20),
    ]  # fmt: skip
    assert model.password_attributes == ("password_hash",)


def test_sites_are_apart(project):
    """Files that import each other are one app; tests do not join two apps."""
    made = "from flask import Flask\napp = Flask(__name__)\n"
    found = project(
        {
            "a/app.py": made, "a/run.py": "from app import app\nimport flask\n", "b/app.py": made,
            "tests/conftest.py": "import flask\nfrom a import app\nfrom b import app as b\n",
        }
    )  # fmt: skip

    assert [[m.path for m in site.modules] for site in found.sites] == [
        ["a/app.py", "a/run.py"], ["b/app.py"],
    ]  # fmt: skip


def test_classes_of_flask_classful(project):
    """A class that is registered answers by its rules and by ``get`` and its kin."""
    text = """
from flask_classful import FlaskView, route
class Base(FlaskView):
    def delete(self, id): ...
class Users(Base):
    @route("/profile", methods=["GET", "POST"])
    def profile(self): ...
    @route("/list")
    def listed(self): ...
    def post(self): ...
    def _load(self): ...
class Never(FlaskView):
    def post(self): ...
class Other:
    def post(self): ...
Users.register(bp)
Other.register(bp)
"""

    assert views(project, text) == {
        "Users.profile": (("/profile",), ["GET", "POST"]),
        "Users.listed": (("/list",), ["GET"]),
        "Users.post": ((), ["POST"]),
    }
    found = project({"app.py": HEAD + text})
    assert {view.group for view in found.views} == {"app.bp"}


def test_routes_that_are_called(project):
    """A route that is called with a function registers it, as a decorator does."""
    text = """
def one(): ...
def two(): ...
def three(): ...
def make(app, state):
    bp.route(app.config["LOGOUT_URL"], methods=["GET", "POST"], endpoint="out")(one)
    if state.confirmable:
        bp.route(
            "/two",
        )(login_required(two))
    print("route")(three)
    limiter.limit("1/minute")(three)
"""

    assert views(project, text) == {"one": ((None,), ["GET", "POST"]), "two": (("/two",), ["GET"])}


def test_what_is_around_a_called_route(project):
    """What wraps a function there guards the view."""
    text = "def one(): ...\nbp.route('/one')(login_required(one))\n"
    (view,) = project({"app.py": HEAD + text}).views

    assert [d.name for d in view.decorators] == ["flask_login.login_required"]


def test_views_named_by_texts(project):
    """A text that is imported names the view: of functions, of classes and of both spellings."""
    text = """
from werkzeug.utils import import_string
app.add_url_rule("/one", view_func=import_string("shop.views.one"))
app.add_url_rule("/two", view_func=login_required(LazyView("shop.views:two")))
app.add_url_rule("/three", view_func=import_string("shop.views.Three").as_view("three"))
app.add_url_rule("/four", view_func=import_string(name))
app.add_url_rule("/five", view_func=import_string("elsewhere.five"))
app.add_url_rule("/six", view_func=import_string("one"))
"""
    shop = "from flask.views import MethodView\ndef one(): ...\ndef two(): ...\n" \
           "class Three(MethodView):\n    def post(self): ...\n"  # fmt: skip
    found = project({"app.py": HEAD + text, "shop/__init__.py": "", "shop/views.py": shop}).views

    assert {v.function.qualname: (v.rules, sorted(v.methods)) for v in found} == {
        "one": (("/one",), ["GET"]),
        "two": (("/two",), ["GET"]),
        "Three.post": (("/three",), ["POST"]),
    }
    two = next(view for view in found if view.function.name == "two")
    assert [d.name for d in two.decorators] == ["flask_login.login_required"]


VIEWS = """
from flask.views import MethodView
class Users(MethodView):
    def get(self): ...
    def post(self): ...
class Notes(MethodView):
    def post(self): ...
def one(): ...
"""


def test_variable_that_holds_a_view(project):
    """A view that a variable is bound to, and wrapped again, is registered like any other."""
    text = """
users = Users.as_view("users")
app.add_url_rule("/users", view_func=users)
notes = Notes.as_view("notes")
notes = login_required(notes)
app.add_url_rule("/notes", view_func=notes)
first = login_required(one)
app.add_url_rule("/one", view_func=first)
other = find_view("one")
app.add_url_rule("/other", view_func=other)
"""
    found = project({"app.py": HEAD + VIEWS + text}).views

    assert {v.function.qualname: (v.rules, sorted(v.methods)) for v in found} == {
        "Users.get": (("/users",), ["GET"]),
        "Users.post": (("/users",), ["POST"]),
        "Notes.post": (("/notes",), ["POST"]),
        "one": (("/one",), ["GET"]),
    }
    guards = {v.function.qualname: [d.name for d in v.decorators] for v in found}
    assert guards["Notes.post"] == guards["one"] == ["flask_login.login_required"]
    assert guards["Users.get"] == []


def test_helper_that_registers_what_it_is_given(project):
    """A function that registers its parameter registers what its callers hand over."""
    text = """
def register_api(view, endpoint, url, **more):
    made = view.as_view(endpoint)
    app.add_url_rule(url, view_func=made, methods=["GET"])
    app.add_url_rule(url, view_func=made, methods=["POST"])
register_api(Users, "users", "/users/", pk="user_id")
def endpoint(resource, url, name):
    bp.add_url_rule(url, endpoint=name, view_func=resource)
endpoint(Notes, url="/notes", name="notes")
endpoint(one, "/one", "one")
def never(view):
    app.add_url_rule("/never", view_func=view)
"""
    found = project({"app.py": HEAD + VIEWS + text}).views

    assert {v.function.qualname: (v.rules, sorted(v.methods)) for v in found} == {
        "Users.get": (("/users/",), ["GET"]),
        "Users.post": (("/users/",), ["POST"]),
        "Notes.post": (("/notes",), ["POST"]),
        "one": (("/one",), ["GET"]),
    }
