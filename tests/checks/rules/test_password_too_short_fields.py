"""`password-too-short-allowed` on fields of a project's own classes, of methods and of schemas."""

from __future__ import annotations

import pytest

RULE = "password-too-short-allowed"
HEAD = """\
from flask import Flask
from flask_login import LoginManager
from flask_wtf import FlaskForm
from marshmallow import Schema, fields, validate
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length
app = Flask(__name__)
login_manager = LoginManager(app)
"""
OWN_HEAD = HEAD.replace("PasswordField, ", "")
OWN = """\
from wtforms import PasswordField as BaseField
class PasswordField(BaseField):
    shortest = {length}
    validators = (DataRequired(), Length(min=shortest, max=99))
class RegisterForm(FlaskForm):
    password = PasswordField()
{mark}FORMS = (RegisterForm,)
"""
BY_INIT = """\
from wtforms import PasswordField as BaseField
class OwnField(BaseField):
    def __init__(self, label="Password", **kwargs):
        super().__init__(label, validators=[DataRequired(), Length({length})], **kwargs)
class PasswordField(OwnField):
    pass
class SignUpForm(FlaskForm):
    password = PasswordField()
{mark}FORMS = (SignUpForm,)
"""
ADDED = """\
class UserView(ModelView):
    def scaffold_form(self):
        made = super().scaffold_form()
        made.password = PasswordField("Password", [DataRequired(), Length(min={length})])
{mark}        return made
"""


@pytest.mark.parametrize("text", [OWN, BY_INIT])
@pytest.mark.parametrize(("length", "low"), [(4, True), (6, True), (8, False), (12, False)])
def test_fields_with_validators_of_their_own(audit, text, length, low):
    """The length that a field's own class asks for counts, and is told."""
    mark = f"               ^^^^^^^^^^^^^^^ New passwords of {length} characters\n" if low else ""
    audit(RULE, OWN_HEAD + text.format(length=length, mark=mark))


def test_own_class_that_leaves_it_to_others(audit):
    """What a field's own class asks for is not guessed where it says no length."""
    audit(
        RULE, OWN_HEAD + OWN.format(length=9, mark="").replace(", Length(min=shortest, max=99)", "")
    )


def test_field_for_the_present_password(audit):
    """A field that is compared with the present password sets none."""
    judges = "    def validate_password(self, field):\n        check(field.data)\n"
    text = OWN.format(length=4, mark=judges).replace("RegisterForm", "PasswordForm")
    audit(RULE, OWN_HEAD + text)


@pytest.mark.parametrize(("length", "low"), [(4, True), (7, True), (8, False), (0, False)])
def test_field_that_a_method_adds(audit, length, low):
    """Flask-Admin's forms get their password field in a method."""
    mark = " " * 67 + "^" * 13 + f" New passwords of {length}\n" if low else ""
    audit(RULE, HEAD + ADDED.format(length=length, mark=mark))


@pytest.mark.parametrize("name", ["UserForm", "User_Edit_Form", "AddUserForm"])
def test_forms_for_users(audit, name):
    """A form for users gives them their passwords, if no login takes it."""
    audit(
        RULE,
        HEAD + f"class {name}(FlaskForm):\n    password = PasswordField('P', [DataRequired()])\n"
        + " " * 15 + "^" * 36 + f" {name} asks for no length\n",
    )  # fmt: skip


def test_form_for_users_at_the_login(audit):
    """A login's form may be called so as well."""
    audit(
        RULE,
        HEAD + "from flask import request\nfrom flask_login import login_user\n"
        "from werkzeug.security import check_password_hash\nclass UserForm(FlaskForm):\n"
        "    password = PasswordField('P', [DataRequired()])\n@app.post('/login')\ndef login():\n"
        "    form = UserForm()\n    user = find(request.form['name'])\n"
        "    if check_password_hash(user.pw, form.password.data):\n        login_user(user)\n",
    )


SCHEMA = "class {name}(Schema):\n    password = fields.{field}\n{mark}"


@pytest.mark.parametrize("name", ["RegistrationSchema", "AddUserSchema", "UserCreateSchema"])
def test_schemas_for_new_accounts(audit, name):
    """A schema of marshmallow that takes any text for a new password."""
    mark = "               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ " + name + " asks for no length\n"
    field = "String(required=True)"
    mark = " " * 15 + "^" * len(f"fields.{field}") + f" {name} asks for no length\n"
    audit(RULE, HEAD + SCHEMA.format(name=name, field=field, mark=mark))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("RegistrationSchema", "String(required=True, validate=validate.Length(min=10))"),
        ("RegistrationSchema", "String(validate=judge_password)"),
        ("LoginSchema", "String(required=True)"),
        ("UserSchema", "String(load_only=True)"),
    ],
)
def test_other_schemas(audit, name, field):
    """Schemas that ask for a length, that log in or that only show are left alone."""
    audit(RULE, HEAD + SCHEMA.format(name=name, field=field, mark=""))


VALIDATED = """\
from marshmallow import validates, ValidationError
class NewUser(Schema):
    password = fields.Str(load_only=True)
    name = fields.Str()
    @validates({field!r})
    def long_enough(self, value):
        if len(value) < {length}:
{mark}            raise ValidationError("too short")
"""


@pytest.mark.parametrize("field", ["password", "new_password"])
def test_validator_of_a_field(audit, field):
    """A method that validates the password by decorator, with a low length, is reported."""
    mark = " " * 11 + "^" * len("len(value) < 6") + " New passwords of 6 characters\n"
    audit(RULE, HEAD + VALIDATED.format(field=field, length=6, mark=mark))


@pytest.mark.parametrize(("field", "length"), [("password", 12), ("name", 3), ("old_password", 1)])
def test_validator_of_a_field_near_misses(audit, field, length):
    """A good length, and the lengths of other fields, are nothing."""
    text = VALIDATED.format(field=field, length=length, mark="")
    asked = "load_only=True, validate=validate.Length(min=15)"
    audit(RULE, HEAD + text.replace("load_only=True", asked))


COLANDER = """\
from colander import MappingSchema, SchemaNode, String
from colander import Length as Long
import colander
class {name}(MappingSchema):
    fullname = SchemaNode(String())
    password1 = SchemaNode(String(){given})
{mark}"""


def test_node_of_colander(audit):
    """A schema of Colander for new accounts is read like a form."""
    given = ", validator=colander.Length(min=4)"
    mark = " " * 47 + "^" * len("colander.Length(min=4)") + "\n"
    audit(RULE, HEAD + COLANDER.format(name="Register", given=given, mark=mark))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Register", ", validator=colander.Length(min=15)"),
        ("Register", ""),
        ("Login", ", validator=colander.Length(min=4)"),
    ],
)
def test_node_of_colander_near_misses(audit, name, given):
    """A good length is nothing, nor is a node that others may judge, nor a login."""
    audit(RULE, HEAD + COLANDER.format(name=name, given=given, mark=""))


@pytest.mark.parametrize("name", ["action_createaccount", "do_register", "post_signup"])
def test_registration_by_another_name(outcome, name):
    """What stands before the word, such as `action_`, does not change what a view is for."""
    text = (
        "from flask import request\nfrom werkzeug.security import generate_password_hash\n"
        f"@app.post('/x')\ndef {name}():\n    password = request.form['password']\n"
        "    db.session.add(User(password=generate_password_hash(password)))\n"
    )
    found = outcome({"app.py": HEAD + text}).findings
    assert [f.message for f in found if f.rule == RULE] == [
        "A registration asks for no length of the new password."
    ]
