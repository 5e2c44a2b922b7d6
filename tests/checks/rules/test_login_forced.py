"""Where `login-forced` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "login-forced"
HEAD = """\
from datetime import timedelta
from flask import Flask, session
from flask_login import LoginManager, login_user
app = Flask(__name__)
manager = LoginManager(app)
"""
MODEL = """\
from flask_login import UserMixin
class User(UserMixin, db.Model):
    active = db.Column(db.Boolean)
    @property
    def is_active(self):
        return self.active
"""


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user, force=True)\n                       ^^^^\n",
        "login_user(user, False, None, True)\n                              ^^^^\n",
        MODEL + "login_user(user)\n^^^^^^^^^^^^^^^^\n",
        MODEL + "def f():\n    login_user(user, remember=x)\n    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
    ],
)
def test_forced(audit, text):
    """Forced logins, and refusals that nobody looks at, are reported."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user)\n",
        "login_user(user, force=False)\n",
        "login_user(user, force=flag)\n",
        "from flask_login import AnonymousUserMixin\n"
        "login_user(AnonymousUserMixin(), force=True)\n",
        "from flask_login import AnonymousUserMixin\nclass Guest(AnonymousUserMixin):\n    pass\n"
        "guest = Guest()\nlogin_user(guest, force=True)\n",
        MODEL + "if not login_user(user):\n    abort(403)\n",
        MODEL + "ok = login_user(user)\n",
    ],
)
def test_forced_near_misses(audit, text):
    """Logins that ask, and users who are always active, are not reported."""
    audit(RULE, HEAD + text)


def test_unseen_refusal_is_for_careful_shops(audit):
    """Without --strict only force=True is reported."""
    audit(RULE, HEAD + MODEL + "login_user(user)\n", strict=False)


def test_current_user_again(audit):
    """Who is logged in already may be logged in again without a look at the answer."""
    text = (
        "from flask import Flask\n"
        "from flask_login import LoginManager, UserMixin, current_user, login_user\n"
        "app = Flask(__name__)\nmanager = LoginManager(app)\nclass User(UserMixin):\n"
        "    @property\n    def is_active(self):\n        return self.active\n"
        "@app.post('/password')\ndef change(user):\n    login_user({})\n"
    )
    audit(RULE, text.format("current_user"), strict=True)
    audit(RULE, text.format("user") + "    " + "^" * 16 + "\n", strict=True)
