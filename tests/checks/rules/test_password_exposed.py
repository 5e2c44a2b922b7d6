"""`password-exposed`: places that show a password, and places that show something else."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-exposed"
HEAD = """
import logging
from flask import Flask, flash, jsonify, redirect, request, session, url_for
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_login import UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)
logger = logging.getLogger(__name__)
"""
USER = """
class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    password_hash = db.Column(db.String(255))
"""


def view(body):
    """Return a view with this body; carets keep their columns."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return f'\n@app.post("/login")\ndef login():\n    password = request.form["password"]\n{lines}\n    return "ok"\n'


OFFENCES = {
    "logged": '''
logger.info("login of %s with %s", request.form["name"], password)
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A typed password is logged
''',
    "logged by the app, formatted": '''
app.logger.debug(f"login with {password}")
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "logged with percent": '''
logging.warning("wrong password %s" % password)
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "whole form": '''
logger.info("got %s", request.form)
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ All that was sent
''',
    "whole form by a variable": '''
content = request.get_json()
password = content["password"]
print(content)
^^^^^^^^^^^^^^ All that was sent, passwords included, is printed
''',
    "stored hash": '''
logger.info("stored: %s", current_user.password_hash)
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ The stored password of an account is logged
''',
    "printed": '''
print("password:", password)
^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A typed password is printed
''',
    "flashed": '''
flash("Your password is {}".format(password))
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A typed password is flashed
''',
    "address by name": '''
to = url_for("home", name="x", password=password)
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A typed password is put into an address
''',
    "address as text": '''
answer = redirect("/home?password=" + password)
         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "session": '''
session["password"] = password
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A typed password is kept in the session
''',
    "answer": '''
return jsonify({"name": "x", "password": password})
                                         ^^^^^^^^ A typed password is in the answer
''',
    "answer with a hash": '''
return {"name": "x", "hash": current_user.password_hash}
                             ^^^^^^^^^^^^^^^^^^^^^^^^^^ The stored password of an account
''',
}  # fmt: skip


@pytest.mark.parametrize("body", OFFENCES.values(), ids=OFFENCES)
def test_views(audit, body):
    """Logs, pages, addresses, sessions and answers that show a password are found."""
    audit(RULE, HEAD + USER + view(body))


ACCOUNTS = {
    "dictionary": '''
    def to_dict(self):
        return {"id": self.id, "password": self.password_hash}
                                           ^^^^^^^^^^^^^^^^^^ to_dict gives the stored password out
''',
    "dict call": '''
    def serialize(self):
        return dict(id=self.id, pw=self.password_hash)
                                   ^^^^^^^^^^^^^^^^^^
''',
    "all columns": '''
    def as_dict(self):
        return {c.name: getattr(self, c.name) for c in self.__table__.columns}
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ as_dict gives all columns out
''',
    "representation": '''
    def __repr__(self):
        return f"<User {self.name} {self.password_hash}>"
                                    ^^^^^^^^^^^^^^^^^^ __repr__ shows the stored password
''',
    "admin list": '''
class UserView(ModelView):
    column_list = ("name", "password_hash")
                           ^^^^^^^^^^^^^^^ column_list shows the stored password
''',
    "plain admin view": '''
Admin(app).add_view(ModelView(User, db.session))
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^ Flask-Admin's plain view
''',
    "schema": '''
class UserSchema(ma.SQLAlchemySchema):
    class Meta:
        fields = ("id", "name", "password_hash")
                                ^^^^^^^^^^^^^^^ fields shows the stored password
''',
}  # fmt: skip


@pytest.mark.parametrize("text", ACCOUNTS.values(), ids=ACCOUNTS)
def test_accounts(audit, text):
    """Accounts that give their stored password out are found."""
    audit(RULE, HEAD + USER + text)


NEAR_MISSES = {
    "switch": 'change_user_pass = request.form["change_user_pass"]\nlogger.info("%s", change_user_pass)',
    "name only": 'logger.info("login of %s", request.form["name"])',
    "parts of a form": 'content = {"name": request.form["name"]}\nprint(content)',
    "a list of what was sent": "names = list(request.form)\nprint(names)",
    "length": 'logger.info("password of %d characters", len(password))',
    "text about a password": 'logger.info("wrong password")\nflash("Your password was changed.")',
    "truth": 'logger.info("same: %s", password == "x")',
    "hash is kept": "current_user.password_hash = make_hash(password)",
    "password for another service": 'logger.debug("%s", request.form["smtp_password"])',
    "another object": "print(mailbox.password_policy)",
    "error of a form": 'return jsonify({"password": "too short"})',
    "another column": 'return {"id": current_user.id}',
    "masked": 'logger.info("password %s", "*" * len(password))',
    "address without it": 'to = url_for("reset_password", name="x")',
    "another part of what holds it": 'data = {"role": "x", "password": password}\nprint("no role %s" % data["role"])',
    "another part, asked for": 'data = dict(role="x", password=password)\nprint("no role {}".format(data.get("role")))',
    "another key of the session": 'session["name"] = request.form["name"]',
}


@pytest.mark.parametrize("body", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, body):
    """What shows no password is left alone."""
    audit(RULE, HEAD + USER + view(body))


CAREFUL = {
    "dictionary": "    def to_dict(self):\n        return {'id': self.id}\n",
    "columns without it": "    def to_dict(self):\n        return {c.name: getattr(self, c.name) for c in self.__table__.columns if c.name != 'password_hash'}\n",
    "column left out": "class UserView(ModelView):\n    column_exclude_list = ('password_hash',)\n\nAdmin(app).add_view(UserView(User, db.session))\n",
    "schema that loads": "class UserSchema(ma.Schema):\n    class Meta:\n        fields = ('name', 'password')\n        load_only = ('password',)\n",
    "another model": "class Page(db.Model):\n    title = db.Column(db.String(9))\n\nAdmin(app).add_view(ModelView(Page, db.session))\n",
}


@pytest.mark.parametrize("text", CAREFUL.values(), ids=CAREFUL)
def test_careful_accounts(audit, text):
    """Accounts that leave the password out are left alone."""
    audit(RULE, HEAD + USER + text)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('return redirect(url_for("done", pw=new_password))', True),
        ('return redirect(url_for("done", password=temp_pwd))', True),
        ('return redirect(url_for("done", reset=new_password))', False),
        ('return redirect(url_for("done", password_changed=True))', False),
        ('return redirect(url_for("done", password="hidden"))', False),
    ],
)
def test_drawn_password_in_an_address(audit, line, found):
    """A password that was made up is as secret as a typed one."""
    text = 'import secrets\n@app.post("/reset")\ndef reset():\n'
    text += "    new_password = temp_pwd = secrets.token_urlsafe(12)\n"
    call = line[line.index("url_for") : -1]
    carets = f"    {' ' * line.index(call)}{'^' * len(call)} A password is put into an address\n"
    audit(RULE, f"{HEAD}{text}    {line}\n{carets if found else ''}")


@pytest.mark.parametrize(
    "line",
    [
        'app.logger.debug("Configuration: " + str(app.config))',
        'logger.info("settings %s", app.config)',
        'logger.info(f"settings {app.config}")',
        "print(app.config)",
        'logging.warning("%s and %s" % (app.name, dict(app.config)))',
    ],
)
def test_all_settings(audit, line):
    """A log of all settings has the secret key, and what the database is entered with."""
    audit(RULE, f"{HEAD}{line}\n{'^' * len(line)} All settings\n")


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("debug is %s", app.config["DEBUG"])',
        'logger.info("name %s", app.config.get("APP_NAME"))',
        'logger.info("%d settings", len(app.config))',
        'logger.info("keys %s", sorted(app.config))',
        "print(parser.config)",
    ],
)
def test_some_settings(audit, line):
    """One setting, their number or their names are no secret."""
    audit(RULE, HEAD + line + "\n")


ASKED = """\
@app.route("/token", methods=["GET", "POST"])
def token():
    name = request.args.get("username")
    word = {read}
{mark}    return grant(name, word)
"""


@pytest.mark.parametrize(
    "read",
    [
        'request.args.get("password")',
        'request.args["passwd"]',
        'request.args.get("new_password", "")',
        'str(request.args["pwd"])',
    ],
)
def test_password_asked_for_in_the_address(audit, read):
    """What stands in an address is kept by logs, histories and proxies."""
    start = read.index("request")
    mark = " " * (11 + start) + "^" * len(read[start:].rstrip(")") + ")" * ("get" in read)) + "\n"
    (finding,) = audit(RULE, HEAD + ASKED.format(read=read, mark=mark))

    assert (finding.severity, finding.confidence) == ("medium", "medium")


@pytest.mark.parametrize(
    "read",
    [
        'request.form.get("password")',
        'request.args.get("show_password")',
        'request.args.get("reset_password")',
        'request.args["token"]',
        'parser.args.get("password")',
    ],
)
def test_other_places_and_other_words(audit, read):
    """Forms, switches about passwords, and arguments of anything else are fine."""
    audit(RULE, HEAD + ASKED.format(read=read, mark=""))


SERIALIZED = """
from marshmallow_sqlalchemy import SQLAlchemyAutoSchema
from sqlalchemy_serializer import SerializerMixin


class Member(UserMixin, SerializerMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    hashed_password = db.Column(db.String(255))
{body}

SHOWN = ("id", "email", "hashed_password")


@app.get("/members/<int:member_id>")
def member(member_id):
    found = Member.query.get_or_404(member_id)
    return {answer}
{mark}"""


@pytest.mark.parametrize(
    "answer",
    [
        'jsonify(member=found.to_dict(only=("id", "hashed_password")))',
        "jsonify(found.to_dict(only=SHOWN))",
        'jsonify(posts=[post.to_dict(only=("title", "author.hashed_password")) for post in found])',
        "jsonify(found.to_dict())",
        "found.to_dict()",
    ],
)
def test_serialized(audit, answer):
    """A serializer shows what it is told to, and everything if it is told nothing."""
    found = "post" if "post" in answer else "found"
    start = answer.index(f"{found}.to_dict")
    depth, end = 0, start
    for end in range(answer.index("(", start), len(answer)):
        depth += {"(": 1, ")": -1}.get(answer[end], 0)
        if depth == 0:
            break
    mark = " " * (11 + start) + "^" * (end + 1 - start) + "\n"
    audit(RULE, HEAD + SERIALIZED.format(body="", answer=answer, mark=mark))


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ('jsonify(found.to_dict(only=("id", "email")))', ""),
        ('jsonify(found.to_dict(rules=("-hashed_password",)))', ""),
        ("jsonify(found.to_dict())", '    serialize_rules = ("-hashed_password",)'),
        ("jsonify(found.to_dict())", '    serialize_only = ("id",)'),
        ("jsonify(request.form.to_dict())", ""),
    ],
)
def test_serialized_with_care(audit, answer, body):
    """What leaves the password out, for one answer or for all of them, is fine."""
    audit(RULE, HEAD + SERIALIZED.format(body=body, answer=answer, mark=""))


def test_schema_of_all_columns(audit):
    """A schema that is made from an account's columns has its password, if nothing is chosen."""
    schema = "class {}(SQLAlchemyAutoSchema):\n    class Meta:\n        model = Member\n"
    text = HEAD + SERIALIZED.format(body="", answer="{}", mark="")
    audit(
        RULE, text + schema.format("MemberSchema") + "                ^^^^^^ MemberSchema gives\n"
    )
    audit(RULE, text + schema.format("MemberSchema") + '        exclude = ("hashed_password",)\n')
    audit(RULE, text + schema.format("RegistrationSchema"))


MADE = """
{imports}
{decorator}
def create_admin(password):
    user = User(name="admin")
    user.set_password(password)
    print("password: " + password)
"""


@pytest.mark.parametrize(
    ("imports", "decorator", "audience"),
    [
        ("import click", "@click.command()", "strict"),
        ("import argparse", "", "strict"),
        ("import sys", "@show(sys.argv)", "strict"),
        ("import os", "", "default"),
        ("import click\nfrom app import app", "@app.post('/admin')", "default"),
    ],
)
def test_printed_by_a_command(outcome, imports, decorator, audience):
    """Who starts a command reads what it prints; what a view's file prints goes into a log."""
    command = MADE.format(imports=imports, decorator=decorator)

    found = outcome({"app.py": HEAD + USER, "manage.py": command}, strict=True)

    shown = [f for f in found.findings if f.rule == RULE and f.path == "manage.py"]
    assert [f.audience for f in shown] == [audience]


HELPER = "def show(password):\n    print('password: ' + password)\n"


@pytest.mark.parametrize(
    ("caller", "audience"),
    [
        ("import click\nfrom tell import show\n@click.command()\ndef up(password):\n"
         "    show(password)\n", "strict"),
        ("from tell import show\nfrom app import app\n@app.post('/up')\ndef up():\n"
         "    show(request.form['password'])\n", "default"),
        ("from tell import show\ndef up(password):\n    show(password)\n", "default"),
    ],
)  # fmt: skip
def test_helper_of_a_command(outcome, caller, audience):
    """A helper that prints is read by whoever starts the command that calls it."""
    files = {
        "app.py": HEAD + USER,
        "tell.py": HELPER,
        "up.py": f"from flask import request\n{caller}",
    }

    found = outcome(files, strict=True).findings

    shown = {f.audience for f in found if f.rule == RULE and f.path == "tell.py"}
    assert shown == {audience}


def test_stored_hash_as_a_text(audit):
    """A hash that is made a text for the answer is the hash."""
    body = "return jsonify(status=0, hash=str(current_user.password_hash))\n"
    mark = " " * body.index("str(") + "^" * len("str(current_user.password_hash)") + "\n"

    audit(RULE, HEAD + USER + view(f"\n{body}{mark}"))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("pprint(dict(app.config))", True),
        ("pprint(app.config)", True),
        ("pp(app.config)", True),
        ("pprint(app.config['DEBUG'])", False),
        ("pprint(dict(app.extensions))", False),
    ],
)
def test_settings_printed_prettily(audit, line, found):
    """`pprint` prints, too."""
    mark = "^" * len(line) + " All settings\n" if found else ""
    audit(RULE, f"{HEAD}from pprint import pp, pprint\n{line}\n{mark}")


@pytest.mark.parametrize(("decorator", "audience"), [("@cli.command()", "strict"), ("", "default")])
def test_settings_that_a_command_prints(audit, decorator, audience):
    """Who starts a command that prints all settings asked for them."""
    text = f"from flask import Flask\napp = Flask(__name__)\n{decorator}\ndef dump():\n"
    (finding,) = audit(RULE, text + "    print(app.config)\n    ^^^^^^^^^^^^^^^^^\n")
    assert finding.audience == audience


BODIES = """
from flask import Flask, request
from functools import wraps
app = Flask(__name__)
def wants(*names):
    def decorator(func):
        @wraps(func)
        def wrapper(*args, **kwargs):
            {wrapper}
            return func(*args, **kwargs)
        return wrapper
    return decorator
@app.before_request
def note():
    {hook}
@app.post("/login")
@wants("name", "password")
def login():
    {view}
    user = find(request.{sent}["name"])
    if check_password_hash(user.password_hash, request.{sent}["password"]):
        login_user(user)
    return "ok"
@app.post("/feedback")
def feedback():
    {other}
    return "thanks"
"""


def bodies(**said):
    """Return the app with these lines, and carets under the one that starts with a mark."""
    lines = {
        "wrapper": "pass",
        "hook": "pass",
        "view": "pass",
        "other": "pass",
        "sent": "form",
    } | said
    text = []
    for line in BODIES.format(**lines).split("\n"):
        code = line.replace("!", "", 1) if line.strip().startswith("!") else line
        text.append(code)
        if code != line:
            start = len(code) - len(code.lstrip())
            text.append(" " * start + "^" * (len(code) - start) + " All that was sent")
    return "\n".join(text)


@pytest.mark.parametrize(
    "said",
    [
        {"view": "!print(dict(request.form))"},
        {"view": "!app.logger.debug('%r', request.form.to_dict())"},
        {"view": "!logging.info(f'login {dict(request.values)}')"},
        {"wrapper": "!logger.debug(request.form)"},
        {"hook": "!app.logger.info('%s %s', request.path, request.form)"},
        {"hook": "!LOGGER.info('body %s', request.get_data())"},
        {"hook": "!AuditLogger.log(request.url, message=f'{request.get_json()}')", "sent": "json"},
        {"hook": "!log.info(request.json)", "sent": "json"},
        {"view": "!current_app.logger.warning(json.dumps(request.json))", "sent": "json"},
    ],
)
def test_logged_bodies(audit, said):
    """All that was sent is logged where a password is among it: by view, decorator or hook."""
    audit(RULE, bodies(**said))


@pytest.mark.parametrize(
    "said",
    [
        {"other": "print(dict(request.form))"},
        {"other": "logger.info(request.get_json())"},
        {"view": "print(list(request.form))"},
        {"view": "print(len(request.form))"},
        {"view": "logger.debug(request.form.keys())"},
        {"view": "logger.debug(request.form['name'])"},
        {"view": "logger.debug(request.form.get('name'))"},
        {"view": "parse(request.form)"},
        {"hook": "logger.info('%s %s', request.path, request.args)"},
        {"hook": "logger.info(request.json)"},
        {"hook": "logger.info(request.get_json()['name'])", "sent": "json"},
        {"hook": "form_of(request).log(request.form)"},
        {"wrapper": "logger.debug(request.content_length)"},
    ],
)
def test_logged_bodies_near_misses(audit, said):
    """Other views, names of fields, single fields and what is no log are left alone."""
    audit(RULE, bodies(**said))


def test_registration_without_a_password(audit):
    """Clients of an identity provider register without one."""
    audit(
        RULE,
        "from flask import Flask, request\napp = Flask(__name__)\n"
        "@app.post('/register')\ndef register():\n    app.logger.debug(request.json)\n"
        "    return make_client(request.json['redirect_uris'])\n",
    )
