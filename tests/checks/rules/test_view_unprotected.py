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


@pytest.mark.parametrize("page", ["privacy", "help", "about", "terms"])
def test_who_changes_a_page_that_all_may_read(audit, page):
    """The page's own view is open on purpose."""
    read = f'@app.route("/{page}")\ndef {page}():\n    return render(Page.query.get("{page}"))\n'
    edit = f'@app.post("/{page}/edit")\ndef edit_{page}():\n'
    carets = "^" * len(f"def edit_{page}():") + f" edit_{page}() changes\n"

    audit(RULE, HEAD + SAFE + read + edit + carets + ADD)


def test_own_decorator_of_the_siblings(audit):
    """The project's own decorator counts by what it does."""
    guard = (
        "def members(view):\n    @wraps(view)\n    def inner(*args, **kwargs):\n"
        "        if g.user is None:\n            return redirect('/login')\n"
        "        return view(*args, **kwargs)\n    return inner\n"
    )
    safe = SAFE.replace("@login_required", "@members")
    view = DELETE + "def delete_note(note_id):\n" + "^" * 25 + " delete_note() changes\n" + DROP

    audit(RULE, HEAD + guard + safe + view)


def test_own_decorator_that_asks_nobody(audit):
    """A decorator that only counts or logs protects nothing."""
    guard = (
        "def audited(view):\n    @wraps(view)\n    def inner(*args, **kwargs):\n"
        "        log.info('%s', request.path)\n        return view(*args, **kwargs)\n"
        "    return inner\n"
    )
    view = (
        DELETE
        + "@audited\ndef delete_note(note_id):\n"
        + "^" * 25
        + " delete_note() changes\n"
        + DROP
    )

    audit(RULE, HEAD + guard + SAFE + view)


def test_conditions_of_the_siblings(audit):
    """Siblings that look into the session by themselves are protected, too."""
    safe = (
        "@app.post('/notes')\ndef add_note():\n    if 'user' not in session:\n"
        "        return redirect('/login')\n" + ADD
    )
    view = DELETE + "def delete_note(note_id):\n" + "^" * 25 + " delete_note() changes\n" + DROP

    audit(RULE, HEAD + safe + view)


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


@pytest.mark.parametrize(
    "decorator",
    [
        "from flask_security import auth_required\n",
        "from flask_security import roles_required\n",
        "from flask_jwt_extended import jwt_required\n",
        "from flask_httpauth import HTTPBasicAuth\nauth = HTTPBasicAuth()\n",
        "from flask_principal import Permission, RoleNeed\nadmin = Permission(RoleNeed('a'))\n",
        "from flask_appbuilder.security.decorators import has_access\n",
        "from elsewhere import admin_required\n",
    ],
)
def test_decorators_of_libraries(audit, decorator):
    """Decorators of other libraries that ask who is there are known by their names."""
    names = {
        "HTTPBasicAuth()": "auth.login_required",
        "Permission(RoleNeed('a'))": "admin.require(403)",
        "jwt_required": "jwt_required()",
    }
    last = decorator.split()[-1]
    view = DELETE + f"@{names.get(last, last)}\ndef delete_note(note_id):\n" + DROP

    audit(RULE, HEAD + decorator + SAFE + view)


@pytest.mark.parametrize(
    "hook",
    [
        "@notes.before_request\n@login_required\ndef check():\n    pass\n",
        "@notes.before_request\ndef check():\n    if not session.get('user_id'):\n"
        "        return redirect('/login')\n",
        "@notes.before_request\ndef check():\n    if current_user.is_authenticated:\n"
        "        return\n    abort(401)\n",
        "def check():\n    if g.user is None:\n        abort(401)\nnotes.before_request(check)\n",
        "notes.before_request(login_required(lambda: None))\n",
    ],
)
def test_hooks_of_a_blueprint(audit, hook):
    """A hook that turns strangers away protects all views of its blueprint."""
    view = DELETE.replace("app", "notes") + "def delete_note(note_id):\n" + DROP
    safe = SAFE.replace("@app", "@notes")

    audit(RULE, HEAD + "notes = Blueprint('notes', __name__)\n" + hook + safe + view)


@pytest.mark.parametrize(
    "hook",
    [
        "@notes.before_request\ndef seen():\n    if current_user.is_authenticated:\n"
        "        current_user.seen()\n",
        "@notes.before_request\ndef confirmed():\n"
        "    if current_user.is_authenticated and not current_user.confirmed:\n"
        "        return redirect('/unconfirmed')\n",
        "@notes.before_request\ndef load():\n    g.user = find(session.get('user_id'))\n",
    ],
)
def test_hooks_that_let_strangers_in(audit, hook):
    """A hook that only bothers members, or only loads, protects nothing."""
    view = (
        DELETE.replace("app", "notes")
        + "def delete_note(note_id):\n"
        + "^" * 25
        + " delete_note() changes\n"
        + DROP
    )
    safe = SAFE.replace("@app", "@notes")

    audit(RULE, HEAD + "notes = Blueprint('notes', __name__)\n" + hook + safe + view)


@pytest.mark.parametrize(
    "body",
    [
        "    if not current_user.is_authenticated:\n        abort(401)\n",
        "    if session.get('user') is None:\n        return redirect('/login')\n",
        "    if request.headers.get('X-Api-Key') != KEY:\n        abort(403)\n",
        "    require_login()\n",
        "    with admin_permission.require(403):\n        pass\n",
        "    note_owner_or_403(note_id)\n\ndef note_owner_or_403(note_id):\n"
        "    if find(note_id).owner_id != current_user.id:\n        abort(403)\n"
        "def unused(note_id):\n",
        "    if not app.config['PUBLIC_NOTES']:\n        abort(404)\n",
    ],
)
def test_conditions_in_the_view(audit, body):
    """A view that asks by itself, by a helper or by a setting is not forgotten."""
    audit(RULE, HEAD + SAFE + DELETE + "def delete_note(note_id):\n" + body + DROP)


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("/login", "login"), ("/register", "register"), ("/password/reset", "reset_request"),
        ("/confirm/<token>", "confirm_email"), ("/webhooks/stripe", "stripe_webhook"),
        ("/contact", "contact"), ("/newsletter", "newsletter"), ("/healthz", "health"),
        ("/oauth/callback", "oauth_callback"), ("/language/<code>", "set_language"),
        ("/api/token", "get_token"), ("/logout", "logout"), ("/setup", "setup"),
        ("/unsubscribe/<key>", "leave_list"), ("/shared/<uuid:share_id>", "answer_share"),
    ],
)  # fmt: skip
def test_public_by_purpose(audit, rule, name):
    """What strangers are meant to use is not reported although it saves something."""
    view = f"@app.route('{rule}', methods=['GET', 'POST'])\ndef {name}(**kwargs):\n"

    audit(RULE, HEAD + SAFE + view + ADD)


def test_public_pages(audit):
    """Pages that only show something are open in every shop."""
    view = "@app.get('/notes/<int:note_id>')\ndef note(note_id):\n    return find(note_id).text\n"

    audit(RULE, HEAD + SAFE + view)


def test_mostly_open(audit):
    """Where most views that change something are open, that is what the app is."""
    views = "".join(
        f"@app.post('/{name}')\ndef {name}():\n{ADD}" for name in ("score", "answer", "vote")
    )

    audit(RULE, HEAD + SAFE + views)


def test_app_without_users(audit):
    """An app that protects nothing has no siblings to compare with."""
    audit(RULE, HEAD + DELETE + "def delete_note(note_id):\n" + DROP)


def test_hook_of_an_outer_blueprint(audit):
    """A hook of the blueprint that another is registered on runs for both."""
    audit(
        RULE,
        HEAD
        + "outer = Blueprint('outer', __name__)\nnotes = Blueprint('notes', __name__)\n"
        + "outer.register_blueprint(notes)\n"
        + "@outer.before_request\n@login_required\ndef check():\n    pass\n"
        + SAFE.replace("@app", "@notes")
        + DELETE.replace("app", "notes")
        + "def delete_note(note_id):\n"
        + DROP,
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


def test_permission_entered_with_a_statement(audit):
    """A view may ask for a permission around a part of it, and whoever asks may be told who."""
    audit(
        RULE,
        HEAD
        + SAFE
        + DELETE
        + "def delete_note(note_id):\n    with Permissions.DROP.require(403):\n"
        "        db.session.delete(find(note_id))\n"
        "@app.get('/currentuser')\ndef get_current_user():\n"
        "    return jsonify(current_user.settings)\n",
    )


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


SERVER = (
    "from flask import Flask, abort, request\ndef log_server():\n    app = Flask(__name__)\n"
    "    @app.before_request\n    def check():\n"
    "        if request.headers.get('Authorization') != wanted():\n            abort(403)\n"
    "    @app.get('/log/<name>')\n    def log(name):\n        return send(name)\n"
)


def test_hook_of_another_app(audit):
    """The door of a small app that serves logs does not close that of the app beside it."""
    view = DELETE + "def delete_note(note_id):\n" + "^" * 25 + " delete_note() changes\n" + DROP

    audit(
        RULE,
        {
            "settings.py": "A = 1\n",
            "logs.py": f"import settings\n{SERVER}",
            "app.py": "import settings\n" + HEAD + SAFE + view,
        },
    )


def test_hook_of_the_app_itself_beside_another(audit):
    """Beside a second app, a hook still counts for the views that its own app registers."""
    view = "from flask import Blueprint, request\nbp = Blueprint('bp', __name__)\n"
    view += DELETE.replace("@app", "@bp") + "def delete_note(note_id):\n" + DROP
    main = SERVER.replace(
        "    @app.get", "    import notes\n    app.register_blueprint(notes.bp)\n    @app.get"
    )

    audit(RULE, {"tool.py": f"import main\n{HEAD}{SAFE}", "main.py": main, "notes.py": view})


SUBJECTS = ["tasks", "contacts", "docs", "cart", "media", "payments"]


@pytest.mark.parametrize("word", SUBJECTS)
def test_what_the_app_is_about(audit, word):
    """A word that may say something public does not where protected siblings say it too."""
    safe = SAFE.replace("/notes", f"/{word}")
    line = f"def delete_{word}(note_id):"
    delete = f'@app.post("/{word}/<int:note_id>/delete")\n{line}\n'
    audit(RULE, f"{HEAD}{safe}{delete}{'^' * len(line)} delete_{word}() changes\n{DROP}")

    audit(RULE, HEAD + safe + delete.replace(line, f"@login_required\n{line}") + DROP)
    audit(RULE, HEAD + SAFE + delete + DROP)  # a shop's cart beside somebody's notes


@pytest.mark.parametrize("name", ["suggest", "post_rating", "submit_review", "leave_a_review"])
def test_given_by_visitors(audit, name):
    """A site may ask its visitors for their opinion."""
    audit(RULE, HEAD + SAFE + f'@app.post("/x")\ndef {name}():\n' + ADD)


@pytest.mark.parametrize("name", ["delete_rating", "suggestions", "edit_review", "approve_review"])
def test_not_given_by_visitors(audit, name):
    """What is done to the opinions of others is none of theirs."""
    line = f"def {name}(note_id):"
    audit(RULE, HEAD + SAFE + DELETE + f"{line}\n{'^' * len(line)}\n" + DROP)


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


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("add_users_to_group", True),
        ("delete_user_from_team", True),
        ("grant_role", True),
        ("remove_user_permission", True),
        ("add_user", False),
        ("add_to_basket", False),
    ],
)
def test_open_blueprint_about_membership(audit, name, found):
    """A blueprint that is open as a whole is so on purpose, but not for who belongs to what."""
    line = f"def {name}():"
    text = f"{line}\n" + ("^" * len(line) + "\n" if found else "")
    groups = "from flask import Blueprint, request\ngroups = Blueprint('groups', __name__)\n"
    app = HEAD + SAFE + "from groups import groups\napp.register_blueprint(groups)\n"
    audit(RULE, {"app.py": app, "groups.py": groups + "@groups.post('/x')\n" + text + ADD})


@pytest.mark.parametrize("name", ["logged", "track_visit", "log_access", "timed"])
def test_decorator_that_only_watches(audit, name):
    """What notes who came asks nobody to log in, though it speaks of the user and raises."""
    watches = (
        f"def {name}(view):\n    @wraps(view)\n    def wrapper(*args, **kwargs):\n"
        "        note(current_user.id, view.__name__)\n        try:\n"
        "            return view(*args, **kwargs)\n        except Exception as error:\n"
        "            note(error)\n            raise\n    return wrapper\n"
    )
    line = "def delete_note(note_id):"
    audit(RULE, HEAD + watches + SAFE + DELETE + f"@{name}\n{line}\n{'^' * len(line)}\n" + DROP)


ADMIN = """\
admin = Blueprint("admin", __name__)
@admin.route("/links/<int:number>/delete", methods=["POST"])
@login_required
def delete_link(number):
    db.session.delete(Link.query.get(number))
    db.session.commit()
    return ""
"""


@pytest.mark.parametrize(
    "view",
    [
        "@admin.route('/uploads/<path:name>')\ndef get_image(name):\n"
        "    return send_from_directory(FOLDER, name)\n",
        "@admin.get('/photos/<name>')\ndef shown(name):\n    'A photo of a post.'\n"
        "    return flask.send_from_directory(FOLDER, name)\n",
        "@admin.get('/is-admin')\n@deprecated('1.5')\ndef is_admin():\n    pass\n",
        "@admin.get('/users')\n@gone\ndef users():\n    'Use /people.'\n",
    ],
)
def test_pictures_and_what_is_left_of_a_view(audit, view):
    """Pictures by their names, and views that do nothing any more, are open on purpose."""
    audit(RULE, HEAD + ADMIN + view)


@pytest.mark.parametrize(
    ("head", "name", "body"),
    [
        ("@admin.get('/backups/<name>')", "backup(name)", "send_from_directory(FOLDER, name)"),
        ("@admin.get('/images/<name>')", "image(name)", "jsonify(Image.query.get(name).owner)"),
    ],
)
def test_other_files_of_the_administration(audit, head, name, body):
    """Other files, and records about pictures, are not."""
    line = f"def {name}:"
    mark = "^" * len(line) + "\n"

    audit(RULE, HEAD + ADMIN + f"{head}\n{line}\n{mark}    return {body}\n")


CLASS = """\
class {name}(MethodView):
    def post(self):
{mark}        return jsonify(find(**request.get_json()))
app.add_url_rule("/{name}", view_func={name}.as_view("{name}"))
"""
OTHERS = "".join(
    f"""\
class Note{word}(MethodView):
    decorators = [login_required]
    def post(self):
        db.session.add(Note(**request.get_json()))
        db.session.commit()
app.add_url_rule("/{word}", view_func=Note{word}.as_view("{word}"))
"""
    for word in ("One", "Two")
)


@pytest.mark.parametrize("name", ["HostInfo", "NoteSearch", "CompareNotes", "NoteStatsAPI"])
def test_class_that_only_answers(audit, name):
    """An API takes long questions by POST: its class is called after what it tells."""
    audit(RULE, HEAD + OTHERS + CLASS.format(name=name, mark=""))


@pytest.mark.parametrize("name", ["NoteInformer", "NoteImport", "InfoBoard", "Research"])
def test_class_that_takes_something(audit, name):
    """What is sent to any other class is taken for a change."""
    mark = "    " + "^" * 15 + f" {name}.post() changes data\n"
    audit(RULE, HEAD + OTHERS + CLASS.format(name=name, mark=mark))


@pytest.mark.parametrize(
    "imported",
    [
        {"app.py": "from guards import users_only\n", "guards.py": "from flask_login import "
         "login_required\n\nusers_only = login_required\n"},
        {"app.py": "users_only = login_required\n"},
        {"app.py": "from flask_login import login_required as users_only\n"},
    ],
    ids=["another file", "this file", "import"],
)  # fmt: skip
def test_decorator_by_another_name(audit, imported):
    """What a library's decorator is called in the project changes nothing."""
    view = "@users_only\ndef account():\n    return current_user.name\n"
    text = imported["app.py"] + SAFE + "@app.get('/account')\n" + view

    audit(RULE, {**imported, "app.py": HEAD + text})


def test_decorator_by_another_name_that_guards_nothing(audit):
    """Another name for something else does not protect either."""
    view = "@shown\ndef account():\n" + "^" * 14 + "\n    return current_user.name\n"

    audit(RULE, HEAD + "shown = cached\n" + SAFE + "@app.get('/account')\n" + view)


@pytest.mark.parametrize("name", ["recent_notes", "top_notes", "name_is_available", "note_exists"])
def test_posts_that_only_read(audit, name):
    """A page number or a name that is sent by POST changes nothing."""
    body = "    return jsonify(notes.some(request.get_json()['page']))\n"

    audit(RULE, HEAD + SAFE + f"@app.post('/{name}')\ndef {name}():\n{body}")


@pytest.mark.parametrize("name", ["stop_notes", "rank_notes"])
def test_posts_that_do_more(audit, name):
    """Other names say nothing of the kind."""
    body = "    return jsonify(notes.some(request.get_json()['page']))\n"
    line = f"def {name}():"
    marks = "^" * len(line)

    audit(RULE, HEAD + SAFE + f"@app.post('/{name}')\n{line}\n{marks}\n{body}")


FLAG = """\
@app.before_request
def ask():
    {flag} = True
    if session.get("userid"):
        {flag} = False
    if {flag} and request.endpoint != "login":
        return redirect("/login")
"""


@pytest.mark.parametrize(
    ("flag", "found"), [("should_login", False), ("needs_auth", False), ("is_new", True)]
)
def test_hook_with_a_flag(audit, flag, found):
    """What remembers in a variable that somebody is to log in turns him away by it."""
    name = "def drop(note_id):"
    mark = "^" * len(name) + "\n" if found else ""
    audit(RULE, HEAD + FLAG.format(flag=flag) + SAFE + DELETE + name + "\n" + mark + DROP)


NAMED = """\
@app.before_request
def not_suspended():
    {made}
    if {test}:
        abort(401)
"""


@pytest.mark.parametrize(
    ("made", "test", "found"),
    [
        ("v = get_logged_in_user()", "not v", False),
        ("v, client = logged_in_user()", "not v", False),
        ("v = get_note()", "not v", True),
        ("v = get_logged_in_user()", "v", True),
        ("v = get_logged_in_user()", "not w", True),
    ],
)
def test_hook_with_a_name_of_its_own(audit, made, test, found):
    """Whatever a hook calls who is logged in, it sends away who is not."""
    line = "def drop(note_id):\n"
    mark = "^" * (len(line) - 1) + "\n" if found else ""
    text = NAMED.format(made=made, test=test)
    audit(RULE, HEAD + text + SAFE + DELETE + line + mark + DROP)


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


@pytest.mark.parametrize(
    ("decorator", "found"),
    [
        ("@oauth.optional()", False),
        ("@auth_optional", False),
        ("@jwt_required(optional=True)", False),
        ("@jwt_required(optional=False)", False),
        ("@optionally_cached", True),
        ("@cached", True),
    ],
)
def test_login_is_optional(audit, decorator, found):
    """A view that says that nobody need be logged in is open on purpose, and protects nothing."""
    head = "def delete_note(note_id):\n"
    mark = "^" * (len(head) - 1) + "\n" if found else ""
    audit(RULE, HEAD + SAFE + DELETE + decorator + "\n" + head + mark + DROP)


def test_optional_login_protects_no_sibling(audit):
    """What lets everybody in is no protection that others lack."""
    audit(RULE, HEAD + SAFE.replace("@login_required", "@oauth.optional()") + DELETE
          + "def delete_note(note_id):\n" + DROP)  # fmt: skip


ANSWERS = """\
def requires_login(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if g.user is None:
            return JsonResponse.create(Status.LOGIN_REQUIRED, {"message": "no"})
        return view(*args, **kwargs)
    return inner
"""


def test_decorator_that_answers_with_a_class_of_the_project(audit):
    """Who is sent away gets the project's own kind of answer."""
    guarded = '@app.post("/notes/new")\n@requires_login\ndef more():\n' + ADD
    audit(RULE, HEAD + ANSWERS + SAFE + guarded)


@pytest.mark.parametrize(("owner", "found"), [("JsonResponse", False), ("Note", True)])
def test_what_is_created(audit, owner, found):
    """An answer that is created changes nothing; a row does."""
    line = "def banner():"
    mark = "^" * len(line) + "\n" if found else ""
    view = f"@app.get('/banners')\n{line}\n{mark}    return {owner}.create(200, notes())\n"
    audit(RULE, HEAD + SAFE + SAFE.replace("add_note", "put_note") + view)


HANDED = """\
from typing import Any, Callable, TypeVar, cast
F = TypeVar("F")
def typed(decorator: Any) -> Callable[[F], F]:
    \"\"\"Keep the type.\"\"\"
    return cast(Callable[[F], F], decorator)
def plain(decorator):
    return decorator
def without(decorator):
    return lambda view: view
def counted(decorator):
    calls.append(decorator)
    return decorator
"""


@pytest.mark.parametrize(
    ("decorator", "found"),
    [
        ("typed(login_required)", False),
        ("plain(login_required)", False),
        ("typed(plain(login_required))", False),
        ("without(login_required)", True),
        ("typed(app.template_filter)", True),
    ],
)
def test_decorator_that_is_handed_on(audit, decorator, found):
    """What a helper gives back as it is, for a type checker, decorates the view."""
    line = "def delete_note(note_id):\n"
    mark = "^" * (len(line) - 1) + "\n" if found else ""

    audit(RULE, HEAD + HANDED + SAFE + DELETE + f"@{decorator}\n" + line + mark + DROP)


ADMINS = """\
@app.get("/admin/users")
@login_required
def users():
    return "everybody"
@app.get("{rule}")
def admin_page():
{mark}    return "<form>"
@app.post("/admin")
def enter():
    user = find(request.form["name"])
    if check_password_hash(user.password_hash, request.form["password"]):
        login_user(user)
    return ""
"""


@pytest.mark.parametrize(("rule", "found"), [("/admin", False), ("/admin/settings", True)])
def test_page_that_shows_the_login(audit, rule, found):
    """The address to which a login is sent shows its form by GET."""
    head = (
        HEAD
        + "from flask_login import login_user\nfrom werkzeug.security import check_password_hash\n"
    )
    mark = "^^^^^^^^^^^^^^^^^ admin_page() belongs\n" if found else ""
    audit(RULE, head + ADMINS.format(rule=rule, mark=mark))


@pytest.mark.parametrize("closed", ["abort(503)", "return abort(503)", "return 'closed', 503"])
def test_hook_that_closes_the_site(audit, closed):
    """A site that is closed for maintenance is open to everybody again afterwards."""
    hook = (
        "@app.before_request\ndef closed():\n    if os.path.exists('closed'):\n"
        f"        if not request.cookies.get('maintainer'):\n            {closed}\n"
    )
    audit(
        RULE, HEAD + hook + SAFE + DELETE + "def delete_note(note_id):\n" + "^" * 25 + "\n" + DROP
    )


REGISTERS = """\
from argon2 import PasswordHasher
hasher = PasswordHasher()
@app.post("{rule}")
{line}
{mark}    data = request.get_json()
    db.session.add(User(email=data["email"], secret={secret}))
    db.session.commit()
    return ""
"""


@pytest.mark.parametrize(
    ("rule", "secret", "more", "found"),
    [
        ("/users", 'hasher.hash(data["password"])', "", False),
        ("/api/v1/account/new", 'hasher.hash(data["password"])', "", False),
        ("/users", "None", "", True),
        ("/admin/users", 'hasher.hash(data["password"])', "", True),
        ("/notes", 'hasher.hash(data["password"])', "", True),
        ("/users", 'hasher.hash(data["password"])',
         '@app.post("/register")\ndef register():\n    return save(request.form)\n', True),
    ],
)  # fmt: skip
def test_registration_by_another_name(audit, rule, secret, more, found):
    """Who is given a hash of a password at `/users` registers, unless another view is for that."""
    line = "def create():"
    mark = "^" * len(line) + "\n" if found else ""
    text = REGISTERS.format(rule=rule, secret=secret, line=line, mark=mark)
    audit(RULE, HEAD + SAFE + text + more)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("Event(action='seen')", False),
        ("PageView(note=note_id)", False),
        ("AuditLog('seen')", False),
        ("AuditLog(request.args['query'])", False),
        ("Event(title=request.form['title'])", True),
        ("Event(**request.get_json())", True),
        ("Note(text='seen')", True),
    ],
)
@pytest.mark.parametrize("form", ["db.session.add({})", "new = {}\n    db.session.add(new)"])
def test_row_of_a_log(audit, row, found, form):
    """That somebody looked is no change."""
    line = "def show_note(note_id):"
    mark = "^" * len(line) + "\n" if found else ""
    body = f"    {form.format(row)}\n    db.session.commit()\n    return ''\n"
    more = SAFE.replace("add_note", "put_note")
    audit(RULE, HEAD + SAFE + more + f"@app.get('/notes/<int:note_id>')\n{line}\n{mark}{body}")


KEYS = """\
from flask import request
class Keys:
    def auth(self):
        api_key = request.headers.get("X-Shop-Key")
        return api_key is not None and find_owner(api_key)
"""
API_AUTH = """\
def api_auth(view):
    @wraps(view)
    def inner(**kwargs):
        from keys import Keys
        if {test}:
            return Answers().refused()
        return view(**kwargs)
    return inner
"""


@pytest.mark.parametrize(
    ("test", "found"),
    [("not Keys().auth()", False), ("not kwargs", True), ("not Colours().known()", True)],
)
def test_wrapper_that_asks_a_helper(audit, test, found):
    """A decorator may leave the question to a helper, and the answer to another."""
    head = "def delete_note(note_id):\n"
    mark = "^" * (len(head) - 1) + "\n" if found else ""
    text = HEAD + API_AUTH.format(test=test) + SAFE + DELETE + f"@api_auth\n{head}{mark}{DROP}"
    audit(RULE, {"notes.py": text, "keys.py": KEYS})


@pytest.mark.parametrize(("name", "found"), [("set_currency", False), ("set_owner", True)])
def test_choice_of_a_visitor(audit, name, found):
    """Visitors choose a currency as they choose a language."""
    head = f"def {name}():"
    mark = "^" * len(head) + "\n" if found else ""
    audit(RULE, HEAD + SAFE + f"@app.post('/{name}')\n{head}\n{mark}{ADD}")


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


@pytest.mark.parametrize(("name", "found"), [("slug", False), ("note_id", True)])
def test_page_with_an_address_for_everybody(audit, name, found):
    """A page that is looked up by its slug is shown to everybody, among many that are not."""
    text = HEAD + "bp = Blueprint('pages', __name__)\n"
    for number in range(7):
        text += (
            f"@bp.get('/dashboard/{number}/<{name}>')\n@login_required\n"
            f"def dashboard{number}({name}):\n    return find({name})\n"
        )
    head = f"def show({name}):"
    mark = "^" * len(head) + "\n" if found else ""
    audit(RULE, text + f"@bp.get('/s/<{name}>')\n{head}\n{mark}    return find({name})\n")
