"""Debugging that is on unless somebody says no, codes by other names, and passwords in mails."""

from __future__ import annotations

import pytest

START = "import os\nfrom flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n"


@pytest.mark.parametrize(
    ("value", "variable"),
    [
        ("os.environ.get('DEBUG', 'True') == 'True'", "DEBUG"),
        ("os.getenv('APP_DEBUG', '1') in ('1', 'true')", "APP_DEBUG"),
        ("os.environ.get('DEBUG', True)", "DEBUG"),
        ("bool(int(os.environ.get('DEBUG', '1')))", "DEBUG"),
    ],
)
def test_debugging_by_default(audit, value, variable):
    """Who sets nothing starts the app with the debugger."""
    mark = (
        " " * len("    app.run(debug=") + "^" * len(value) + " The app is started with debug=True"
    )

    audit("debug-enabled", f"{START}    app.run(debug={value})\n{mark} unless {variable}\n")


@pytest.mark.parametrize(
    "value",
    [
        "os.environ.get('DEBUG', 'False') == 'True'",
        "os.environ.get('FLASK_ENV', 'development') == 'development'",
        "os.environ.get('DEBUG') == '1'",
        "os.environ['DEBUG'] == '1'",
        "os.environ.get('DEBUG', False)",
    ],
)
def test_debugging_on_demand(audit, value):
    """Off by default, and what says where the app runs."""
    audit("debug-enabled", f"{START}    app.run(debug={value})\n")


CODE = """
import pyotp
from flask import Flask, request, session
from flask_login import LoginManager, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
@app.post("/second")
def second():
{mark}    user = User.query.get(session["pending"])
    if {test}:
        {then}
    return ""
"""


@pytest.mark.parametrize(
    ("test", "then", "found"),
    [
        ("pyotp.TOTP(user.secret).verify(request.form['digits'])", "login_user(user)", True),
        ("pyotp.HOTP(user.secret).verify(request.form['digits'], 1)", "login_user(user)", True),
        ("pyotp.TOTP(user.secret).verify(request.form['digits'])", "turn_on(user)", False),
        ("box(user.secret).verify(request.form['digits'])", "login_user(user)", False),
    ],
)
def test_codes_are_guessed(audit, test, then, found):
    """A view that logs in who knows a one-time code is one to limit, whatever it is called."""
    mark = "^" * 13 + " Nothing limits how often second() may be tried\n" if found else ""
    audit("login-not-limited", CODE.format(test=test, then=then, mark=mark))


MAIL = """
from flask import Flask, render_template, request
from flask_mail import Mail, Message
app = Flask(__name__)
@app.post("/create")
def create():
    password = request.form["password"]
    {line}
{mark}    return ""
"""


@pytest.mark.parametrize(
    "line",
    [
        "send_mail(request.form['to'], f'Your password is {password}')",
        "send_email('welcome', body='Password: ' + password)",
        "Message('Welcome', body='Password: %s' % password)",
        "MIMEText('Password: {}'.format(password))",
    ],
)
def test_mailed(audit, line):
    """A mail keeps the password in clear, in every box on its way."""
    mark = "    " + "^" * len(line) + " A typed password is put into a mail\n"
    audit("password-exposed", MAIL.format(line=line, mark=mark))


@pytest.mark.parametrize(
    "line",
    [
        "send_mail('me@example.net', password, 'text')",
        "send_mail(request.form['to'], f'Your password has {len(password)} characters')",
        "send_mail(request.form['to'], 'Your password was changed')",
        "store('Password: ' + password)",
    ],
)
def test_not_mailed(audit, line):
    """What the box is entered with, and mails that only say that there is one."""
    audit("password-exposed", MAIL.format(line=line, mark=""))
