"""Where `user-loader-missing` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "user-loader-missing"
HEAD = "from flask import Flask\nfrom flask_login import LoginManager, login_required, login_user\n"
VIEW = "@app.route('/')\n@login_required\ndef index():\n    return ''\n"


@pytest.mark.parametrize(
    "text",
    [
        "app = Flask(__name__)\nmanager = LoginManager(app)\n          ^^^^^^^^^^^^^^^^^\n" + VIEW,
        "app = Flask(__name__)\nmanager = LoginManager()\n          ^^^^^^^^^^^^^^\n"
        "manager.init_app(app)\n" + VIEW,
        "manager = LoginManager()\n          ^^^^^^^^^^^^^^\ndef create_app():\n"
        "    app = Flask(__name__)\n    manager.init_app(app)\n    return app\n"
        "def enter():\n    login_user(user)\n",
    ],
)
def test_missing(audit, text):
    """A manager that nothing gives a loader is reported where it is made."""
    audit(RULE, HEAD + text)


APP = "app = Flask(__name__)\nmanager = LoginManager(app)\n"


@pytest.mark.parametrize(
    "text",
    [
        "@manager.user_loader\ndef load(key):\n    return None\n" + VIEW,
        "@manager.request_loader\ndef load(request):\n    return None\n" + VIEW,
        "manager.user_loader(find)\n" + VIEW,
        "manager.user_loader(lambda key: None)\n" + VIEW,
        "manager._user_callback = find\n" + VIEW,
        "from flask_security import Security\nSecurity(app, store)\n" + VIEW,
    ],
)
def test_loaded(audit, text):
    """Any way to register a loader, by a library too, is enough."""
    audit(RULE, HEAD + APP + text)


def test_unused(audit):
    """A manager of an app that never asks who is logged in does no harm."""
    audit(RULE, "from flask import Flask\nfrom flask_login import LoginManager\n" + APP)


def test_loader_in_another_file(audit):
    """The loader may stand beside the model."""
    audit(
        RULE,
        {
            "app.py": HEAD + APP + VIEW + "import models\n",
            "models.py": "from app import manager\n@manager.user_loader\ndef load(key):\n"
            "    return None\n",
        },
    )


def test_part_of_an_object(audit):
    """Where the manager is an attribute, users of the class may add their loader."""
    audit(
        RULE,
        HEAD + "class Site:\n    def __init__(self):\n        self.app = Flask(__name__)\n"
        "        self.manager = LoginManager(self.app)\n",
    )
