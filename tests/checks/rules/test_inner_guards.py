"""Siblings of a view that begin with a helper which turns strangers away."""

from __future__ import annotations

import pytest

RULE = "view-unprotected"
APP = """
from flask import Flask, abort, request
from flask_login import LoginManager, current_user
app = Flask(__name__)
login_manager = LoginManager(app)
def admins_only():
    {test}
        abort(403)
@app.post("/notes")
def add_note():
    '''Add one.'''
    {call}
    db.session.add(Note(text=request.form["text"]))
    db.session.commit()
    return ""
@app.post("/notes/<int:note_id>/pin")
def pin_note(note_id):
    {call}
    db.session.get(Note, note_id).pinned = True
    db.session.commit()
    return ""
@app.post("/notes/<int:note_id>/delete")
{line}
{mark}    db.session.delete(db.session.get(Note, note_id))
    db.session.commit()
    return ""
"""
IS_ADMIN = "if not current_user.is_authenticated or not current_user.is_admin:"


@pytest.mark.parametrize(
    ("test", "call", "found"),
    [
        (IS_ADMIN, "admins_only()", True),
        ("if not current_user.is_authenticated:", "admins_only()", True),
        (IS_ADMIN, "note_of_the_day()", False),
        ("if request.content_length > 9000:", "admins_only()", False),
    ],
)
def test_helper(audit, test, call, found):
    """A view that calls no such helper was forgotten; other helpers protect nobody."""
    line = "def delete_note(note_id):"
    mark = "^" * len(line) + "\n" if found else ""
    audit(RULE, APP.format(test=test, call=call, line=line, mark=mark))
