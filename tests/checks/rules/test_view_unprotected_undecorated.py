"""Where `view-unprotected` misses the decorator that all views beside a view have."""

from __future__ import annotations

import pytest

RULE = "view-unprotected"
HEAD = """\
import hmac
from functools import wraps
from flask import Blueprint, Flask, abort, request, session
from flask_restx import Api, Resource
from werkzeug.security import check_password_hash
app = Flask(__name__)
api = Api(app)

def needs_key(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if not hmac.compare_digest(request.headers.get("Authorization", ""), API_KEY):
            abort(403)
        return view(*args, **kwargs)
    return inner

"""
CLASS = """\
@api.route("/<int:token_id>")
class {cls}(Resource):
    {guard}
    def get(self, token_id):
        return Token.query.get(token_id).as_json()

    def {method}(self, token_id):
{carets}{body}
    @needs_key
    def delete(self, token_id):
        db.session.delete(Token.query.get(token_id))
        db.session.commit()
"""
CARETS = "    " + "^" * len("def patch(self, token_id):") + " Token.patch() changes data"
BODY = (
    "        token = Token.query.get(token_id)\n"
    "        if not token:\n"
    "            return {'message': 'no such token'}, 404\n"
    "        token.comment = request.json['comment']\n"
    "        db.session.commit()\n"
)


def test_method_of_a_class(audit):
    """What an address names is no proof of who asks, if its siblings want one, too."""
    audit(
        RULE,
        HEAD
        + CLASS.format(
            cls="Token", guard="@needs_key", method="patch", body=BODY, carets=CARETS + "\n"
        ),
    )


@pytest.mark.parametrize(
    ("guard", "method", "body"),
    [
        ("", "patch", BODY),  # half of the class is open
        ("@needs_key", "patch", BODY.replace("not token:", "token.owner != session['user_id']:")),
        ("@needs_key", "patch", "        check(request.headers['Authorization'])\n" + BODY),
        (
            "@needs_key",
            "patch",
            "        if not current_user.is_admin:\n            abort(403)\n" + BODY,
        ),
        ("@needs_key", "patch", "        return abort(405)\n"),
        ("@needs_key", "patch", "        return Token.query.get(token_id).as_json()\n"),
        ("@needs_key", "post", BODY),  # whoever has the token may use it
    ],
)
def test_method_that_asks_or_may_be_open(audit, guard, method, body):
    """Conditions about people, and methods that do nothing, are left alone."""
    helper = "def check(given):\n    if given != API_KEY:\n        abort(401)\n\n"
    text = CLASS.format(cls="Token", guard=guard, method=method, body=body, carets="")

    audit(RULE, HEAD + helper + text)


def test_login_in_a_class_whose_other_methods_are_guarded(audit):
    """One logs in by POST at the address where one's session is read and ended."""
    audit(
        RULE,
        HEAD
        + '@api.route("/session")\nclass Session(Resource):\n'
        + "    @needs_key\n    def get(self):\n        return session['name']\n"
        + "    def post(self):\n"
        + "        user = User.query.filter_by(name=request.json['name']).first()\n"
        + "        if not check_password_hash(user.password, request.json['password']):\n"
        + "            abort(401)\n"
        + "        session['name'] = user.name\n        db.session.commit()\n"
        + "    @needs_key\n    def delete(self):\n        session.clear()\n",
    )


MANY = "".join(
    f'@app.post("/grid/{n}")\n@needs_key\ndef change{n}():\n'
    f"    db.session.add(Row(request.form['row']))\n    db.session.commit()\n    return ''\n\n"
    for n in range(11)
)
CLOSE = (
    '@app.delete("/close/<int:number>")\ndef close(number):\n{carets}    {test}\n'
    "        return 'gone'\n    db.session.delete(Row.query.get(number))\n"
    "    db.session.commit()\n    return ''\n"
)


@pytest.mark.parametrize(
    ("test", "views", "found"),
    [
        ("if 'grid' not in session:", MANY, True),
        ("if str(number) not in session['grid']:", MANY, True),
        ("if 'user_id' not in session:", MANY, False),
        ("if session.get('grid') != current_user.grid:", MANY, False),
        ("if 'grid' not in session:", MANY[: len(MANY) // 3], False),
    ],
)
def test_one_of_many(audit, test, views, found):
    """Nearly all views of a file are decorated; what the session keeps of things is no login."""
    carets = "^" * len("def close(number):") + " close() changes data\n" if found else ""
    text = HEAD + views + CLOSE.format(test=test, carets=carets)

    audit(RULE, text)


def test_one_of_many_that_is_only_read(audit):
    """What is asked by GET may be open on purpose, whatever it does besides."""
    text = CLOSE.format(test="if 'grid' not in session:", carets="").replace("delete(", "get(", 1)

    audit(RULE, HEAD + MANY + text)
