"""Forms and schemas for new passwords, and what elsewhere asks for a length of them."""

from __future__ import annotations

import pytest

RULE = "password-too-short-allowed"
FORMS = """
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import DataRequired
class RegisterForm(FlaskForm):
    password = PasswordField("Password", validators=[DataRequired()])
"""
MARK = "               " + "^" * 54 + " RegisterForm asks for no length\n"
APP = """
from flask import Flask, request
from flask_login import LoginManager
from forms import RegisterForm
from rules import good_enough
from models import User, db
app = Flask(__name__)
login_manager = LoginManager(app)
@app.route("/join", methods=["GET", "POST"])
def join():
    form = RegisterForm()
    if form.validate_on_submit():{check}
        user = User()
        user.set_password(form.password.data)
        db.session.add(user)
    return "ok"
@app.post("/password")
def change():
    if {other}:
        return "too short", 400
    User.query.one().set_password(request.form["password"])
    return "ok"
"""
RULES = """
def long_enough(password):
    return len(password) >= 12
def not_common(password):
    return password not in ("password1",)
CHECKS = [long_enough, not_common]
def good_enough(password):
    return all(check(password) for check in CHECKS)
"""
MODELS = """
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash
db = SQLAlchemy()
class User(db.Model):
    password_hash = db.Column(db.String(255))
    def set_password(self, password):{check}
        self.password_hash = generate_password_hash(password)
"""


def files(forms: str, *, check: str = "", other: str = "False", model: str = "") -> dict[str, str]:
    """Return an app with that form, and checks in the views, a helper and the model."""
    return {
        "app.py": APP.format(check=check, other=other),
        "forms.py": forms,
        "rules.py": RULES,
        "models.py": MODELS.format(check=model),
    }


@pytest.mark.parametrize(
    "other", ["len(request.form['password']) < 12", "not good_enough(request.form['password'])"]
)
def test_judged_for_another_view(audit, other):
    """A length that the change of a password asks for says nothing about registrations."""
    audit(RULE, files(FORMS + MARK, other=other))


@pytest.mark.parametrize(
    ("check", "model"),
    [
        ("\n        if len(form.password.data) < 12:\n            return 'short', 400", ""),
        ("\n        if not good_enough(form.password.data):\n            return 'bad', 400", ""),
        ("", "\n        if len(password) < 12:\n            raise ValueError"),
    ],
)
def test_judged_for_this_one(audit, check, model):
    """The view, a helper beside a function that measures, and the model itself count."""
    audit(RULE, files(FORMS, check=check, model=model))


SCHEMA = """
from flask import Flask, request
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate, validates
from pydantic import BaseModel, Field, SecretStr, field_validator
app = Flask(__name__)
blp = Blueprint("users", __name__)
class NewUser({base}):
    email = "a"
    {field}
{marks}
{rest}
"""
SMOREST = """
@blp.route("/register")
class Register(MethodView):
    @blp.arguments(NewUser)
    def post(self, data):
        return User(**data).save()
"""
TYPED = """
@app.post("/register")
def register(body: NewUser):
    return User(email=body.email, password_hash=digest(body)).save()
"""
SPREAD = """
@app.post("/register")
def register():
    return store(NewUser(**request.get_json()))
"""


@pytest.mark.parametrize(
    ("base", "start", "value", "rest"),
    [
        ("Schema", "password = ", "fields.Str(required=True)", SMOREST),
        ("Schema", "password = ", "fields.String(load_only=True)", SMOREST),
        ("BaseModel", "password: ", "str", TYPED),
        ("BaseModel", "password: ", "SecretStr", TYPED),
        ("BaseModel", "password: ", "str", SPREAD),
    ],
)
def test_schema_of_a_registration(audit, base, start, value, rest):
    """A registration that hands on what its schema takes is as open as the schema."""
    marks = " " * (4 + len(start)) + "^" * len(value) + " NewUser asks for no length"
    audit(RULE, SCHEMA.format(base=base, field=start + value, marks=marks, rest=rest))


@pytest.mark.parametrize(
    ("base", "field", "rest"),
    [
        ("Schema", "password = fields.Str(validate=validate.Length(min=12))", SMOREST),
        ("Schema", "password = fields.Str(validate=strong)", SMOREST),
        ("Schema", "password = fields.Str()\n    @validates('password')\n"
         "    def strong(self, value):\n        judge(value)", SMOREST),
        ("BaseModel", "password: str = Field(min_length=12)", TYPED),
        ("BaseModel", "password: constr(min_length=12)", TYPED),
        ("BaseModel", "password: StrongPassword", TYPED),
        ("BaseModel", "password: str\n    @field_validator('password')\n"
         "    def strong(cls, value):\n        return judge(value)", TYPED),
        ("Schema", "smtp_password = fields.Str()", SMOREST),
    ],
)  # fmt: skip
def test_schema_with_a_length(audit, base, field, rest):
    """Lengths, validators, types of the project's own, and other passwords."""
    audit(RULE, SCHEMA.format(base=base, field=field, marks="", rest=rest))


PARSED = """
from flask_restx import Resource, reqparse
from werkzeug.security import generate_password_hash
def long_enough(value):
    if len(value) < 12:
        raise ValueError("short")
    return value
parser = reqparse.RequestParser()
parser.add_argument("password", {given})
class Register(Resource):
    def post(self):
        args = parser.parse_args()
        return store(generate_password_hash(args["password"]))
api.add_resource(Register, "/register")
"""


def test_parser_with_a_function(audit):
    """A parser's `type` may be a function that judges the password."""
    audit(RULE, PARSED.format(given="type=long_enough"))


BY_JSON = """
from flask import Flask, request
from flask_login import login_required
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash
app = Flask(__name__)
db = SQLAlchemy(app)
class User(db.Model):
    password_hash = db.Column(db.String(255))
    def fill(self, data):
        {line}
{mark}
    def set_password(self, given):
        self.password_hash = generate_password_hash(given)
@app.{route}
{guard}
def post_one():
    data = request.get_json()
    if db.session.scalar(db.select(User)):
        return "taken", 400
    user = User()
    user.fill(data)
    db.session.add(user)
    return "ok"
"""
SETS = "self.set_password(data['password'])"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (SETS, "data['password']"),
        ("self.password_hash = generate_password_hash(data.get('password'))",
         "data.get('password')"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rule", ["/users", "/api/v1/users/create", "/register/user", "/sign-up"])
def test_registration_by_json(audit, line, value, rule):
    """Accounts made by `POST /users` or `/register`, by a method that gets what was sent."""
    mark = " " * (8 + line.index(value)) + "^" * len(value) + " A registration asks for no length"
    audit(RULE, BY_JSON.format(line=line, mark=mark, route=f"post('{rule}')", guard="# open"))


@pytest.mark.parametrize(
    ("line", "route", "guard"),
    [
        (SETS, "post('/users')", "@login_required"),
        (SETS, "post('/devices/register')", "# open"),
        (SETS, "put('/users')", "# open"),
        ("self.set_password(strong(data['password']) if len(data['password']) > 11 else None)",
         "post('/users')", "# open"),
        ("self.set_password(secrets.token_urlsafe())", "post('/users')", "# open"),
    ],
)  # fmt: skip
def test_no_registration_by_json(audit, line, route, guard):
    """Views of who is logged in, other things, a length, and passwords that nobody typed."""
    audit(RULE, BY_JSON.format(line=line, mark="", route=route, guard=guard))
