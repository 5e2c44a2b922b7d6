"""Where `login-redirects-anywhere` follows an address through a token that the app has signed."""

from __future__ import annotations

import pytest

RULE = "login-redirects-anywhere"
HEAD = """\
import jwt
from authlib.jose import jwt as jose
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer
from flask import Flask, redirect, request, url_for
from urllib.parse import urlparse
app = Flask(__name__)
KEY = app.config["SECRET_KEY"]
signer = URLSafeTimedSerializer(KEY, salt="state")

def is_own(target):
    return target.startswith("/") and target[1:2] not in ("/", "\\\\") and "\\t" not in target

@app.route("/login")
def login():
"""
BACK = '@app.route("/back")\ndef back():\n'
TO_PROVIDER = "    return redirect('https://provider.example/?state=' + state)\n"
OPEN = "The client decides by state where the redirect goes; nothing checks it."

SIGNED_AS_IT_COMES = {
    "all, a list for each": (
        "state = jwt.encode(request.args.to_dict(flat=False), KEY, algorithm='HS256')",
        "jwt.decode(request.args['state'], KEY, algorithms=['HS256'])['next'][0]",
    ),
    "all": (
        "state = jwt.encode(dict(request.args), KEY, algorithm='HS256')",
        "jwt.decode(request.args['state'], KEY, algorithms=['HS256'])['next']",
    ),
    "one field": (
        "state = jwt.encode({'next': request.args.get('next')}, KEY, algorithm='HS256')",
        "jwt.decode(request.args['state'], KEY, algorithms=['HS256']).get('next')",
    ),
    "one field, by a name": (
        "target = request.args.get('next')\n    held = {'next': target}\n"
        "    state = signer.dumps(held)",
        "signer.loads(request.args['state'], max_age=300)['next']",
    ),
    "the address itself": (
        "state = signer.dumps(request.args['next'])",
        "signer.loads(request.args.get('state'), max_age=300).strip()",
    ),
    "a serializer made here": (
        "state = URLSafeSerializer(KEY).dumps({'to': request.args['next']})",
        "URLSafeSerializer(KEY).loads(request.args['state'])['to']",
    ),
    "of another library": (
        "state = jose.encode({'alg': 'HS256'}, {'next': request.args['next']}, KEY)",
        "jose.decode(request.args['state'], KEY)['next']",
    ),
}


@pytest.mark.parametrize("pair", SIGNED_AS_IT_COMES.values(), ids=SIGNED_AS_IT_COMES)
def test_what_was_signed_unchecked(audit, pair):
    """A signature says that the app has seen the address, not that it has looked at it."""
    sign, read = pair

    audit(
        RULE,
        f"{HEAD}    {sign}\n{TO_PROVIDER}{BACK}    target = {read}\n    return redirect(target)\n"
        f"{' ' * 20}^^^^^^ {OPEN}\n",
    )


def test_all_that_is_read_may_be_empty(audit):
    """The page of the app behind `or` does not replace what the client gave."""
    audit(
        RULE,
        f"{HEAD}    state = jwt.encode(request.args.to_dict(flat=False), KEY)\n{TO_PROVIDER}{BACK}"
        "    state = jwt.decode(request.args['state'], KEY, algorithms=['HS256'])\n"
        "    try:\n        target = state['next'][0] or url_for('login')\n"
        "    except (KeyError, IndexError):\n        target = url_for('login')\n"
        f"    return redirect(target)\n{' ' * 20}^^^^^^ {OPEN}\n",
    )


READ = "jwt.decode(request.args['state'], KEY, algorithms=['HS256'])['next']"
SAFE = {
    "a page of the app was signed": (
        "state = jwt.encode({'next': url_for('login')}, KEY)",
        f"target = {READ}",
    ),
    "the page asked for was signed": (
        "state = jwt.encode({'next': request.path}, KEY)",
        f"target = {READ}",
    ),
    "checked before it was signed": (
        "target = request.args.get('next', '/')\n    if not is_own(target):\n"
        "        target = '/'\n    state = jwt.encode({'next': target}, KEY)",
        f"target = {READ}",
    ),
    "checked after it was read": (
        "state = jwt.encode({'next': request.args['next']}, KEY)",
        f"target = {READ}\n    if not is_own(target):\n        target = '/'",
    ),
    "compared with the own host": (
        "state = jwt.encode(request.args.to_dict(flat=False), KEY)",
        f"held = {READ}[0]\n    target = url_for('login')\n"
        "    if urlparse(held).netloc == request.host:\n        target = held",
    ),
    "something else was signed": (
        "state = jwt.encode({'plan': request.args['plan']}, KEY)",
        f"target = {READ}",
    ),
    "nothing was signed here": (
        "state = new_state()",
        f"target = {READ}",
    ),
}


@pytest.mark.parametrize("pair", SAFE.values(), ids=SAFE)
def test_what_only_the_app_can_have_put_there(audit, pair):
    """A token holds what the app put into it: its own pages, or what it has checked."""
    sign, read = pair

    audit(
        RULE,
        f"{HEAD}    {sign}\n{TO_PROVIDER}{BACK}    {read}\n    return redirect(target)\n",
    )
