"""Views that loops over tables, helpers, own decorators and methods of base classes register."""

from __future__ import annotations

import pytest

HEAD = """\
from flask import Flask, Blueprint
from flask.views import MethodView
from flask_restful import Api, Resource
app = Flask(__name__)
api = Api(app)
bp = Blueprint("auth", __name__)
def enter(): ...
def leave(): ...
class Enter(MethodView):
    def post(self): ...
class Leave(MethodView):
    def get(self): ...
"""
BY_RULE = {"/enter": "enter", "/leave": "leave"}


def views(project, text, more=None):
    """Return {rule: (function, methods)}."""
    found = project({"app.py": HEAD + text, **(more or {})}).views
    return {
        rule: (view.function.qualname, sorted(view.methods))
        for view in found
        for rule in view.rules
    }


@pytest.mark.parametrize(
    "text",
    [
        "ROUTES = [('/enter', enter, ['POST']), ('/leave', leave, ['GET'])]\n"
        "for rule, view, methods in ROUTES:\n"
        "    app.add_url_rule(rule, view_func=view, methods=methods)\n",
        "for rule, view, methods in (('/enter', enter, ['POST']), ('/leave', leave, ['GET'])):\n"
        "    bp.route(rule, methods=methods)(view)\n",
        "ROUTES = [{'rule': '/enter', 'view_func': enter, 'methods': ['POST']},\n"
        "          {'rule': '/leave', 'view_func': leave}]\n"
        "for route in ROUTES:\n    app.add_url_rule(**route)\n",
        "ROUTES = [{'rule': '/enter', 'view': enter, 'by': ['POST']},\n"
        "          {'rule': '/leave', 'view': leave, 'by': ['GET']}]\n"
        "for r in ROUTES:\n"
        "    app.add_url_rule(r['rule'], view_func=r['view'], methods=r['by'])\n",
        "ROUTES = (Route(rule='/enter', view=enter, by=['POST']),\n"
        "          Route(rule='/leave', view=leave, by=['GET']))\n"
        "for r in ROUTES:\n    app.add_url_rule(r.rule, view_func=r.view, methods=r.by)\n",
        "def url(rule, view, **more):\n    app.add_url_rule(rule, view_func=view, **more)\n"
        "url('/enter', enter, methods=['POST'])\nurl('/leave', leave)\n",
        "def url(rule, name, **more):\n"
        "    app.add_url_rule(rule, view_func=LazyView('app.' + name), **more)\n"
        "url('/enter', 'enter', methods=['POST'])\nurl('/leave', 'leave')\n",
        "def url(rule, name, **more):\n"
        "    app.add_url_rule(rule, view_func=import_string(f'app.{name}'), **more)\n"
        "url('/enter', 'enter', methods=['POST'])\nurl('/leave', 'leave')\n",
        "ONE = [('/enter', enter, ['POST'])]\nTWO = [('/leave', leave, ['GET'])]\n"
        "for route in ONE + TWO:\n    rule, view, methods = route\n"
        "    app.add_url_rule(rule, None, view, methods=methods)\n",
        "[app.add_url_rule(r, view_func=v, methods=[m])\n"
        " for r, v, m in (('/enter', enter, 'POST'), ('/leave', leave, 'GET'))]\n",
        "def setup(app, routes):\n    for rule, view, by in routes:\n"
        "        app.add_url_rule(rule, view_func=view, methods=by)\n"
        "setup(app, [('/enter', enter, ['POST']), ('/leave', leave, ['GET'])])\n",
        "TABLE = {'POST': [('/enter', enter)], 'GET': [('/leave', leave)]}\n"
        "for by, routes in TABLE.items():\n    for rule, view in routes:\n"
        "        app.add_url_rule(rule, view_func=view, methods=[by])\n",
    ],
)
def test_functions(project, text):
    """Each listed route is a view, with its rule and methods."""
    assert views(project, text) == {"/enter": ("enter", ["POST"]), "/leave": ("leave", ["GET"])}


@pytest.mark.parametrize(
    "text",
    [
        "ROUTES = [(Enter, '/enter'), (Leave, '/leave')]\n"
        "for route in ROUTES:\n    api.add_resource(*route)\n",
        "ROUTES = [('/enter', Enter), ('/leave', Leave)]\n"
        "for route in ROUTES:\n    api.add_resource(route[1], route[0])\n",
        "URLS = {'/enter': Enter, '/leave': Leave}\nfor url, view in URLS.items():\n"
        "    app.add_url_rule(url, view_func=view.as_view(view.__name__))\n",
        "class Urls:\n    all = (('/enter', Enter), ('/leave', Leave))\n"
        "def make(app):\n    for rule, cls in Urls.all:\n"
        "        app.add_url_rule(rule, view_func=cls.as_view(cls.__name__.lower()))\n",
        "def configure(blueprint, table, decorators=None):\n    known = {}\n"
        "    for path, resource in table:\n        view = known.get(resource)\n"
        "        if view is None:\n            view = resource.as_view(resource.__name__)\n"
        "            for decorator in decorators or []:\n                view = decorator(view)\n"
        "        blueprint.add_url_rule(path, view_func=view)\n"
        "routes = [('/enter', Enter), ('/leave', Leave)]\nconfigure(bp, routes)\n",
        "class Controller(Blueprint):\n    def add_page(self, path, cls):\n"
        "        self.add_url_rule(path, view_func=cls.as_view(name='x'))\n"
        "pages = Controller('pages', __name__)\n"
        "pages.add_page('/enter', Enter)\npages.add_page('/leave', Leave)\n",
        "pages.add_resource('/enter', Enter)\npages.add_resource('/leave', Leave)\n",
        "def add(resource, *urls):\n    api.add_resource(resource, *urls)\n"
        "add(Enter, '/enter')\nadd(Leave, '/leave')\n",
    ],
)
def test_classes(project, text):
    """So are the methods of listed classes."""
    assert views(project, text) == {
        "/enter": ("Enter.post", ["POST"]),
        "/leave": ("Leave.get", ["GET"]),
    }


@pytest.mark.parametrize(
    "maker",
    [
        "def route(rule, **kw):\n    def deco(f):\n"
        "        app.add_url_rule(rule, view_func=f, **kw)\n        return f\n    return deco\n",
        "def route(rule, **kw):\n    def deco(f):\n        @app.route(rule, **kw)\n"
        "        @wraps(f)\n        def inner(*a, **k):\n            return f(*a, **k)\n"
        "        return inner\n    return deco\n",
        "def route(rule, methods=None):\n    def deco(f):\n"
        "        bp.route(rule, methods=methods or ['GET'])(f)\n        return f\n"
        "    return deco\n",
    ],
)
def test_own_decorators(project, maker):
    """What an own decorator registers is a view, and the wrapper within it is none."""
    found = views(
        project,
        f"{maker}@route('/in', methods=['POST'])\ndef come(): ...\n"
        "@route('/out', methods=['GET'])\ndef go(): ...\n",
    )

    assert {rule: name for rule, (name, _) in found.items()} == {"/in": "come", "/out": "go"}
    assert "POST" in found["/in"][1]


def test_own_decorators_of_classes(project):
    """A decorator may register classes, and be given several rules."""
    text = """
def resource(*urls, **more):
    def wrapper(cls):
        if not cls:
            return None
        api.add_resource(cls, *urls, **more)
        return cls
    return wrapper
def page(url):
    def wrapper(cls):
        app.add_url_rule(url, view_func=cls.as_view(cls.__name__))
        return cls
    return wrapper
@resource("/users", "/people", endpoint="users")
class Users(Resource):
    def post(self): ...
@page("/home")
class Home(MethodView):
    def get(self): ...
"""
    assert views(project, text) == {
        "/users": ("Users.post", ["POST"]),
        "/people": ("Users.post", ["POST"]),
        "/home": ("Home.get", ["GET"]),
    }


def test_tables_of_other_files(project):
    """A table may stand in another file than the loop, and its classes in a third."""
    found = project(
        {
            "app.py": "from flask import Flask\nfrom urls import ROUTES\napp = Flask(__name__)\n"
            "for rule, view in ROUTES:\n"
            "    app.add_url_rule(rule, view_func=view.as_view(rule))\n",
            "urls.py": "from pages import Index\nROUTES = [('/', Index)]\n",
            "pages.py": "from flask.views import MethodView\nclass Index(MethodView):\n"
            "    def get(self): ...\n",
        }
    ).views

    assert [(view.function.qualname, view.rules) for view in found] == [("Index.get", ("/",))]


PAGES = """
class Page(MethodView):
    def get(self, **more):
        return self.GET_AUTH(**more)
    def post(self, **more):
        {guard}return self.{then}(**more)
    def _checked(self, **more):
        return self.POST_AUTH(**more)
class Profile(Page):
    def POST_AUTH(self): ...
    def helper(self): ...
app.add_url_rule("/profile", view_func=Profile.as_view("profile"))
"""


@pytest.mark.parametrize("then", ["POST_AUTH", "_checked"])
def test_methods_that_a_base_class_calls(project, then):
    """A base class hands requests to methods of its own names; those are the views."""
    found = views(project, PAGES.format(then=then, guard=""))

    assert found == {"/profile": ("Profile.POST_AUTH", ["POST"])}


@pytest.mark.parametrize(
    ("guard", "guarded"),
    [("if not current_user.is_authenticated: abort(401)\n        ", True), ("", False)],
)
def test_guard_of_a_base_class(project, guard, guarded):
    """What the base class asks first keeps strangers out."""
    whole = project({"app.py": HEAD + PAGES.format(then="POST_AUTH", guard=guard)})

    assert bool(whole.guards.of(whole.views[0])) is guarded


@pytest.mark.parametrize(
    "text",
    [
        "for rule, view in load_routes():\n    app.add_url_rule(rule, view_func=view)\n",
        "def never(routes):\n    for rule, view in routes:\n"
        "        app.add_url_rule(rule, view_func=view)\n",
        "for module in MODULES:\n    app.add_url_rule(module.RULE, view_func=module.view)\n",
        "def deco(f):\n    app.add_url_rule('/x', view_func=f)\n    return f\n",
    ],
)
def test_what_cannot_be_known(project, text):
    """What only a run tells is no view, and no mistake."""
    assert views(project, text) == {}


@pytest.mark.parametrize(
    "api",
    [
        "api = Api(app, decorators=[login_required])\n",
        "api = Api(app)\napi.decorators = [log_it(), login_required]\n",
    ],
)
def test_what_an_api_puts_around_its_resources(project, api):
    """Decorators of a whole API guard each of its resources."""
    whole = project(
        {
            "app.py": HEAD + f"from flask_login import login_required\n{api}"
            "class Users(Resource):\n    def post(self): ...\n"
            "api.add_resource(Users, '/users')\n"
        }
    )

    assert whole.guards.of(whole.views[0]) == "@login_required"


def test_loops_in_loops_end(project):
    """Three loops over ninety names each would register 729,000 routes: the first are enough."""
    table = [f"/{n}" for n in range(90)]
    text = (
        f"PARTS = {table}\n"
        "for a in PARTS:\n    for b in PARTS:\n        for c in PARTS:\n"
        "            app.add_url_rule(a + b + c, view_func=enter)\n"
    )
    (view,) = project({"app.py": HEAD + text}).views
    assert view.function.qualname == "enter"


def test_helpers_of_helpers_end(project):
    """Each helper is called forty times by the next one, and hands a table on that nobody has."""
    calls = "".join(f"    step{{0}}(t, {n})\n" for n in range(40))
    steps = (
        "def step0(t, n):\n    for v in t:\n        app.add_url_rule('/' + v, view_func=enter)\n"
    )
    steps += "".join(f"def step{k}(t, n):\n{calls.format(k - 1)}" for k in range(1, 6))
    assert views(project, steps) == {None: ("enter", ["GET"])}


@pytest.mark.parametrize("step", ["p = p + p", "p = p + other(p)", "p = [p, p]"])
def test_what_doubles_ends(project, step):
    """Forty doublings of a text, or of an expression, are not written out."""
    body = f"    {step}\n" * 40
    text = f"for p in ['/enter', '/leave']:\n{body}    app.add_url_rule(p, view_func=enter)\n"
    assert views(project, text) == {None: ("enter", ["GET"])}
