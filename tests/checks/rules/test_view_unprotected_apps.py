"""Where `view-unprotected` fires for apps whose login no view asks for, and where it must not."""

from __future__ import annotations

import pytest

RULE = "view-unprotected"
HEAD = """\
from flask import Flask, redirect, request
from flask_login import LoginManager, current_user, login_required, login_user, logout_user
app = Flask(__name__)
login_manager = LoginManager(app)
@app.route("/login", methods=["GET", "POST"])
def login():
    user = find_user(request.form["name"], request.form["password"])
    if user:
        login_user(user)
    return redirect("/")
@app.get("/list")
def show_all():
    return show(Student.query.all())
"""
NAMES = ("add_student", "update_student", "delete_student")
FOUND = (
    " add_student() and 2 more views change data and ask nobody who they are; the app has a login"
)


def views(names=NAMES, guard="", body="db.session.delete(find(request.form['id']))", marked=True):
    """Return views that change something."""
    text = ""
    for name in names:
        line = f"def {name}():\n"
        text += f"@app.post('/{name}')\n{guard}{line}"
        if marked and name == names[0]:
            text += f"{'^' * (len(line) - 1)}{FOUND}\n"
        text += f"    {body}\n    db.session.commit()\n    return redirect('/list')\n"
    return text


def test_login_that_no_view_asks_for(audit):
    """One finding tells of all that is open."""
    (finding,) = audit(RULE, HEAD + views())

    assert len(finding.related) == 2


@pytest.mark.parametrize(
    "text",
    [
        HEAD + views(NAMES[:2], marked=False),
        HEAD.replace("login_user(user)", "greet(user)") + views(marked=False),
        HEAD + views(body="log(request.args)", marked=False).replace("db.session.commit()", "pass"),
        HEAD + "@app.before_request\ndef ask():\n    if not current_user.is_authenticated:\n"
        "        return redirect('/login')\n" + views(marked=False),
        HEAD + views(guard="@login_required\n", marked=False),
        HEAD + views(body="if not current_user.is_authenticated:\n        return redirect('/')\n"
                     "    db.session.delete(find(1))", marked=False),
        HEAD + views(("register", "sign_up", "subscribe"), marked=False),
    ],
    ids=["two", "no login", "changes nothing", "hook", "asked", "condition", "for everybody"],
)  # fmt: skip
def test_near_misses(audit, text):
    """Few views, a login that is asked for somewhere, and what visitors are meant to do."""
    audit(RULE, text)


def test_beside_what_strict_audits_tell(audit):
    """What only strict audits say of one page keeps nothing back."""
    line = "def score_management():"
    page = f"@app.get('/teacher/score_management')\n{line}\n{'^' * len(line)}\n    return show()\n"
    admin = (
        "from flask_admin import BaseView, expose\nclass Stats(BaseView):\n    @expose('/')\n"
        "    def index(self):\n        return show(subjects())\n    def is_accessible(self):\n"
        "        return current_user.is_authenticated\n"
    )

    audit(RULE, HEAD + admin + page + views())
