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
