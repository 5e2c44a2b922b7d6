"""Where `login-redirects-anywhere` tries regular expressions, and helpers far from Flask."""

from __future__ import annotations

import pytest

RULE = "login-redirects-anywhere"
HEAD = """\
import re
from urllib.parse import parse_qsl, urlencode, urlparse
from flask import Flask, redirect, request, url_for
app = Flask(__name__)
PATH = re.compile(r"/[^/]", re.I)
"""
VIEW = """
@app.route("/login", methods=["GET", "POST"])
def login():
    target = request.args.get("next")
{lines}
    return redirect(target or url_for("index"))
{carets}
"""
BROKEN = "The check of next does not hold: "

CHECKS = {
    "a letter behind the slash": (
        'if not re.match(r"^/[^/]", target):\n    target = None',
        BROKEN + r"/\\host",
    ),
    "a compiled pattern": ("if not PATH.match(target):\n    target = None", BROKEN + r"/\\host"),
    "slashes at the front": ('target = re.sub(r"^//", "/", target)', "nothing checks it"),
    "found anywhere": (
        'if not re.search(r"/", target):\n    target = None',
        BROKEN + "https://host",
    ),
    "only tabs and line ends": (
        'target = re.sub(r"[\\t\\n\\r]", "", target)\n'
        'if not target.startswith("/") or target.startswith("//"):\n    target = "/"',
        BROKEN + r"/\\host",
    ),
    "no backslash either": ('if not re.match(r"/[^/\\\\]", target):\n    target = "/"', "<tab>"),
    "a query written anew": (
        "parts = urlparse(target)\n"
        "target = parts._replace(query=urlencode(parse_qsl(parts.query))).geturl()\n"
        'if parts.netloc not in ("", request.host):\n    target = "/"',
        BROKEN + "////host",
    ),
    "slug": ('if not re.fullmatch(r"/[a-z]*", target):\n    target = "/"', ""),
    "nothing but letters": ('target = re.sub(r"[^a-z/]", "", target).lstrip("/")', ""),
    "both sorts of slashes": (
        'target = re.sub(r"[\\t\\n\\r]", "", target)\n'
        'if target[:1] != "/" or target[1:2] in ("/", "\\\\"):\n    target = "/"',
        "",
    ),
    "groups that repeat": ('if not re.match(r"(/+)+", target):\n    target = "/"', ""),
    "unknown flags": ("if not re.match(r'.', target, app.flags):\n    target = '/'", ""),
    "an unknown pattern": ("if not re.match(app.pattern, target):\n    target = '/'", ""),
    "no pattern at all": ("if not re.match('(', target):\n    target = '/'", ""),
}


@pytest.mark.parametrize("name", CHECKS)
def test_regular_expression(outcome, name):
    """Patterns are tried on the addresses; those that may run for long are trusted."""
    lines, said = CHECKS[name]
    lines = "\n".join("    " + line for line in lines.splitlines())

    found = outcome(
        {"app.py": HEAD + VIEW.format(lines=lines, carets="")}, select=(RULE,), strict=True
    )

    messages = [finding.message for finding in found.findings]
    assert len(messages) == bool(said)
    assert all(said.replace("\\\\", "\\") in message for message in messages)


HELPER = """\
\"\"\"What every part of the program needs; {pad}\"\"\"

import {module}


def {name}(url):
{body}


def unrelated(text):
    return text.title()
"""
USING = """\
from flask import Flask, redirect, request, url_for
from helpers import {name}
app = Flask(__name__)

@app.route("/login")
def login():
    target = request.args.get("next")
    if target and {name}(target):
        return redirect(target)
    return redirect(url_for("index"))
"""
FAR = {
    "sanitize_next_url": ("urllib.parse", "    return not urllib.parse.urlparse(url).netloc", True),
    "is_relative_url": ("re", '    return re.match(r"^/[^/]", url)', True),
    "is_local_url": ("re", '    return re.fullmatch(r"/[a-z]*", url)', False),
}


@pytest.mark.parametrize("name", FAR)
def test_helper_in_a_file_without_flask(outcome, name):
    """A file whose only business with the app is to judge addresses is read."""
    module, body, broken = FAR[name]
    far = HELPER.format(pad="and more. " * 80, module=module, name=name, body=body)

    found = outcome(
        {"app.py": USING.format(name=name), "helpers.py": far}, select=(RULE,), strict=True
    )

    assert [BROKEN in finding.message for finding in found.findings] == [True] * broken
