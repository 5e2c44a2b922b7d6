"""Where `user-inactive-ignored` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "user-inactive-ignored"
HEAD = """\
from flask import Flask, abort, g, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
app = Flask(__name__)
manager = LoginManager(app)
"""
COLUMN = "class User(UserMixin, db.Model):\n    is_active = db.Column(db.Boolean, default=True)\n"
PROPERTY = """\
class User(UserMixin, db.Model):
    enabled = db.Column(db.Boolean)
    @property
    def is_active(self):
        return self.enabled
"""
DATED = """\
class User(UserMixin, db.Model):
    @property
    def is_active(self):
        return self.left_on is None
"""
LOADER = """\
@manager.user_loader
def load_user(user_id):
^^^^^^^^^^^^^^^^^^^^^^^
    return db.session.get(User, user_id)
"""
REQUEST = """\
@manager.request_loader
def load_from(request):
^^^^^^^^^^^^^^^^^^^^^^^ A request by this loader
    return User.query.filter_by(key=request.args["key"]).first()
"""
BARE = LOADER.replace("^^^^^^^^^^^^^^^^^^^^^^^\n", "")


@pytest.mark.parametrize("model", [COLUMN, PROPERTY, DATED])
def test_loader_that_does_not_ask(audit, model):
    """A loader that gives a deactivated user is reported, however the model says it."""
    audit(RULE, HEAD + model + LOADER)


def test_request_loader(audit):
    """A request loader is never asked by Flask-Login at all."""
    audit(RULE, HEAD + COLUMN + REQUEST)


def test_model_in_another_file_and_lambda_free_registration(audit):
    """The model is found where it stands; the loader may be registered by a call."""
    loader = LOADER.replace("@manager.user_loader\n", "")

    audit(
        RULE,
        {
            "models.py": "from flask_login import UserMixin\n" + PROPERTY,
            "app.py": HEAD + "from models import User\n" + loader
            + "manager.user_loader(load_user)\n",
        },
    )  # fmt: skip


def test_asked_at_the_login_only(audit):
    """That the login looks at it does not help a session that is open."""
    login = (
        "@app.post('/login')\ndef login():\n    if not user.is_active:\n        abort(403)\n"
        "    if user.check_password(request.form['password']):\n        login_user(user)\n"
    )

    audit(RULE, HEAD + COLUMN + LOADER + login)


@pytest.mark.parametrize("name", ["banned", "is_disabled", "blocked"])
def test_other_switches_are_for_careful_shops(audit, name):
    """A column that says the same in other words is reported in strict mode only."""
    model = f"class User(UserMixin, db.Model):\n    {name} = db.Column(db.Boolean)\n"

    (finding,) = audit(RULE, HEAD + model + LOADER)
    audit(RULE, HEAD + model + BARE, strict=False)

    assert finding.audience == "strict"


@pytest.mark.parametrize(
    "loader",
    [
        "    user = db.session.get(User, user_id)\n    return user if user.is_active else None\n",
        "    return User.query.filter_by(id=user_id, is_active=True).first()\n",
        "    return User.query.filter(User.id == user_id, User.enabled.is_(True)).first()\n",
        "    return find_active_user(user_id)\n",
        "    return db.execute('SELECT * FROM user WHERE id = ? AND active = 1', user_id)\n",
        "    return look_up(user_id)\ndef look_up(i):\n    u = User.query.get(i)\n"
        "    return u if u and u.enabled else None\n",
    ],
)
@pytest.mark.parametrize("model", [COLUMN, PROPERTY])
def test_loader_that_asks(audit, model, loader):
    """A loader that asks, in whatever way, is not reported."""
    audit(RULE, HEAD + model + "@manager.user_loader\ndef load_user(user_id):\n" + loader)


@pytest.mark.parametrize(
    "extra",
    [
        "@app.before_request\ndef leave():\n    if not current_user.is_active:\n"
        "        logout_user()\n",
        "@app.before_request\ndef leave():\n    if g.user.enabled is False:\n        abort(403)\n",
        "def active_required(view):\n    def inner():\n        if not current_user.is_active:\n"
        "            abort(403)\n        return view()\n    return inner\n",
    ],
)
def test_asked_elsewhere(audit, extra):
    """A hook or a decorator that asks on each request is enough."""
    audit(RULE, HEAD + PROPERTY + BARE + extra)


@pytest.mark.parametrize(
    "model",
    [
        "class User(UserMixin, db.Model):\n    id = db.Column(db.Integer)\n",
        "class User(UserMixin, db.Model):\n    @property\n    def is_active(self):\n"
        "        return True\n",
        "class User(UserMixin, db.Model):\n    is_active = True\n",
        "class User(UserMixin, db.Model):\n    active_theme = db.Column(db.String(9))\n",
    ],
)
def test_users_who_are_always_active(audit, model):
    """Where nobody can be deactivated nothing is reported."""
    audit(RULE, HEAD + model + BARE)


def test_wrapper_ends_their_sessions(audit):
    """Under the wrapper the session of a deactivated user ends."""
    wrapped = HEAD.replace(
        "app = Flask(__name__)\n",
        "from hardening import harden\napp = Flask(__name__)\nharden(app)\n",
    )

    audit(RULE, wrapped + COLUMN + BARE)


@pytest.mark.parametrize(
    "line", ["current_user.is_active = False", "current_user.is_active=request.form['on'] == '1'"]
)
def test_switched_off_by_oneself(audit, line):
    """Who deactivates an account asks nothing of those that are."""
    audit(RULE, HEAD + COLUMN + LOADER + f"@app.post('/leave')\ndef leave():\n    {line}\n")


def test_compared_with_what_it_should_be(audit):
    """A comparison is no assignment."""
    hook = "@app.before_request\ndef check():\n    if current_user.is_active == False:\n"
    audit(RULE, HEAD + COLUMN + BARE + hook + "        abort(403)\n")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("self.email_validated", False),
        ("self.row() and self.row().verified", False),
        ("self.confirmed_at is not None", False),
        ("self.confirmation is None", False),
        ("self.confirmed and not self.banned", True),
        ("self.enabled", True),
        ("self.state == 'open'", True),
    ],
)
def test_address_that_was_confirmed(audit, answer, found):
    """Nobody takes back that an address was confirmed: it switches no account off."""
    model = (
        "class User(UserMixin, db.Model):\n    id = db.Column(db.Integer)\n    @property\n"
        f"    def is_active(self):\n        return {answer}\n"
    )
    loader = "@manager.user_loader\ndef load_user(user_id):\n"
    loader += "^" * 23 + "\n" if found else ""
    body = "    return db.session.get(User, user_id)\n"
    audit(RULE, HEAD + "from flask_login import UserMixin\n" + model + loader + body)


OF_A_COLUMN = """
from flask import Flask, abort, request
from flask_login import LoginManager, UserMixin, login_user
app = Flask(__name__)
manager = LoginManager(app)
class User(UserMixin, db.Model):
    {column} = db.Column(db.Boolean, default=True)
    def check_password(self, typed): ...
@manager.user_loader
def load(user_id):
    return User.query.get(user_id)
@app.post("/login")
def login():
    user = User.query.filter_by(name=request.form["name"]).first()
    if not user or not user.check_password(request.form["password"]):
        abort(401)
    {asks}
    login_user(user)
    return "ok"
def switch(user, on):
    user.{column} = {switched}
"""


@pytest.mark.parametrize(
    ("column", "asks", "audience"),
    [
        ("active", "if not user.active: abort(403)", "default"),
        ("active", "if user.active is False: abort(403)", "default"),
        ("disabled", "if user.disabled: return 'no', 403", "default"),
        ("is_banned", "if user.is_banned: abort(403)", "default"),
        ("blocked", "abort(403) if user.blocked else None", "default"),
        ("enabled", "if user.enabled: login_user(user)", "default"),
        ("active", "pass", "strict"),
        ("active", "user.active = True", "strict"),
        ("disabled", "note(user.disabled_reason)", "strict"),
        ("locked", "if user.is_locked: abort(403)", "strict"),
        ("suspended", "if user.unsuspended: abort(403)", "strict"),
        ("enabled", "if settings.login_enabled: pass", "strict"),
    ],
)
def test_switch_that_the_login_asks(outcome, column, asks, audience):
    """What the login view asks, and nothing after it, is asked at the login only."""
    text = OF_A_COLUMN.format(column=column, asks=asks, switched="on")
    (finding,) = outcome({"app.py": text}, select=(RULE,), strict=True).findings

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("column", "switched", "audience"),
    [
        ("active", "False", "default"),
        ("active", "not user.active", "default"),
        ("active", "form.active.data", "default"),
        ("active", "True", "strict"),
        ("enabled", "True", "strict"),
        ("banned", "True", "default"),
    ],
)
def test_switch_that_is_never_off(outcome, column, switched, audience):
    """What is only ever switched on says that an address was confirmed."""
    asks = f"if not user.{column}: abort(403)"
    text = OF_A_COLUMN.format(column=column, asks=asks, switched=switched)
    (finding,) = outcome({"app.py": text}, select=(RULE,), strict=True).findings

    assert finding.audience == audience
