"""Guards that `view-unprotected` knows by what they do, and what looks like one and is none."""

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
