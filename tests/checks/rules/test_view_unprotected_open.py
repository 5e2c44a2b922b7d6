"""Views meant for everybody beside protected ones, which `view-unprotected` leaves alone."""

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


@pytest.mark.parametrize("page", ["privacy", "help", "about", "terms"])
def test_who_changes_a_page_that_all_may_read(audit, page):
    """The page's own view is open on purpose."""
    read = f'@app.route("/{page}")\ndef {page}():\n    return render(Page.query.get("{page}"))\n'
    edit = f'@app.post("/{page}/edit")\ndef edit_{page}():\n'
    carets = "^" * len(f"def edit_{page}():") + f" edit_{page}() changes\n"

    audit(RULE, HEAD + SAFE + read + edit + carets + ADD)


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


@pytest.mark.parametrize(("owner", "found"), [("JsonResponse", False), ("Note", True)])
def test_what_is_created(audit, owner, found):
    """An answer that is created changes nothing; a row does."""
    line = "def banner():"
    mark = "^" * len(line) + "\n" if found else ""
    view = f"@app.get('/banners')\n{line}\n{mark}    return {owner}.create(200, notes())\n"
    audit(RULE, HEAD + SAFE + SAFE.replace("add_note", "put_note") + view)


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


@pytest.mark.parametrize(("name", "found"), [("set_currency", False), ("set_owner", True)])
def test_choice_of_a_visitor(audit, name, found):
    """Visitors choose a currency as they choose a language."""
    head = f"def {name}():"
    mark = "^" * len(head) + "\n" if found else ""
    audit(RULE, HEAD + SAFE + f"@app.post('/{name}')\n{head}\n{mark}{ADD}")


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
