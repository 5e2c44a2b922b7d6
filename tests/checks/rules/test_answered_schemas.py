"""Schemas of answers that have the password of an account among their fields."""

from __future__ import annotations

import pytest

RULE = "password-exposed"
SCHEMA = """
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, post_dump
blp = Blueprint("users", __name__)
class UserSchema(Schema):
    id = fields.Int(dump_only=True)
    username = fields.Str(required=True)
    {field}
{marks}
{rest}
"""
GIVES = {
    "response": "@blp.route('/users')\nclass Users(MethodView):\n"
    "    @blp.response(200, UserSchema(many=True))\n    def get(self):\n        return every()\n",
    "class": "@blp.route('/me')\n@blp.response(200, UserSchema)\ndef me():\n    return user()\n",
    "dump": "def me():\n    return UserSchema().dump(user())\n",
    "named": "schema = UserSchema(many=True)\ndef users():\n    return schema.dump(all_users())\n",
}


def schema(field: str, marked: bool, rest: str) -> str:
    """Return a module with that field; carets under its value if it is `marked`."""
    name, _, value = field.partition(" = ")
    marks = " " * (4 + len(name) + 3) + "^" * len(value) + " UserSchema gives" if marked else ""
    return SCHEMA.format(field=field, marks=marks, rest=rest)


@pytest.mark.parametrize("rest", GIVES.values(), ids=GIVES)
@pytest.mark.parametrize("name", ["password", "password_hash"])
def test_schema(audit, name, rest):
    """Answers of Flask-Smorest and what is dumped show all fields that are not only loaded."""
    audit(RULE, schema(f"{name} = fields.Str(required=True)", True, rest))


@pytest.mark.parametrize(
    ("field", "rest"),
    [
        ("password = fields.Str(load_only=True)", GIVES["response"]),
        ("password = fields.Str()", "def me(data):\n    return UserSchema().load(data)\n"),
        ("password = fields.Str()", "def me():\n"
         "    return UserSchema(exclude=('password',)).dump(user())\n"),
        ("password = fields.Str()", "def me():\n"
         "    return UserSchema(only=('id',)).dump(user())\n"),
        ("password = fields.Str()", "    class Meta:\n        load_only = ('password',)\n"
         + GIVES["dump"]),
        ("password = fields.Str()", "    @post_dump\n    def hide(self, data, **kwargs):\n"
         "        data.pop('password')\n        return data\n" + GIVES["dump"]),
        ("password_changed_on = fields.DateTime()", GIVES["dump"]),
        ("has_password = fields.Boolean()", GIVES["dump"]),
        ("smtp_password = fields.Str()", GIVES["dump"]),
    ],
)  # fmt: skip
def test_schema_that_keeps_it(audit, field, rest):
    """Fields that are only loaded, left out, taken away, or no password."""
    audit(RULE, schema(field, False, rest))


RESTX = """
from flask_restx import Namespace, Resource, fields, marshal
api = Namespace("users")
{model}
{marks}
@api.route("/")
class Users(Resource):
    {decorator}
    def get(self):
        return all_users()
"""


@pytest.mark.parametrize("decorator", ["@api.marshal_with(user)", "@api.marshal_list_with(user)"])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("user = api.model('User', {'email': fields.String, 'password': ", "})"),
        ("user = {'email': fields.String, 'pw': fields.Integer, 'password': ", "}"),
    ],
)
def test_mapping(audit, start, end, decorator):
    """What Flask-RESTX and Flask-RESTful marshal by a mapping has every field of it."""
    value = "fields.String"
    marks = " " * len(start) + "^" * len(value) + " What accounts are answered by has"
    audit(RULE, RESTX.format(model=start + value + end, marks=marks, decorator=decorator))


@pytest.mark.parametrize(
    ("model", "decorator"),
    [
        ("user = api.model('User', {'email': fields.String, 'password': fields.String})",
         "@api.expect(user)"),
        ("user = api.model('User', {'email': fields.String})", "@api.marshal_with(user)"),
        ("user = api.model('Server', {'host': fields.String, 'password': fields.String})",
         "@api.marshal_with(user)"),
        ("user = api.model('User', {'email': fields.String, 'password': fields.Boolean})",
         "@api.marshal_with(user)"),
    ],
)  # fmt: skip
def test_mapping_without_it(audit, model, decorator):
    """What only comes in, has none, is about a server, or says whether there is one."""
    audit(RULE, RESTX.format(model=model, marks="", decorator=decorator))
