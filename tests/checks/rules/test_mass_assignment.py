"""Where `mass-assignment` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "mass-assignment"
HEAD = """\
import json
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import insert, update
app = Flask(__name__)
db = SQLAlchemy(app)
class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    is_admin = db.Column(db.Boolean)
"""
VIEW = '@app.post("/users/<int:user_id>")\ndef save(user_id):\n'


def marked(line: str, call: str) -> str:
    """Return `line` with carets under `call`."""
    return f"{line}\n{' ' * line.index(call)}{'^' * len(call)}\n"


@pytest.mark.parametrize(
    ("before", "line", "call"),
    [
        ("", "    user = User(**request.get_json())", "User(**request.get_json())"),
        ("", "    db.session.add(User(**request.json))", "User(**request.json)"),
        ("", "    user = User(**request.form.to_dict())", "User(**request.form.to_dict())"),
        ("    data = request.get_json() or {}\n", "    user = User(**data)", "User(**data)"),
        ("    data = json.loads(request.data)\n", "    user = User(**data)", "User(**data)"),
        (
            "    user = db.session.get(User, user_id)\n"
            "    for name, value in request.json.items():\n",
            "        setattr(user, name, value)",
            "setattr(user, name, value)",
        ),
        (
            "    user = User.query.get(user_id)\n    data = request.get_json()\n"
            "    for name in data:\n        if hasattr(user, name):\n",
            "            setattr(user, name, data[name])",
            "setattr(user, name, data[name])",
        ),
        (
            "    user = User.query.get(user_id)\n",
            "    user.__dict__.update(request.json)",
            "user.__dict__.update(request.json)",
        ),
        (
            "",
            "    User.query.filter_by(id=user_id).update(request.get_json())",
            "User.query.filter_by(id=user_id).update(request.get_json())",
        ),
        (
            "",
            "    db.session.execute(update(User).values(**request.json))",
            "update(User).values(**request.json)",
        ),
        (
            "",
            "    mongo.db.users.insert_one(request.json)",
            "mongo.db.users.insert_one(request.json)",
        ),
        (
            "    data = request.get_json()\n",
            "    users.update_one({'_id': user_id}, {'$set': data})",
            "users.update_one({'_id': user_id}, {'$set': data})",
        ),
    ],
)
def test_whole_mapping(audit, before, line, call):
    """Every way to store all fields at once is found."""
    audit(RULE, HEAD + VIEW + before + marked(line, call))


def test_method_of_the_model(audit):
    """A method that sets what it is given is found when a view hands it the request's mapping."""
    (finding,) = audit(
        RULE,
        HEAD
        + "    def fill(self, data):\n        for name, value in data.items():\n"
        + marked("            setattr(self, name, value)", "setattr(self, name, value)")
        + VIEW
        + "    user = User.query.get(user_id)\n    user.fill(request.get_json())\n",
    )

    assert finding.severity == "high"


def test_model_without_powers(audit):
    """A model without a column that gives power weighs less."""
    (finding,) = audit(
        RULE,
        HEAD
        + "class Note(db.Model):\n    text = db.Column(db.Text)\n"
        + VIEW
        + marked("    note = Note(**request.json)", "Note(**request.json)"),
    )

    assert finding.severity == "medium"


@pytest.mark.parametrize(
    "body",
    [
        "    data = request.get_json()\n    user = User(name=data['name'])\n",
        "    data = request.json\n    user = User(**{k: data[k] for k in ('name', 'city')})\n",
        "    fields = {k: v for k, v in request.json.items() if k in ALLOWED}\n"
        "    user = User(**fields)\n",
        "    user = User(**UserSchema().load(request.get_json()))\n",
        "    form = UserForm()\n    user = User(**form.data)\n",
        "    form = UserForm()\n    form.populate_obj(User.query.get(user_id))\n",
        "    user = User.query.get(user_id)\n    for k, v in request.json.items():\n"
        "        if k in ALLOWED:\n            setattr(user, k, v)\n",
        "    user = User.query.get(user_id)\n    for k, v in request.json.items():\n"
        "        if k not in ALLOWED:\n            continue\n        setattr(user, k, v)\n",
        "    user = User.query.get(user_id)\n    for k, v in request.json.items():\n"
        "        column = FIELDS[k].column\n        setattr(user, column, v)\n",
        "    user = User.query.get(user_id)\n    for k in ('name', 'city'):\n"
        "        setattr(user, k, request.json.get(k))\n",
        "    data = {'name': request.json['name']}\n    user = User(**data)\n",
        "    send(**request.json)\n",
        "    context.update(request.args)\n",
        "    mongo.db.users.insert_one({'name': request.json['name']})\n",
        "    users.update_one({'_id': user_id}, {'$set': {'name': request.json['name']}})\n",
        "    user = User(**dict(name=request.form['name']))\n",
        "    return search(**request.args)\n",
    ],
)
def test_named_fields(audit, body):
    """Fields that are named, listed, or known to a schema or form are fine."""
    audit(RULE, HEAD + "ALLOWED = {'name'}\n" + VIEW + body)


def test_request_parser(audit):
    """A parser of Flask-RESTful knows its fields."""
    audit(
        RULE,
        HEAD
        + "from flask_restful import reqparse\nparser = reqparse.RequestParser()\n"
        + "parser.add_argument('name')\n"
        + VIEW
        + "    args = parser.parse_args()\n    user = User(**args)\n",
    )


def test_dataclass(audit):
    """A class that is no model may take any field: nothing is stored."""
    audit(RULE, HEAD + "class Filter:\n    pass\n" + VIEW + "    f = Filter(**request.json)\n")


PROFILE = """\
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
class ProfileForm(FlaskForm):
    name = StringField()
    {field}
@app.post("/profile")
def profile():
    form = ProfileForm()
    {line}
    form.populate_obj({target})
{carets}    db.session.commit()
"""


@pytest.mark.parametrize(
    "field", ["is_admin = BooleanField()", "role = SelectField(choices=ROLES)"]
)
@pytest.mark.parametrize("target", ["current_user", "current_user._get_current_object()", "me"])
def test_form_with_power(audit, field, target):
    """A form that holds a field which gives power is written into whoever sends it."""
    call = f"form.populate_obj({target})"
    text = PROFILE.format(
        field=field, line="me = User.query.get(current_user.id)", target=target,
        carets=f"    {'^' * len(call)} populate_obj() stores\n",
    )  # fmt: skip
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("field", "line", "target"),
    [
        ("newsletter = BooleanField()", "pass", "current_user"),
        ("is_admin = BooleanField()", "pass", "User.query.get(request.form['id'])"),
        ("is_admin = BooleanField()", "del form.is_admin", "current_user"),
        ("is_admin = None", "pass", "current_user"),
    ],
)
def test_form_without_power(audit, field, line, target):
    """Other fields, other accounts, and a field that is taken out are not reported."""
    audit(RULE, HEAD + PROFILE.format(field=field, line=line, target=target, carets=""))


SMOREST = """\
from flask_smorest import Blueprint
blp = Blueprint("users", __name__)
@blp.post("/users")
@blp.arguments(UserSchema)
def add(data):
    user = User(**data)
    db.session.add(user)
"""


def test_schema_of_a_decorator(audit):
    """A mapping that a decorator's schema has parsed knows only its own fields."""
    audit(RULE, HEAD + SMOREST)
    audit(RULE, HEAD + SMOREST.replace("def add(data):", "def add(\n    data,\n):"))


@pytest.mark.parametrize("name", ["import_rows", "create_from_import", "restore", "sync_users"])
def test_import_is_for_careful_shops(audit, name):
    """Whole rows of another installation are meant to be stored as they come."""
    source = HEAD + f"@app.post('/rows')\ndef {name}():\n    user = User(**request.json)\n"

    audit(RULE, source, strict=False)


@pytest.mark.parametrize("name", ["important", "create", "resync", "add_row"])
def test_names_that_only_resemble_an_import(audit, name):
    """Any other name says nothing of the kind."""
    carets = " " * 11 + "^" * len("User(**request.json)") + "\n"
    source = HEAD + f"@app.post('/rows')\ndef {name}():\n    user = User(**request.json)\n"

    audit(RULE, source + carets, strict=False)


@pytest.mark.parametrize(
    ("line", "sifted"),
    [
        ("    refuse_reserved_attributes(data)\n", True),
        ("    self._forbidden_fields(data)\n", True),
        ("    check_allowed(data, FIELDS)\n", True),
        ("    log(data)\n", False),
        ("    reserved()\n", False),
    ],
)
def test_sifted_before(audit, line, sifted):
    """A function that says it looks at the fields is believed, if it is given the mapping."""
    call = "setattr(user, name, data[name])"
    store = marked(f"        {call}", call)
    if sifted:
        store = store.split("\n", 1)[0] + "\n"
    head = "    data = request.get_json()\n    user = User.query.get(user_id)\n"
    audit(RULE, HEAD + VIEW + head + line + "    for name in data:\n" + store)


POWER = """\
from flask import Flask, request, abort
from flask_login import UserMixin, current_user, login_required
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
app = Flask(__name__)
db = SQLAlchemy(app)
class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20))
    is_admin = db.Column(db.Boolean)
    role = db.Column(db.String(20))
    @classmethod
    def create_user(cls, name, admin):
        return cls(name=name, is_admin=admin)
class Register(FlaskForm):
    name = StringField()
    is_admin = BooleanField()
    role = SelectField(choices=["student", "teacher"])
@app.post("/register")
"""


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("db.session.add(User(name='x', is_admin=request.form.get('is_admin')))",
         "request.form.get('is_admin')"),
        ("form = Register()\n    user = User(name=form.name.data, is_admin=form.is_admin.data)",
         "form.is_admin.data"),
        ("user = User()\n    user.is_admin = bool(request.json.get('admin'))",
         "bool(request.json.get('admin'))"),
        ("data = request.get_json()\n    user = User(name=data['name'], is_admin=data['is_admin'])",
         "data['is_admin']"),
        ("admin = request.args.get('create_admin') or False\n    User.create_user('x', admin)",
         "admin"),
        ("user = User(name='x', is_admin=request.form.get('admin') == 'on')",
         "request.form.get('admin') == 'on'"),
        ("power = request.form.get('admin') == 'on'\n    User(name='x', is_admin=power)", "power"),
        ("new_user = User(name='x', role=request.form['role'])", "request.form['role']"),
        ("if request.form.get('register'):\n        User(is_admin=request.form['admin'])",
         "request.form['admin']"),
    ],
)  # fmt: skip
def test_power_that_a_visitor_takes(audit, body, value):
    """A registration that stores a field which gives power as it is sent is reported."""
    last = body.rpartition("\n")[2]
    start = last.rindex(value) + (0 if last != body else 4)
    carets = f"{' ' * start}{'^' * len(value)}\n"

    audit(RULE, f"{POWER}def register():\n    {body}\n{carets}    return 'x'\n")


@pytest.mark.parametrize(
    "body",
    [
        "User(name='x', is_admin=False)",
        "auth_user('x', role=request.form['role'])",
        "role = request.form['role']\n    dao.get_user(name='x', user_role=role)",
        "User(name=request.form['name'], is_admin=User.query.count() == 0)",
        "form = Register()\n    User(name=form.name.data, role=form.role.data)",  # of two choices
        "role = request.form['role']\n    if role not in ('student', 'teacher'):\n"
        "        abort(400)\n    User(name='x', role=role)",
        "if current_user.is_admin:\n        User(is_admin=request.form['is_admin'])",
        "if User.query.count() == 0:\n        User(is_admin=request.form['is_admin'])",
        "user = User(name=request.form['admin'])",
        "user = User(is_admin=request.form['name'] == 'root')",
        "page.is_admin = request.form['is_admin']",
        "print(request.form['is_admin'])",
    ],
)
def test_power_that_the_app_gives(audit, body):
    """What the app decides, offers a choice of, or asks an administrator for is left alone."""
    audit(RULE, f"{POWER}def register():\n    {body}\n    return 'x'\n")


def test_power_behind_a_guard(audit):
    """A view that asks for an account is judged by what guards it."""
    body = "User(name='x', is_admin=request.form['is_admin'])"

    audit(RULE, f"{POWER}@login_required\ndef make():\n    {body}\n    return 'x'\n")


TASK = """\
class Task(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    def __init__(self, {}):
        self.name = name
"""


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ("name", False),
        ("name, note='', *, due=None", False),
        ("name, **more", True),
        ("name, role=None", True),
        ("name, is_admin=False", True),
    ],
)
def test_constructor_that_names_its_fields(audit, parameters, found):
    """A model whose own ``__init__`` takes a few fields refuses others."""
    line = "    task = Task(**request.get_json())\n"
    marks = " " * 11 + "^" * 26 + "\n" if found else ""
    audit(RULE, HEAD + TASK.format(parameters) + VIEW + line + marks)
