"""Where `request-loader-trusts-client` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "request-loader-trusts-client"
HEAD = """\
import base64, hmac, json, jwt
from flask import Flask
from flask_login import LoginManager
from itsdangerous import URLSafeTimedSerializer
from werkzeug.security import check_password_hash
app = Flask(__name__)
login_manager = LoginManager(app)
"""
LOADER = "@login_manager.request_loader\ndef load(request):\n"


def marked(line: str, read: str) -> str:
    """Return `line` with carets under `read`."""
    return f"{line}\n{' ' * line.index(read)}{'^' * len(read)} load() takes\n"


@pytest.mark.parametrize(
    ("line", "read", "rest"),
    [
        (
            "    return User.query.get(request.headers.get('X-User-Id'))",
            "request.headers.get('X-User-Id')",
            "",
        ),
        (
            "    name = request.cookies.get('username')",
            "request.cookies.get('username')",
            "    return User.query.filter_by(name=name).first()\n",
        ),
        (
            "    email = request.form.get('email')",
            "request.form.get('email')",
            "    if email not in users:\n        return\n    user = User()\n    user.id = email\n"
            "    return user\n",
        ),
        (
            "    uid = request.args['uid']",
            "request.args['uid']",
            "    return db.session.get(User, int(uid))\n",
        ),
        (
            "    data = base64.b64decode(request.headers['Authorization'])",
            "request.headers['Authorization']",
            "    return User.get(json.loads(data)['id'])\n",
        ),
        (
            "    raw = request.headers['Authorization']",
            "request.headers['Authorization']",
            "    claims = jwt.decode(raw, options={'verify_signature': False})\n"
            "    return User.get(claims['sub'])\n",
        ),
        (
            "    return find(request.get_json().get('user'))",
            "request.get_json().get('user')",
            "",
        ),
    ],
)
def test_believes(audit, line, read, rest):
    """An identifier from any part of the request, in any wrapping, is no proof."""
    (finding,) = audit(RULE, HEAD + LOADER + marked(line, read) + rest)

    assert (finding.severity, finding.confidence) == ("high", "high")


def test_registered_by_call(audit):
    """A loader that is registered by a call is found."""
    audit(
        RULE,
        HEAD
        + "def load(req):\n"
        + marked("    return User.get(req.headers.get('X-User'))", "req.headers.get('X-User')")
        + "login_manager.request_loader(load)\n",
    )


def test_helper(audit):
    """What a helper reads is found where it reads it."""
    audit(
        RULE,
        HEAD
        + LOADER
        + "    return by_header(request)\n"
        + "def by_header(request):\n"
        + marked("    return User.get(request.headers['X-User'])", "request.headers['X-User']"),
    )


def test_header_of_a_proxy(audit):
    """A header that a proxy may have set weighs less."""
    (finding,) = audit(
        RULE,
        HEAD
        + LOADER
        + marked(
            "    return User.get(request.headers.get('X-Forwarded-User'))",
            "request.headers.get('X-Forwarded-User')",
        ),
    )

    assert finding.severity == "medium"


@pytest.mark.parametrize(
    "body",
    [
        "    key = request.headers.get('X-Key')\n"
        "    return User.query.filter_by(api_key=key).first()\n",
        "    key = request.headers.get('X-Key')\n"
        "    return User.query.filter(User.token == key).first()\n",
        "    auth = request.authorization\n    user = User.get(request.headers['X-User'])\n"
        "    if check_password_hash(user.password, auth.password):\n        return user\n",
        "    claims = jwt.decode(request.headers['Authorization'], KEY, algorithms=['HS256'])\n"
        "    return User.get(claims['sub'])\n",
        "    serializer = URLSafeTimedSerializer(KEY)\n"
        "    return User.get(serializer.loads(request.args['t'], max_age=60))\n",
        "    return User.verify_auth_token(request.headers.get('Authorization'))\n",
        "    return TOKENS.get(request.headers.get('X-Token'))\n",
        "    if hmac.compare_digest(request.headers['X-Sig'], sign(request)):\n"
        "        return User.get(request.args['user_id'])\n",
        "    return User.get(request.environ.get('REMOTE_USER'))\n",
        "    return User.get(request.remote_user)\n",
        "    log(request.headers.get('User-Agent'))\n    return None\n",
        "    return User.get_by_api_key(request.args.get('key'))\n",
    ],
)
def test_proof(audit, body):
    """Secrets, signatures, passwords and the server's own word are proof."""
    audit(RULE, HEAD + LOADER + body)


def test_view(audit):
    """A function that is no loader may look up whom it likes."""
    audit(RULE, HEAD + "def load(request):\n    return User.get(request.headers['X-User'])\n")


def test_header_named_by_a_setting(audit):
    """A header that the operator names is one that a proxy sets: for strict audits."""
    (finding,) = audit(
        RULE,
        HEAD
        + LOADER
        + marked(
            "    return User.get(request.headers.get(settings.user_header))",
            "request.headers.get(settings.user_header)",
        ),
    )

    assert finding.audience == "strict"
