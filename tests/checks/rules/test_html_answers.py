"""Where `autoescape-off` finds what the client sent in markup that a view returns as a text."""

from __future__ import annotations

import pytest

RULE = "autoescape-off"
HEAD = """\
import html
from flask import Flask, Response, jsonify, make_response, redirect, request
from markupsafe import escape
app = Flask(__name__)

@app.get("/callback")
def callback():
    error = request.args.get("error")
"""
SAYS = " A returned text prints what the client sends"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ('return f"<h1>Error: {error}</h1>"', "error"),
        ("return f\"<h1>{request.args['error']}</h1>\", 400", "request.args['error']"),
        ('return "<b>" + error + "</b>"', "error"),
        ('return "<p>%s</p>" % error', "error"),
        ('return "<p>{}</p>".format(error)', "error"),
        ('return make_response(f"<p>{error}</p>", 400)', "error"),
        ('return f"<p>{html.escape(error)}</p>"', ""),
        ('return f"<p>{escape(error)}</p>"', ""),
        ('return f"<p>{int(error)}</p>"', ""),
        ('return f"{error} < 3"', ""),
        ('return jsonify(error=f"<b>{error}</b>")', ""),
        ('return Response(f"<e>{error}</e>", mimetype="application/xml")', ""),
        ('return f"<p>{app.name}</p>"', ""),
    ],
)
def test_returned_markup(audit, line, part):
    """Flask sends a text as a page and escapes nothing of it."""
    place = line.rindex(part, 0, line.rindex(part) + len(part)) if part else 0
    carets = f"    {' ' * place}{'^' * len(part)}{SAYS}\n" if part else ""

    audit(RULE, HEAD + f"    {line}\n" + carets)
