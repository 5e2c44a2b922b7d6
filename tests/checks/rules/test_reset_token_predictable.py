"""Where `reset-token-predictable` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "reset-token-predictable"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
import hashlib, hmac, random, secrets, string, time, uuid
from datetime import datetime
def random_string(n):
    letters = string.ascii_letters
    return "".join(random.choice(letters) for _ in range(n))
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def forgot(user):
                user.reset_token = random_string(20)  # here
            """,
            id="a helper that picks letters",
        ),
        pytest.param(
            """
            def reset_password(user):
                token = uuid.uuid1().hex  # here
                mail(user, token)
            """,
            id="uuid1 in a reset view",
        ),
        pytest.param(
            """
            def send(user):
                otp = random.randint(100000, 999999)  # here
                mail(user, otp)
            """,
            id="a six-digit code",
        ),
        pytest.param(
            """
            def send(user):
                session["otp"] = str(random.randint(1, 9))  # here
            """,
            id="a code kept in the session",
        ),
        pytest.param(
            """
            def send(user):
                user.reset_code = str(int(time.time()))  # here
            """,
            id="the clock",
        ),
        pytest.param(
            """
            def send(user):
                t = str(time.time())
                user.reset_token = hashlib.sha256(t.encode()).hexdigest()  # here
            """,
            id="a hash of the clock",
        ),
        pytest.param(
            """
            def send(user):
                user.confirmation_token = hashlib.md5(user.email.encode()).hexdigest()  # here
            """,
            id="a hash of the address",
        ),
        pytest.param(
            """
            def send(user):
                ResetToken(token=str(uuid.uuid1()))  # here
            """,
            id="the constructor of a token",
        ),
        pytest.param(
            """
            def forgot_password(user):
                code = ""
                for i in range(6):
                    code += str(random.randint(0, 9))  # here
                mail(user, code)
            """,
            id="digits in a loop",
        ),
        pytest.param(
            """
            def generate_reset_token():
                return hashlib.sha1(str(random.random()).encode()).hexdigest()  # here
            """,
            id="what a maker returns",
        ),
        pytest.param(
            """
            class Invite(Model):
                invite_code = Column(String, default=lambda: str(uuid.uuid1()))  # here
            """,
            id="a column's default",
        ),
        pytest.param(
            """
            def fast(text):
                return hashlib.sha512(text.encode()).hexdigest()
            def lost(user):
                reset_hash = fast(str(random.getrandbits(256)))  # here
                mail(user, reset_hash)
            """,
            id="a helper that hashes what it is given",
        ),
        pytest.param(
            """
            def id_generator(size=15, chars=string.digits):
                return "".join(random.choice(chars) for _ in range(size))
            def lost_password(user):
                token = id_generator(40)  # here
                user.token = token
                mail(user, token)
            """,
            id="a generator, and what is kept of it",
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
            def forgot(user):
                user.reset_token = secrets.token_urlsafe(32)
            """,
            id="secrets",
        ),
        pytest.param(
            """
            def forgot(user):
                user.reset_token = str(uuid.uuid4())
            """,
            id="uuid4",
        ),
        pytest.param(
            """
            def forgot(user):
                rng = random.SystemRandom()
                user.reset_token = rng.choice("abc")
            """,
            id="SystemRandom",
        ),
        pytest.param(
            """
            def forgot(user):
                made = str(random.random()).encode() + secrets.token_bytes(9)
                user.reset_token = hashlib.sha256(made).hexdigest()
            """,
            id="random mixed with secrets",
        ),
        pytest.param(
            """
            def forgot(user):
                user.reset_token = hmac.new(app.secret_key, user.email, "sha256").hexdigest()
            """,
            id="a keyed hash",
        ),
        pytest.param(
            """
            def forgot(user):
                user.reset_token_expires_at = datetime.now()
                user.reset_sent_at = time.time()
            """,
            id="a time that is called one",
        ),
        pytest.param(
            """
            def forgot(user):
                colour = random.choice(["red", "blue"])
            """,
            id="random for something else",
        ),
        pytest.param(
            """
            def keyed(text):
                return hmac.new(app.secret_key, text, "sha256").hexdigest()
            def lost(user):
                user.reset_hash = keyed(str(random.getrandbits(256)))
                user.reset_token = fresh(str(random.random()))
            def fresh(text):
                return secrets.token_hex(16) + text
            """,
            id="helpers that add what nobody knows",
        ),
        pytest.param(
            """
            def avatar(user):
                user.avatar_hash = hashlib.md5(user.email.encode()).hexdigest()
            """,
            id="a picture of the address",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []


def test_many_steps(marked):
    """A digest of a text with the clock is followed through a helper and its conversions."""
    assert marked(
        RULE,
        HEAD,
        """
        def make_token(user):
            return hashlib.md5(f"{user.email}{time.time()}".encode()).hexdigest()
        def forgot(user):
            user.reset_code = make_token(user)  # here
        """,
    )

    marked(
        RULE,
        HEAD,
        """
        def make_token(user):
            return hashlib.md5(f"{user.email}{secrets.token_hex()}".encode()).hexdigest()
        def forgot(user):
            user.reset_code = make_token(user)
        """,
    )
