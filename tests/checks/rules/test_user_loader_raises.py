"""Where `user-loader-raises` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "user-loader-raises"
HEAD = """\
from flask_login import LoginManager
login_manager = LoginManager()
@login_manager.user_loader
def load_user(user_id):
"""


@pytest.mark.parametrize(
    ("line", "part", "severity"),
    [
        ("return User.query.get(int(user_id))", "int(user_id)", "low"),
        ("return db.session.get(User, int(user_id))", "int(user_id)", "low"),
        ("return User.get(uuid.UUID(user_id))", "uuid.UUID(user_id)", "low"),
        ("return User.query.get_or_404(user_id)", "User.query.get_or_404(user_id)", "medium"),
        (
            "return User.query.filter_by(id=user_id).one()",
            "User.query.filter_by(id=user_id).one()",
            "medium",
        ),
        ("return User.objects.get(pk=user_id)", "User.objects.get(pk=user_id)", "medium"),
        ("return users[user_id]", "users[user_id]", "medium"),
        ("return User(users[user_id]['name'])", "users[user_id]", "medium"),
    ],
)
def test_raises(audit, line, part, severity):
    """Whatever raises for an id that names no user is found; a deleted user is the worse case."""
    carets = " " * (4 + line.index(part)) + "^" * len(part)

    (finding,) = audit(RULE, f"{HEAD}    {line}\n{carets}\n")

    assert finding.severity == severity


def test_raise_statement(audit):
    """A loader that raises by itself is found."""
    line = "        raise LookupError(user_id)"
    carets = " " * 8 + "^" * len(line.strip()) + " The loader raises where it should"
    before = "    user = find(user_id)\n    if user is None:\n"

    audit(RULE, f"{HEAD}{before}{line}\n{carets}\n    return user\n")


def test_handler_that_raises_again(audit):
    """A try whose handler raises again guards nothing."""
    audit(
        RULE,
        HEAD
        + "    try:\n        return find(int(user_id))\n                    ^^^^^^^^^^^^ int(user\n"
        "    except ValueError as error:\n        raise\n        ^^^^^ The loader raises\n",
    )


def test_registered_by_call(audit):
    """A loader that is registered by a call is one too."""
    audit(
        RULE,
        "from flask_login import LoginManager\nlogin_manager = LoginManager()\n"
        "def load(uid):\n    return find(int(uid))\n                ^^^^^^^^ int(uid) raises\n"
        "login_manager.user_loader(load)\n",
    )


@pytest.mark.parametrize(
    "body",
    [
        "    return db.session.get(User, user_id)\n",
        "    return users.get(user_id)\n",
        "    return User.query.filter_by(id=user_id).first()\n",
        "    return User.query.filter_by(id=user_id).one_or_none()\n",
        "    try:\n        return find(int(user_id))\n    except ValueError:\n"
        "        return None\n",
        "    try:\n        number = int(user_id)\n    except (TypeError, ValueError):\n"
        "        return None\n    return find(number)\n",
        "    if not user_id.isdigit():\n        return None\n    return find(int(user_id))\n",
        "    return find(int(user_id)) if user_id.isdigit() else None\n",
        "    if user_id in users:\n        return users[user_id]\n    return None\n",
        "    if user_id not in users:\n        return None\n    return users[user_id]\n",
        "    with contextlib.suppress(ValueError):\n        return find(int(user_id))\n",
        "    return User.objects(pk=user_id).first()\n",
        "    try:\n        return User.objects.get(pk=user_id)\n    except DoesNotExist:\n"
        "        return None\n",
        "    return find(int(limit), user_id)\n",
    ],
)
def test_near_misses(audit, body):
    """Look-ups that answer None, and guards of every usual form, are right."""
    audit(RULE, HEAD + body)


def test_other_functions(audit):
    """The same lines in a view, in a request loader or in a test are not its business."""
    audit(
        RULE,
        {
            "app.py": "def load_user(user_id):\n    return User.query.get(int(user_id))\n",
            "tests/test_app.py": HEAD + "    return users[user_id]\n",
        },
    )


ROW = "    row = db.execute('SELECT * FROM users WHERE id = ?', (user_id,)).fetchone()\n"


@pytest.mark.parametrize(
    ("before", "line", "part"),
    [
        (ROW, "return User(row[0], row[1])", "row"),
        (ROW, "return User(*row)", "row"),
        (ROW, "return User(**row)", "row"),
        (ROW, "return User(row['id'])", "row"),
        ("    found = User.query.filter_by(id=user_id).first()\n", "return One(found.id)", "found"),
        ("    doc = db.users.find_one({'_id': user_id})\n", "return User(doc['name'])", "doc"),
        ("", "return User(db.execute(SQL, (user_id,)).fetchone()[0])",
         "db.execute(SQL, (user_id,)).fetchone()"),
    ],
)  # fmt: skip
def test_row_that_may_not_be_there(audit, before, line, part):
    """What a look-up found is used although it may have found nothing."""
    carets = " " * (4 + line.index(part)) + "^" * len(part)
    audit(RULE, f"{HEAD}{before}    {line}\n{carets} What was looked up\n")


@pytest.mark.parametrize(
    "body",
    [
        ROW + "    if row is None:\n        return None\n    return User(row[0])\n",
        ROW + "    if row:\n        return User(row[0])\n",
        ROW + "    return User(*row) if row else None\n",
        ROW + "    return row and User(row[0])\n",
        ROW + "    try:\n        return User(row[0])\n    except TypeError:\n        return None\n",
        "    return User.query.filter_by(id=user_id).first()\n",
        "    user = User.query.filter_by(id=user_id).first()\n    return user\n",
        "    rows = db.execute(SQL).fetchall()\n    return User(rows[0]) if rows else None\n",
    ],
)
def test_row_that_is_asked_for(audit, body):
    """Conditions, handlers and look-ups that are handed on are right."""
    audit(RULE, HEAD + body)


HANDED_ON = """\
from flask import Flask
from flask_login import LoginManager
app = Flask(__name__)
manager = LoginManager(app)
class Users:
    def load(self, key):
{body}
class Guests:
    def find(self, key):
        return None
users = make_users()
@manager.user_loader
def load_user(user_id):
{hand}
"""


@pytest.mark.parametrize(
    ("body", "hand"),
    [
        (
            "        return User.query.get(int(key))\n                              ^^^^^^^^",
            "    return users.load(user_id)",
        ),
        (
            "        return User.query.filter_by(id=key).one()\n"
            "               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
            "    return Users().load(user_id)",
        ),
        (
            "        return self.known[key]\n               ^^^^^^^^^^^^^^^",
            "    return found(user_id)\ndef found(number):\n    return users.load(number)",
        ),
    ],
)
def test_work_that_is_left_to_another(audit, body, hand):
    """What raises in the function that a loader only hands the id on to is found there."""
    audit(RULE, HANDED_ON.format(body=body, hand=hand))


@pytest.mark.parametrize(
    ("body", "hand"),
    [
        ("        return User.query.get(int(key))", "    return users.load(1)"),
        (
            "        return User.query.get(int(key))",
            "    try:\n        return users.load(user_id)\n    except ValueError:\n        pass",
        ),
        (
            "        return User.query.get(int(key))",
            "    return users.load(user_id) if user_id.isdigit() else None",
        ),
        (
            "        try:\n            return User.query.get(int(key))\n"
            "        except ValueError:\n            return None",
            "    return users.load(user_id)",
        ),
        ("        return User.query.get(key)", "    return users.load(user_id)"),
        ("        return User.query.get(int(key))", "    return LIBRARY.load_user(user_id)"),
    ],
)
def test_work_that_is_left_to_another_near_misses(audit, body, hand):
    """Other ids, and errors that either of them catches, are left alone."""
    audit(RULE, HANDED_ON.format(body=body, hand=hand))


CLASS = """\
class Account(UserMixin):
    def __init__(self, user_id):
        self.id = user_id
        {line}
        self.name = name
"""
LEAVES = "name = names.get(user_id)\n        if not name:\n            return"


@pytest.mark.parametrize("made", ["User(name=user_id)", "Guest(user_id)"])
def test_made_where_none_was_found(audit, made):
    """A loader that makes a user where its look-up finds none keeps deleted ones logged in."""
    text = f"    return User.query.get(user_id) or {made}"
    carets = " " * text.index(made) + "^" * len(made) + " Who was deleted stays logged in"
    audit(RULE, f"{HEAD}{text}\n{carets}\n")


@pytest.mark.parametrize(
    ("line", "found"), [(LEAVES, True), ("name = user_id", False), ("name = names[1]", False)]
)
def test_class_that_looks_itself_up(audit, line, found):
    """A class that leaves its __init__ where nobody was found is a user all the same."""
    carets = f"           {'^' * len('Account(user_id)')}\n" if found else ""
    audit(RULE, f"{CLASS.format(line=line)}{HEAD}    return Account(user_id)\n{carets}")


@pytest.mark.parametrize(
    "line",
    [
        "return User.query.get(user_id) or None",
        "return User(user_id)",
        "return users.get(user_id) or load(user_id)",
        "return User(user_id) if user_id in names else None",
    ],
)
def test_loader_that_may_find_nobody(audit, line):
    """None, an app whose users another service keeps, and a second look-up."""
    audit(RULE, f"{HEAD}    {line}\n")


def test_condition_on_something_else(audit):
    """What the session has beside the id says nothing about the id."""
    audit(
        RULE,
        HEAD
        + "    if 'kind' in session:\n        return find(int(user_id))\n"
        + " " * 20
        + "^" * 12
        + " int(user_id) raises\n    return None\n",
    )
