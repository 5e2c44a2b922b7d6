"""Where `is-authenticated-overridden` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "is-authenticated-overridden"
HEAD = "from flask_login import AnonymousUserMixin, UserMixin\n"


@pytest.mark.parametrize(
    "text",
    [
        "class User(UserMixin):\n    @property\n    def is_authenticated(self):\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n        return self.logged_in\n",
        "class User(UserMixin, db.Model):\n    is_authenticated = db.Column(db.Boolean)\n"
        "                       ^^^^^^^^^^^^^^^^^^^^^\n",
        "class User(UserMixin):\n    def is_authenticated(self):\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n        return self.authenticated\n",
        "class User:\n    def get_id(self):\n        return self.id\n    @property\n"
        "    def is_authenticated(self):\n    ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "        return self.session is not None\n",
        "class Guest(AnonymousUserMixin):\n    @property\n    def is_authenticated(self):\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n        return True\n",
        "class Guest(AnonymousUserMixin):\n    @property\n    def is_authenticated(self):\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n        return Callable(lambda: True)\n",
        "class Guest(AnonymousUserMixin):\n    def is_authenticated(self):\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n        return False\n",
        "class Guest(AnonymousUserMixin):\n    is_authenticated = True\n"
        "                       ^^^^\n",
        "class Guest(AnonymousUserMixin):\n    is_authenticated = True\n"
        "                       ^^^^\n    def __init__(self, name='guest'):\n        pass\n",
    ],
)
def test_overridden(audit, text):
    """Whatever does not say what the mixin says is reported."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "class User(UserMixin):\n    pass\n",
        "class User(UserMixin):\n    @property\n    def is_authenticated(self):\n"
        "        return True\n",
        "class User(UserMixin):\n    is_authenticated = True\n",
        "class User:\n    def get_id(self):\n        return '1'\n    def is_authenticated(self):\n"
        "        return True\n",
        "class User(UserMixin):\n    @property\n    def is_authenticated(self):\n"
        "        return self.is_active\n",
        "class Guest(AnonymousUserMixin):\n    @property\n    def is_authenticated(self):\n"
        "        return False\n",
        "class User(UserMixin):\n    @property\n    def is_authenticated(self):\n"
        "        return Callable('is_authenticated', lambda: True)\n",
        "class Guest(AnonymousUserMixin):\n    @property\n    def is_authenticated(self):\n"
        "        return Callable(lambda: False)\n",
        "class AnonymousUser(AnonymousUserMixin):\n    def __init__(self, groups):\n"
        "        self.groups = groups\n    @property\n    def is_authenticated(self):\n"
        "        return False\n",
        "class Client:\n    @property\n    def is_authenticated(self):\n"
        "        return self.token\n",
        "class Guest(AnonymousUserMixin):\n    def __init__(self, token):\n"
        "        self.token = token\n    @property\n    def is_authenticated(self):\n"
        "        return True\n",
        "class Guest(AnonymousUserMixin):\n    is_authenticated = True\n"
        "    def __init__(self, *, token):\n        self.token = token\n",
    ],
)
def test_near_misses(audit, text):
    """What the mixin says by itself, and classes that are no users, are not reported."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return session.get('session_id') == self.session_id", False),
        ("return not self.elsewhere() and super().is_authenticated", False),
        ("return 'session_id' in session", False),
        ("return db.session.get(Login, self.id) is not None", True),
        ("return self.session['open']", True),
    ],
)
def test_answer_about_this_session(audit, body, found):
    """What compares an id that the account keeps with this session's says who is logged in here."""
    line = "    def is_authenticated(self):\n"
    marks = "    " + "^" * (len(line) - 5) + "\n" if found else ""
    text = f"class User(UserMixin):\n    @property\n{line}{marks}        {body}\n"
    own = "    def elsewhere(self):\n        return session.get('sid') != self.sid\n"
    audit(RULE, f"from flask import session\n{HEAD}{text}{own}")


@pytest.mark.parametrize(
    ("pin", "says"),
    [
        ("==0.2.4", "Whether somebody is logged in is kept"),
        ("<0.3", "Whether somebody is logged in is kept"),
        ("==0.6.3", "is_authenticated is a plain"),
        ("", "is_authenticated is a plain"),
    ],
)
def test_flask_login_that_calls_it(audit, pin, says):
    """Flask-Login before 0.3 called it, so that it is no method that is always true."""
    text = (
        "class User(UserMixin):\n    def is_authenticated(self):\n"
        f"    {'^' * 27} {says}\n        return self.authenticated\n"
    )
    audit(RULE, {"app.py": HEAD + text, "requirements.txt": f"flask-login{pin}\n"})


SETTER = """\
class User(UserMixin):
    _known = False
    @property
    def is_authenticated(self):
{mark}        return self._known
    @is_authenticated.setter
    def is_authenticated(self, value):
        self._known = value
"""
TELLS = """\
class User(UserMixin):
    @property
    def is_authenticated(self):
{mark}        if {test}:
            return {first}
        return True
"""
MARK = "    " + "^" * 27 + "\n"


def test_setter_is_no_answer(audit):
    """What sets the answer is not told of beside what gives it."""
    audit(RULE, HEAD + SETTER.format(mark=MARK))


@pytest.mark.parametrize(
    ("test", "first"),
    [
        ("isinstance(self, AnonymousUserMixin)", "False"),
        ("not isinstance(self, AnonymousUserMixin)", "True"),
    ],
)
def test_only_the_class_decides(audit, test, first):
    """To tell users from anonymous ones by their class is what Flask-Login does."""
    audit(RULE, HEAD + TELLS.format(test=test, first=first, mark=""))


@pytest.mark.parametrize(
    ("test", "first"),
    [("self.online", "False"), ("isinstance(self, Guest)", "False"),
     ("isinstance(self, AnonymousUserMixin)", "self.online")],
)  # fmt: skip
def test_something_else_decides(audit, test, first):
    """What the account keeps, and other classes, are another matter."""
    audit(RULE, HEAD + TELLS.format(test=test, first=first, mark=MARK))


ACTIVE = """
class User(Document):
    def get_id(self):
        return self.token
    @property
    def is_authenticated(self):
{mark}        return self.enabled
    @property
    def is_active(self):
        return {active}
"""


@pytest.mark.parametrize(
    ("active", "found"), [("self.enabled", False), ("True", True), ("self.confirmed", True)]
)
def test_answered_as_is_active_is(audit, active, found):
    """The mixin's own answer is that of ``is_active``, also where both are written out."""
    mark = "    " + "^" * 27 + "\n" if found else ""

    audit(RULE, HEAD + ACTIVE.format(mark=mark, active=active))


GUEST = "class Guest(AnonymousUserMixin):\n    @property\n    def is_authenticated(self):\n"


@pytest.mark.parametrize(
    ("use", "found"),
    [
        ("def invited():\n    login_user(Guest())\n", False),
        ("def loaded(request):\n    user = Guest()\n    return user\n", False),
        ("login_manager.anonymous_user = Guest\nfirst = Guest()\n", True),
        ("login_manager.anonymous_user = Guest\n", True),
        ("names = [Guest.__name__]\n", True),
    ],
)
def test_guests_that_the_app_makes_itself(audit, use, found):
    """Whom the app lets in as a guest is logged in; visitors whom Flask-Login makes are not."""
    mark = "    " + "^" * 27 + "\n" if found else ""
    audit(
        RULE, f"from flask_login import login_user\n{HEAD}{GUEST}{mark}        return True\n{use}"
    )


@pytest.mark.parametrize(
    ("answer", "found"),
    [("self.row() is not None", False), ("self.token is not None", True), ("self.row().on", True)],
)
def test_account_that_is_looked_up(audit, answer, found):
    """An object that stands for an account which is gone is nobody."""
    mark = "    " + "^" * 27 + "\n" if found else ""
    text = ACTIVE.replace("return self.enabled", f"return {answer}")

    audit(RULE, HEAD + text.format(mark=mark, active="True"))
