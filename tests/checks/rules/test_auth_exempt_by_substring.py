"""Where `auth-exempt-by-substring` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "auth-exempt-by-substring"
HEAD = """\
import re
from functools import wraps
from flask import Blueprint, Flask, abort, g, redirect, request, session, url_for
from flask_login import current_user
app = Flask(__name__)
bp = Blueprint("bp", __name__)
"""
HOOK = "@app.before_request\ndef ask():\n"


def marked(condition: str, test: str, before: str = "    if ") -> str:
    """Return a line with `condition` and carets under `test`."""
    line = f"{before}{condition}:"
    return f"{line}\n{' ' * line.index(test)}{'^' * len(test)} A word within request.\n"


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        ("'login' not in request.path and 'user' not in session", "'login' not in request.path"),
        (
            "not current_user.is_authenticated and 'static' not in request.endpoint",
            "'static' not in request.endpoint",
        ),
        ("g.user is None and not ('open' in request.url)", "'open' in request.url"),
        (
            "request.path.find('login') == -1 and not session.get('user')",
            "request.path.find('login')",
        ),
        (
            "not re.search('login', request.path) and not session.get('user')",
            "re.search('login', request.path)",
        ),
        (
            "'user' not in session and 'auth' not in (request.endpoint or '')",
            "'auth' not in (request.endpoint or '')",
        ),
        (
            "'user' not in session and request.endpoint not in ('login')",
            "request.endpoint not in ('login')",
        ),
        (
            "'user' not in session and not request.path.endswith('.css')",
            "request.path.endswith('.css')",
        ),
        (
            "'user' not in session and 'login' not in request.path.lower()",
            "'login' not in request.path.lower()",
        ),
    ],
)
def test_in_the_condition(audit, condition, test):
    """Whatever looks for a word within a text of the request is found."""
    audit(RULE, HEAD + HOOK + marked(condition, test) + "        return redirect('/login')\n")


def test_early_return(audit):
    """A request that passes before the login is asked for is freed as well."""
    audit(
        RULE,
        HEAD
        + HOOK
        + marked("'login' in request.path", "'login' in request.path")
        + "        return\n    if not session.get('user_id'):\n        abort(401)\n",
    )


def test_blueprint_and_call(audit):
    """Hooks of blueprints and hooks that are registered by a call count."""
    body = (
        marked("'api' in request.path", "'api' in request.path")
        + "        return None\n    if not current_user.is_authenticated:\n"
        + "        return redirect(url_for('login'))\n"
    )

    audit(RULE, HEAD + "def ask():\n" + body + "bp.before_request(ask)\n")


def test_words_from_a_list(audit):
    """Any of several words within the path."""
    line = "    if any(word in request.path for word in ('login', 'static')):"
    test = "word in request.path"
    audit(
        RULE,
        HEAD
        + HOOK
        + f"{line}\n{' ' * line.index(test)}{'^' * len(test)} A word within request.path\n"
        + "        return\n    if 'user' not in session:\n        return redirect('/login')\n",
    )


def test_name_for_the_path(audit):
    """A variable that holds the path is followed."""
    audit(
        RULE,
        HEAD
        + HOOK
        + "    path = request.path\n"
        + marked("'login' not in path and 'user' not in session", "'login' not in path")
        + "        return redirect('/login')\n",
    )


def test_decorator(audit):
    """A decorator that frees some paths is reported with less confidence."""
    (finding,) = audit(
        RULE,
        HEAD
        + "def login_required(view):\n    @wraps(view)\n    def inner(*args, **kwargs):\n"
        + marked(
            "'public' not in request.path and 'user' not in session",
            "'public' not in request.path",
            "        if ",
        )
        + "            return redirect('/login')\n        return view(*args, **kwargs)\n"
        + "    return inner\n",
    )

    assert finding.confidence == "medium"


@pytest.mark.parametrize(
    "body",
    [
        "    if request.endpoint not in ('login', 'static') and 'user' not in session:\n"
        "        return redirect('/login')\n",
        "    if request.endpoint in OPEN:\n        return\n    if 'user' not in session:\n"
        "        abort(401)\n",
        "    if request.path == '/login':\n        return\n    if 'user' not in session:\n"
        "        abort(401)\n",
        "    if request.path.startswith('/static/'):\n        return\n"
        "    if 'user' not in session:\n        abort(401)\n",
        "    if re.search('^/static/', request.path):\n        return\n"
        "    if 'user' not in session:\n        abort(401)\n",
        "    if request.endpoint in {'login', 'logout'} or session.get('user'):\n        return\n"
        "    return redirect('/login')\n",
        "    if request.blueprint not in ['auth'] and not current_user.is_authenticated:\n"
        "        return redirect('/login')\n",
    ],
)
def test_whole_names_and_prefixes(audit, body):
    """Whole endpoints, paths and prefixes leave nothing to add."""
    audit(RULE, HEAD + "OPEN = {'login', 'static'}\n" + HOOK + body)


@pytest.mark.parametrize(
    "text",
    [
        HOOK + "    if 'static' in request.path:\n        g.cached = True\n",
        HOOK + "    g.menu = 'admin' if 'admin' in request.path else 'shop'\n",
        "@app.after_request\ndef headers(response):\n    if 'static' in request.path:\n"
        "        response.cache_control.max_age = 60\n    return response\n",
        "@app.get('/x')\ndef view():\n    if 'mobile' in request.path:\n        return 'small'\n"
        "    return 'large'\n",
        "@app.errorhandler(404)\ndef missing(error):\n    if '/api/' in request.path:\n"
        "        return {}, 404\n    return redirect('/')\n",
        "def register(app):\n    @app.errorhandler(Exception)\n    def failed(error):\n"
        "        if 'cart' in request.path and 'user' not in session:\n"
        "            return redirect('/login')\n        return str(error), 500\n",
        HOOK + "    if 'admin' in request.path and current_user.is_authenticated:\n"
        "        current_user.seen()\n",
    ],
)
def test_decides_something_else(audit, text):
    """A word in the path may choose a menu, a cache time or a layout."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("        if not invited():\n            return redirect('/')\n", False),
        ("        code = code_of(session)\n        if code and not valid(code):\n"
         "            abort(403)\n", False),
        ("        if invited():\n            return None\n        return redirect('/')\n", True),
        ("        return\n", True),
        ("        g.open = True\n", True),
    ],
)  # fmt: skip
def test_word_that_only_asks_for_more(audit, body, found):
    """What turns some away, and lets nobody in, is no exemption."""
    test = "    if 'draft' in request.endpoint:\n"
    mark = "       " + "^" * 27 + "\n" if found else ""
    after = "    if 'user' not in session:\n        return redirect('/login')\n"
    audit(RULE, HEAD + HOOK + test + mark + body + after)
