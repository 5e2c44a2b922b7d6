"""What names mean across files."""

from __future__ import annotations

import ast

import pytest


def called(project, path="app.py"):
    """Return the qualified names of the calls of one file, in order."""
    module = next(module for module in project.modules if module.path == path)
    return [project.names.called(c, scope) for scope in module.scopes for c in scope.calls]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from flask_login import login_user as enter\nenter(u)", "flask_login.login_user"),
        ("import flask_login as fl\nfl.login_user(u)", "flask_login.login_user"),
        ("from flask_login.utils import login_user\nlogin_user(u)", "flask_login.login_user"),
        ("from flask_login import *\nlogin_user(u)", "flask_login.login_user"),
        ("import werkzeug.security\nwerkzeug.security.check_password_hash(a, b)",
         "werkzeug.security.check_password_hash"),
        ("from werkzeug import security as s\ncheck = s.check_password_hash\ncheck(a, b)",
         "werkzeug.security.check_password_hash"),
        ("try:\n    from a import b\nexcept ImportError:\n    pass\nb('/')", "a.b"),
        ("import hashlib\nm = hashlib.md5\nm(b'')", "hashlib.md5"),
        ("from flask_login import LoginManager, login_manager\nlogin_manager = LoginManager()\n"
         "login_manager.init_app(x)", "flask_login.LoginManager.init_app"),
        ("from a import b\nb = wrapped(b)\nb('/')", "a.b"),
        ("from a import b\nif x:\n    b = other()\nb('/')", "a.b"),
        ("from a import b\nb = None\nb('/')", "a.b"),
        ("open('x')", "builtins.open"),
        ("unknown('x')", None),
        ("a = b\nb = a\na()", None),
    ],
)  # fmt: skip
def test_external_names(project, text, name):
    """Aliases, star imports and assignments lead to one spelling; circles to none."""
    assert called(project({"app.py": f"import flask\n{text}\n"}))[-1] == name


def test_methods_of_objects(project):
    """A method is named after what made its object, also through factories and attributes."""
    files = {
        "ext.py": "from flask_bcrypt import Bcrypt\nbcrypt = Bcrypt()\n",
        "make.py": "from flask import Flask\ndef make():\n    app = Flask('x')\n    return app\n",
        "app.py": "import ext\nfrom ext import bcrypt as b\nfrom make import make\n"
        "b.check_password_hash(1, 2)\next.bcrypt.generate_password_hash(1)\nmake().route('/')\n"
        "service = make()\nservice.run()\n",
    }

    assert [name for name in called(project(files)) if name and not name.startswith("make")] == [
        "flask_bcrypt.Bcrypt.check_password_hash",
        "flask_bcrypt.Bcrypt.generate_password_hash",
        "flask.Flask.route",
        "flask.Flask.run",
    ]


def test_relative_imports_and_re_exports(project):
    """A package's ``__init__`` hands names on, also by star, over several files."""
    files = {
        "shop/__init__.py": "from .auth import *\nfrom .core.hashing import digest as d\n",
        "shop/auth.py": "from flask_login import login_user\n",
        "shop/core/__init__.py": "",
        "shop/core/hashing.py": "from hashlib import sha256 as digest\n",
        "shop/views/__init__.py": "",
        "shop/views/main.py": "from .. import d, login_user\nfrom ..core import hashing\n"
        "d(b'')\nlogin_user(u)\nhashing.digest(b'')\n",
    }

    assert called(project(files), "shop/views/main.py") == [
        "hashlib.sha256", "flask_login.login_user", "hashlib.sha256",
    ]  # fmt: skip


def test_nearest_module_wins(project):
    """Two apps with a module of one name each get their own."""
    files = {
        "a/config.py": "from flask import Flask as make\n",
        "b/config.py": "from flask import Blueprint as make\n",
        "a/app.py": "from config import make\nmake('x')\n",
        "b/app.py": "from config import make\nmake('x')\n",
    }
    found = project(files)

    assert called(found, "a/app.py") == ["flask.Flask"]
    assert called(found, "b/app.py") == ["flask.Blueprint"]


def test_circular_imports_end(project):
    """Files that import each other's names in a circle resolve to something or nothing."""
    files = {
        "a.py": "from b import x\nx()\n",
        "b.py": "from c import x\n",
        "c.py": "from a import x\n",
    }

    assert called(project(files), "a.py")[0] in (None, "a.x", "b.x", "c.x")


def test_callee_and_setter(project):
    """Methods, classes and property setters of the project are found."""
    text = """
class User:
    def __init__(self, name): ...
    @property
    def password(self): ...
    @password.setter
    def password(self, value): ...
    def check(self, word): ...
def view():
    user = User("a")
    user.check("b")
    someone().check("c")
    user.password = "d"
"""
    found = project({"app.py": "import flask\n" + text})
    scope = next(f for f in found.modules[0].functions() if f.name == "view")
    callees = [found.names.callee(call, scope) for call in scope.calls]
    setter = found.names.setter_of(scope.assignments[-1].target, scope)

    assert [c.name if c else None for c in callees] == ["__init__", "check", "check", None]
    assert setter is not None
    assert len(setter.decorators) == 1


@pytest.mark.parametrize(
    ("made", "runs"),
    [
        ("repository()", True),
        ("given", True),
        ("None", True),
        ("{'n': 1}", False),
        ("[]", False),
        ("{n: 1 for n in given}", False),
        ("''", False),
    ],
)
def test_only_method_of_that_name(project, made, runs):
    """What is a dictionary, list or text by its own line runs no method of the project."""
    found = project(
        {
            "app.py": f"def view(given):\n    held = {made}\n    held.update(1)\n",
            "store.py": "class Users:\n    def update(self, user):\n        pass\n",
        }
    )
    (view,) = [f for module in found.modules for f in module.functions() if f.name == "view"]
    (call,) = [c for c in view.calls if isinstance(c.func, ast.Attribute)]

    assert (found.names.callee(call, view) is not None) is runs


@pytest.mark.parametrize("order", [("models", "guards"), ("guards", "models")])
def test_stars_of_libraries_give_way(project, order):
    """A library's star may bring any name; what the project itself has is meant."""
    files = {
        "app.py": "".join(f"from {name} import *\n" for name in order)
        + "admin_only(f)\nrelation()",
        "models.py": "from sqlalchemy.orm import *\nclass User:\n    pass\n",
        "guards.py": "def admin_only(f):\n    return f\n",
    }

    assert called(project(files)) == ["guards.admin_only", "sqlalchemy.orm.relation"]


@pytest.mark.parametrize(
    ("adds", "more", "name"),
    [
        ("import sys\nsys.path.append(BIN)\n", {}, "bin.lib.users.find"),
        ("", {}, "lib.users.find"),
        ("import sys\nsys.path.append(BIN)\n", {"old/lib/users.py": "x = 1\n"}, "lib.users.find"),
    ],
)
def test_folders_that_are_put_on_the_path(project, adds, more, name):
    """A file that adds to Python's path may import what no folder above it has."""
    files = {
        "web/app.py": f"import flask\n{adds}from lib.users import find\nfind(1)\n",
        "bin/lib/users.py": "import flask\ndef find(id):\n    return id\n",
        **{path: f"import flask\n{text}" for path, text in more.items()},
    }

    assert called(project(files), "web/app.py")[-1] == name


@pytest.mark.parametrize(("name", "runs"), [("verify", False), ("hash", False), ("keep", True)])
def test_names_that_hashers_have(project, name, runs):
    """What every hasher has is not taken for the project's own because there is one of it."""
    found = project(
        {
            "app.py": f"def view(context):\n    context.{name}(1)\n",
            "sign.py": f"class Signature:\n    def {name}(self, text):\n        pass\n",
        }
    )
    (view,) = [f for module in found.modules for f in module.functions() if f.name == "view"]

    assert (found.names.callee(view.calls[0], view) is not None) is runs


def test_methods_of_tests(project):
    """What stands in for something in tests runs for nobody else."""
    found = project(
        {
            "app.py": "def view(given):\n    given.keep(1)\n",
            "tests/conftest.py": "class Fake:\n    def keep(self, text):\n        pass\n",
        }
    )
    (view,) = [f for module in found.modules for f in module.functions() if f.name == "view"]

    assert found.names.callee(view.calls[0], view) is None
