"""Where `jwt-unverified` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "jwt-unverified"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
import base64, json
import jwt
from jose import jwt as jose_jwt
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def read(token):
                return jwt.decode(token, verify=False)  # here
            """,
            id="verify=False",
        ),
        pytest.param(
            """
            def read(token):
                return jwt.decode(token, options={"verify_signature": False})  # here
            """,
            id="verify_signature off",
        ),
        pytest.param(
            """
            def read(token):
                options = dict(verify_signature=False)
                return jwt.decode(token, KEY, algorithms=["HS256"], options=options)  # here
            """,
            id="options in a variable",
        ),
        pytest.param(
            """
            def read(token):
                return jwt.decode(token, KEY, algorithms=["HS256", "none"])  # here
            """,
            id="the algorithm none",
        ),
        pytest.param(
            """
            def read(token):
                return jose_jwt.get_unverified_claims(token)  # here
            """,
            id="unverified claims",
        ),
        pytest.param(
            """
            def read(token):
                body = token.split(".")[1]
                return json.loads(base64.urlsafe_b64decode(body + "=="))  # here
            """,
            id="by hand",
        ),
        pytest.param(
            """
            def read(token, safe):
                if safe:
                    return jwt.decode(token, KEY, algorithms=["HS256"])
                return jwt.decode(token, options={"verify_signature": False})  # here
            """,
            id="verified in another branch only",
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
            def read(token):
                return jwt.decode(token, KEY, algorithms=["HS256"])
            """,
            id="key and algorithms",
        ),
        pytest.param(
            """
            def read(token):
                kid = jwt.decode(token, options={"verify_signature": False})["kid"]
                return jwt.decode(token, keys[kid], algorithms=["RS256"])
            """,
            id="a look that is verified afterwards",
        ),
        pytest.param(
            """
            def read(token):
                jwt.decode(token, KEY, algorithms=["HS256"])
                return jwt.decode(token, options={"verify_signature": False})
            """,
            id="a look after the check",
        ),
        pytest.param(
            """
            def read(token):
                return keys[jwt.get_unverified_header(token)["kid"]]
            """,
            id="the header",
        ),
        pytest.param(
            """
            def read(token):
                return jwt.decode(token, KEY, ["HS256"], options={"verify_signature": True})
            """,
            id="verify=True",
        ),
        pytest.param(
            """
            def read(data):
                return data.decode("utf-8")
            """,
            id="text",
        ),
        pytest.param(
            """
            def read(data):
                return json.loads(base64.b64decode(data))
            """,
            id="base64 of something else",
        ),
        pytest.param(
            """
            def read(token):
                try:
                    return jwt.decode(token, KEY, algorithms=["HS256"])
                except jwt.ExpiredSignatureError:
                    return jwt.decode(token, options={"verify_signature": False})
            """,
            id="a token that was good once",
        ),
        pytest.param(
            """
            def load(token):
                known, payload = URLSafeSerializer(KEY).loads_unsafe(token)
                user = User.query.get(payload["id"])
                return user if signer(user).loads(token) else None
            """,
            id="what is in it only finds the key",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []


READ = """
def read(token):
    header = jwt.get_unverified_header(token)
    {LINE}
    return jwt.decode(token, KEY, algorithms={GIVEN})
"""


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("pass", '[header["alg"]]'),
        ("pass", 'header["alg"]'),
        ("pass", '[jwt.get_unverified_header(token)["alg"]]'),
        ("pass", '[header.get("alg")]'),
        ('algorithm = header["alg"]', "[algorithm]"),
        ('algorithm = header.get("alg", "HS256")', "(algorithm,)"),
    ],
)
def test_algorithm_of_the_header(marked, line, given):
    """A token that says by itself how it is verified is not."""
    text = READ.replace("{LINE}", line).replace("{GIVEN}", given).rstrip()

    assert marked(RULE, HEAD, text + "  # here\n")


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("pass", '["HS256"]'),
        ("pass", "ALGORITHMS"),
        ('key = keys[header["kid"]]', '[key["alg"]]'),
        ('if header["alg"] not in ALLOWED: raise ValueError', '[header["alg"]]'),
        ('algorithm = header["alg"]; assert algorithm == "RS256"', "[algorithm]"),
        ('algorithm = keys.get(header["kid"]).get("alg")', "[algorithm]"),
    ],
)
def test_algorithm_of_the_app(marked, line, given):
    """The app's own list, a published key's algorithm, and a header that is compared are fine."""
    assert marked(RULE, HEAD, READ.replace("{LINE}", line).replace("{GIVEN}", given)) == []


WITH_ANY = """
def with_any(token, keys, algorithms):
    for key in keys:
        try:
            return jwt.decode(token, key, algorithms=algorithms)
        except jwt.InvalidTokenError:
            continue

def read(token):
    header = json.loads(base64.b64decode(token.split(".")[0]))
    return {CALL}
"""


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ('with_any(token, KEYS, algorithms=[header["alg"]])', True),
        ('with_any(token, KEYS, [header.get("alg")])', True),
        ('with_any(token, KEYS, ["HS256"])', False),
        ('with_any(token, [header["alg"]], ALGORITHMS)', False),
        ('other(token, KEYS, algorithms=[header["alg"]])', False),
    ],
)
def test_algorithm_handed_to_an_own_function(marked, call, found):
    """A function that decodes with what it is given, is given the token's own choice."""
    body = WITH_ANY.replace("{CALL}", call + ("  # here" if found else ""))

    assert bool(marked(RULE, HEAD, body)) is found


FETCH = """
import requests
def exchange(code):
    return requests.post(TOKENS, data={"grant_type": "authorization_code", "code": code}).json()
def claims_of(answer):
    parts = answer["id_token"].split(".")
    return json.loads(base64.urlsafe_b64decode(parts[1] + "=="))  # here
"""


@pytest.mark.parametrize(
    ("more", "audience"),
    [
        ("", "strict"),
        ("def shown():\n    return request.args.get('page')\n", "strict"),
        (
            "def own():\n    return (request.json['clientId'], app.config['OAUTH2_SECRET'])\n",
            "strict",
        ),
        ("def posted():\n    return claims_of(request.get_json())\n", "default"),
        ("def asked():\n    return claims_of({'id_token': request.args.get('jwt')})\n", "default"),
        (
            "def posted():\n    return claims_of({'id_token': request.form['id_token']})\n",
            "default",
        ),
        ("TOKENS = 'http://login.example/token'\n", "default"),
        ("SCOPE = 'urn:acr+http://idmanagement.gov/ns/aal/2'\n", "strict"),
        ("def sent():\n    return request.headers['Authorization']\n", "default"),
    ],
)
def test_token_fetched_from_the_provider(marked, more, audience):
    """OpenID Connect lets TLS stand for the signature where the app itself fetches the token."""
    (finding,) = marked(RULE, HEAD, FETCH + more)

    assert finding.audience == audience


def test_file_that_exchanges_nothing(marked):
    """A token that came from anywhere is believed without its signature."""
    (finding,) = marked(RULE, HEAD, FETCH.replace('"authorization_code"', '"password"'))

    assert finding.audience == "default"


LIFE = """
def left(token):
    {read}
"""
DECODED = 'jwt.decode(token, options={"verify_signature": False})'


@pytest.mark.parametrize(
    ("read", "audience"),
    [
        (f"return {DECODED}['exp'] - time.time()", "strict"),
        (f"return {DECODED}.get('exp', 0)", "strict"),
        (f"return {DECODED}.get('iss')", "strict"),
        (f"said = {DECODED}\n    return said['exp'] - said['iat']", "strict"),
        (f"said = {DECODED}\n    return said['exp'], said['sub']", "default"),
        (f"return {DECODED}", "default"),
        (f"said = {DECODED}\n    return said", "default"),
        (f"return {DECODED}.get(name)", "default"),
    ],
)
def test_only_the_time_is_read(outcome, read, audience):
    """When a token ends, or who made it, gives nobody anything."""
    found = outcome({"app.py": HEAD + LIFE.format(read=read)}, strict=True)

    assert [f.audience for f in found.findings if f.rule == RULE] == [audience]
