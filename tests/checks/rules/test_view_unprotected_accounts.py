"""`view-unprotected` on accounts that anybody changes, and on what only looks like a check."""

from __future__ import annotations

import pytest

RULE = "view-unprotected"
HEAD = """\
from flask import Blueprint, Flask, abort, jsonify, request
from flask_login import LoginManager, current_user, login_required
from flask_restful import Api, Resource
app = Flask(__name__)
login_manager = LoginManager(app)
api = Api(app)
users = Blueprint("users", __name__)
app.register_blueprint(users)
@app.post("/notes/<int:note_id>")
@login_required
def edit_note(note_id):
    find(note_id).text = request.form["text"]
    db.session.commit()
@app.post("/notes/<int:note_id>/delete")
@login_required
def delete_note(note_id):
    db.session.delete(find(note_id))
    db.session.commit()
"""
GONE = "    db.session.delete(db.session.get(User, user_id))\n    db.session.commit()\n"


def view(rule: str, name: str, body: str, verb: str = "delete", *, found: bool = True) -> str:
    """Return an open view of the blueprint, underlined if it is `found`."""
    line = f"def {name}(user_id):"
    mark = f"{'^' * len(line)} {name}() changes data\n" if found else ""
    return f'@users.{verb}("{rule}")\n{line}\n{mark}{body}'


@pytest.mark.parametrize(
    ("rule", "verb", "body"),
    [
        ("/users/<int:user_id>", "delete", GONE),
        ("/api/v1/accounts/<user_id>", "put", GONE),
        ("/members/<user_id>", "patch", GONE),
        ("/users/<int:user_id>/delete", "get", GONE),
        ("/user/<user_id>/edit", "post", GONE),
        # That there is no such account is no question of who asks; nor is what was sent.
        (
            "/users/<int:user_id>",
            "put",
            "    user = db.session.query(User).get(user_id)\n    if not user:\n        abort(404)\n"
            "    if 'password' in request.json:\n        user.pw = make(request.json['password'])\n"
            "    db.session.commit()\n",
        ),
        (
            "/users/<int:user_id>",
            "delete",
            "    user = User.query.filter_by(id=user_id).first()\n    if user is None:\n"
            "        return jsonify(error='unknown'), 404\n    db.session.delete(user)\n"
            "    db.session.commit()\n",
        ),
    ],
)
def test_accounts_for_everybody(audit, rule, verb, body):
    """A blueprint may be open as a whole, but not one that changes whatever account is named."""
    audit(RULE, HEAD + view(rule, "change_it", body, verb))


def test_resource_with_a_helper_of_the_tutorials(audit):
    """A helper that ends the request where nothing is found guards nothing."""
    audit(
        RULE,
        HEAD + "def abort_if_user_not_found(user_id):\n    user = db.session.get(User, user_id)\n"
        "    if not user:\n        abort(404, message='no user')\n"
        "class Account(Resource):\n    def delete(self, user_id):\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^ Account.delete() changes data\n"
        "        abort_if_user_not_found(user_id)\n    "
        + GONE.replace("    db", "    db", 1).replace("\n    ", "\n        ")
        + "api.add_resource(Account, '/users/<int:user_id>')\n",
    )


@pytest.mark.parametrize(
    ("rule", "verb", "body"),
    [
        # Not an account, or nothing that changes one.
        ("/pages/<user_id>", "delete", GONE),
        ("/users/<int:user_id>", "get", "    return jsonify(db.session.get(User, user_id).name)\n"),
        ("/users/<int:user_id>/follow", "post", GONE),
        # Whoever has the secret may.
        ("/users/<token>", "delete", GONE.replace("user_id", "token")),
        (
            "/users/<int:user_id>",
            "delete",
            "    user = User.query.filter_by(api_key=request.headers['X-Key']).first()\n"
            "    if user is None:\n        abort(401)\n" + GONE,
        ),
        (
            "/users/<int:user_id>",
            "delete",
            "    user = db.session.get(User, session['user_id'])\n    if not user:\n"
            "        abort(401)\n" + GONE,
        ),
        (
            "/users/<int:user_id>",
            "delete",
            "    if 'user' not in session:\n        abort(401)\n" + GONE,
        ),
    ],
)  # fmt: skip
def test_other_open_views(audit, rule, verb, body):
    """Other open blueprints, readers, secrets and checks by hand are left alone."""
    text = HEAD.replace("import Blueprint", "import session, Blueprint")
    text += view(rule, "change_it", body, verb, found=False)
    audit(RULE, text.replace("change_it(user_id)", "change_it(token)") if "token" in rule else text)


def test_app_that_never_asks(audit):
    """Where no view asks for a login, an open blueprint is no exception."""
    head = HEAD.replace("@login_required\n", "")
    audit(RULE, head + view("/users/<int:user_id>", "change_it", GONE, found=False))


FORGOTTEN = """\
@app.post("/types/<int:type_id>")
def edit_type(type_id):
{mark}    kind = db.session.get(Type, type_id)
    if {test}:
        kind.hidden = True
    db.session.commit()
"""


def test_what_is_called_a_setting(audit):
    """A column or relation called setting switches no view; the app's settings may."""
    mark = "^" * 23 + " edit_type() changes data\n"
    audit(RULE, HEAD + FORGOTTEN.format(mark=mark, test="not kind.setting"))
    audit(RULE, HEAD + FORGOTTEN.format(mark="", test="not settings.PUBLIC"))


PREFIXED = HEAD.replace("(users)", "(users, url_prefix='/api/users')")


def _called(name: str, text: str) -> str:
    for before, after in ("\n", " = "), ("(", ", url"), ("@", "."):
        text = text.replace(f"{before}users{after}", f"{before}{name}{after}")
    return text


@pytest.mark.parametrize("name", ["users", "users_bp", "account_blueprint"])
@pytest.mark.parametrize(("rule", "verb"), [("/<int:user_id>", "delete"), ("/<user_id>", "put")])
def test_blueprint_of_accounts(audit, name, rule, verb):
    """The name of a blueprint stands for the prefix that it is registered with."""
    text = PREFIXED + view(rule, "change_it", GONE, verb)
    audit(RULE, _called(name, text))


@pytest.mark.parametrize("name", ["notes", "usersettings", "superusers"])
def test_blueprint_of_other_things(audit, name):
    """A blueprint of other things may be open as a whole."""
    text = PREFIXED + view("/<int:user_id>", "change_it", GONE, found=False)
    audit(RULE, _called(name, text))


SENT = """\
from flask import redirect, url_for
@users.post("/flights")
def plan():
{mark}    db.session.add(Flight(request.form["name"]))
    db.session.commit()
    return redirect({page})
"""


@pytest.mark.parametrize("page", ["'/admin/flights/'", "url_for('admin.flights')"])
def test_back_to_the_administration(audit, page):
    """What sends to a page of the administration, once it is done, is part of it."""
    audit(RULE, HEAD + SENT.format(page=page, mark="^" * len("def plan():") + "\n"))


@pytest.mark.parametrize("page", ["'/administrators-of-the-year'", "url_for('index')", "page"])
def test_back_to_another_page(audit, page):
    """What sends to another page may be open with its whole blueprint."""
    audit(RULE, HEAD + SENT.format(page=page, mark=""))


GUESTS = """\
from functools import wraps
from flask import redirect
def loggedin(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if {test}:
            return redirect("/")
        return view(*args, **kwargs)
    return inner
@app.post("/notes/<int:note_id>/move")
@loggedin
def move_note(note_id):
{mark}    find(note_id).folder = request.form["folder"]
    db.session.commit()
"""


@pytest.mark.parametrize("test", ["current_user.is_authenticated", "session.get('user')"])
def test_decorator_for_guests(audit, test):
    """A decorator that sends on who is logged in protects nothing, whatever it is called."""
    audit(RULE, HEAD + GUESTS.format(test=test, mark="^" * len("def move_note(note_id):") + "\n"))


@pytest.mark.parametrize(
    "test",
    ["not current_user.is_authenticated", "current_user.is_anonymous", "not session.get('a')"],
)
def test_decorator_for_members(audit, test):
    """A decorator that sends away who is not logged in protects, whatever it is called."""
    audit(RULE, HEAD + GUESTS.format(test=test, mark=""))


MINE = """\
from flask_login import AnonymousUserMixin
class Nobody(AnonymousUserMixin):
    {has}
login_manager.anonymous_user = Nobody
@app.get("/news")
def news():
{mark}    return jsonify(find_all(paid=current_user.has_paid))
"""


@pytest.mark.parametrize(("has", "found"), [("has_paid = False", False), ("name = ''", True)])
def test_what_nobody_has(audit, has, found):
    """A page that reads what the class for those who are not logged in has is made for them."""
    mark = "^" * len("def news():") + " news() is about the current user\n" if found else ""
    audit(RULE, HEAD + MINE.format(has=has, mark=mark))


WORKED_OUT = """\
from flask import render_template
import json
def shown(text):
    return render_template("preview.html", text=text)
@app.post("/api/markup/")
def markup():
{mark}    {body}
"""


@pytest.mark.parametrize(
    "body",
    [
        "return shown(request.data.decode('utf-8'))",
        "return jsonify(shown(request.get_json()['text'].strip()))",
        "return json.dumps({'size': len(request.data)})",
    ],
)
def test_what_is_worked_out(audit, body):
    """A view that only makes another text of what is sent changes nothing."""
    audit(RULE, HEAD + WORKED_OUT.format(body=body, mark=""))


@pytest.mark.parametrize(
    "body",
    [
        "return jsonify(store.keep(request.get_json()))",
        "publish(request.data)\n    return ''",
        "queue.put(request.get_json())\n    return jsonify('ok')",
    ],
)
def test_what_nobody_can_follow(audit, body):
    """A view that hands what is sent to something unknown may change anything."""
    mark = "^" * len("def markup():") + " markup() changes data\n"
    audit(RULE, HEAD + WORKED_OUT.format(body=body, mark=mark))
