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
