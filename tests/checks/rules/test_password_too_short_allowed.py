"""`password-too-short-allowed`: minimums that are low or missing, and those that hold."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-too-short-allowed"
HEAD = """
from flask import Flask, abort, request
from flask_wtf import FlaskForm
from marshmallow import Schema, fields, validate
from pydantic import BaseModel, Field
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

app = Flask(__name__)
MINIMUM = 6
"""

OFFENCES = {
    "registration form": '''
class RegistrationForm(FlaskForm):
    password = PasswordField("Password", validators=[DataRequired()])
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ RegistrationForm asks for no length
''',
    "positional validators": '''
class ChangePasswordForm(FlaskForm):
    old_password = PasswordField("Old")
    new_password = PasswordField("New", [DataRequired(), EqualTo("confirm")])
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    confirm = PasswordField("Again")
''',
    "form that confirms": '''
class UserForm(FlaskForm):
    password = PasswordField("Password")
               ^^^^^^^^^^^^^^^^^^^^^^^^^
    password2 = PasswordField("Again")
''',
    "low minimum": '''
class SignupForm(FlaskForm):
    password = PasswordField("Password", validators=[DataRequired(), Length(min=6, max=64)])
                                                                     ^^^^^^^^^^^^^^^^^^^^^ New passwords of 6 characters
''',
    "low minimum in a constant": '''
class ResetPasswordForm(FlaskForm):
    password = PasswordField("Password", validators=[Length(MINIMUM)])
                                                     ^^^^^^^^^^^^^^^ New passwords of 6
''',
    "maximum only": '''
class RegisterForm(FlaskForm):
    password = PasswordField("Password", validators=[Length(max=80)])
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "schema": '''
class RegisterSchema(Schema):
    password = fields.Str(required=True, validate=validate.Length(min=4))
                                                  ^^^^^^^^^^^^^^^^^^^^^^
''',
    "model": '''
class CreateUser(BaseModel):
    password: str = Field(min_length=5)
                    ^^^^^^^^^^^^^^^^^^^
''',
    "comparison": '''
def check_new(password):
    if len(password) < 6:
       ^^^^^^^^^^^^^^^^^ New passwords of 6 characters
        abort(400)
CHECKS = [check_new]
''',
    "comparison the other way round": '''
def fits(password):
    return 4 <= len(password) <= 64
           ^^^^^^^^^^^^^^^^^^^^^^^^
CHECKS = [fits]
''',
    "view": '''
@app.post("/register")
def register():
    name = request.form["name"]
    password = request.form["password"]
               ^^^^^^^^^^^^^^^^^^^^^^^^ A registration asks for no length
    save(name, generate_password_hash(password))
    return "ok"
''',
    "setting": '''
app.config["SECURITY_PASSWORD_LENGTH_MIN"] = 6
                                             ^ SECURITY_PASSWORD_LENGTH_MIN
''',
}  # fmt: skip


@pytest.mark.parametrize("text", OFFENCES.values(), ids=OFFENCES)
def test_short_passwords(audit, text):
    """A low minimum and a missing one are found in each kind of registration and change."""
    audit(RULE, HEAD + text)


NEAR_MISSES = {
    "long enough": '''
class RegistrationForm(FlaskForm):
    password = PasswordField("Password", validators=[DataRequired(), Length(min=8)])
''',
    "login form": '''
class LoginForm(FlaskForm):
    password = PasswordField("Password", validators=[DataRequired(), Length(min=4)])
''',
    "confirmation of another change": '''
class ChangeEmailForm(FlaskForm):
    password = PasswordField("Password", validators=[DataRequired()])
''',
    "old password": '''
class ChangePasswordForm(FlaskForm):
    old_password = PasswordField("Old", validators=[DataRequired()])
    password = PasswordField("New", validators=[Length(12)])
''',
    "validator of its own": '''
class RegistrationForm(FlaskForm):
    password = PasswordField("Password", validators=[DataRequired(), sound_password()])
''',
    "validators from elsewhere": '''
from rules import rules
class RegistrationForm(FlaskForm):
    password = PasswordField("Password", validators=rules)
''',
    "method that validates": '''
class RegistrationForm(FlaskForm):
    password = PasswordField("Password", validators=[DataRequired()])
    def validate_password(self, field):
        weigh(field.data)
''',
    "comparison that is high enough": '''
@app.post("/register")
def register():
    password = request.form["password"]
    if len(password) < 12:
        abort(400)
    save(generate_password_hash(password))
    return "ok"
''',
    "policy": '''
from hardening.passwords.policy import judge
@app.post("/register")
def register():
    password = request.form["password"]
    if password_strength(password) < 3:
        abort(400)
    save(generate_password_hash(password))
    return "ok"
''',
    "words": '''
@app.post("/register")
def register():
    password = request.form["password"]
    if len(password) < 14 or len(password.split()) < 7 or len(set(password)) < 4:
        abort(400)
    save(generate_password_hash(password))
    return "ok"
''',
    "expression": '''
@app.post("/register")
def register():
    if not re.match(SOUND, request.form.get("password")):
        abort(400)
    save(generate_password_hash(request.form.get("password")))
    return "ok"
''',
    "minimum that is a setting": '''
@app.post("/register")
def register():
    password = request.form["password"]
    if len(password) < int(get_setting("minimum", default=0)):
        abort(400)
    save(generate_password_hash(password))
    return "ok"
''',
    "emptiness": '''
def filled(password):
    return len(password) > 0
''',
    "longest length": '''
def fits(password):
    return len(password) > 128
''',
    "length of something else": '''
def fits(name):
    return len(name) < 4
''',
    "view that only checks": '''
@app.post("/login")
def login():
    return str(check_password_hash("x", request.form["password"]))
''',
    "setting that is high enough": 'app.config["SECURITY_PASSWORD_LENGTH_MIN"] = 12',
}  # fmt: skip


@pytest.mark.parametrize("text", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, text):
    """Sound minimums, login forms, and validators that cannot be read are left alone."""
    audit(RULE, HEAD + text)


SCHEMA = """\
from flask import Flask, request
from pydantic import BaseModel, Field
app = Flask(__name__)
class ChangePasswordSchema(BaseModel):
    password: str = Field(..., min_length=1)
"""


@pytest.mark.parametrize(
    "judge",
    [
        "def validate_password(password):\n    if len(password) < config.MIN_LENGTH:\n"
        "        raise ValueError\n",
        "def check(password):\n    if len(password) < 12:\n        raise ValueError\n",
        "def change(body):\n    password_policy(body.password)\n",
    ],
)
def test_schema_that_only_asks_for_something(audit, judge):
    """A schema that wants one character is fine where the length is asked elsewhere."""
    audit(RULE, SCHEMA + judge)


def test_schema_alone(audit):
    """A schema that wants one character is too little where nothing else is asked."""
    audit(RULE, SCHEMA + " " * 20 + "^" * len("Field(..., min_length=1)") + "\n")


PARSED = """\
from flask.views import MethodView
from flask_smorest import Blueprint
blp = Blueprint("users", __name__)
class UserSchema(Schema):
    name = fields.Str()
    {field}
@blp.route("/register")
class Register(MethodView):
    @blp.arguments(UserSchema)
    def post(self, data):
        user = User(password=generate_password_hash({value}))
{carets}        db.session.add(user)
"""


@pytest.mark.parametrize("value", ["data['password']", "data.get('password')"])
def test_schema_of_a_decorator(audit, value):
    """A schema that a decorator parses with asks for nothing unless it has a length."""
    carets = (
        f"        {' ' * len('user = User(password=generate_password_hash(')}{'^' * len(value)}\n"
    )
    field = "password = fields.Str(required=True)"
    audit(RULE, HEAD + PARSED.format(field=field, value=value, carets=carets))


@pytest.mark.parametrize(
    "field",
    [
        "password = fields.Str(validate=validate.Length(min=15))",
        "password = fields.Str(validate=[validate.Length(12, 64)])",
        "password = fields.Str()\n    @validates('password')\n"
        "    def fits(self, value):\n        refuse(value)",
    ],
)
def test_schema_with_a_length(audit, field):
    """A length, or a validator of the schema's own, is enough."""
    value = "data['password']"
    audit(RULE, HEAD + PARSED.format(field=field, value=value, carets=""))


def test_schema_that_loads(audit):
    """A schema that the view loads with counts, too."""
    audit(
        RULE,
        HEAD
        + "class UserSchema(Schema):\n"
        + "    password = fields.Str(validate=validate.Length(min=15))\n"
        + "@app.post('/register')\ndef register():\n"
        + "    data = UserSchema().load(request.get_json())\n"
        + "    generate_password_hash(request.json['password'])\n",
    )


@pytest.mark.parametrize(
    ("other", "found"),
    [("new_password", False), ("confirm", True), ("old_password", True), ("newer", True)],
)
def test_field_that_repeats_another(audit, other, found):
    """A repetition is as long as what it repeats, which is judged itself."""
    call = f'PasswordField("Again", [DataRequired(), EqualTo("{other}")])'
    marks = " " * 16 + "^" * len(call) + "\n" if found else ""
    audit(
        RULE,
        HEAD
        + "class PasswordForm(FlaskForm):\n    old_password = PasswordField('Old')\n"
        + "    new_password = PasswordField('New', [DataRequired(), Length(min=12)])\n"
        + f"    rnew_password = {call}\n".replace("rnew_password =", "rnew_password =")
        + marks.replace(" " * 16, " " * 20, 1),
    )


PASSWORD_FORM = """\
class UserPasswordForm(FlaskForm):
    password = PasswordField("Password", [DataRequired()])
"""
USED = "@app.post('/{where}')\ndef {where}():\n    form = UserPasswordForm()\n"
CHECKED = USED.format(where="login") + (
    "    user = User.query.filter_by(name=request.form['name']).first()\n"
    "    if check_password_hash(user.password, form.password.data):\n        login_user(user)\n"
)


@pytest.mark.parametrize(
    ("views", "found"),
    [
        (CHECKED, False),
        (USED.format(where="change_password"), True),
        (CHECKED + USED.format(where="register"), True),
        ("", True),
    ],
)
def test_form_that_logs_in(audit, views, found):
    """A form that only a login fills in asks for no new password, whatever it is called."""
    marks = " " * 15 + "^" * len('PasswordField("Password", [DataRequired()])') + "\n"
    audit(RULE, HEAD + PASSWORD_FORM + (marks if found else "") + views)


TWICE = """
@app.post("/register")
def register():
    password = request.json["password"]
    if len(password) < 6:
{first}        return "too short", 403
    if len({again}) < {second}:
{mark}        return "too short", 400
    User().set_password(password)
"""


@pytest.mark.parametrize(
    ("again", "second", "found"),
    [("password", 12, []), ("password", 7, [2]), ("password_hint", 12, [1])],
)
def test_the_strictest_of_several(audit, again, second, found):
    """A function that asks twice lets nobody in whom one of the two refuses."""
    first = "       ^^^^^^^^^^^^^^^^^\n" if 1 in found else ""
    mark = "       ^^^^^^^^^^^^^^^^^\n" if 2 in found else ""

    audit(RULE, HEAD + TWICE.format(again=again, second=second, first=first, mark=mark))


LEFT = """
class ChangePasswordForm(FlaskForm):
    new_password = PasswordField("New", [DataRequired()])
{mark}

class ProfileForm(FlaskForm):
    name = StringField("Name")
"""


@pytest.mark.parametrize(
    ("views", "found"),
    [
        ("from forms import ChangePasswordForm, ProfileForm\nform = ProfileForm()\n", False),
        ("from forms import ChangePasswordForm\nform = ChangePasswordForm()\n", True),
        ("import forms\nsite = Site(forms.ChangePasswordForm, forms.ProfileForm)\n", True),
        ("", True),
    ],
)
def test_form_that_nothing_takes(audit, views, found):
    """A form that was left behind lets nobody set a password, if others of its file are used."""
    field = 'PasswordField("New", [DataRequired()])'
    mark = " " * 19 + "^" * len(field) if found else ""

    audit(RULE, {"forms.py": HEAD + LEFT.format(mark=mark), "views.py": views})


VALIDATED = """\
class NewPasswordValidator:
    def __call__(self, form, field):
        if {test}:
            raise StopValidation("Another one, please")
class PasswordForm(FlaskForm):
    old_password = PasswordField("Old")
    new_password = {field}
{carets}
@app.post("/password")
def change():
    return str(PasswordForm(request.form).validate())
"""


@pytest.mark.parametrize(
    ("validator", "test", "found"),
    [
        ("NewPasswordValidator", "field.data != form.confirm.data", True),
        ("NewPasswordValidator", "current_user.check_password(field.data)", True),
        ("NewPasswordValidator", "len(field.data) < 12", False),
        ("NewPasswordValidator", "not re.search(RULES, field.data)", False),
        ("PasswordRule", "field.data != form.confirm.data", False),
    ],
)
def test_validators_of_the_project(audit, validator, test, found):
    """A validator that only compares two passwords asks for no length; others may."""
    field = f'PasswordField("New", validators=[DataRequired(), {validator}()])'
    carets = f"{' ' * 19}{'^' * len(field)}\n" if found else ""
    audit(RULE, HEAD + VALIDATED.format(test=test, field=field, carets=carets))


@pytest.mark.parametrize(
    "other", ["JudgeKey()", "client.set_missing_host_key_policy(paramiko.AutoAddPolicy())"]
)
def test_policies_of_other_things(audit, other):
    """What is called a judge or a policy, and gets no password, asks nothing of one."""
    field = 'PasswordField("Password", validators=[DataRequired()])'
    audit(
        RULE,
        HEAD
        + f"class Team:\n    def connect(self, client):\n        {other}\n"
        + f"class RegistrationForm(FlaskForm):\n    password = {field}\n"
        + f"{' ' * 15}{'^' * len(field)}\n",
    )


CHANGE = """\
from flask_login import current_user, login_required
@app.post("/password")
@login_required
def change_password():
    {first}
{carets}    if not current_user.check_password(request.form["old_password"]):
        abort(403)
    {asks}
    current_user.{stored}
    return "ok"
"""
READ = 'password = request.form["new_password"]'
CARETS = (
    f"{' ' * 15}{'^' * len(READ.split(' = ')[1])} A change of the password asks for no length\n"
)


@pytest.mark.parametrize(
    "stored", ["set_password(password)", "password_hash = generate_password_hash(password)"]
)
@pytest.mark.parametrize(
    ("asks", "found"),
    [
        ("pass", True),
        ('if len(password) > 72:\n        abort(400)', True),
        ("if len(password) < 8:\n        abort(400)", False),
        ("if not password_policy(password):\n        abort(400)", False),
    ],
)  # fmt: skip
def test_change_of_a_password(audit, stored, asks, found):
    """A view that takes a new password from the request, and asks how long it is, or does not."""
    audit(RULE, HEAD + CHANGE.format(first=READ, asks=asks, stored=stored,
                                     carets=CARETS if found else ""))  # fmt: skip


@pytest.mark.parametrize(
    ("label", "found"), [("Old Password", False), ("Current password", False), ("Password", True)]
)
def test_old_password_by_its_label(audit, label, found):
    """A field for the old password may have a plain name beside the one for the new."""
    field = f'PasswordField("{label}", validators=[DataRequired()])'
    carets = f"{' ' * 15}{'^' * len(field)}\n" if found else ""
    audit(
        RULE,
        HEAD
        + f"class PasswordChangeForm(FlaskForm):\n    password = {field}\n{carets}"
        + '    new_password = PasswordField("New", validators=[Length(12)])\n',
    )
