"""Where `config-written-from-request` fires, and where it must not."""

# ruff: noqa: E501  # the lines of carets stand under what they underline

from __future__ import annotations

import pytest

RULE = "config-written-from-request"
HEAD = """from datetime import timedelta
from flask import Flask, current_app, g, request, session
from flask_login import login_required
app = Flask(__name__)
base = ""
"""


def _marked(before: str, statement: str) -> str:
    indent = " " * (len(statement) - len(statement.lstrip()))
    return f"{HEAD}{before}{statement}\n{indent}{'^' * len(statement.strip())}\n"


HOOK = "@app.before_request\ndef hook():\n"


@pytest.mark.parametrize(
    ("before", "statement"),
    [
        (HOOK, '    app.config["SESSION_COOKIE_SECURE"] = request.is_secure'),
        (HOOK, '    current_app.config["PREFERRED_URL_SCHEME"] = request.headers.get("X-Scheme")'),
        (HOOK, "    app.config.update(SERVER_NAME=request.host)"),
        (
            HOOK + '    if request.headers.get("X-Forwarded-Proto") != "https":\n',
            '        app.config["SESSION_COOKIE_SECURE"] = False',
        ),
        (HOOK + '    host = request.headers["Host"]\n', '    app.config["SERVER_NAME"] = host'),
        (HOOK + "    global base\n", "    base = request.host_url"),
        ("@app.post('/k')\ndef view():\n", '    app.secret_key = request.form["key"]'),
        (
            "@app.post('/login')\ndef login():\n    if request.form.get('remember'):\n",
            "        app.permanent_session_lifetime = timedelta(days=30)",
        ),
        (
            "def hook():\n    global base\n",
            "    base = request.args['x']\napp.before_request(hook)",
        ),
    ],
)
def test_found(audit, before, statement):
    """Client data that reaches settings, or decides about them, is reported at the statement."""
    first, _, rest = statement.partition("\n")
    audit(RULE, _marked(before, first) + rest)


@pytest.mark.parametrize(
    "text",
    [
        HOOK + '    g.base = request.host_url\n    session["x"] = request.args["x"]\n',
        HOOK + "    base = request.host_url\n",
        HOOK + '    app.config["X"] = 1\n',
        HOOK + '    if request.method == "POST":\n        app.config["X"] = 1\n',
        "def create(key):\n    app.config['SECRET_KEY'] = key\n",
        "def create():\n    app = Flask(__name__)\n    app.config['X'] = load()\n    return app\n",
        HOOK + "    values = dict(app.config)\n    values['X'] = request.args['x']\n",
        HOOK
        + "    session.permanent = True\n    app.permanent_session_lifetime = timedelta(minutes=5)\n",
    ],
)
def test_near_misses(audit, text):
    """What belongs to one request, and constants, are not reported."""
    audit(RULE, HEAD + text)


def test_guarded_view_is_strict(audit):
    """A page of settings behind a login is for a careful shop only."""
    text = _marked(
        "@app.post('/settings')\n@login_required\ndef settings():\n",
        '    app.config["TITLE"] = request.form["title"]',
    )
    assert [f.audience for f in audit(RULE, text)] == ["strict"]


def test_globals_of_one_function(audit):
    """Globals that one view fills are told of at the first; settings each at its own place."""
    view = "@app.post('/x')\ndef view():\n    global base, other\n"
    first = "    base = request.form['a']\n    ^^^^^^^^^^^^^^^^^^^^^^^^ the global base\n"
    rest = "    other = request.form['b']\n    base = 'x' + base\n"
    (found,) = audit(RULE, HEAD + "other = ''\n" + view + first + rest)
    assert [place.message for place in found.related] == ["the global other is, too"]

    text = "    app.config['A'] = request.args['a']\n    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    audit(RULE, HEAD + HOOK + text + text)
