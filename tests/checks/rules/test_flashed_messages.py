"""Flashed messages that hold what somebody wrote, in templates that do not escape them."""

from __future__ import annotations

import pytest

RULE = "autoescape-off"
APP = """
from flask import Flask, flash, render_template, request
from flask_babel import gettext as _
from flask_sqlalchemy import SQLAlchemy
from markupsafe import Markup, escape
app = Flask(__name__)
db = SQLAlchemy(app)
class User(db.Model):
    full_name = db.Column(db.String)
    points = db.Column(db.Integer)
@app.post("/find/<slug>")
def find(slug):
    user = User.query.get(1)
    {flash}
    return render_template("x.html")
"""
LINE = "{{ message|safe }}"
MARK = "^" * len(LINE) + " Flashed messages are not escaped\n"
LOOP = "{% for message in get_flashed_messages() %}\n" + LINE + "\n{mark}{% endfor %}\n"
PAGES = {
    "plain": LOOP,
    "with": "{% with given = get_flashed_messages() %}{% for message in given %}\n"
    + LINE
    + "\n{mark}{% endfor %}{% endwith %}\n",
    "categories": "{% set all = get_flashed_messages(with_categories=true) %}\n"
    "{% for category, message in all %}\n" + LINE + "\n{mark}{% endfor %}\n",
    "macro": "{% macro notes(messages) %}{% for message in messages %}\n"
    + LINE
    + "\n{mark}{% endfor %}{% endmacro %}\n",
}
TYPED = "flash(f'No {request.form[\"word\"]} here')"


def files(flash: str, page: str, mark: str) -> dict[str, str]:
    """Return an app that flashes this, and the page that prints it."""
    return {"app.py": APP.format(flash=flash), "templates/x.html": page.replace("{mark}", mark)}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_pages(audit, page):
    """Loops over messages, over a name for them, with categories, and in a macro."""
    audit(RULE, files(TYPED, page, MARK))


@pytest.mark.parametrize(
    "flash",
    [
        "flash('No ' + request.form['word'])",
        "flash('No %s' % request.args.get('word'))",
        "flash('No {} here'.format(request.form['word']), 'danger')",
        "flash(_('No %(word)s', word=request.form['word']))",
        "flash(request.args['error'])",
        "flash(f'Thanks, {user.full_name}')",
    ],
)
def test_messages(audit, flash):
    """What the client sends, put in by any means, and what people write about themselves."""
    (finding,) = audit(RULE, files(flash, LOOP, MARK))

    assert finding.related[-1].message == "such a message"


@pytest.mark.parametrize(
    "flash",
    [
        "flash('Saved')",
        "flash(f'You have {user.points} points')",
        "flash(f'{escape(request.form[\"word\"])} is gone')",
        "flash(Markup('<b>%s</b>') % request.form['word'])",
        "flash(Markup('<b>{}</b>').format(request.form['word']))",
        "flash('Mail sent to ' + request.form['email'])",
        "flash(f'{request.form[\"username\"]} follows you')",
        "flash('%s days' % request.args['days'])",
        "note(f'No {request.form[\"word\"]} here')",
    ],
)
def test_messages_without_markup(audit, flash):
    """Plain texts, numbers, escaped values, and names of which forms let no markup in."""
    audit(RULE, files(flash, LOOP, ""))


@pytest.mark.parametrize(
    "page",
    [
        LOOP.replace("|safe", ""),
        "{% for message in news %}\n" + LINE + "\n{% endfor %}\n",
        "{{ message|safe }}\n",
        LOOP.replace("message|safe", "message|striptags|safe"),
    ],
)
def test_pages_that_escape(audit, page):
    """Messages that are escaped, and other values of the same name."""
    audit(RULE, files(TYPED, page, ""))
