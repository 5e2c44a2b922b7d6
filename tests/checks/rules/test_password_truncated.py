"""`password-truncated`: passwords that are cut, and slices that cut nothing."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-truncated"
HEAD = """
import base64, bcrypt, hashlib
from flask import Flask, abort, request
from flask_bcrypt import Bcrypt
from flask_login import current_user
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
rounds = Bcrypt(app)
LIMIT = 32
"""


def view(body):
    """Return a view with this body; carets keep their columns."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return f'\n@app.post("/register")\ndef register():\n    password = request.form["password"]\n{lines}\n    return "ok"\n'


CUTS = {
    "before the hash": '''
h = generate_password_hash(password[:20])
                           ^^^^^^^^^^^^^
''',
    "in its name": '''
password = password[:LIMIT]
           ^^^^^^^^^^^^^^^^
h = generate_password_hash(password)
''',
    "where it is read": '''
word = request.form["password"][0:16]
       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "bytes for bcrypt": '''
h = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt())
                  ^^^^^^^^^^^^^^^^^^^^^^
''',
    "before the check": '''
ok = check_password_hash(current_user.password, password.strip()[:64])
                                                ^^^^^^^^^^^^^^^^^^^^^
''',
    "conditional": '''
word = password[:50] if len(password) > 50 else password
       ^^^^^^^^^^^^^
''',
}  # fmt: skip


@pytest.mark.parametrize("body", CUTS.values(), ids=CUTS)
def test_slices(audit, body):
    """A slice that drops the end of a password is found for everybody."""
    (finding,) = audit(RULE, HEAD + view(body))

    assert finding.audience == "default"


BCRYPTS = {
    "bcrypt": '''
h = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ bcrypt hashes the first 72 bytes
''',
    "Flask-Bcrypt": '''
h = rounds.generate_password_hash(password)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
}  # fmt: skip


@pytest.mark.parametrize("body", BCRYPTS.values(), ids=BCRYPTS)
def test_bcrypt(audit, body):
    """bcrypt's own limit is for careful shops."""
    (finding,) = audit(RULE, HEAD + view(body))

    assert (finding.audience, finding.severity) == ("strict", "low")


NEAR_MISSES = {
    "shown": "print(password[:10])",
    "beginning": 'ok = password[:8] == "password"',
    "few characters": "hint = password[:3]",
    "both parts": "name, code = password[:20], password[20:]",
    "end kept": "word = password[1:]",
    "all of it": "word = password[:]",
    "another text": 'name = request.form["name"][:20]\nh = generate_password_hash(password)',
    "prefix of a digest": "word = hashlib.sha1(password.encode()).hexdigest()[:20]",
    "hashed before bcrypt": "digest = base64.b64encode(hashlib.sha256(password.encode()).digest())\nh = bcrypt.hashpw(digest, bcrypt.gensalt())",
    "too long is refused": "if len(password) > 72:\n    abort(400)\nh = bcrypt.hashpw(password.encode(), bcrypt.gensalt())",
    "refused where it is set": "if len(password.encode()) > 72:\n    abort(400)\nok = bcrypt.checkpw(password.encode()[:72], current_user.password_hash)",
    "check of a stored hash": "ok = bcrypt.hashpw(password.encode(), current_user.password_hash)",
    "other hash": "h = generate_password_hash(password)",
    "long passwords handled": 'app.config["BCRYPT_HANDLE_LONG_PASSWORDS"] = True\nh = rounds.generate_password_hash(password)',
}


@pytest.mark.parametrize("body", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, body):
    """Slices that show, other texts, and long passwords that are handled, are left alone."""
    audit(RULE, HEAD + view(body))


def test_form_with_a_longest_length(audit):
    """A form that asks for 72 characters at most keeps bcrypt's limit."""
    form = "from flask_wtf import FlaskForm\nfrom wtforms import PasswordField\nfrom wtforms.validators import Length\nclass RegisterForm(FlaskForm):\n    password = PasswordField(validators=[Length(min=8, max=72)])\n"
    body = view("h = bcrypt.hashpw(RegisterForm().password.data.encode(), bcrypt.gensalt())")
    audit(RULE, HEAD + form + body)


def test_longer_ones_are_let_in(audit):
    """A longest length above what is kept refuses nothing that is cut off."""
    line = "h = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt())"
    mark = " " * line.index("password") + "^" * len("password.encode()[:72]")
    audit(RULE, HEAD + view(f"if len(password) > 200:\n    abort(400)\n{line}\n{mark}"))


@pytest.mark.parametrize(
    ("name", "found"),
    [("validate_password", False), ("validate_new_password", False), ("validate_name", True)],
)
def test_length_of_a_field(audit, name, found):
    """A form's own validator refuses what is too long."""
    form = "from flask_wtf import FlaskForm\nclass Register(FlaskForm):\n"
    form += f"    def {name}(self, field):\n        if len(field.data.encode()) > 72:\n"
    form += "            raise ValidationError('too long')\n"
    line = "h = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt())"
    mark = " " * line.index("password") + "^" * len("password.encode()[:72]")
    audit(RULE, HEAD + form + view(f"{line}\n{mark}" if found else line))
