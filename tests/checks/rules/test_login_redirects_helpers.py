"""Where `login-redirects-anywhere` follows the helpers of libraries, and trusts their checks."""

from __future__ import annotations

import pytest

RULE = "login-redirects-anywhere"
HEAD = """\
from urllib.parse import urlsplit, urlunsplit
from flask import Flask, abort, request, url_for
from flask import redirect as flask_redirect
from werkzeug.local import LocalProxy
app = Flask(__name__)

def is_ours(url):
    parts = urlsplit(url)
    return not parts.netloc and not parts.scheme

"""
VIEW = '@app.route("/login")\ndef login():\n'
OPEN = "The client decides by next where"
BROKEN = "The check of next does not hold"


def view(target: str, mark: str = "", indent: str = "    ") -> str:
    """Return the end of a view that redirects to `target`, underlined if `mark`."""
    line = f"{indent}return flask_redirect({target})\n"
    return line + (f"{' ' * len(indent)}{' ' * 22}{'^' * len(target)} {mark}\n" if mark else "")


HELPERS = {
    "a page or an address": (
        "def address(what):\n    try:\n        return url_for(what)\n    except Exception:\n"
        "        return what\n",
        OPEN,
    ),
    "a page, if it is no address": (
        "def address(what):\n    if what.isupper():\n        return app.config[what]\n"
        "    if not what or '/' in what:\n        return what\n    return url_for(what)\n",
        BROKEN,
    ),
    "options that nobody gives": (
        "def address(what, **options):\n    parts = urlsplit(what)\n"
        "    return urlunsplit(parts._replace(**options))\n",
        OPEN,
    ),
    "no proxy": (
        "def address(what):\n    if isinstance(what, LocalProxy):\n"
        "        what = what._get_current_object()\n    return what\n",
        BROKEN,
    ),
    "a text": (
        "def address(what):\n    if not isinstance(what, (str, bytes)):\n        abort(400)\n"
        "    return what\n",
        BROKEN,
    ),
    "an own host, if one is set": (
        "def address(what):\n    if app.config.get('HOST'):\n"
        "        return urlunsplit(urlsplit(what)._replace(netloc=app.config['HOST']))\n"
        "    return what\n",
        OPEN,
    ),
}


@pytest.mark.parametrize("helper", HELPERS.values(), ids=HELPERS)
def test_helpers_that_let_an_address_through(audit, helper):
    """What turns the name of a page into its address hands anything else on."""
    code, message = helper
    lines = "    target = address(request.args.get('next', ''))\n"

    audit(RULE, HEAD + code + VIEW + lines + view("target", message))


def test_the_first_that_a_check_lets_pass(audit):
    """Of several candidates in a list, the one that passes a check that does not hold is taken."""
    lines = (
        "    wanted = [request.args.get('next'), request.form.get('next'), url_for('login')]\n"
        "    for url in wanted:\n        if url and is_ours(url):\n"
    )

    audit(RULE, HEAD + VIEW + lines + view("url", BROKEN, " " * 12))


@pytest.mark.parametrize(
    "code",
    [
        "    return flask_redirect(url_for(request.args['next']))\n",
        "    try:\n        target = url_for(request.args['next'])\n    except Exception:\n"
        "        target = url_for('login')\n    return flask_redirect(target)\n",
        "    target = request.args['next']\n    if not isinstance(target, Page):\n"
        "        abort(400)\n    return flask_redirect(target.address)\n",
        "    target = request.args['next']\n    if not isinstance(target, Text):\n"
        "        target = checked(target)\n    return flask_redirect(target)\n",
        "    target = request.args['next']\n    if not target.isidentifier():\n"
        "        abort(400)\n    return flask_redirect(target)\n",
        "    target = urlunsplit(urlsplit(request.args['next'])._replace(**known()))\n"
        "    return flask_redirect(target)\n",
        "    return post_login_redirect(request.args['next'])\n",
    ],
)
def test_what_cannot_leave_or_is_not_known(audit, code):
    """A page's name, a class of the app's own, and what nobody can follow stay silent."""
    audit(RULE, HEAD + "Text = text_of_this_python()\nclass Page: pass\n" + VIEW + code)
