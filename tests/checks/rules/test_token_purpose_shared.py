"""Where `token-purpose-shared` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "token-purpose-shared"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
import jwt
from itsdangerous import URLSafeTimedSerializer
s = URLSafeTimedSerializer(app.secret_key)
def serializer():
    return URLSafeTimedSerializer(app.config["SECRET_KEY"])
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps(user.email)  # here
            def reset_token(user):
                return s.dumps(user.email)
            """,
            id="no salt",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps(user.email, salt="x")  # here
            def reset_token(user):
                return s.dumps(user.email, salt="x")
            """,
            id="one salt",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps(user.email, "x")  # here
            def reset_token(user):
                return s.dumps(user.email, "x")
            """,
            id="one salt by position",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps(user.id, salt=app.config["SALT"])  # here
            def reset_token(user):
                return s.dumps(user.id, salt=app.config["SALT"])
            """,
            id="one salt from the settings",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps({"id": user.id})  # here
            def reset_token(user):
                return s.dumps({"id": user.id})
            """,
            id="the same dictionary",
        ),
        pytest.param(
            """
            def confirmation_token(email):
                return serializer().dumps(email)  # here
            def reset_token(email):
                return serializer().dumps(email)
            """,
            id="a serializer from a helper",
        ),
        pytest.param(
            """
            def sign(user_id):
                return s.dumps(user_id)  # here
            def reset_link(user):
                return sign(user.id)
            def invite_link(user):
                return sign(user.id)
            """,
            id="one helper for several links",
        ),
        pytest.param(
            """
            @app.post("/forgot")
            def forgot():
                mail(s.dumps(request.form["email"]))  # here
            @app.post("/register")
            def register():
                mail(s.dumps(request.form["email"]))
            """,
            id="views",
        ),
        pytest.param(
            """
            def confirmation_token(user, end):
                return jwt.encode({"id": user.id, "exp": end}, KEY)  # here
            def reset_token(user, end):
                return jwt.encode({"id": user.id, "exp": end}, KEY)
            """,
            id="claims of a JWT",
        ),
        pytest.param(
            """
            def generate_confirmation_token(email):
                return s.dumps(email, salt=app.config["SALT"])  # here
            @app.post("/resend")
            def resend_confirmation():
                send(generate_confirmation_token(current_user.email))
            @app.post("/forgot")
            def forgot():
                send(generate_confirmation_token(request.form["email"]))
            """,
            id="a helper named after its first use",
        ),
    ],
)
def test_found(marked, body):
    """Each spelling is found, at its line, once."""
    assert marked(RULE, HEAD, body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps(user.email, salt="confirm")
            def reset_token(user):
                return s.dumps(user.email, salt="reset")
            """,
            id="two salts",
        ),
        pytest.param(
            """
            def seal(text, salt=None):
                return serializer().dumps(text, salt)
            def confirmation_token(user):
                return seal(user.email, "confirm")
            def reset_token(user):
                return seal(user.email, "reset")
            """,
            id="salts by position",
        ),
        pytest.param(
            """
            a = URLSafeTimedSerializer(KEY, salt="a")
            b = URLSafeTimedSerializer(KEY, salt="b")
            def confirmation_token(user):
                return a.dumps(user.email)
            def reset_token(user):
                return b.dumps(user.email)
            """,
            id="salts of two serializers",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps({"confirm": user.id})
            def reset_token(user):
                return s.dumps({"reset": user.id})
            """,
            id="keys that differ",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps({"id": user.id, "for": "confirm"})
            def reset_token(user):
                return s.dumps({"id": user.id, "for": "reset"})
            """,
            id="an entry that says what for",
        ),
        pytest.param(
            """
            def reset_token(user):
                return s.dumps(user.id)
            def forgot_password(user):
                return s.dumps(user.id)
            """,
            id="one purpose in two places",
        ),
        pytest.param(
            """
            def sign(email, salt):
                return s.dumps(email, salt=salt)
            def reset_token(user):
                return sign(user.email, "r")
            def confirmation_token(user):
                return sign(user.email, "c")
            """,
            id="a salt that is given",
        ),
        pytest.param(
            """
            def sign(payload):
                return s.dumps(payload)
            def reset_token(user):
                return sign({"reset": user.id})
            def confirmation_token(user):
                return sign({"confirm": user.id})
            """,
            id="contents that callers give",
        ),
        pytest.param(
            """
            def generate_confirmation_token(email):
                return s.dumps(email, salt="reset")
            @app.post("/forgot")
            def forgot():
                send(generate_confirmation_token(request.form["email"]))
            """,
            id="a reset's confirmation",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []


HELPER = """
            def seal(data, key=None, salt=None):
                return URLSafeTimedSerializer(key or app.secret_key).dumps(data)
            def invitation(team):
                return seal({"team": team.id, "captain": team.captain_id})
            def state():
                return seal(new_nonce())
"""
TWO_OF_A_HELPER = {
    "helpers": "def confirm_address(mail):\n    send(seal(mail))  # here\n"
    "def forgot_password(mail):\n    send(seal(mail))\n",
    "by name": "def confirm_address(mail):\n    send(seal(data=mail))  # here\n"
    "def forgot_password(mail):\n    send(seal(data=mail))\n",
    "views": "@app.post('/confirm')\ndef confirm():\n    send(seal(current_user.email))  # here\n"
    "@app.post('/reset')\ndef reset_password():\n    send(seal(request.form['email']))\n",
    "dictionaries": "def confirm_address(u):\n    send(seal({'id': u.id}))  # here\n"
    "def forgot_password(u):\n    send(seal({'id': u.id}))\n",
    "names": "def confirm_address(u):\n    what = u.email\n    send(seal(what))  # here\n"
    "def forgot_password(u):\n    what = u.email\n    send(seal(what))\n",
    "methods": "class User:\n    def confirmation_token(self):\n"
    "        return seal(self.email)  # here\n    def reset_token(self):\n"
    "        return seal(self.email)\n",
}


def lines(text: str) -> str:
    """Return `text` indented like the bodies of this file."""
    return "".join(f"            {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("body", TWO_OF_A_HELPER.values(), ids=TWO_OF_A_HELPER)
def test_two_purposes_of_a_helper_that_signs_anything(marked, body):
    """What else the helper signs does not hide the two that it makes alike."""
    assert marked(RULE, HEAD, HELPER + lines(body))


APART = {
    "other contents": "def confirm_address(u):\n    send(seal({'confirm': u.id}))\n"
    "def forgot_password(u):\n    send(seal({'reset': u.id}))\n",
    "a word in it": "def confirm_address(u):\n    send(seal({'for': 'mail', 'id': u.id}))\n"
    "def forgot_password(u):\n    send(seal({'for': 'reset', 'id': u.id}))\n",
    "a key of its own": "def confirm_address(u):\n    send(seal(u.email, key=u.secret))\n"
    "def forgot_password(u):\n    send(seal(u.email))\n",
    "a salt": "def confirm_address(u):\n    send(seal(u.email, salt='confirm'))\n"
    "def forgot_password(u):\n    send(seal(u.email, salt='reset'))\n",
    "one purpose": "def forgot_password(u):\n    send(seal(u.email))\n"
    "def forgot_password_again(u):\n    send(seal(u.email))\n",
    "not seen": "def confirm_address(u):\n    send(seal(what_of(u)))\n"
    "def forgot_password(u):\n    send(seal(u.email))\n",
}


@pytest.mark.parametrize("body", APART.values(), ids=APART)
def test_tokens_of_a_helper_that_are_told_apart(marked, body):
    """Other contents, a key or a salt of their own, or one purpose only: nothing is shared."""
    assert marked(RULE, HEAD, HELPER + lines(body)) == []


ONE_TAKER = """
def make(user):
    return s.dumps(user.email, salt="x"){here}
def read(token):
    return s.loads(token, salt="x", max_age=60)
def recover_account(user):
    send(make(user))
def confirm_account(user):
    send(make(user))
@app.route("/enter/<token>")
def enter(token):
    choose_password(read(token))
"""
SECOND = """
@app.route("/confirm/<token>")
def confirm(token):
    find(read(token)).confirmed = True
"""


@pytest.mark.parametrize("second", [False, True])
def test_one_view_that_takes_them_all(marked, second):
    """Where one view takes every token, and does one thing, a mail of any kind is for that."""
    text = ONE_TAKER.format(here="  # here" if second else "") + (SECOND if second else "")
    found = marked(RULE, HEAD, text)

    assert bool(found) is second


READ = """
from flask import Flask, current_app, request
from flask_login import LoginManager
from itsdangerous import URLSafeTimedSerializer
app = Flask(__name__)
LoginManager(app)
signer = URLSafeTimedSerializer(KEY)
class User:
    def token(self):
        return signer.dumps({{"id": self.id}})
    def confirm(self, token):
        data = signer.loads(token, max_age=3600{one})
        if data{key} != self.id:
            return False
        {first}
    @staticmethod
    def reset(token, new):
        data = signer.loads(token, max_age=3600{two})
        user = User.query.get(data{other})
        {second}
"""


def read(**said):
    """Return the app with these parts."""
    parts = {
        "one": "", "two": "", "key": "['id']", "other": "['id']",
        "first": "self.confirmed = True", "second": "user.set_password(new)",
    } | said  # fmt: skip
    return READ.format(**parts)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"key": ".get('id')", "other": "['id']"},
        {"first": "self.email_verified = True"},
        {"first": "self.verified_at = now()"},
        {"second": "user.password = new"},
        {"second": "user.password_hash = generate_password_hash(new)"},
        {"one": ", salt='mail'", "two": ", salt='mail'"},
    ],
)
def test_read_alike(audit, said):
    """What confirms an account and what sets a password take the same token."""
    text = read(**said)
    line = next(line for line in text.split("\n") if "loads" in line)
    start = line.index("signer")
    mark = " " * start + "^" * (len(line) - start) + " Tokens for confirmation and password reset"

    audit(RULE, text.replace(line, f"{line}\n{mark}", 1))


@pytest.mark.parametrize(
    "said",
    [
        {"key": "['confirm']", "other": "['reset']"},
        {"one": ", salt='confirm'", "two": ", salt='reset'"},
        {"first": "self.seen = True"},
        {"first": "self.confirmed = False"},
        {"second": "user.name = new"},
        {"second": "if data['purpose'] == 'reset': user.set_password(new)"},
        {"second": "if data['hash'] == mark(user.password_hash): user.set_password(new)"},
    ],
)
def test_read_apart(audit, said):
    """Other entries, salts, purposes and bonds keep tokens apart."""
    audit(RULE, read(**said))


@pytest.mark.parametrize(("asked", "found"), [("", True), (", 'reset'", False)])
def test_helper_that_reads(audit, asked, found):
    """A helper that reads tokens is judged by what those do who ask it."""
    line = "    return signer.loads(token, max_age=3600, salt=what)['id']"
    if found:
        line = line.replace(", salt=what", "")
    start = line.index("signer")
    mark = "\n" + " " * start + "^" * len("signer.loads(token, max_age=3600)") if found else ""
    audit(
        RULE,
        "from flask import Flask\nfrom flask_login import LoginManager\n"
        "from itsdangerous import URLSafeTimedSerializer\napp = Flask(__name__)\n"
        "LoginManager(app)\nsigner = URLSafeTimedSerializer(KEY)\n"
        f"def who(token, what=None):\n{line}{mark}\n"
        "@app.get('/a/<token>')\ndef a(token):\n"
        "    user = User.query.get(who(token))\n    user.confirmed = True\n"
        f"@app.post('/b/<token>')\ndef b(token):\n    user = User.query.get(who(token{asked}))\n"
        "    user.set_password(request.form['new'])\n",
    )
