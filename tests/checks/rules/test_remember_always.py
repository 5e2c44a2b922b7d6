"""Where `remember-always` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "remember-always"
HEAD = """\
from datetime import timedelta
from flask import Flask, session
from flask_login import LoginManager, login_user
app = Flask(__name__)
manager = LoginManager(app)
"""


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user, remember=True)\n                          ^^^^\n",
        "login_user(user, True)\n                 ^^^^\n",
        "import flask_login as fl\nfl.login_user(user, remember=True)\n"
        "                             ^^^^\n",
        "ALWAYS = True\nlogin_user(user, remember=ALWAYS)\n                          ^^^^^^\n",
        "if user.is_admin:\n    login_user(user, remember=True)\n"
        "                              ^^^^\n",
        "from flask_login import login_user as enter\nenter(user, remember=True)\n"
        "                     ^^^^\n",
    ],
)
def test_always_remembered(audit, text):
    """A literal True is reported, whatever the call is written like."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user)\n",
        "login_user(user, remember=False)\n",
        "login_user(user, remember=form.remember.data)\n",
        "login_user(user, remember='remember' in request.form)\n",
        "if form.remember_me.data:\n    login_user(user, remember=True)\n",
        "other(user, remember=True)\n",
        "remember = True if request.form.get('remember') else False\n"
        "login_user(user, remember=remember)\n",
    ],
)
def test_remembered_on_request(audit, text):
    """What the user decides is not reported."""
    audit(RULE, HEAD + text)


HELPER = "def sign_in(user, remember={default}):\n    return login_user(user, remember=remember)\n"


def test_default_of_a_helper(audit):
    """A helper that remembers by default remembers everybody if no caller says anything else."""
    text = HELPER.format(default="True") + f"{' ' * 37}{'^' * 8}\nsign_in(user)\n"
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("default", "call"),
    [
        ("True", "sign_in(user, remember=form.remember.data)\n"),
        ("True", "sign_in(user, form.remember.data)\n"),
        ("True", "sign_in(user, **options)\n"),
        ("True", "sign_in(user)\nsign_in(user, False)\n"),
        ("True", ""),
        ("False", "sign_in(user)\n"),
    ],
)
def test_helper_that_is_told(audit, default, call):
    """A helper whose callers decide, or which nobody calls, is not reported."""
    audit(RULE, HEAD + HELPER.format(default=default) + call)


def test_the_call_is_no_question(audit):
    """A condition that is the login itself asks nobody; one that asks beside it does."""
    text = "if user and login_user(user, remember=True):\n    go()\n"
    audit(RULE, HEAD + text.replace(":\n", ":\n" + " " * 38 + "^^^^\n", 1))

    audit(RULE, f"{HEAD}if form.remember.data:\n    login_user(user, remember=True)\n")


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("partial(login_user, remember=True)", True),
        ("functools.partial(login_user, remember=True, fresh=True)", True),
        ("partial(flask_login.login_user, remember=True)", True),
        ("partial(login_user, remember=False)", False),
        ("partial(login_user, fresh=True)", False),
        ("partial(enter, remember=True)", False),
    ],
)
def test_partial(outcome, made, found):
    """A login that is prepared with ``functools.partial`` is one."""
    text = (
        "import flask_login, functools\nfrom functools import partial\nfrom flask import Flask\n"
        "from flask_login import LoginManager, login_user\napp = Flask(__name__)\n"
        f"LoginManager(app)\nsign_in = {made}\n"
    )

    assert bool(outcome({"app.py": text}, select=(RULE,)).findings) is found


HANDED = """\
def enter(user, page=None, *args, **kwargs):
    if login_user(user, *args, **kwargs):
        return page
{call}
{mark}"""


def test_handed_on_by_a_helper(audit):
    """A helper that hands on all that it is told is told for every user."""
    call = "enter(user, '/', remember=True)"
    mark = " " * call.index("True") + "^^^^\n"
    audit(RULE, HEAD + HANDED.format(call=call, mark=mark))


@pytest.mark.parametrize(
    "call",
    [
        "enter(user, '/')",
        "enter(user, remember=form.stay.data)",
        "x.enter(user, remember=True)",
    ],
)
def test_handed_on_near_misses(audit, call):
    """What the user chose, and other functions of that name, are nothing."""
    audit(RULE, HEAD + HANDED.format(call=call, mark=""))
