"""Where `view-unprotected` tells of a decorator that is a comment, and where it must not."""

from __future__ import annotations

import pytest

RULE = "view-unprotected"
HEAD = """\
from flask import Flask, abort, jsonify
from flask_login import LoginManager, current_user, login_required
app = Flask(__name__)
login_manager = LoginManager(app)
@app.get("/")
@login_required
def home():
    return "hello"
"""
VIEW = """\
@app.route("/lights"{methods})
{comment}
{more}def lights():
{mark}    return jsonify(read())
"""
MARK = f"{'^' * len('def lights():')} lights() asks nobody who they are: its "


@pytest.mark.parametrize(
    ("comment", "guard"),
    [
        ("# @login_required", "login_required"),
        ("#@flask_login.login_required", "login_required"),
        ("#   @auth.token_required(scope='all')", "token_required"),
        ("# TODO: does not work yet\n#@admin_required", "admin_required"),
    ],
)
@pytest.mark.parametrize("more", ["", "@timed\n"])
def test_commented_out(audit, comment, guard, more):
    """A view whose own decorator for a login stands in a comment is open, whatever it does."""
    text = VIEW.format(methods="", comment=comment, more=more, mark=f"{MARK}{guard} is a comment\n")

    (finding,) = audit(RULE, HEAD + text)

    assert finding.severity == "medium"
    assert [place.message for place in finding.related] == ["what is commented out"]


def test_one_that_takes_something(audit):
    """Where something is sent to the view, it weighs more."""
    text = VIEW.format(
        methods=', methods=["POST"]', comment="#@login_required", more="", mark=f"{MARK}\n"
    )

    (finding,) = audit(RULE, HEAD + text)

    assert finding.severity == "high"


def test_method_of_a_class(audit):
    """A comment on top of a method that has no decorator."""
    audit(
        RULE,
        HEAD.replace("from flask_login", "from flask.views import MethodView\nfrom flask_login")
        + "class Doors(MethodView):\n    #@login_required\n    def post(self):\n"
        + f"    {'^' * len('def post(self):')} Doors.post() asks nobody\n        sync()\n"
        "app.add_url_rule('/doors', view_func=Doors.as_view('doors'))\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        # Another one asks.
        VIEW.format(methods="", comment="# @login_required", more="@login_required\n", mark=""),
        "@app.get('/x')\n# @login_required\ndef x():\n"
        "    if not current_user.is_authenticated:\n        abort(401)\n    return 'x'\n",
        # An older view as a whole, and one that is meant for everybody.
        "# @app.get('/old')\n# @login_required\n# def old():\n#     return 'old'\n"
        "@app.get('/x')\ndef x():\n    return 'x'\n",
        "@app.get('/login')\n# @login_required\ndef login():\n    return 'name?'\n",
        "@app.get('/confirm/<token>')\n# @login_required\ndef confirm(token):\n    return 'yes'\n",
        # Prose about it, and a comment inside.
        "@app.get('/x')\n# needs no login_required\ndef x():\n    return 'x'\n",
        "@app.get('/x')\ndef x():\n    # @login_required\n    return 'x'\n",
    ],
)
def test_comments_that_say_nothing(audit, text):
    """Views that something else guards, older views, public ones, and other comments."""
    audit(RULE, HEAD + text)


def test_process_that_starts_again(audit):
    """A view that starts or ends the whole process changes something."""
    audit(
        RULE,
        HEAD
        + "import os, sys\n@app.post('/stop')\n@login_required\ndef stop():\n    os._exit(0)\n"
        + f"@app.post('/restart')\ndef restart():\n{'^' * 14} restart() changes\n"
        + "    os.execl(sys.executable, sys.executable, *sys.argv)\n",
    )
