"""`autoescape-off` asks who sends what a page shows: a token keeps others from sending a form."""

from __future__ import annotations

import pytest

RULE = "autoescape-off"
HEAD = """\
from flask import Flask, flash, render_template, request
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from markupsafe import Markup
app = Flask(__name__)
login_manager = LoginManager(app)
"""
TOKENS = "csrf = CSRFProtect(app)\n"
VIEW = """\
@app.route("/tags", methods=["GET", "POST"])
def tags():
    {body}
    return render_template({page!r}, name={name})
"""


def _files(body, page, name, protected=True):
    view = VIEW.format(body=body, page=page, name=name)
    return {
        "app.py": HEAD + (TOKENS if protected else "") + view,
        "templates/tags.html": "<p>{{ name|safe }}</p>\n",
        "templates/emails/note.html": "<p>{{ name|safe }}</p>\n",
        "templates/list.html": "{% for message in get_flashed_messages() %}\n"
        "<p>{{ message|safe }}</p>\n{% endfor %}\n",
    }


CASES = [
    ("pass", "tags.html", "request.form['name']", "strict"),
    ("pass", "tags.html", "request.json['name']", "strict"),
    ("name = request.form['name']", "tags.html", "'Tag ' + name", "strict"),
    ("flash(f\"There is a tag {request.form['title']}\")", "list.html", "1", "strict"),
    ("shown = Markup('<b>' + request.form['name'] + '</b>')", "list.html", "shown", "strict"),
    # A link is enough.
    ("pass", "tags.html", "request.args['name']", "default"),
    ("pass", "tags.html", "request.form['name'] + request.args['name']", "default"),
    ("pass", "tags.html", "request.values['name']", "default"),
    ("flash(f\"There is a tag {request.args['title']}\")", "list.html", "1", "default"),
    # Others read the mail.
    ("pass", "emails/note.html", "request.form['name']", "default"),
]


@pytest.mark.parametrize(("body", "page", "name", "audience"), CASES)
def test_form_of_ones_own(outcome, body, page, name, audience):
    """What only the visitor can have sent harms the visitor alone."""
    found = outcome(_files(body, page, name), strict=True).findings

    assert {f.audience for f in found if f.rule == RULE} == {audience}


@pytest.mark.parametrize(("body", "page", "name"), [case[:3] for case in CASES])
def test_form_that_anybody_sends(outcome, body, page, name):
    """Without tokens another site's page sends the form."""
    found = outcome(_files(body, page, name, protected=False), strict=True).findings

    assert {f.audience for f in found if f.rule == RULE} == {"default"}
