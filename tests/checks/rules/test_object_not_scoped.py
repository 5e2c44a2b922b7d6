"""Where `object-not-scoped` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "object-not-scoped"
HEAD = """\
from flask import Flask, abort, g, redirect, request
from flask_login import LoginManager, UserMixin, current_user, login_required
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
app = Flask(__name__)
login_manager = LoginManager(app)
db = SQLAlchemy(app)
class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))
class City(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
"""
VIEW = '@app.post("/notes/<int:note_id>/delete")\n@login_required\ndef delete_note(note_id):\n'
DROP = "    db.session.delete(note)\n    db.session.commit()\n    return redirect('/')\n"


def marked(line: str, call: str) -> str:
    """Return `line` with carets under `call`."""
    return f"{line}\n{' ' * line.index(call)}{'^' * len(call)} delete_note() changes any\n"


@pytest.mark.parametrize(
    ("before", "call", "after"),
    [
        ("    note = ", "Note.query.get_or_404(note_id)", ""),
        ("    note = ", "Note.query.get(note_id)", ""),
        ("    note = ", "db.session.get(Note, note_id)", ""),
        ("    note = ", "Note.query.filter_by(id=note_id)", ".first()"),
        ("    note = ", "Note.query.filter(Note.id == note_id)", ".one()"),
        ("    note = ", "db.session.query(Note).filter_by(id=note_id)", ".first()"),
        ("    note = db.session.scalar(", "select(Note).where(Note.id == note_id)", ")"),
        ("    note = ", "db.get_or_404(Note, note_id)", ""),
    ],
)
def test_loaded_by_id_alone(audit, before, call, after):
    """Every way to look a row up by its id is found."""
    audit(RULE, HEAD + VIEW + marked(f"{before}{call}{after}", call) + DROP)


def test_other_user(audit):
    """The user model itself belongs to somebody."""
    call = "db.session.get(User, note_id)"

    audit(RULE, HEAD + VIEW + marked(f"    note = {call}", call) + DROP)


def test_strict_only(audit):
    """It is for strict audits: many apps share objects on purpose."""
    audit(RULE, HEAD + VIEW + "    note = db.session.get(Note, note_id)\n" + DROP, strict=False)


@pytest.mark.parametrize(
    "body",
    [
        "    note = Note.query.filter_by(id=note_id, user_id=current_user.id).first_or_404()\n",
        "    note = Note.query.get_or_404(note_id)\n    if note.user_id != current_user.id:\n"
        "        abort(403)\n",
        "    note = current_user.notes.filter_by(id=note_id).first_or_404()\n",
        "    note = own_note(note_id)\n",
        "    note = Note.query.get_or_404(note_id)\n    check_owner(note)\n",
        "    note = Note.query.get_or_404(note_id)\n    if note.user_id != g.user.id:\n"
        "        abort(404)\n",
        "    note = City.query.get_or_404(note_id)\n",
    ],
)
def test_tied_to_the_user(audit, body):
    """A look-up with the owner, a comparison after it, or an object of nobody is fine."""
    helper = (
        "def own_note(note_id):\n    note = Note.query.get_or_404(note_id)\n"
        "    if note.user_id != current_user.id:\n        abort(403)\n    return note\n"
    )

    audit(RULE, HEAD + helper + VIEW + body + DROP)


@pytest.mark.parametrize(
    "view",
    [
        VIEW.replace("@login_required", "@login_required\n@admin_required"),
        VIEW.replace("/notes/", "/admin/notes/"),
        VIEW.replace("@login_required\n", ""),
    ],
)
def test_other_guards(audit, view):
    """Roles decide for administrators; an open view is another rule's matter."""
    head = HEAD + "from elsewhere import admin_required\n"

    audit(RULE, head + view + "    note = Note.query.get_or_404(note_id)\n" + DROP)


def test_only_shown(audit):
    """A view that only shows the row may be a public page."""
    audit(RULE, HEAD + VIEW + "    note = Note.query.get_or_404(note_id)\n    return note.text\n")


@pytest.mark.parametrize("name", ["report_note", "like_note", "unfollow", "reply"])
def test_meant_for_objects_of_others(audit, name):
    """Reporting, liking and following concern what others own."""
    view = VIEW.replace("delete_note(", f"{name}(")

    audit(RULE, HEAD + view + "    note = Note.query.get_or_404(note_id)\n" + DROP)


def test_view_class_with_methods_like_a_session_s(audit):
    """``db.session.get`` does not run the method ``get`` of the only view class that has one."""
    text = (HEAD[: HEAD.index("class ")] if "class " in HEAD else HEAD) + (
        "from flask.views import MethodView\nclass Item(db.Model):\n"
        "    id = db.Column(db.Integer, primary_key=True)\n"
        "    user_id = db.Column(db.ForeignKey('user.id'))\n"
        "class Items(MethodView):\n    decorators = [login_required]\n"
        "    def get(self):\n        return Item.query.filter_by(user_id=current_user.id)\n"
        "class One(MethodView):\n    decorators = [login_required]\n"
        "    def delete(self, item_id):\n        item = db.session.get(Item, item_id)\n{carets}"
        "{check}        db.session.delete(item)\n        db.session.commit()\n"
        "app.add_url_rule('/items', view_func=Items.as_view('items'))\n"
        "app.add_url_rule('/items/<int:item_id>', view_func=One.as_view('item'))\n"
    )
    carets = " " * 15 + "^" * len("db.session.get(Item, item_id)") + "\n"
    audit(RULE, text.replace("{carets}", carets).replace("{check}", ""), strict=True)

    check = "        if item.user_id != current_user.id:\n            abort(404)\n"
    audit(RULE, text.replace("{carets}", "").replace("{check}", check), strict=True)
