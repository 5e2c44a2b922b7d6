"""`password-compare-timing`: secrets compared with an operator, and comparisons of other things."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-compare-timing"
HEAD = """
import base64, bcrypt, hashlib, hmac, os
from flask import Flask, abort, request
from flask_login import UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)
API_TOKEN = os.environ["API_TOKEN"]

def sign(data):
    made = hmac.new(app.config["KEY"], data, "sha256")
    return made.hexdigest()

class User(UserMixin, db.Model):
    name = db.Column(db.String(80))
    password_hash = db.Column(db.String(255))
    api_key = db.Column(db.String(64))
"""


def view(body):
    """Return a view with this body; carets keep their columns."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return f'\n@app.post("/login")\ndef login(user):\n    password = request.form["password"]\n{lines}\n    return "ok"\n'


OFFENCES = {
    "digest of a password": '''
ok = hashlib.sha256(password.encode()).hexdigest() == user.password_hash
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ The hash of a password
''',
    "digest in a name": '''
digest = hashlib.pbkdf2_hmac("sha256", password.encode(), user.salt, 600_000).hex()
if user.password_hash != digest:
   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    abort(403)
''',
    "bcrypt again": '''
ok = bcrypt.hashpw(password.encode(), user.password_hash) == user.password_hash
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "signature of a helper": '''
ok = request.headers["X-Signature"] == sign(request.data)
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A signature is compared
''',
    "signature of a helper in a name": '''
expected_hash = sign(request.data)
ok = request.headers["X-Hub"] != expected_hash
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A signature is compared
''',
    "secret of an API": '''
if request.headers.get("key") != app.config["SECRET_API"]:
   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    abort(403)
''',
    "header and constant": '''
ok = request.headers.get("X-Token") == API_TOKEN
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A secret is compared
''',
    "argument and configuration": '''
if request.args["key"] != app.config["WEBHOOK_SECRET"]:
   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    abort(403)
''',
    "environment": '''
ok = request.form.get("token") == os.environ.get("API_TOKEN")
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "column": '''
ok = current_user.api_key == request.json["api_key"]
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "token in a text": '''
ok = request.headers["Authorization"] == f"Bearer {API_TOKEN}"
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "token behind a text": '''
ok = "Bearer " + API_TOKEN == request.headers["Authorization"]
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "signature": '''
signature = hmac.new(app.config["KEY"], request.data, "sha256").hexdigest()
ok = request.headers["X-Signature"] == signature
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A signature is compared
''',
    "token of a reset": '''
ok = find(1).passwordReset == request.args["code"]
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "signature that is called a mac": '''
mac = hmac.new(b"k", request.json["data"].encode(), hashlib.sha256).hexdigest()
ok = mac == request.json["mac"]
     ^^^^^^^^^^^^^^^^^^^^^^^^^^ A signature is compared
''',
    "signature with its scheme": '''
mine = "sha256=" + hmac.new(b"k", request.get_data(), hashlib.sha256).hexdigest()
if mine != request.headers.get("X-Hub-Signature-256"):
   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    abort(403)
''',
    "literal": '''
token = request.args.get("token")
ok = token == "8f14e45fceea167a"
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
}  # fmt: skip


@pytest.mark.parametrize("body", OFFENCES.values(), ids=OFFENCES)
def test_secrets(audit, body):
    """Hashes, signatures, tokens and keys that an operator compares are found."""
    audit(RULE, HEAD + view(body))


def test_parameter(audit):
    """A function that is handed the token is judged by its parameter's name."""
    audit(
        RULE,
        HEAD
        + """
def allowed(token):
    return token == API_TOKEN
           ^^^^^^^^^^^^^^^^^^
""",
    )


NEAR_MISSES = {
    "signature in the session": 'from flask import session\nok = session["hash"] == sign(user.password)',
    "signature from the session": """
from flask import session
session_hash = session.get("hash")
ok = session_hash != sign(user.password_hash)
""",
    "signature in a signed token": """
held = serializer.loads(request.args["invite"], max_age=3600)
ok = sign(str(user.id)) == held["v"]
""",
    "secret word of a label": 'ok = request.form["a"] == app.config["SECRET_NAME"]',
    "constant time": 'ok = hmac.compare_digest(request.headers["X-Token"], API_TOKEN)',
    "query": 'user = User.query.filter(User.api_key == request.args["key"]).first()',
    "kind of a token": 'ok = request.form["token_type"] == "bearer"',
    "nothing there": 'ok = request.form["token"] == ""',
    "None": 'ok = request.args.get("token") == None',
    "two fields of one request": 'ok = request.form["token"] == request.form["token2"]',
    "checksum of a file": "ok = hashlib.sha256(data).hexdigest() == expected",
    "plain passwords": "ok = user.password == password",
    "address of a device": 'ok = device["mac"] == request.args["mac"]',
    "number of tokens": 'ok = user.token_count == int(request.args["n"])',
    "name": 'ok = user.name == request.form["name"]',
    "short word": 'ok = request.args.get("token") == "refresh"',
    "two of our own": "ok = current_user.api_key == API_TOKEN",
    "stand-in": 'ok = request.form["token"] != placeholder_token',
    "word for no change": 'ok = request.form["secret"] == UNCHANGED_SECRET',
    "forged forms, told by the field": 'kept = session.pop("k")\n    ok = kept != request.form.get("_csrf_token")',
    "renewed": 'if user.api_key != request.form["api_key"]:\n        user.api_key = request.form["api_key"]',
    "forged forms": 'ok = request.form["csrf_token"] == session["csrf_token"]',
    "state of a login": 'ok = request.args.get("state") != server_csrf_token',
    "forged forms, by another name": 'ok = request.headers["X-Token"] == session.xsrf_token',
    "assertion": 'assert request.headers["X-Token"] == API_TOKEN',
}


@pytest.mark.parametrize("body", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, body):
    """Constant time, queries, and what is no secret are left alone."""
    audit(RULE, HEAD + view(body))


def test_what_callers_hand_over_is_seen_by_itself(audit):
    """A helper gets the request's headers; no other rule has to look at its callers first."""
    audit(
        RULE,
        HEAD
        + """
def user_of(headers):
    bot = User.query.filter_by(name="bot").first()
    if bot and bot.api_key == headers["X-Key"]:
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A secret is compared with ==
        return bot

@app.get("/things")
def things():
    return str(user_of(request.headers))
""",
    )


def test_what_nobody_calls_is_left_alone(audit):
    """What such a helper compares may come from anywhere."""
    audit(
        RULE,
        HEAD
        + """
def user_of(headers):
    bot = User.query.filter_by(name="bot").first()
    if bot and bot.api_key == headers["X-Key"]:
        return bot
""",
    )


COMMAND = """\
{decorator}
def rotate(secret):
    for bot in Bot.query.all():
        if bot.secret != secret:
           ^^^^^^^^^^^^^^^^^^^^
            bot.tell()
"""


@pytest.mark.parametrize(
    ("decorator", "found"),
    [
        ("@app.cli.command()", False), ("@click.option('--secret')", False),
        ("@manager.command", False), ("@cached", True),
    ],
)  # fmt: skip
def test_command(audit, decorator, found):
    """Who runs a command has no clock on a server's answers."""
    text = COMMAND.format(decorator=decorator)
    audit(RULE, HEAD + (text if found else text.replace(" " * 11 + "^" * 20 + "\n", "")))


@pytest.mark.parametrize(
    ("decorator", "found"),
    [
        ('@use_kwargs({"auth": fields.Str()}, location="headers")', True),
        ('@use_kwargs({"other": fields.Str()}, location="headers")', False),
        ("@use_kwargs(HeaderSchema)", False),
        ('@cached({"auth": 60})', False),
    ],
)
def test_field_that_webargs_hands_over_by_name(audit, decorator, found):
    """What webargs takes from the request under a parameter's name is what a client sent."""
    mark = " " * 7 + "^" * 33 + "\n" if found else ""
    body = f'    if app.config["SHOP_SECRET"] == auth:\n{mark}        return True\n'

    audit(RULE, f"{HEAD}{decorator}\ndef key_is_right(auth):\n{body}")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("token_changed = user.token != token", False),
        ("has_changed_token = user.token != token", False),
        ("wrong = user.token != token", True),
        ("exchanged = user.token != token", True),
    ],
)
def test_what_is_new(audit, line, found):
    """Whether a secret is another one than before is asked by who sets it."""
    start = 4 + line.index("user.")
    mark = f"{' ' * start}{'^' * len('user.token != token')}\n" if found else ""
    audit(RULE, f"{HEAD}def update(user, token):\n    {line}\n{mark}    return user\n")


@pytest.mark.parametrize(
    ("sent", "found"), [("form.version_token.data", False), ("form.api_token.data", True)]
)
def test_version_of_a_page(audit, sent, found):
    """A token that says which version was edited is told to everybody."""
    line = "    if saved_token != page.token:"
    mark = f"{' ' * 7}{'^' * len('saved_token != page.token')}\n" if found else ""
    audit(
        RULE,
        f"{HEAD}def edit(page, form, saved_token):\n    saved_token = {sent} or saved_token\n"
        f"{line}\n{mark}        abort(409)\n",
    )
