"""Where `login-required-ineffective` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "login-required-ineffective"
HEAD = """\
import flask_login
from flask import Blueprint, Flask
from flask.views import MethodView
from flask_login import LoginManager, fresh_login_required, login_required
app = Flask(__name__)
login_manager = LoginManager(app)
"""


@pytest.mark.parametrize(
    ("decorator", "carets"),
    [
        ("@login_required", " ^^^^^^^^^^^^^^ login_required stands above the route"),
        ("@fresh_login_required", " ^^^^^^^^^^^^^^^^^^^^ fresh_login_required stands above"),
        ("@flask_login.login_required", " ^^^^^^^^^^^^^^^^^^^^^^^^^^ login_required stands"),
    ],
)
@pytest.mark.parametrize("route", ['@app.route("/x")', '@app.get("/x")', '@bp.route("/x")'])
def test_above_the_route(audit, decorator, carets, route):
    """Above the route it wraps a function that Flask has registered already."""
    bp = 'bp = Blueprint("bp", __name__)\n'

    audit(RULE, f"{HEAD}{bp}{decorator}\n{carets}\n{route}\ndef view():\n    return ''\n")


def test_on_a_view_class(audit):
    """On the class it wraps the constructor, which `as_view` does not call through."""
    audit(
        RULE,
        HEAD + "@login_required\n ^^^^^^^^^^^^^^ login_required on the class Account does not\n"
        "class Account(MethodView):\n    def get(self):\n        return ''\n"
        "app.add_url_rule('/a', view_func=Account.as_view('a'))\n",
    )


@pytest.mark.parametrize("line", ["login_required(view)", "login_required(app)"])
def test_thrown_away(audit, line):
    """A wrapped view that nobody keeps protects nothing, at import or later."""
    carets = "^" * len(line) + " What login_required(...) returns is thrown away"

    audit(RULE, f"{HEAD}@app.get('/x')\ndef view():\n    return ''\n{line}\n{carets}\n")


def test_empty_parentheses(audit):
    """Flask-Login's decorator takes the view, not parentheses."""
    audit(
        RULE,
        HEAD + "@app.get('/x')\n@login_required()\n ^^^^^^^^^^^^^^^^ login_required() is called\n"
        "def view():\n    return ''\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        "@app.get('/x')\n@login_required\ndef view():\n    return ''\n",
        "@login_required\ndef helper():\n    return ''\n",
        "@login_required\n@app.get('/x')\n@login_required\ndef view():\n    return ''\n",
        "class Account(MethodView):\n    decorators = [login_required]\n"
        "    def get(self):\n        return ''\n",
        "class Account(MethodView):\n    @login_required\n    def get(self):\n        return ''\n",
        "view = login_required(view)\n",
        "app.add_url_rule('/x', view_func=login_required(view))\n",
        "app.view_functions['x'] = login_required(app.view_functions['x'])\n",
        "bp = Blueprint('bp', __name__)\n@bp.before_request\n@login_required\ndef guard():\n"
        "    return None\n@bp.get('/x')\ndef view():\n    return ''\n",
        "@app.errorhandler(404)\n@app.get('/x')\n@login_required\ndef view():\n    return ''\n",
    ],
)
def test_near_misses(audit, text):
    """The right order, `decorators`, kept results and hooks are what they should be."""
    audit(RULE, HEAD + text)


def test_own_decorator_of_that_name(audit):
    """A project's own decorator may need parentheses, or register the view itself."""
    audit(
        RULE,
        {
            "guards.py": "def login_required(role=None):\n    def wrap(view):\n"
            "        return view\n    return wrap\n",
            "app.py": "from flask import Flask\nfrom guards import login_required\n"
            "app = Flask(__name__)\n"
            "@login_required()\n@app.get('/x')\ndef view():\n    return ''\n",
        },
    )


def test_re_exported(audit):
    """Flask-Login's decorator is known through another module of the project."""
    audit(
        RULE,
        {
            "guards.py": "from flask_login import login_required as members_only\n",
            "app.py": "from flask import Flask\nfrom guards import members_only\n"
            "app = Flask(__name__)\n"
            "@members_only\n ^^^^^^^^^^^^ login_required stands above the route\n"
            "@app.get('/x')\ndef view():\n    return ''\n",
        },
    )


# What a project writes itself, with what it is told by.
OWN = {
    "wrapper": (
        "def members_only(view):\n    @wraps(view)\n    def wrapped(*args, **kwargs):\n"
        "        if not current_user.is_authenticated:\n            abort(401)\n"
        "        return view(*args, **kwargs)\n    return wrapped\n"
    ),
    "by session": (
        "def members_only(view):\n    def wrapped(*args, **kwargs):\n"
        "        if 'user_id' not in session:\n            return redirect('/login')\n"
        "        return view(*args, **kwargs)\n    return wraps(view)(wrapped)\n"
    ),
    "optional": (
        "def members_only(view):\n    @wraps(view)\n    def wrapped(*args, **kwargs):\n"
        "        if app.config['PRIVATE'] and not current_user.is_authenticated:\n"
        "            return app.login_manager.unauthorized()\n"
        "        return view(*args, **kwargs)\n    return wrapped\n"
    ),
    "of the library's": (
        "def members_only(view):\n    @login_required\n    def wrapped(*args, **kwargs):\n"
        "        if current_user.banned or not current_user.is_authenticated:\n"
        "            abort(403)\n        return view(*args, **kwargs)\n    return wrapped\n"
    ),
    "made with parameters": (
        "def members_only(view):\n    def wrapped(*args, **kwargs):\n"
        "        if not getattr(current_user, 'is_authenticated', False):\n"
        "            raise Forbidden()\n        return view(*args, **kwargs)\n"
        "    return update_wrapper(wrapped, view)\n"
    ),
}
IMPORTS = (
    "from functools import update_wrapper, wraps\n"
    "from flask import abort, redirect, session\n"
    "from flask_login import current_user\n"
    "from werkzeug.exceptions import Forbidden\n"
)
MESSAGE = " ^^^^^^^^^^^^ members_only stands above the route and does not protect view()."


@pytest.mark.parametrize("decorator", OWN.values(), ids=OWN)
def test_own_decorator_above_the_route(audit, decorator):
    """A decorator of the project that turns strangers away is as useless up there."""
    view = f"@members_only\n{MESSAGE}\n@app.post('/x')\ndef view():\n    return ''\n"

    audit(RULE, HEAD + IMPORTS + decorator + view)


def test_own_decorator_of_another_file(audit):
    """It is followed to where it is written, and to a blueprint made in a function."""
    audit(
        RULE,
        {
            "guard.py": HEAD + IMPORTS + OWN["wrapper"],
            "backups.py": "from flask import Blueprint\nfrom guard import members_only\n"
            "def make():\n    bp = Blueprint('backups', __name__)\n"
            f"    @members_only\n    {MESSAGE}\n    @bp.route('/download')\n"
            "    def view():\n        return ''\n    return bp\n",
        },
    )


MARK = "def members_only(view):\n    view.needs_login = not session.get('x')\n    return view\n"
LOG = (
    "def members_only(view):\n    def wrapped(*args, **kwargs):\n"
    "        print(current_user.get_id())\n        return view(*args, **kwargs)\n"
    "    return wrapped\n"
)
GUESTS = (
    "def members_only(view):\n    def wrapped(*args, **kwargs):\n"
    "        if current_user.is_authenticated:\n            return redirect('/')\n"
    "        return view(*args, **kwargs)\n    return wrapped\n"
)


@pytest.mark.parametrize("decorator", [MARK, LOG, GUESTS], ids=["mark", "log", "guests"])
def test_what_asks_for_no_login_may_stand_above(audit, decorator):
    """A mark on the function, a log entry, or what turns members away is not accused."""
    audit(
        RULE,
        HEAD + IMPORTS + decorator + "@members_only\n@app.get('/x')\ndef view():\n    return ''\n",
    )


@pytest.mark.parametrize("decorator", OWN.values(), ids=OWN)
@pytest.mark.parametrize(
    "view",
    [
        "@app.post('/x')\n@members_only\ndef view():\n    return ''\n",
        "@members_only\n@app.post('/x')\n@login_required\ndef view():\n    return ''\n",
        "@members_only\ndef view():\n    return ''\napp.add_url_rule('/x', view_func=view)\n",
        "@members_only\ndef helper():\n    return ''\n",
    ],
)
def test_own_decorator_in_its_place(audit, decorator, view):
    """Below the route, beside another that holds, or on what is registered later, it works."""
    audit(RULE, HEAD + IMPORTS + decorator + view)


@pytest.mark.parametrize(
    ("line", "decorator"),
    [
        ("from flask_security import auth_required", "@auth_required('session')"),
        ("from flask_security import login_required as logged_in", "@logged_in"),
        ("from flask_security import roles_required", "@roles_required('admin')"),
        ("from flask_jwt_extended import jwt_required", "@jwt_required()"),
        ("from flask_user import roles_required", "@roles_required('admin')"),
        (
            "from flask_httpauth import HTTPBasicAuth\nauth = HTTPBasicAuth()",
            "@auth.login_required",
        ),
    ],
)
def test_decorators_of_other_packages(audit, line, decorator):
    """What other packages wrap a view with is as useless above the route, and right below it."""
    start = f"from flask import Flask\n{line}\napp = Flask(__name__)\n"
    carets = " " + "^" * (len(decorator) - 1)
    good = f"@app.post('/a')\n{decorator}\ndef good():\n    return ''\n"

    audit(RULE, f"{start}{decorator}\n{carets}\n@app.post('/b')\ndef bad():\n    return ''\n{good}")


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("if not current_user.is_authenticated:\n        return ''", False),
        ("if not current_user.is_authenticated:\n        ws.close()\n        return", False),
        ("if current_user.is_anonymous or not current_user.is_authenticated:\n        abort(401)\n"
         "        return", False),
        ("if not current_user.is_authenticated:\n        log('stranger')", True),
        ("if current_user.is_authenticated:\n        return ''", True),
        ("if not current_user.is_nice:\n        return ''", True),
    ],
)  # fmt: skip
def test_view_that_asks_itself(audit, first, found):
    """A view that leaves if nobody is logged in is not open, whatever its decorators do."""
    mark = " ^^^^^^^^^^^^^^\n" if found else ""
    view = f'@app.route("/x")\ndef view(ws):\n    {first}\n    return "private"\n'
    audit(RULE, f"{HEAD}from flask_login import current_user\n@login_required\n{mark}{view}")


_CLASS_MAKER = """
class as_page:
    def __call__(self, cls):
        @wraps(cls)
        def page(*args):
            return cls().dispatch(*args)
        return page
"""
_FUNCTION_MAKER = """
def as_page(**options):
    def make(cls):
        def page(*args):
            return cls().dispatch(*args)
        return page
    return make
"""
_MARKER = """
def as_page(**options):
    def make(cls):
        cls.options = options
        return cls
    PAGES.append(options)
"""


@pytest.mark.parametrize(
    ("maker", "found"), [(_CLASS_MAKER, False), (_FUNCTION_MAKER, False), (_MARKER, True)]
)
def test_class_that_a_decorator_makes_a_function_of(audit, maker, found):
    """Above what hands back a function for the class it holds; above a mark it does not."""
    carets = " ^^^^^^^^^^^^^^ login_required on the class\n" if found else ""
    start = f"{HEAD}from functools import wraps\n{maker}"
    audit(
        RULE,
        f"{start}@app.route('/x')\n@login_required\n{carets}@as_page()\n"
        "class Page(MethodView): ...\n",
    )


def test_class_that_a_decorator_makes_a_function_of_above(audit):
    """The other way round it wraps the class, and not the function."""
    audit(
        RULE,
        f"{HEAD}from functools import wraps\n{_CLASS_MAKER}@as_page()\n@login_required\n"
        " ^^^^^^^^^^^^^^ login_required on the class\nclass Page(MethodView): ...\n",
    )


@pytest.mark.parametrize(("call", "found"), [("logout_user()", False), ("leave()", True)])
def test_logout(outcome, call, found):
    """A logout needs no protection: whoever is not logged in loses nothing by it."""
    text = (
        "from flask import Flask, redirect\nfrom flask_login import LoginManager, logout_user\n"
        "from flask_login import login_required\napp = Flask(__name__)\n"
        "manager = LoginManager(app)\n"
        f"@login_required\n@app.post('/logout')\ndef out():\n    {call}\n    return redirect('/')\n"
    )
    assert any(f.rule == RULE for f in outcome({"app.py": text}).findings) is found
