"""Where `protection-not-initialised` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "protection-not-initialised"
FACTORY = "def create_app():\n    app = Flask(__name__)\n"


@pytest.mark.parametrize(
    ("load", "made", "text"),
    [
        ("from flask_wtf import CSRFProtect", "csrf", "CSRFProtect()"),
        ("from flask_wtf.csrf import CSRFProtect", "csrf", "CSRFProtect()"),
        ("from flask_seasurf import SeaSurf", "csrf", "SeaSurf()"),
        ("from flask_talisman import Talisman", "talisman", "Talisman()"),
        ("from flask_limiter import Limiter", "limiter", "Limiter(key_func=get_remote_address)"),
        ("from flask_limiter import Limiter", "limiter", "Limiter(get_remote_address)"),
        ("from hardening import Hardening", "hardening", "Hardening()"),
        ("from flask_login import LoginManager", "manager", "LoginManager()"),
    ],
)
def test_never_given_an_app(audit, load, made, text):
    """An extension without an app is reported where it is built."""
    indent = " " * (len(made) + 3)
    audit(
        RULE,
        f"from flask import Flask\n{load}\n{made} = {text}\n{indent}{'^' * len(text)}\n"
        f"{FACTORY}    return app\n",
    )


def test_another_file(audit):
    """The object in one file, the factory in another that forgets it."""
    audit(
        RULE,
        {
            "ext.py": "from flask_wtf import CSRFProtect\ncsrf = CSRFProtect()\n"
            "       ^^^^^^^^^^^^^\n",
            "app.py": "from flask import Flask\nfrom ext import csrf\n" + FACTORY,
        },
    )


HEAD = "from flask import Flask\nfrom flask_wtf import CSRFProtect\n"


@pytest.mark.parametrize(
    "text",
    [
        "app = Flask(__name__)\ncsrf = CSRFProtect(app)\n",
        "app = Flask(__name__)\nCSRFProtect(app)\n",
        "app = Flask(__name__)\ncsrf = CSRFProtect(app=app)\n",
        f"csrf = CSRFProtect()\n{FACTORY}    csrf.init_app(app)\n",
        f"csrf = CSRFProtect()\n{FACTORY}    for each in (csrf, db):\n        each.init_app(app)\n"
        "    return app\n",
        f"{FACTORY}    for each in [CSRFProtect(), Other()]:\n        each.init_app(app)\n",
        f"def make():\n    return CSRFProtect()\n{FACTORY}",
        f"csrf = CSRFProtect()\nPARTS = (db.init_app, csrf.init_app)\n{FACTORY}"
        "    for part in PARTS:\n        part(app)\n    return app\n",
        f"csrf = CSRFProtect()\n{FACTORY}    list(map(lambda run: run(app), [csrf.init_app]))\n"
        "    return app\n",
        f"csrf = CSRFProtect()\nPARTS = [db] + [csrf]\n{FACTORY}"
        "    [part.init_app(app) for part in PARTS]\n    return app\n",
        f"csrf = CSRFProtect()\nPARTS = {{'csrf': csrf}}\n{FACTORY}"
        "    for name, part in PARTS.items():\n        part.init_app(app)\n    return app\n",
        f"csrf = CSRFProtect()\ndef give(part, app):\n    part.init_app(app)\n{FACTORY}"
        "    give(csrf, app)\n    return app\n",
        f"csrf = CSRFProtect()\ndef give(app, parts):\n    for part in parts:\n"
        f"        part.init_app(app)\n{FACTORY}    give(app, [csrf])\n    return app\n",
        f"class Ext:\n    def __init__(self):\n        self.csrf = CSRFProtect()\n"
        f"ext = Ext()\n{FACTORY}    ext.csrf.init_app(app)\n",
    ],
)
def test_near_misses(audit, text):
    """Objects that get an app, here or in a way that cannot be followed, are not reported."""
    audit(RULE, HEAD + text)


def test_derived_class(audit):
    """A class of the project's own that derives from a protection is one."""
    audit(
        RULE,
        HEAD + "class Own(CSRFProtect):\n    pass\ncsrf = Own()\n       ^^^^^\n" + FACTORY,
    )


def test_old_spelling(audit):
    """Flask-Login's ``setup_app`` gives the manager its app too."""
    audit(
        RULE,
        "from flask import Flask\nfrom flask_login import LoginManager\n"
        f"manager = LoginManager()\n{FACTORY}    manager.setup_app(app)\n",
    )


def test_imported_under_another_name(audit):
    """``from ext import csrf as protection`` gives the object its app too."""
    audit(
        RULE,
        {
            "ext.py": "from flask_wtf import CSRFProtect\ncsrf = CSRFProtect()\n",
            "app.py": "from flask import Flask\nfrom ext import csrf as protection\n"
            + FACTORY
            + "    protection.init_app(app)\n",
        },
    )


LISTED = {
    "ext.py": "from flask_wtf import CSRFProtect\ncsrf = CSRFProtect()\nEVERY = (db, csrf)\n",
    "app.py": "from flask import Flask\nfrom ext import EVERY\n"
    + FACTORY
    + "    for each in EVERY:\n        each.init_app(app)\n    return app\n",
}


def test_list_of_another_file(audit):
    """A loop goes through a list that another file makes."""
    audit(RULE, LISTED)


def test_listed_extension_protects(audit):
    """What a loop initialises is in force: no protection is missing, and exemptions count."""
    views = (
        "@app.post('/x')\n@login_required\ndef change():\n"
        "    current_user.name = request.form['n']\n    db.session.commit()\n"
    )
    head = (
        "from flask import Flask, request\nfrom flask_wtf import CSRFProtect\n"
        "from flask_login import LoginManager, current_user, login_required\n"
        "csrf = CSRFProtect()\nmanager = LoginManager()\nPARTS = (manager.init_app, {})\n"
        "app = Flask(__name__)\nfor part in PARTS:\n    part(app)\n"
    )
    audit("csrf-missing", head.format("csrf.init_app") + views)
    found = audit(RULE, head.format("db.init_app") + "csrf_ = 1\n", select=("login-disabled",))
    assert not found


def test_list_that_leaves_it_out(audit):
    """A loop through other objects does not initialise it."""
    audit(
        RULE,
        HEAD + "csrf = CSRFProtect()\n       ^^^^^^^^^^^^^\nPARTS = (db.init_app, mail.init_app)\n"
        f"{FACTORY}    for part in PARTS:\n        part(app)\n    return app\n",
    )
