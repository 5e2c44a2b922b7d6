"""Where `session-not-ended` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "session-not-ended"
HEAD = """\
from flask import Blueprint, Flask, redirect, request, session
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_login import logout_user
app = Flask(__name__)
bp = Blueprint("auth", __name__)
manager = LoginManager(app)
@app.post("/login")
def login():
    login_user(check_credentials()REMEMBER)
    return redirect("/")
"""
PLAIN = HEAD.replace("REMEMBER", "")
REMEMBERING = HEAD.replace("REMEMBER", ", remember=True")


def marked(line: str) -> str:
    """Return `line` with carets under all of it."""
    return f"{line}\n{'^' * len(line)}\n"


@pytest.mark.parametrize(
    "body",
    [
        "    session.pop('username', None)\n    return redirect('/')\n",
        "    session['logged_in'] = False\n    return redirect('/')\n",
        "    return redirect('/login')\n",
        "    flash('Bye')\n    return redirect('/login')\n",
    ],
)
@pytest.mark.parametrize(
    "route",
    ["@app.post('/logout')", "@bp.route('/sign-out')", "@bp.route('/bye', endpoint='logout')"],
)
def test_logout_that_logs_nobody_out(audit, route, body):
    """A logout without ``logout_user`` is reported, whatever it removes."""
    audit(RULE, PLAIN + f"{route}\n" + marked("def logout():") + body)


def test_emptied_session_with_a_remember_cookie(audit):
    """Where logins are remembered, emptying the session is not enough."""
    logout = "@app.post('/logout')\n" + marked("def logout():") + "    session.clear()\n"

    audit(RULE, REMEMBERING + logout)
    audit(RULE, PLAIN + logout.replace("^^^^^^^^^^^^^\n", ""))


@pytest.mark.parametrize(
    "text",
    [
        "@app.post('/logout')\ndef logout():\n    logout_user()\n",
        "@app.post('/logout')\ndef logout():\n    leave()\ndef leave():\n    logout_user()\n",
        "@app.post('/logout')\ndef logout():\n    keycloak.logout()\n",
        "@app.post('/oauth/logout')\ndef oauth_logout():\n    return redirect('https://sso')\n",
        "@app.get('/logoutput')\ndef logoutput():\n    return 'the log'\n",
        "def logout():\n    return 'no view'\n",
    ],
)
def test_logouts_near_misses(audit, text):
    """Logouts that log out, or leave it to somebody else, are not reported."""
    audit(RULE, PLAIN + text)


def test_other_logins_are_not_judged(audit):
    """An app that logs in without Flask-Login ends its sessions in its own way."""
    audit(
        RULE,
        "from flask import Flask, session\napp = Flask(__name__)\n@app.post('/logout')\n"
        "def logout():\n    session.pop('user')\n",
    )


CHANGE = """\
class User(UserMixin):
    def set_password(self, password):
        self.password_hash = generate_password_hash(password)
@app.post('/password')
@login_required
def change_password():
^^^^^^^^^^^^^^^^^^^^^^
    BODY
    return redirect('/')
"""


@pytest.mark.parametrize(
    "body",
    [
        "current_user.set_password(request.form['password'])",
        "current_user.password_hash = generate_password_hash(request.form['password'])",
        "user = User.query.get(current_user.id); user.set_password(request.form['password'])",
        "user = find(session['user_id']); user.password = hash_it(request.form['p'])",
        "db.execute('UPDATE users SET password = ? WHERE id = ?', (new, current_user.id))",
        "User.query.filter_by(id=current_user.id).update({'password_hash': new})",
        "users.update_one({'_id': current_user.id}, {'$set': {'password': new}})",
    ],
)
def test_password_change(audit, body):
    """A new password that ends no session is reported, however it is written."""
    audit(RULE, PLAIN + CHANGE.replace("BODY", body))


def test_password_reset(audit):
    """So is one that is set by a mailed token."""
    audit(
        RULE,
        PLAIN
        + "@app.route('/reset-password/<token>', methods=['GET', 'POST'])\n"
        + marked("def reset_password(token):")
        + "    user = verify(token)\n    user.set_password(request.form['password'])\n",
    )


@pytest.mark.parametrize(
    "extra",
    [
        "class Account(User):\n    def get_id(self):\n        return self.session_token\n",
        "class Account(User):\n    def get_id(self):\n        return f'{self.id}:{self.epoch}'\n",
        "class Account(dict):\n    def get_id(self):\n        return self['auth_token']\n",
        "class Account(Document):\n    def get_id(self):\n        return self.get('login_key')\n",
        "@manager.user_loader\ndef load(i):\n    return User.query.filter_by(alternative_id=i)\n",
        "@app.before_request\ndef same():\n    if session.get('pw_hash') != stamp():\n"
        "        logout_user()\n",
        "class Account(User):\n    def get_id(self):\n        return self.uuid\n"
        "    def renew(self):\n        self.uuid = uuid4()\n",
    ],
)
def test_sessions_that_are_tied(audit, extra):
    """An alternative id, a stamp or a hook that compares one ends the others."""
    change = CHANGE.replace("^^^^^^^^^^^^^^^^^^^^^^\n", "")

    audit(RULE, PLAIN + change.replace("BODY", "current_user.set_password(new)") + extra)


@pytest.mark.parametrize(
    "extra",
    [
        "class Account(dict):\n    def get_id(self):\n        return str(self['user_id'])\n",
        "class Account(Document):\n    def get_id(self):\n        return self.get('email')\n",
    ],
)
def test_usual_ids_of_documents(audit, extra):
    """A document's id or address stays the same when the password changes."""
    audit(RULE, PLAIN + CHANGE.replace("BODY", "current_user.set_password(new)") + extra)


@pytest.mark.parametrize(
    "body",
    [
        "current_user.set_password(new); revoke_sessions(current_user)",
        "current_user.set_password(new); current_user.logout_everywhere()",
        "current_user.set_password(new); current_user.login_nonce = token_hex()",
        "current_user.set_password(new); UserSession.query.filter_by(user=current_user).delete()",
        "user = User(); user.set_password(new)",
        "current_user.smtp_password = new",
        "current_user.name = new",
    ],
)
def test_changes_near_misses(audit, body):
    """Changes that end sessions, new users and other passwords are not reported."""
    audit(RULE, PLAIN + CHANGE.replace("^^^^^^^^^^^^^^^^^^^^^^\n", "").replace("BODY", body))


def test_admin_is_left_alone(audit):
    """What an administrator does to others' accounts is not judged."""
    audit(
        RULE,
        PLAIN
        + "@app.post('/admin/users/<int:id>')\n@login_required\ndef edit_user(id):\n"
        + "    user = User.query.get(id)\n    user.set_password(request.form['password'])\n",
    )


def test_wrapper_ends_them(audit):
    """Under the wrapper a new password and any logout end the sessions."""
    wrapped = PLAIN.replace(
        "app = Flask(__name__)\n",
        "from hardening import harden\napp = Flask(__name__)\nharden(app)\n",
    )

    audit(RULE, wrapped + "@app.post('/logout')\ndef logout():\n    session.pop('name')\n")


def test_user_in_a_file_of_its_own(audit):
    """A user class is read although its long file says nothing else that rules ask for."""
    user = "class Account(dict):\n    def get_id(self):\n        return self['auth_token']\n"
    change = CHANGE.replace("^^^^^^^^^^^^^^^^^^^^^^\n", "")
    app = PLAIN + change.replace("BODY", "current_user.set_password(new)")

    audit(RULE, {"app.py": "from accounts import Account\n" + app, "accounts.py": user + "#" * 900})


def test_id_of_the_session_in_the_account(audit):
    """An id of the one session that counts, kept in both places, ends all others."""
    change = CHANGE.replace("^^^^^^^^^^^^^^^^^^^^^^\n", "")
    kept = "def elsewhere(user):\n    return session.get('current_session_id') != user.login_id\n"

    audit(RULE, PLAIN + kept + change.replace("BODY", "current_user.set_password(new)"))


BY_HAND = """\
from flask import Flask, redirect, request, session
from werkzeug.security import check_password_hash, generate_password_hash
app = Flask(__name__)
def enter(user):
    session.clear()
    {kept}
@app.post("/login")
def login():
    user = find_user(request.form["name"])
    if not check_password_hash(user.password, request.form["password"]):
        return "wrong", 401
    enter(user)
    return redirect("/")
@app.post("/password")
{mark}
    user = find_user(session["user_id"])
    user.password = {value}
    return redirect("/")
"""
HASHED = "generate_password_hash(request.form['password'])"


@pytest.mark.parametrize(
    "kept",
    [
        "session['user_id'] = user.id",
        "session['logged_in'] = True",
        "session['email'] = user.email",
    ],
)
def test_user_in_the_session_by_hand(audit, kept):
    """Without Flask-Login a session that holds only the user outlives the password, too."""
    mark = marked("def change_password():").rstrip()

    audit(RULE, BY_HAND.format(kept=kept, mark=mark, value=HASHED))


@pytest.mark.parametrize(
    ("kept", "value"),
    [
        ("session['theme'] = user.theme", HASHED),
        ("session['user_id'] = user.id; session['pw_changed'] = user.pw_changed", HASHED),
        ("session['user_id'] = user.id; session['session_token'] = new_token(user)", HASHED),
        ("session['user_id'] = user.id", "'<hidden>'"),
        ("session['user_id'] = user.id", "None"),
        ("CACHE['user_id'] = user.id", HASHED),
    ],
)
def test_user_in_the_session_near_misses(audit, kept, value):
    """Stamps, other keys and passwords that are only hidden are left alone."""
    audit(RULE, BY_HAND.format(kept=kept, mark="def change_password():", value=value))


DOCUMENTS = """\
@app.post("/password")
@login_required
{head}{mark}    name = current_user.get_id()
    query = {{"name": name}}
    new = {{"$set": {{"{key}": make_hash(request.form["new"])}}}}
    users.update_one(query, new)
    return redirect("/")
"""


def test_documents_by_variables(audit):
    """What an update of documents finds and sets may stand in variables of the function."""
    head = "def change_password():"
    mark = "^" * len(head) + " change_password() changes the password\n"
    audit(RULE, PLAIN + DOCUMENTS.format(head=f"{head}\n", mark=mark, key="password"))
    audit(RULE, PLAIN + DOCUMENTS.format(head=f"{head}\n", mark="", key="city"))


@pytest.mark.parametrize(
    ("kept", "found"),
    [("session.get('password_was_confirmed')", True), ("session['password_changed_at']", False)],
)
def test_note_that_the_password_was_asked_for(audit, kept, found):
    """That somebody gave the password ties a session to nothing; when it was new does."""
    head = "def change_password():"
    mark = "^" * len(head) + " change_password() changes the password\n" if found else ""
    audit(
        RULE,
        PLAIN + f"def asked():\n    return {kept}\n@app.post('/password')\n@login_required\n"
        f"{head}\n{mark}    current_user.set_password(request.form['new'])\n",
    )


@pytest.mark.parametrize(("test", "found"), [("is None", False), ("is not None", True)])
def test_first_password(audit, test, found):
    """An account of an identity provider gets its first password: no old one opened a session."""
    head = "def set_password():"
    mark = "^" * len(head) + " set_password() changes the password\n" if found else ""
    guard = (
        f"def only(view):\n    def inner():\n        if current_user.password_hash {test}:\n"
        "            return view()\n        return redirect('/')\n    return inner\n"
    )
    audit(
        RULE,
        PLAIN + guard + f"@app.post('/password')\n@login_required\n@only\n{head}\n{mark}"
        "    current_user.set_password(request.form['new'])\n",
    )


RECORD = """\
class User(UserMixin):
    @staticmethod
    def get_by_id(number) -> "User":
        return User(number)
    def update(self):
        db.update({GIVEN})
@app.post("/profile")
def profile():
MARK    user = User.get_by_id(current_user.id)
    user.update()
"""


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("{'id': self.id, 'password': self.password}", False),
        ("{'password': self._password}", False),
        ("password=self.password", False),
        ("{'password': password}", True),
        ("{'password': self.new}", True),
    ],
)
def test_records_that_write_back_what_they_have(audit, given, found):
    """A record that is saved as a whole has the password that it had."""
    mark = "^^^^^^^^^^^^^^\n" if found else ""

    audit(RULE, PLAIN + RECORD.replace("{GIVEN}", given).replace("MARK", mark))


@pytest.mark.parametrize(
    ("call", "found"), [("unset_jwt_cookies(answer)", False), ("unset_colour(answer)", True)]
)
def test_logout_of_web_tokens(audit, call, found):
    """A logout that takes the cookies of web tokens away ends what it is for."""
    head = "@app.post('/logout')\n"
    head += marked("def logout():") if found else "def logout():\n"

    audit(RULE, PLAIN + head + f"    answer = jsonify(ok=True)\n    {call}\n    return answer\n")


@pytest.mark.parametrize("guarded", [True, False])
def test_reset_for_another_service(audit, guarded):
    """What another service of the owner resets, by a key, are accounts with sessions over there."""
    guard = (
        "def by_key(view):\n    def wrapper(*args):\n"
        "        if request.headers.get('Key') != app.config['SHOP_API_KEY']:\n"
        "            abort(401)\n        return view(*args)\n    return wrapper\n"
    )
    head = "def reset_password(token):"

    audit(
        RULE,
        PLAIN
        + guard
        + "@app.post('/api/reset-password/<token>')\n"
        + ("@by_key\n" + head + "\n" if guarded else marked(head))
        + "    user = User.query.filter_by(reset_token=token).first()\n"
        + "    user.set_password(request.form['password'])\n",
    )


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("db.delete_ui_user_old_sessions(current_user.name)", False),
        ("add_revoked_sessions(others)", False),
        ("store.purge_account_sessions(current_user.id)", False),
        ("delete_expired_sessions()", True),
        ("add_user_sessions()", True),
    ],
)
def test_sessions_that_are_ended_by_other_names(audit, call, found):
    """What deletes or revokes sessions, whosever, ends them; what clears up old ones does not."""
    head = "def password():"
    audit(
        RULE,
        PLAIN
        + "@app.post('/password')\n@login_required\n"
        + (marked(head) if found else f"{head}\n")
        + "    current_user.password_hash = make_hash(request.form['password'])\n"
        + f"    {call}\n    db.session.commit()\n",
    )


SHORT = """\
from flask import Flask, request, session
from werkzeug.security import check_password_hash
app = Flask(__name__)
@app.post("/login")
def login():
    user = User.query.filter_by(name=request.form["name"]).first()
    if user and check_password_hash(user.password_hash, request.form["password"]):
        session["{key}"] = user.id
    return ""
@app.post("/reset/<token>")
def reset_password(token):
{mark}    user = User.query.filter_by(reset_token=token).first()
    user.set_password(request.form["password"])
    return ""
"""


@pytest.mark.parametrize(("key", "found"), [("_u", True), ("usr", True), ("colour", False)])
def test_user_by_a_short_name(audit, key, found):
    """A login by hand may keep the user under one letter."""
    mark = "^" * len("def reset_password(token):") + "\n" if found else ""
    audit(RULE, SHORT.format(key=key, mark=mark))


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("users_logout", "kick_all()", False),
        ("logout_all", "kick_all()", False),
        ("user_logout", "kick(request.args.get('user_id'))", False),
        ("logout_user_by_name", "kick(request.form.get('username'))", False),
        ("user_logout", "kick(request.args.get('next'))", True),
        ("logout", "flash('Bye')", True),
    ],
)
def test_logout_of_others(audit, name, body, found):
    """An administrator who ends what others have open does not log out."""
    line = f"def {name}():"
    text = marked(line) if found else f"{line}\n"

    audit(RULE, f"{PLAIN}@app.post('/kick/logout')\n{text}    {body}\n    return ''\n")


TWO = """\
@app.post("/logout")
def logout():
    {own}
    return redirect("/")
@app.get("/books/logout", endpoint="books_logout")
"""


@pytest.mark.parametrize(
    ("own", "keys", "found"),
    [
        ("logout_user()", ("access_token", "realm"), False),
        ("logout_user()", ("oauth_state",), False),
        ("logout_user()", ("user_id", "access_token"), True),
        ("logout_user()", ("basket",), True),
        ("session.clear()", ("access_token", "realm"), True),
    ],
)
def test_logout_of_a_service(audit, own, keys, found):
    """Beside the app's own logout, one that gives up another service's token is about that."""
    line = "def leave_books():"
    mark = "^" * len(line) + "\n" if found else ""
    body = "".join(f"    session[{key!r}] = None\n" for key in keys)

    audit(RULE, PLAIN + TWO.format(own=own) + f"{line}\n{mark}{body}    return redirect('/')\n")


@pytest.mark.parametrize(("key", "found"), [("passkey_name", True), ("pass_hash", False)])
def test_key_that_begins_like_a_password(audit, key, found):
    """The name of a passkey in the session ties it to no password."""
    change = (
        f"@app.post('/password')\n@login_required\n{{}}"
        "    current_user.set_password(request.form['password'])\n    db.session.commit()\n"
        f"@app.get('/keys')\ndef keys():\n    return session.get('{key}')\n"
    )
    line = "def change():\n"
    audit(RULE, PLAIN + change.format(line + ("^" * (len(line) - 1) + "\n" if found else "")))


USUAL = """\
class {cls}({base}):
    def get_id(self{more}):
        return {gives}
{rest}"""


@pytest.mark.parametrize(
    ("cls", "base", "more", "gives", "rest"),
    [
        ("Task", "Record", "", "self._taskid", ""),
        ("Announcement", "", ", office", "self.state.get(office)", ""),
        ("Rule", "Check", "", "self.obj.gramps_id", ""),
        ("User", "UserMixin", "", "self.login_name", ""),
        ("Account", "Base", "", "str(self.public_id)", ""),
        ("Member", "UserMixin", "", "self.guid", ""),
        ("User", "UserMixin", "", "self.identifier", ""),
        ("User", "UserMixin", "", "f'{self.tenant_id}/{self.user_name}'", ""),
        ("Cloud", "Service", "", "1", "aws = dict(aws_session_token=key['SessionToken'])\n"),
        ("Cloud", "Service", "", "1", "client = connect(oauth_version='1.0')\n"),
        ("Cloud", "Service", "", "1", "def sent():\n    session['reset_password'] = True\n"),
        ("Cloud", "Service", "", "1", "def sent():\n    session.pop('password_reset_token')\n"),
        ("Cloud", "Service", "", "1", "class Seen(db.Model):\n    session_token = db.Column()\n"),
        ("Cloud", "Service", "", "1", "def key():\n    return get_auth_token(request)\n"),
    ],
)
def test_what_ties_no_session(audit, cls, base, more, gives, rest):
    """Ids that stay, ids of other things and tokens of other services end no session."""
    text = USUAL.format(cls=cls, base=base, more=more, gives=gives, rest=rest)

    audit(RULE, PLAIN + CHANGE.replace("BODY", "current_user.set_password(new)") + text)


@pytest.mark.parametrize(
    ("gives", "rest"),
    [
        ("self.public_id", "def renew(user):\n    user.public_id = token_hex()\n"),
        ("self.guid", "    def renew(self):\n        self.guid = uuid4()\n"),
        ("self.alternate_id", ""),
        ("self.login_session_id", ""),
        ("self.auth_uid", ""),
        ("f'{self.uid}${self.resets}'", ""),
        (
            "self.id",
            "    session_token = db.Column(db.String(64))\n"
            "def same(user, given):\n    return getattr(user, 'session_token') == given\n",
        ),
    ],
)
def test_what_ties_sessions(audit, gives, rest):
    """Ids that are made anew, and columns for a token of the session, are looked for."""
    text = USUAL.format(cls="User", base="UserMixin", more="", gives=gives, rest=rest)
    change = CHANGE.replace("^^^^^^^^^^^^^^^^^^^^^^\n", "")

    audit(RULE, PLAIN + change.replace("BODY", "current_user.set_password(new)") + text)


OF_AN_ADDRESS = """\
@app.post("/user/<uid>/password")
@login_required
def set_it(uid):
MARK    old = {old}
    Users.change_password(uid, old, request.form["new"])
"""


@pytest.mark.parametrize(
    ("old", "found"),
    [
        ("request.form['current']", True),
        ("request.form.get('old_password')", True),
        ("request.json['existing_password']", True),
        ("form.current_password.data", True),
        ("args.old_password", True),
        ("request.form['reason']", False),
        ("user.old_password", False),
        ("form.new_password.data", False),
    ],
)
def test_own_password_by_an_address(audit, old, found):
    """Where the old password is asked for, it is one's own that changes, whoever is named."""
    mark = "^" * len("def set_it(uid):") + " set_it() changes the password\n" if found else ""

    audit(RULE, PLAIN + OF_AN_ADDRESS.format(old=old).replace("MARK", mark))


@pytest.mark.parametrize(
    ("helper", "found"),
    [("    revoked.add(get_jwt()['jti'])\n", False), ("    print('bye')\n", True)],
)
def test_helper_that_revokes_a_token(outcome, helper, found):
    """A logout whose helper ends a token of a header logs nobody out of a session."""
    text = (
        f"{PLAIN}def leave():\n{helper}@app.post('/logout')\ndef logout():\n    leave()\n"
        "    return 'bye'\n"
    )
    told = [f.rule for f in outcome({"app.py": text}).findings]
    assert (RULE in told) is found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("# from flask_user import roles_required", True),
        ('"""Copied from flask_user decorators.py."""', True),
        ("from flask_user import roles_required", False),
    ],
)
def test_library_that_keeps_the_sessions(audit, said, found):
    """Only a library that is imported ends the sessions; a comment is what once was."""
    line = "def change_password():"
    text = f"{said}\n@app.post('/password')\n@login_required\n{line}\n"
    text += "^" * len(line) + "\n" if found else ""
    audit(RULE, PLAIN + text + "    current_user.set_password(request.form['new'])\n")
