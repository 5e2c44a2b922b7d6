"""Copies of Flask-Login among an app's files, and login managers of the app's own."""

from __future__ import annotations

import pytest

MANAGER = "class LoginManager:\n    def user_loader(self, f):\n        return f\n"
UTILS = (
    "def login_user(user, remember=False):\n    pass\ndef logout_user():\n    pass\n"
    "def login_required(f):\n    return f\n"
)
APP = """from flask import Flask
from {home} import LoginManager, login_user
app = Flask(__name__)
class Own(LoginManager):
    pass
manager = {manager}()
manager.session_protection = None
@manager.user_loader
def load(user_id):
    return None
@app.post("/login")
def login():
    login_user(1, remember=True)
    return ""
"""
LAYOUTS = {
    "package": {
        "shop/cw_login/__init__.py": "from .login_manager import LoginManager\n"
        "from .utils import login_user, logout_user, login_required\n",
        "shop/cw_login/login_manager.py": MANAGER,
        "shop/cw_login/utils.py": UTILS,
    },
    "file": {"shop/cw_login.py": MANAGER + UTILS},
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("home", ["shop.cw_login", ".cw_login"])
@pytest.mark.parametrize("manager", ["LoginManager", "Own"])
def test_a_copy_is_the_library(project, layout, home, manager):
    """What a copy defines has the library's names, by whatever import, and derived classes too."""
    found = project({**LAYOUTS[layout], "shop/app.py": APP.format(home=home, manager=manager),
                     "shop/__init__.py": ""})  # fmt: skip
    (module,) = [m for m in found.modules if m.path == "shop/app.py"]
    (call,) = module.calls("login_user")

    assert found.names.called(*call) == "flask_login.login_user"
    assert [loader.function.name for loader in found.identity.loaders] == ["load"]
    assert [s.name for s in found.identity.manager_settings] == ["session_protection"]
    assert len(found.identity.managers) == 1


def test_what_defines_less_is_no_copy(project):
    """A manager class and a helper of the app's own stay what they are."""
    files = {
        "shop/auth.py": MANAGER + "def login_user(user):\n    pass\n",
        "shop/app.py": "from shop.auth import login_user\nlogin_user(1)\n",
    }
    found = project(files)
    (module,) = [m for m in found.modules if m.path == "shop/app.py"]
    (call,) = module.calls("login_user")

    assert found.names.called(*call) == "shop.auth.login_user"


def test_remember_always_with_a_copy(outcome):
    """Rules about Flask-Login find in an app with a copy what they find with the library."""
    files = {**LAYOUTS["file"], "shop/app.py": APP.format(home=".cw_login", manager="Own")}
    rules = ("remember-always", "session-protection-off")
    found = outcome(files, select=rules).findings

    assert {(f.rule, f.path) for f in found} == {(rule, "shop/app.py") for rule in rules}
