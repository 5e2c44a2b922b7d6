"""Views that only read, and exposed methods of classes: what `view-unprotected` says of them."""

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
SAFE = '@app.post("/notes")\n@login_required\ndef add_note():\n' + ADD


def test_exposed_method(audit):
    """A method that Flask-AppBuilder exposes without has_access is open."""
    audit(
        RULE,
        HEAD
        + "from flask_appbuilder import BaseView, expose, has_access\n"
        + "class NotesView(BaseView):\n    @expose('/add', methods=['POST'])\n    @has_access\n"
        + "    def add(self):\n        db.session.add(Note())\n        db.session.commit()\n"
        + "    @expose('/drop/<note_id>', methods=['POST'])\n    def drop(self, note_id):\n    "
        + "^" * 24
        + " NotesView.drop() changes data\n"
        + "        db.session.delete(find(note_id))\n        db.session.commit()\n",
    )


READING = "".join(
    f'@app.get("/notes/<uuid>/{name}")\n@members_only\ndef {name}(uuid):\n'
    f"    return jsonify(read(uuid, '{name}'))\n"
    for name in ("text", "author", "history", "links", "tags", "size")
)
MEMBERS = (
    "def members_only(view):\n    @wraps(view)\n    def inner(*args, **kwargs):\n"
    "        if not current_user.is_authenticated:\n            abort(401)\n"
    "        return view(*args, **kwargs)\n    return inner\n"
)
OPEN = '@app.get("/notes/<uuid>/origin")\n'
READS = "^" * 17 + " origin() looks up what its address names and asks nobody who they are, unlike"


def test_the_only_reading_view_without_the_decorator_of_all_others(audit):
    """What reads by the address was forgotten where many siblings have a decorator for it."""
    (finding,) = audit(
        RULE,
        f"{HEAD}{MEMBERS}{READING}{OPEN}def origin(uuid):\n{READS}\n    return read(uuid)\n",
    )

    assert (finding.severity, finding.confidence) == ("medium", "medium")


def test_a_reading_resource_among_many(audit):
    """The one method of a REST API that lacks the decorator of the others."""
    names = ("Text", "Author", "History", "Links", "Tags", "Size")
    resources = "".join(
        f"class {name}(Resource):\n    @members_only\n    def get(self, uuid):\n"
        f"        return read(uuid, '{name}')\napi.add_resource({name}, '/{name}/<uuid>')\n"
        for name in names
    )

    audit(
        RULE,
        f"{HEAD}from flask_restful import Api, Resource\napi = Api(app)\n{MEMBERS}{resources}"
        "class Origin(Resource):\n    def get(self, uuid):\n    "
        + "^"
        * 20
        + " Origin.get() looks up\n"
        "        return read(uuid)\napi.add_resource(Origin, '/origin/<uuid>')\n",
    )


@pytest.mark.parametrize(
    "rest",
    [
        f"{OPEN}@members_only\ndef origin(uuid):\n    return read(uuid)\n",
        '@app.get("/origin")\ndef origin():\n    return render_template("origin.html")\n',
        '@app.get("/share/<uuid>")\ndef share(uuid):\n    return read(uuid)\n',
        '@app.get("/of/<day>")\ndef of_day(day):\n    return read(day)\n',
        f'{OPEN}def origin(uuid):\n    return read(uuid)\n@app.get("/notes/<uuid>/look")\n'
        "def look(uuid):\n    return read(uuid)\n",
    ],
    ids=["protected", "nothing looked up", "public by name", "other parameter", "two of them"],
)
def test_reading_views_that_may_be_open(audit, rest):
    """A page of its own kind, or a second one that is open, is no oversight."""
    audit(RULE, HEAD + MEMBERS + READING + rest)


def test_few_siblings_say_nothing_of_what_reads(audit):
    """Two protected readers are no rule that a third one breaks."""
    few = READING[: READING.index('@app.get("/notes/<uuid>/history")')]

    audit(RULE, f"{HEAD}{MEMBERS}{few}{OPEN}def origin(uuid):\n    return read(uuid)\n")


EXPOSED = (
    "import json\nfrom flask_appbuilder import BaseView, ModelView, expose, has_access\n"
    "class Notes(BaseView):\n"
    "    @expose('/clear', methods=['POST'])\n    @has_access\n    def clear(self):\n"
    "        session.commit()\n"
    "    @expose('/fold', methods=['POST'])\n    @has_access\n    def fold(self):\n"
    "        session.commit()\n"
)


def test_exposed_method_alone_in_its_class(audit):
    """The one exposed method of a model view is compared with the other classes of the file."""
    audit(
        RULE,
        HEAD + EXPOSED + "class Settings(ModelView):\n"
        "    @expose('/settings/load', methods=['POST'])\n"
        "    def bring_in(self):\n    ^^^^^^^^^^^^^^^^^^^ Settings.bring_in() changes data\n"
        "        for key, value in json.loads(request.files['file'].read()).items():\n"
        "            Setting.set(key, value)\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        "    @expose('/lookup', methods=['POST'])\n    def lookup(self):\n"
        "        return find(request.form['q'])\n",
        "    @expose('/load', methods=['POST'])\n    @has_access\n    def bring_in(self):\n"
        "        return Setting.set(request.form['key'])\n",
        "    @expose('/load')\n    def bring_in(self):\n        return of(request.args['key'])\n",
        "    @expose('/token/load', methods=['POST'])\n    def bring_in(self):\n"
        "        return Setting.set(request.form['key'])\n",
    ],
    ids=["only asks", "protected", "by GET", "for whoever has the token"],
)
def test_exposed_methods_that_may_be_open(audit, text):
    """What only answers a question, is protected, or is meant for others stays silent."""
    audit(RULE, HEAD + EXPOSED + "class Settings(ModelView):\n" + text)


@pytest.mark.parametrize(
    ("asks", "found"),
    [
        ("    def is_accessible(self):\n        return current_user.is_authenticated\n", False),
        ("    pass\n", True),
    ],
)
def test_exposed_method_of_a_mixin(audit, asks, found):
    """What is mixed into views that all ask who is there is guarded by them."""
    mark = "    " + "^" * 21 + "\n" if found else ""
    admin = (
        "from flask_admin import expose\nfrom flask_admin.contrib.sqla import ModelView\n"
        "from flask_login import current_user\n"
        "class Folded:\n    @expose('/fold', methods=['POST'])\n    def fold_notes(self):\n"
        + mark
        + "        db.session.add(Note())\n        db.session.commit()\n"
        "class Safe(ModelView):\n    def is_accessible(self):\n"
        "        return current_user.is_authenticated\n"
        "    @expose('/drop', methods=['POST'])\n    def drop(self):\n"
        "        db.session.delete(Note())\n        db.session.commit()\n"
        "class NoteAdmin(Folded, ModelView):\n" + asks
    )
    audit(RULE, {"app.py": HEAD + "import admin\n" + SAFE, "admin.py": admin})


TWINS = """\
from flask_principal import Permission, RoleNeed
admin_permission = Permission(RoleNeed("admin"))
bp = Blueprint("admin", __name__)
@bp.get("/user/create")
@bp.get("/user/edit/<int:user_id>")
@login_required
{role}
def form_user(user_id=None):
    return render_template("user.html")
@bp.post("/user/create")
@bp.post("{rule}")
@login_required
{other}{head}
{mark}    {body}
    db.session.add(User(name=request.form["name"]))
    db.session.commit()
    return ""
"""


@pytest.mark.parametrize(
    ("role", "rule", "other", "body", "found"),
    [
        ("@admin_permission.require(403)", "/user/edit/<int:user_id>", "", "pass", True),
        ("@admin_required", "/user/edit/<int:user_id>", "", "pass", True),
        ("@admin_permission.require(403)", "/user/edit/<int:user_id>",
         "@admin_permission.require(403)\n", "pass", False),
        ("@limiter.limit('1/day')", "/user/edit/<int:user_id>", "", "pass", False),
        ("@admin_required", "/user/edit/<int:user_id>", "",
         "if not current_user.is_admin:\n        abort(403)", False),
    ],
)  # fmt: skip
def test_form_that_only_a_role_is_shown(audit, role, rule, other, body, found):
    """Who may not see a form may not send it either."""
    head = "def process_user_form(user_id=None):"
    mark = "^" * len(head) + " process_user_form() changes data for everybody\n" if found else ""
    audit(
        RULE,
        HEAD
        + "from flask import render_template\n"
        + TWINS.format(role=role, rule=rule, other=other, body=body, head=head, mark=mark),
    )
