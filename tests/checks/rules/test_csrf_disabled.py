"""Where `csrf-disabled` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "csrf-disabled"
HEAD = """\
from flask import Flask, request
from flask_login import LoginManager, login_required
from flask_wtf import CSRFProtect, FlaskForm
app = Flask(__name__)
login_manager = LoginManager(app)
"""


@pytest.mark.parametrize(
    "text",
    [
        'app.config["WTF_CSRF_ENABLED"] = False\n'
        "                                 ^^^^^ WTF_CSRF_ENABLED is False\n",
        "app.config.update(WTF_CSRF_ENABLED=False)\n"
        "                                   ^^^^^ WTF_CSRF_ENABLED is False\n",
        'app.config["WTF_CSRF_CHECK_DEFAULT"] = False\n'
        "                                       ^^^^^ WTF_CSRF_CHECK_DEFAULT is False\n",
        'app.config["WTF_CSRF_METHODS"] = []\n'
        "                                 ^^ WTF_CSRF_METHODS leaves\n",
        'app.config["CSRF_DISABLE"] = True\n                             ^^^^ CSRF_DISABLE\n',
        'app.config["JWT_TOKEN_LOCATION"] = ["cookies"]\n'
        'app.config["JWT_COOKIE_CSRF_PROTECT"] = False\n'
        "                                        ^^^^^ Tokens travel\n",
    ],
)
def test_settings(audit, text):
    """Settings that take the protection away are found by every spelling."""
    audit(RULE, HEAD + "csrf = CSRFProtect(app)\n" + text)


def test_config_class(audit):
    """A class that the app loads counts; one for tests does not."""
    audit(
        RULE,
        {
            "app.py": HEAD + "app.config.from_object('config.Production')\n",
            "config.py": "class Production:\n    SECRET_KEY = key()\n    WTF_CSRF_ENABLED = False\n"
            "                       ^^^^^ WTF_CSRF_ENABLED\n"
            "class Testing:\n    SECRET_KEY = 'x'\n    WTF_CSRF_ENABLED = False\n",
        },
    )


@pytest.mark.parametrize(
    "text",
    [
        "class Note(FlaskForm):\n    class Meta:\n        csrf = False\n"
        "               ^^^^^ Note checks\n"
        "@app.post('/x')\n@login_required\ndef x():\n    return str(Note().validate_on_submit())\n",
        "@app.post('/x')\n@login_required\ndef x():\n    form = NoteForm(csrf_enabled=False)\n"
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ This form checks no token\n",
        "@app.post('/x')\n@login_required\ndef x():\n    form = NoteForm(meta={'csrf': False})\n"
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ This form checks no token\n",
    ],
)
def test_forms(audit, text):
    """A form that checks nothing is found where nothing else protects its view."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        # The protection of the whole app stands behind the form.
        "csrf = CSRFProtect(app)\nclass Note(FlaskForm):\n    class Meta:\n        csrf = False\n"
        "@app.post('/x')\n@login_required\ndef x():\n    return str(Note().validate_on_submit())\n",
        # Read from the query.
        "class SearchForm(FlaskForm):\n    class Meta:\n        csrf = False\n@app.get('/x')\n"
        "@login_required\ndef x():\n    return str(SearchForm(request.args).validate())\n",
        "class Looking(FlaskForm):\n    def __init__(self, *args, **kwargs):\n"
        "        kwargs['formdata'] = request.args\n        kwargs['meta'] = {'csrf': False}\n"
        "        super().__init__(*args, **kwargs)\n",
        # An API that knows its callers by a key.
        "@app.post('/x')\n@api_key_required\ndef x():\n    form = NoteForm(meta={'csrf': False})\n",
        # A command fills it in.
        "class AddUser(Command):\n    def run(self):\n"
        "        return NoteForm(asked(), csrf_enabled=False).validate()\n",
        "@app.cli.command('add')\ndef add():\n"
        "    return NoteForm(asked(), meta={'csrf': False}).validate()\n",
        # Other environments.
        "if app.testing:\n    app.config['WTF_CSRF_ENABLED'] = False\n",
        "class DevelopmentConfig:\n    SECRET_KEY = 'x'\n    WTF_CSRF_ENABLED = False\n",
        "app.config['WTF_CSRF_ENABLED'] = True\n",
        "csrf = CSRFProtect(app)\napp.config['WTF_CSRF_CHECK_DEFAULT'] = False\n"
        "@app.before_request\ndef check():\n    csrf.protect()\n",
    ],
)
def test_near_misses(audit, text):
    """Forms of queries and commands, other environments and checks by hand are left alone."""
    audit(RULE, HEAD + text)


def test_wrapped(audit):
    """The wrapper's cross-site guard does without tokens."""
    text = "from hardening import harden\nharden(app)\napp.config['WTF_CSRF_ENABLED'] = False\n"

    audit(RULE, HEAD + text)


@pytest.mark.parametrize(("name", "found"), [("LocalDevLoginForm", False), ("LoginForm", True)])
def test_form_for_developers(audit, name, found):
    """A login that only developers have needs no token."""
    line = f"    form = {name}(meta={{'csrf': False}})\n"
    marks = " " * 11 + "^" * (len(line) - 12) + "\n" if found else ""
    view = f"@app.post('/login')\n@login_required\ndef login():\n{line}{marks}    save(form)\n"
    form = f"class {name}(FlaskForm):\n    pass\n"
    audit(RULE, f"{HEAD}csrf = CSRFProtect()\n{form}{view}    return ''\n")
