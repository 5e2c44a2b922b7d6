"""What a rule has to see before it speaks: that code runs, a cookie is set, TLS is not used."""

from __future__ import annotations

import pytest

HEAD = "from flask import Flask, redirect, request\napp = Flask(__name__)\n"
LOGIN = (
    "from flask import redirect, request\nfrom flask_login import login_user\n"
    "def sign_in(user, remember):\n    login_user(user, remember=remember)\n"
    "    return redirect(request.args['next'])\n"
)
OF_LOGINS = {"login-redirects-anywhere", "remember-cookie-insecure", "remember-cookie-unbounded"}


def _told(outcome, files):
    return {f.rule for f in outcome(files).findings if f.audience == "default"}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", False),
        ("@app.post('/login')\ndef login():\n    return sign_in(find(), True)\n", True),
        ("app.add_url_rule('/login', view_func=sign_in)\n", True),
        ("VIEWS = ['service.sign_in']\n", True),
    ],
)
def test_login_that_nobody_calls(outcome, more, found):
    """What only its own ``def`` names happens to nobody; any other use counts."""
    app = f"{HEAD}from service import *\n{more}"
    told = _told(outcome, {"app.py": app, "service.py": LOGIN})
    assert OF_LOGINS & told == (OF_LOGINS if found else set())


def test_library_without_an_app(outcome):
    """Views of a package are for others to call."""
    assert "login-redirects-anywhere" in _told(outcome, {"service.py": LOGIN})


INTERFACE = """\
from flask.sessions import SecureCookieSessionInterface
class Nothing(SecureCookieSessionInterface):
    '''Keeps nothing.'''
    def METHOD
app.session_interface = Nothing()
from flask_login import LoginManager, current_user, login_required, login_user
from flask_wtf import CSRFProtect
LoginManager(app)
CSRFProtect(app)
app.config["WTF_CSRF_CHECK_DEFAULT"] = False
@app.post("/login")
def login():
    login_user(find())
    return "ok"
"""
OF_COOKIES = {"session-cookie-insecure", "csrf-disabled"}


@pytest.mark.parametrize(
    ("method", "found"),
    [
        ("save_session(self, *args, **kwargs):\n        return", set()),
        ("save_session(self, *args, **kwargs):\n        pass", set()),
        ("should_set_cookie(self, app, session):\n        return False", set()),
        ("should_set_cookie(self, app, session):\n        return session.modified", OF_COOKIES),
        ("save_session(self, *args):\n        super().save_session(*args)", OF_COOKIES),
        (
            "save_session(self, *args):\n        return\n"
            "def keep(response):\n    response.set_cookie('token', make())",
            {"csrf-disabled"},
        ),
    ],
)
def test_session_interface_that_sets_no_cookie(outcome, method, found):
    """Without a cookie there is none to protect, and no other site can use one."""
    text = HEAD + INTERFACE.replace("METHOD", method)
    assert _told(outcome, {"app.py": text}) & OF_COOKIES == found


LOADER = """\
from flask_login import LoginManager, login_required
manager = LoginManager(app)
@manager.request_loader
def load(request):
    return find(request.authorization)
@app.route("/")
@login_required
def index():
    return "hello"
"""


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", False),
        ("from flask import session\ndef keep():\n    session['x'] = 1\n", True),
        (
            "from flask_login import login_user\n@app.post('/login')\ndef login():\n"
            "    login_user(find(request.form))\n    return 'ok'\n",
            True,
        ),
        ("from flask_wtf import FlaskForm\n", True),
    ],
)
def test_users_that_come_with_each_request(outcome, more, found):
    """An app that loads users from a header, and logs nobody in, keeps no session."""
    told = _told(outcome, {"app.py": HEAD + LOADER + more})
    assert ("session-cookie-insecure" in told) is found


def test_login_manager_alone(outcome):
    """Where the login is not among the files, sessions are still supposed."""
    text = HEAD + LOADER.replace("request_loader", "user_loader")
    assert "session-cookie-insecure" in _told(outcome, {"app.py": text})


SERVER = "from gevent.pywsgi import WSGIServer\nfrom shop import app\n"


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("WSGIServer(('', 443), app, keyfile=KEY, certfile=CERT).serve_forever()\n", False),
        ("WSGIServer(('', 443), app, ssl_context=context).serve_forever()\n", False),
        ("WSGIServer(('', 80), app).serve_forever()\n", True),
        ("WSGIServer(('', 80), app, keyfile=None).serve_forever()\n", True),
        ("if TLS:\n    WSGIServer(('', 443), app, keyfile=KEY).serve_forever()\n", True),
        (
            "WSGIServer(('', 443), app, keyfile=KEY).start()\n"
            "WSGIServer(('', 80), app).serve_forever()\n",
            True,
        ),
    ],
)
def test_server_with_a_certificate(outcome, start, found):
    """An app that only ever answers by TLS needs nobody to make it mandatory."""
    shop = HEAD + "from flask_login import LoginManager\nLoginManager(app)\n"
    told = _told(outcome, {"shop.py": shop, "serve.py": SERVER + start})
    assert ("https-not-enforced" in told) is found


LOCK = '{"default": {"flask": {"version": "==1.1.2"}}}\n'


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"agents/Pipfile.lock": LOCK, "agents/run.py": "password = read()\n"}, False),
        ({"agents/Pipfile.lock": LOCK, "agents/run.py": "from flask import g, Flask\n"}, True),
        ({"agents/Pipfile.lock": LOCK}, True),
        ({"Pipfile.lock": LOCK, "run.py": "password = read()\n"}, True),
        ({"setup/requirements.txt": "flask==1.1.2\n", "setup/a.py": "password = read()\n"}, True),
    ],
)
def test_lock_of_a_part_without_an_app(outcome, files, found):
    """A lock file is of the folder it lies in: what is no web app there runs no Flask."""
    told = _told(outcome, {"shop/app.py": HEAD, **files})
    assert ("dependency-outdated" in told) is found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from flask import render_template", False),
        ("from flask import (Flask, render_template)", False),
        ("from flask import render_template as show", True),
        ("from functools import partial; show = partial(render_template, 'a.html')", True),
        ("def index(): return flask.render_template('a.html')", True),
        ("from flask_wtf import FlaskForm", True),
    ],
)
def test_pages_that_are_only_imported(outcome, line, found):
    """An import of ``render_template`` shows no page."""
    told = _told(outcome, {"app.py": f"{HEAD}{line}\n"})
    assert ("content-policy-missing" in told) is found
