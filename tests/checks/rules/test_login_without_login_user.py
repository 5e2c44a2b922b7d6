"""Where `login-without-login-user` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "login-without-login-user"
HEAD = """\
from flask import Flask, jsonify, make_response, redirect, render_template, request, session
from flask_bcrypt import Bcrypt
from flask_login import LoginManager, current_user, login_required, login_user
app = Flask(__name__)
bcrypt = Bcrypt(app)
login_manager = LoginManager(app)
"""
LOOK_UP = """\
    if request.method == "POST":
        user = User.query.filter_by(username=request.form["username"]).first()
"""
CHECK = (
    "        if user and bcrypt.check_password_hash("
    'user.password_hash, request.form["password"]):\n'
)
END = '    return render_template("login.html")\n'
ROUTE = '@app.route("/login", methods=["GET", "POST"])\n'
MARK = "^^^^^^^^^^^^ login() checks the password and never calls login_user\n"


@pytest.mark.parametrize(
    "lines",
    [
        '            return redirect("/welcome")\n',
        '            db.session.commit()\n            return redirect("/welcome")\n',
        '            print(user)\n            return render_template("welcome.html")\n',
    ],
)
def test_redirects_only(audit, lines):
    """A login that only redirects, as one of the articles does, logs nobody in."""
    audit(RULE, HEAD + ROUTE + "def login():\n" + MARK + LOOK_UP + CHECK + lines + END)


def test_check_in_a_helper(audit):
    """A check that a helper makes is followed."""
    audit(
        RULE,
        HEAD + "def right(name, password):\n    user = find(name)\n"
        "    return user is not None and bcrypt.check_password_hash(user.password_hash, password)\n"
        + ROUTE
        + "def login():\n"
        + MARK
        + '    if right(request.form["name"], request.form["password"]):\n'
        + '        return redirect("/welcome")\n'
        + END,
    )


@pytest.mark.parametrize(
    "lines",
    [
        "            login_user(user)\n            return redirect('/')\n",
        "            session['user_id'] = user.id\n            return redirect('/')\n",
        "            session.update(user_id=user.id)\n            return redirect('/')\n",
        "            session['pending_mfa'] = user.id\n            return redirect('/code')\n",
        "            return jsonify(token=user.make())\n",
        "            return jsonify({'access_token': make(user.id)})\n",
        "            return jsonify(access=create_access_token(user.id))\n",
        "            answer = make_response('')\n            answer.set_cookie('sid', new())\n"
        "            return answer\n",
        "            auth.login(user)\n            return redirect('/')\n",
        "            return welcome(user)\n",
        "            remember(user)\n            return redirect('/')\n",
    ],
)
def test_other_ways_to_keep_the_user(audit, lines):
    """Sessions, tokens, cookies, a pending second step and unknown helpers count."""
    audit(RULE, HEAD + ROUTE + "def login():\n" + LOOK_UP + CHECK + lines + END)


def test_login_user_in_a_helper(audit):
    """`login_user` in a helper in another file counts."""
    audit(
        RULE,
        {
            "helpers.py": "from flask_login import login_user\ndef enter(name):\n"
            "    login_user(find(name))\n",
            "app.py": HEAD
            + "from helpers import enter\n"
            + ROUTE
            + "def login():\n"
            + LOOK_UP
            + CHECK
            + "            enter(user.name)\n            return redirect('/')\n"
            + END,
        },
    )


@pytest.mark.parametrize(
    "view",
    [
        '@app.route("/confirm", methods=["POST"])\ndef confirm_password():\n',
        '@app.route("/login/confirm", methods=["POST"])\n@login_required\ndef confirm_login():\n',
        '@app.route("/password", methods=["POST"])\ndef change_password():\n',
        '@app.route("/account/delete", methods=["POST"])\ndef delete_account():\n',
    ],
)
def test_views_that_do_not_log_in(audit, view):
    """Confirming, changing or deleting with a password is no login."""
    audit(RULE, HEAD + view + LOOK_UP + CHECK + "            return redirect('/')\n" + END)


def test_app_without_flask_login(audit):
    """An app that does not use Flask-Login has its own ways."""
    head = HEAD.replace(
        "from flask_login import LoginManager, current_user, login_required, login_user\n", ""
    )

    audit(
        RULE,
        head.replace("login_manager = LoginManager(app)\n", "")
        + ROUTE
        + "def login():\n"
        + LOOK_UP
        + CHECK
        + "            return redirect('/')\n"
        + END,
    )


GUARD = """\
from functools import wraps
def guarded(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
        if CONDITION:
            abort(401)
        return view(*args, **kwargs)
    return wrapper
"""


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("request.headers.get('X-Key') != app.config['SHOP_API_KEY']", False),
        ("not current_user.is_authenticated", True),
        ("load_user(request.headers.get('Api-Key')) is None", True),
    ],
)
def test_check_for_another_service(audit, condition, found):
    """Who proves to be a service by the app's own key asks for a user's password to be checked."""
    mark = MARK if found else ""
    lines = '            return "yes"\n'

    audit(
        RULE,
        HEAD
        + GUARD.replace("CONDITION", condition)
        + f"{ROUTE}@guarded\ndef login():\n{mark}{LOOK_UP}{CHECK}{lines}{END}",
    )
