"""`login-redirects-anywhere` where a helper reads the field by a name that it is given."""

from __future__ import annotations

import pytest

RULE = "login-redirects-anywhere"
HEAD = """\
from urllib.parse import unquote, urlsplit, urlunsplit
from flask import Flask, redirect, request, url_for
app = Flask(__name__)
"""
VIEW = """\
@app.route("/login", methods=["GET", "POST"])
def login():
    return redirect({call})
"""
MARK = " " * 20 + "{}\n"


def _view(call: str, message: str | None = None) -> str:
    mark = MARK.format("^" * len(call) + f" {message}") if message is not None else ""
    return VIEW.format(call=call) + mark


@pytest.mark.parametrize(
    ("helper", "call"),
    [
        ('def target(name):\n    return request.args.get(name) or "/"\n', 'target("next")'),
        ('def target(name="next"):\n    return request.values[name]\n', "target()"),
        (
            "def target(other, name):\n    if name in request.args:\n"
            "        return unquote(request.args[name])\n    return other\n",
            'target("/", "next")',
        ),
        ("def target(name):\n    return request.form[name]\n", 'target(name="return_to")'),
        (
            "class Go:\n    def to(self, name):\n        return request.args.get(name, None)\n"
            "go = Go()\n",
            'go.to("redirect_url")',
        ),
    ],
)
def test_field_by_a_parameter(audit, helper, call):
    """The field that a helper is told to read is as good as one that the view reads."""
    audit(RULE, HEAD + helper + _view(call, "The client decides by"))


@pytest.mark.parametrize(
    ("helper", "call"),
    [
        (
            "def page(name):\n    return int(request.args.get(name))\n",
            'url_for("all", p=page("p"))',
        ),
        ("def target(name):\n    return session.get(name)\n", 'target("next")'),
        ("def target(name):\n    return PAGES[request.args.get(name)]\n", 'target("next")'),
        ("def target(name):\n    return PAGES.get(name)\n", 'target("next")'),
        (
            "def target(name):\n    path = request.args.get(name, '/').replace('\\t', '')\n"
            "    if not path.startswith('/') or path[1:2] in ('/', '\\\\'):\n"
            "        return '/'\n    return path\n",
            'target("next")',
        ),
        ("def said(name):\n    return request.args.get(name)\n", 'url_for(said("page"))'),
    ],
)
def test_near_misses(audit, helper, call):
    """Numbers, keys of the app's own and checks that hold are left alone."""
    audit(RULE, HEAD + helper + _view(call))


def test_host_that_is_taken_out(audit):
    """What is left of an address without its host may name one again."""
    helper = (
        "def safe(name):\n    parts = list(urlsplit(request.args[name]))\n"
        "    parts[0] = ''\n    parts[1] = ''\n    return urlunsplit(parts)\n"
    )
    message = "The check of next does not hold: ////host passes it"

    audit(RULE, HEAD + helper + _view('safe("next")', message))


def test_path_that_is_put_together_again(audit):
    """Without its leading slashes the path names no host."""
    helper = (
        "def safe(name):\n    parts = list(urlsplit(request.args[name]))\n"
        "    parts[0] = ''\n    parts[1] = ''\n    parts[2] = '/settings'\n"
        "    return urlunsplit(parts)\n"
    )
    audit(RULE, HEAD + helper + _view('safe("next")'))
