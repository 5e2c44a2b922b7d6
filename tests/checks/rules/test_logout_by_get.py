"""Where `logout-by-get` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "logout-by-get"
HEAD = """\
from flask import Flask, redirect, render_template, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
app = Flask(__name__)
login_manager = LoginManager(app)
"""
MARK = "^^^^^^^^^^^^^ logout() logs the user out and answers GET\n"


@pytest.mark.parametrize(
    "route", ['@app.route("/logout")', '@app.get("/logout")',
              '@app.route("/logout", methods=["GET", "POST"])']
)  # fmt: skip
@pytest.mark.parametrize(
    "line",
    [
        "logout_user()",
        "session.clear()",
        'session.pop("user_id", None)',
        "leave()",
        "user.logout_session()",
        'del session["user"]',
        'del session["_u"]',
        'session["logged_in"] = False',
        'session["user_id"] = session["role"] = None',
        "forget()",
    ],
)
def test_get(audit, route, line):
    """A logout that answers GET is found, also in a helper and without Flask-Login."""
    helper = "def leave():\n    logout_user()\n"
    helper += "def forget():\n    if 'user' in session:\n        del session['user']\n"

    audit(
        RULE, f"{HEAD}{helper}{route}\ndef logout():\n{MARK}    {line}\n    return redirect('/')\n"
    )


def test_other_name(audit):
    """A view of another name that always logs out is one too."""
    audit(
        RULE,
        HEAD + '@app.route("/bye")\ndef goodbye():\n^^^^^^^^^^^^^^ goodbye() logs\n'
        "    logout_user()\n    return redirect('/')\n",
    )


@pytest.mark.parametrize(
    "harden",
    ["harden(app, mode='off')", "harden(app, policy=Policy(guards={'cross_site': False}))"],
)
def test_wrapper_without_the_guard(audit, harden):
    """The wrapper satisfies it only with its cross-site guard on."""
    view = f'@app.get("/logout")\ndef logout():\n{MARK}    logout_user()\n    return ""\n'

    audit(RULE, f"{HEAD}from hardening import Policy, harden\n{harden}\n{view}")


@pytest.mark.parametrize(
    "text",
    [
        '@app.post("/logout")\ndef logout():\n    logout_user()\n    return redirect("/")\n',
        '@app.route("/logout", methods=["POST"])\ndef logout():\n'
        '    logout_user()\n    return ""\n',
        "from hardening import harden\nharden(app)\n"
        '@app.route("/logout")\ndef logout():\n    logout_user()\n    return redirect("/")\n',
        '@app.route("/logout", methods=["GET", "POST"])\ndef logout():\n'
        '    if request.method == "POST":\n        logout_user()\n'
        '    return render_template("logout.html")\n',
        '@app.route("/logout", methods=["GET", "POST"])\ndef logout():\n'
        '    if request.method != "POST":\n        return render_template("logout.html")\n'
        '    logout_user()\n    return redirect("/")\n',
        '@app.route("/logout", methods=["GET", "POST"])\ndef logout():\n    form = Form()\n'
        "    if form.validate_on_submit():\n        logout_user()\n"
        '    return render_template("logout.html")\n',
        '@app.route("/page")\ndef page():\n    if current_user.is_banned:\n        logout_user()\n'
        '    return ""\n',
        '@app.route("/login")\ndef login_page():\n    logout_user()\n'
        '    return render_template("login.html")\n',
        '@app.route("/cart/clear")\ndef clear_cart():\n    session.clear()\n    return ""\n',
        '@app.route("/logout")\ndef logout():\n    session.pop("cart", None)\n    return ""\n',
        "def logout():\n    logout_user()\n",
    ],
)
def test_near_misses(audit, text):
    """POST only, a condition on the method, the wrapper, and other things that look alike."""
    audit(RULE, HEAD + text)


def test_view_class(audit):
    """The methods of a class-based view are told apart."""
    audit(
        RULE,
        HEAD + "from flask.views import MethodView\n"
        "class Logout(MethodView):\n"
        "    def get(self):\n"
        "        return render_template('logout.html')\n"
        "    def post(self):\n"
        "        logout_user()\n"
        "        return redirect('/')\n"
        "app.add_url_rule('/logout', view_func=Logout.as_view('logout'))\n",
    )


LEAVE = """\
class Leave(View):
{methods}    def dispatch_request(self):
{carets}        logout_user()
        return redirect("/")
"""


@pytest.mark.parametrize(
    ("methods", "given", "carets"),
    [
        ("", "", "^"),
        ('    methods = ["GET", "POST"]\n', "", "^"),
        ("", ', methods=["GET"]', "^"),
        ('    methods = ["POST"]\n', "", ""),
        ('    methods: ClassVar = {"post"}\n', "", ""),
        ("", ', methods=["POST"]', ""),
    ],
)
def test_dispatch_request(audit, methods, given, carets):
    """A view class answers what its class or its rule says, and GET if neither does."""
    line = f"    {'^' * len('def dispatch_request(self):')} dispatch_request() logs\n"
    audit(
        RULE,
        f"from flask.views import View\n{HEAD}"
        + LEAVE.format(methods=methods, carets=line if carets else "")
        + f'app.add_url_rule("/logout", view_func=Leave.as_view("logout"){given})\n',
    )


def test_methods_of_a_base_class(audit):
    """A base class that says POST says it for what derives from it."""
    audit(
        RULE,
        f"from flask.views import View\n{HEAD}class Base(View):\n    methods = ['POST']\n"
        + LEAVE.format(methods="", carets="").replace("(View)", "(Base)")
        + 'app.add_url_rule("/logout", view_func=Leave.as_view("logout"))\n',
    )


def test_app_that_a_function_makes_for_its_file(audit):
    """An app that a function makes global, of what it imports itself, has its routes elsewhere."""
    audit(
        RULE,
        {
            "made.py": "def make():\n    from flask import Flask\n    global app\n"
            "    app = Flask(__name__)\n",
            "views.py": "from flask_login import logout_user\nfrom made import app\n"
            "@app.route('/logout')\ndef logout():\n^^^^^^^^^^^^^\n"
            "    logout_user()\n    return ''\n",
        },
    )


@pytest.mark.parametrize(
    "line",
    [
        'session["logged_in"] = True',
        'del session["basket"]',
        'del CACHE["user"]',
        'page["user"] = None',
        'session["user"] = session.get("guest")',
        "if request.method == 'POST':\n        del session['user']",
        'session["user"]',
    ],
)
def test_what_ends_no_session(audit, line):
    """Other keys, other values and other things than the session end no session."""
    audit(
        RULE,
        f'{HEAD}@app.route("/logout", methods=["GET", "POST"])\ndef logout():\n    {line}\n'
        "    return redirect('/')\n",
    )


def test_other_name_that_forgets(audit):
    """A view that is not named so may take anything out of the session."""
    audit(
        RULE,
        f"{HEAD}@app.get('/begin')\ndef begin():\n    session['user'] = None\n    return ''\n",
    )


@pytest.mark.parametrize(
    ("value", "found"), [("Strict", False), ("strict", False), ("Lax", True), ("None", True)]
)
def test_cookie_that_no_other_site_sends(audit, value, found):
    """With SameSite=Strict another site's image arrives without the session it would end."""
    audit(
        RULE,
        f"{HEAD}app.config['SESSION_COOKIE_SAMESITE'] = '{value}'\n@app.get('/logout')\n"
        f"def logout():\n{MARK if found else ''}    logout_user()\n    return redirect('/')\n",
    )


def test_view_of_flask_security(audit):
    """Flask-Security's own logout view, called from a view that a route is called with."""
    audit(
        RULE,
        "from flask import Blueprint\nfrom flask_security.views import logout\n"
        "bp = Blueprint('security', __name__)\n"
        "def leave():\n^^^^^^^^^^^^ leave() logs the user out\n"
        "    logout()\n    return ''\n"
        "bp.route('/leave', methods=['GET', 'POST'])(leave)\n",
    )


API = (
    "from functools import wraps\nfrom flask import jsonify, request, g\n"
    "from flask_login import current_user\n"
    "def ask():\n    api_key = Key.get(request.headers.get('Authentication'))\n"
    "    if not api_key:\n        {condition}\n            g.user = current_user\n"
    "        else:\n            return jsonify(error='who are you?'), 401\n"
    "def require_api_auth(f):\n    @wraps(f)\n    def inner(*args, **kwargs):\n"
    "        return ask() or f(*args, **kwargs)\n    return inner\n"
)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("if current_user.is_authenticated and request.headers.get('X-Own'):", False),
        ("if current_user.is_authenticated:", True),
    ],
)
def test_cookie_beside_a_header(audit, condition, found):
    """Where a cookie counts only with a header of the app's own, no image logs anybody out."""
    audit(
        RULE,
        f"{HEAD}{API.format(condition=condition)}@app.get('/api/logout')\n@require_api_auth\n"
        f"def logout():\n{MARK if found else ''}    logout_user()\n    return ''\n",
    )


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ("if request.args['state'] != session.get('state'):", False),
        ("if not compare_digest(session['s'], request.args['state']):", False),
        ("if state == 'done':", True),
        ("if request.args['page'] != session.get('page'):", True),
    ],
)
def test_state_that_was_kept(audit, check, found):
    """What an identity provider sends back is compared with the session's."""
    kept = "" if "done" not in check else "    state = request.args['state']\n"
    audit(
        RULE,
        f"from hmac import compare_digest\n{HEAD}@app.get('/logout')\n"
        f"def logout():\n{MARK if found else ''}{kept}    {check}\n        abort(401)\n"
        "    logout_user()\n    return redirect('/')\n",
    )


@pytest.mark.parametrize("name", ["csrf", "pgCSRFProtect"])
def test_exempted(audit, name):
    """What exempts a view from the check of tokens asks for none, whatever it is called."""
    audit(
        RULE,
        f"{HEAD}from flask_wtf.csrf import CSRFProtect\n{name} = CSRFProtect(app)\n"
        f"@app.get('/logout')\n@{name}.exempt\n"
        f"def logout():\n{MARK}    logout_user()\n    return ''\n",
    )
