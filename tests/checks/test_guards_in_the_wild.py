"""Guards, stubs and pages that stand beside protected views."""

from __future__ import annotations

import pytest

HEAD = """\
from functools import wraps
from flask import Flask, abort, redirect, render_template, request, url_for
from flask_login import LoginManager, login_required
app = Flask(__name__)
login_manager = LoginManager(app)
@app.post("/notes")
@login_required
def add_note():
    db.session.add(Note(text=request.form["text"]))
    db.session.commit()
    return ""
"""
GUARD = """\
def staff_only():
    def decorator(view):
        @wraps(view)
        def wrapped(*args, **kwargs):
            if not {asked}:
                return {answer}
            return view(*args, **kwargs)
        return wrapped
    return decorator
@app.post("/notes/<int:note_id>/delete")
@staff_only()
def delete_note(note_id):
{mark}    db.session.delete(db.session.get(Note, note_id))
    db.session.commit()
    return ""
"""


@pytest.mark.parametrize(
    ("asked", "answer", "found"),
    [
        ("is_staff(kwargs['course'])", "redirect(url_for('login'))", False),
        ("belongs(kwargs)", "redirect(url_for('auth.login'))", False),
        ("is_moderator()", "abort(403)", False),
        ("is_open()", "redirect(url_for('closed'))", True),
    ],
)
def test_decorator_of_the_project(audit, asked, answer, found):
    """Who sends away to the login asks who is there, however it is asked."""
    mark = "^" * 25 + "\n" if found else ""
    audit("view-unprotected", HEAD + GUARD.format(asked=asked, answer=answer, mark=mark))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("    if lab_of(note_id) not in labs():\n        abort(403)\n", False),
        ("    if lab_of(note_id) not in labs():\n        abort(401)\n", False),
        ("    if lab_of(note_id) not in labs():\n        abort(404)\n", True),
    ],
)
def test_view_that_forbids(audit, body, found):
    """A view that answers that somebody may not has asked, whatever it has asked."""
    line = "def delete_note(note_id):\n"
    text = '@app.post("/notes/<int:note_id>/delete")\n' + line
    text += "^" * (len(line) - 1) + "\n" if found else ""
    text += body + "    db.session.delete(db.session.get(Note, note_id))\n    db.session.commit()\n"

    audit("view-unprotected", HEAD + text)


@pytest.mark.parametrize(
    ("name", "found"), [("select2_json", False), ("typeahead", False), ("keep_all", True)]
)
def test_question_by_post(audit, name, found):
    """What fills a list of choices asks, and changes nothing."""
    line = f"def {name}():\n"
    text = "@app.post('/x')\n" + line + ("^" * (len(line) - 1) + "\n" if found else "")

    audit("view-unprotected", HEAD + text + "    return look(request.form['text'])\n")


@pytest.mark.parametrize(
    ("rules", "shown", "found"),
    [
        (("/", "/admin/"), "'index.html'", False),
        (("/admin/",), "'index.html'", True),
        (("/", "/admin/"), "'index.html', users=everybody()", True),
    ],
)
def test_page_for_all_addresses(audit, rules, shown, found):
    """One page whose scripts ask for everything is nobody's, though an address says admin."""
    routes = "".join(f"@app.get('{rule}')\n" for rule in rules)
    mark = "^^^^^^^^^^^^\n" if found else ""
    head = HEAD.replace('"/notes"', '"/admin/notes"')

    audit(
        "view-unprotected",
        f"{head}{routes}def shell():\n{mark}    return render_template({shown})\n",
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [("    ...\n", False), ('    """Remove."""\n', False), ("    drop()\n", True)],
)
def test_stub_below_a_route(audit, body, found):
    """A stub of what another program does is called, not asked: its decorators are for that."""
    mark = " ^^^^^^^^^^^^^^\n" if found else ""
    audit(
        "login-required-ineffective",
        f"{HEAD}@login_required\n{mark}@app.post('/x')\ndef remove():\n{body}",
    )
