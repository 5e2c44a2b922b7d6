"""Where `view-unprotected` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "view-unprotected"
HEAD = """\
from functools import wraps
from flask import Blueprint, Flask, abort, g, jsonify, redirect, request, session
from flask.views import MethodView
from flask_login import LoginManager, current_user, login_required
app = Flask(__name__)
login_manager = LoginManager(app)
"""
ADD = (
    "    db.session.add(Note(text=request.form['text']))\n    db.session.commit()\n    return ''\n"
)
DROP = (
    "    db.session.delete(db.session.get(Note, note_id))\n    db.session.commit()\n    return ''\n"
)
SAFE = '@app.post("/notes")\n@login_required\ndef add_note():\n' + ADD
DELETE = '@app.post("/notes/<int:note_id>/delete")\n'


def test_forgotten_beside_a_protected_one(audit):
    """A view that deletes is open, the one that adds is not."""
    (finding,) = audit(
        RULE,
        HEAD
        + SAFE
        + DELETE
        + "def delete_note(note_id):\n"
        + "^" * 25
        + " delete_note() changes data and asks nobody who they are, unlike add_note().\n"
        + DROP,
    )

    assert [place.message for place in finding.related] == [
        "a sibling that is protected by @login_required"
    ]


@pytest.mark.parametrize(
    "body",
    [
        "    db.execute('DELETE FROM notes WHERE id = ?', (note_id,))\n",
        '    cursor.execute(f"UPDATE notes SET gone = 1 WHERE id = {note_id}")\n',
        "    Note.query.filter_by(id=note_id).delete()\n",
        "    mongo.db.notes.delete_one({'_id': note_id})\n",
        "    note = Note.get(note_id)\n    note.text = ''\n    note.save()\n",
        "    os.remove(path_of(note_id))\n",
        "    with database() as session:\n        session.delete(session.get(Note, note_id))\n",
        "    with database() as session:\n        session.add(Gone(note_id))\n",
        "    for note in json.loads(request.data):\n        db.session.delete(find(note))\n",
        "    wipe(request.get_json()['why'])\n",
        "    Notes.hide(note_id, request.form['why'])\n",
        "    erase(note_id)\n\ndef erase(note_id):\n    db.session.delete(find(note_id))\n",
    ],
)
def test_ways_to_change(audit, body):
    """Statements, sessions, documents, files and helpers that change something are seen."""
    view = DELETE + "def delete_note(note_id):\n" + "^" * 25 + " delete_note() changes\n"

    audit(RULE, HEAD + "import json, os\n" + SAFE + view + body)


def test_method_of_a_view_class(audit):
    """One method of a class is protected, another is not."""
    audit(
        RULE,
        HEAD
        + "class NoteView(MethodView):\n    @login_required\n    def put(self, note_id):\n"
        + "        save(note_id)\n        db.session.commit()\n        return ''\n"
        + "    def delete(self, note_id):\n    "
        + "^" * 26
        + " NoteView.delete() changes data\n"
        + "        db.session.delete(find(note_id))\n        db.session.commit()\n"
        + "        return ''\n"
        + "app.add_url_rule('/n/<note_id>', view_func=NoteView.as_view('note'))\n",
    )


@pytest.mark.parametrize(
    ("library", "register"),
    [
        (
            "from flask_restful import Api, Resource\napi = Api(app)\n",
            "api.add_resource(Notes, '/n')\napi.add_resource(NoteItem, '/n/<note_id>')\n",
        ),
        (
            "from flask_restx import Namespace, Resource\napi = Namespace('notes')\n",
            "api.add_resource(Notes, '/n')\napi.add_resource(NoteItem, '/n/<note_id>')\n",
        ),
    ],
)
def test_resources(audit, library, register):
    """Resources of Flask-RESTful and Flask-RESTX are views."""
    audit(
        RULE,
        HEAD
        + library
        + "class Notes(Resource):\n    method_decorators = [login_required]\n"
        + "    def post(self):\n        db.session.add(Note())\n        db.session.commit()\n"
        + "class NoteItem(Resource):\n    def delete(self, note_id):\n    "
        + "^" * 26
        + " NoteItem.delete() changes data\n"
        + "        db.session.delete(find(note_id))\n        db.session.commit()\n"
        + register,
    )


def test_route_on_classes(audit):
    """Flask-Smorest and Flask-RESTX register classes by decorator."""
    audit(
        RULE,
        HEAD
        + "from flask_smorest import Blueprint as Blp\nblp = Blp('notes', __name__)\n"
        + "@blp.route('/n')\nclass Notes(MethodView):\n    @login_required\n"
        + "    def post(self):\n        db.session.add(Note())\n        db.session.commit()\n"
        + "@blp.route('/n/<note_id>')\nclass NoteItem(MethodView):\n"
        + "    def delete(self, note_id):\n    "
        + "^" * 26
        + " NoteItem.delete() changes data\n"
        + "        db.session.delete(find(note_id))\n        db.session.commit()\n",
    )


def test_open_admin_blueprint(audit):
    """A blueprint that administers is open while the rest of the app asks for a login."""
    audit(
        RULE,
        {
            "app.py": HEAD + "from admin import admin\napp.register_blueprint(admin)\n" + SAFE,
            "admin.py": "from flask import Blueprint\nadmin = Blueprint('admin', __name__)\n"
            "@admin.post('/users/<int:user_id>/drop')\ndef drop_user(user_id):\n"
            + "^"
            * 23
            + " drop_user() changes\n"
            "    db.session.delete(find(user_id))\n    db.session.commit()\n    return ''\n",
        },
    )


def test_personal_view(audit):
    """A view that reads what only a user has is reported with less weight."""
    (finding,) = audit(
        RULE,
        HEAD
        + SAFE
        + "@app.get('/mine')\ndef mine():\n^^^^^^^^^^^ mine() is about the current user\n"
        + "    return jsonify([note.text for note in current_user.notes])\n",
    )

    assert finding.severity == "medium"


def test_flask_admin(audit):
    """Model views of Flask-Admin without is_accessible are one finding."""
    (finding,) = audit(
        RULE,
        HEAD
        + "from flask_admin import Admin\nfrom flask_admin.contrib.sqla import ModelView\n"
        + "admin = Admin(app)\n"
        + "admin.add_view(ModelView(User, db.session))\n"
        + " " * 15
        + "^" * 27
        + " Flask-Admin shows and edits this model for everybody\n"
        + "admin.add_view(ModelView(Note, db.session))\n",
    )

    assert len(finding.related) == 1


@pytest.mark.parametrize(
    "text",
    [
        "class Closed(ModelView):\n    def is_accessible(self):\n"
        "        return current_user.is_authenticated\n"
        "admin.add_view(Closed(User, db.session))\n",
        "class Base:\n    def is_accessible(self):\n        return current_user.is_admin\n"
        "class Closed(Base, ModelView):\n    pass\nadmin.add_view(Closed(User, db.session))\n",
        "@app.before_request\ndef members_only():\n    if not current_user.is_authenticated:\n"
        "        return login_manager.unauthorized()\n"
        "admin.add_view(ModelView(User, db.session))\n",
        "class ModelView(ModelView):\n    def is_accessible(self):\n        return False\n"
        "admin.add_view(ModelView(User, db.session))\n",
    ],
)
def test_flask_admin_that_asks(audit, text):
    """is_accessible in the class or a base, and hooks for the whole app, protect it."""
    audit(
        RULE,
        HEAD
        + "from flask_admin import Admin\nfrom flask_admin.contrib.sqla import ModelView\n"
        + "admin = Admin(app)\n"
        + text,
    )


ITEMS = """\
class NoteList(MethodView):
    decorators = [login_required]
    def post(self):
        db.session.add(Note(text=request.form['text']))
        db.session.commit()
class NoteItem(MethodView):
{guard}    def put(self, note_id):
{first}        db.session.get(Note, note_id).text = ''
        db.session.commit()
    def delete(self, note_id):
{second}        db.session.delete(db.session.get(Note, note_id))
        db.session.commit()
app.add_url_rule('/notes', view_func=NoteList.as_view('notes'))
app.add_url_rule('/notes/<int:note_id>', view_func=NoteItem.as_view('note'))
"""


def test_all_methods_of_a_class(audit):
    """A class that was forgotten is one, however many methods it has."""
    first = f"    {'^' * len('def put(self, note_id):')} NoteItem.put() changes data\n"
    second = f"    {'^' * len('def delete(self, note_id):')} NoteItem.delete() changes data\n"
    audit(RULE, HEAD + ITEMS.format(guard="", first=first, second=second))

    guard = "    decorators = [login_required]\n"
    audit(RULE, HEAD + ITEMS.format(guard=guard, first="", second=""))
