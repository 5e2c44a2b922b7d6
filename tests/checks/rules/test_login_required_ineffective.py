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
