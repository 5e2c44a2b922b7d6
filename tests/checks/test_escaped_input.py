"""Apps that escape what they keep, and templates that a database holds."""

from __future__ import annotations

import pytest

APP = """\
from flask import Flask, render_template, request
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from markupsafe import escape
import json
app = Flask(__name__)
db = SQLAlchemy(app)
LoginManager(app)
class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    text = db.Column(db.Text)
@app.get("/<int:id>")
def show(id):
    return render_template("show.html", note=Note.query.get(id))
@app.post("/")
def add():
{lines}
    return ""
"""
FIELDS = ("text", "title", "name", "city", "street")


@pytest.mark.parametrize(
    ("line", "audience"),
    [
        ("    keep(Note({0}=escape(request.form['{0}'])))", "strict"),
        ("    keep(escape(form.{0}.data))", "strict"),
        ("    keep(Note({0}=request.form['{0}']))", "default"),
        ("    keep(escape('{0}'))", "strict"),
    ],
)
def test_fields_that_are_escaped(outcome, line, audience):
    """Where every field is escaped when it comes in, nothing is left to escape when printed."""
    text = APP.format(lines="\n".join(line.format(field) for field in FIELDS))
    found = outcome({"app.py": text, "templates/show.html": "{{ note.text|safe }}\n"}, strict=True)

    assert [f.audience for f in found.findings if f.rule == "autoescape-off"] == [audience]


def test_some_of_many_fields(outcome):
    """What is read beside them, and is escaped nowhere, is printed all the same."""
    escaped = [f"    keep(Note({field}=escape(request.form['{field}'])))" for field in FIELDS]
    plain = [f"    keep(Note(text=request.form['note_{number}']))" for number in range(20)]
    text = APP.format(lines="\n".join(escaped + plain))
    found = outcome({"app.py": text, "templates/show.html": "{{ note.text|safe }}\n"})

    assert [f.audience for f in found.findings if f.rule == "autoescape-off"] == ["default"]


def test_one_field(outcome):
    """One field that is escaped says nothing of the others."""
    text = APP.format(lines="    keep(Note(text=escape(request.form['text'])))")
    found = outcome({"app.py": text, "templates/show.html": "{{ note.text|safe }}\n"})

    assert [f.audience for f in found.findings if f.rule == "autoescape-off"] == ["default"]


def test_templates_of_the_database(outcome):
    """Templates that a table holds are told of once for each file."""
    line = "    note = Note.query.get({})\n    return render_template_string(note.text)\n"
    text = APP.format(lines="    pass") + "from flask import render_template_string\n"
    text += "def first():\n" + line.format(1) + "def second():\n" + line.format(2)
    found = [f for f in outcome({"app.py": text}).findings if f.rule == "template-from-string"]

    assert [len(finding.related) for finding in found] == [1]
