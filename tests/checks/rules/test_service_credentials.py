"""Keys of other services and mailboxes in the source."""

from __future__ import annotations

import pytest

RULE = "credentials-hardcoded"
HEAD = (
    "import os, smtplib, boto3, stripe\nfrom authlib.integrations.flask_client import OAuth\n"
    "from flask import Flask\napp = Flask(__name__)\noauth = OAuth(app)\n"
)
KEY = "'sk_live_4eC39HqLyjWDarjtT1zdp7dc'"


def under(line: str, part: str) -> str:
    """Return `line` and carets under the last place of `part`, in its last line."""
    head, _, last = line.rpartition("\n")
    start = last.rindex(part)
    return (f"{head}\n" if head else "") + f"{last}\n{' ' * start}{'^' * len(part)}\n"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (f"stripe.api_key = {KEY}", KEY),
        (f"client = Payments(api_key={KEY})", KEY),
        (f"KEY = {KEY}\nclient = Payments(api_key=KEY)", "KEY"),
        ("oauth.register('g', client_id='x', client_secret='GOCSPX-8sdf7sd8')",
         "'GOCSPX-8sdf7sd8'"),
        ("s3 = boto3.client('s3', aws_secret_access_key='wJalrXUtnFEMIK7MDENG')",
         "'wJalrXUtnFEMIK7MDENG'"),
        ("box = smtplib.SMTP('mail')\nbox.login('shop@example.net', 'abcd efgh ijkl mnop')",
         "'abcd efgh ijkl mnop'"),
        ("ME, PW = 'shop@example.net', 'hunter2'\nbox = smtplib.SMTP('mail')\nbox.login(ME, PW)",
         "PW"),
    ],
)  # fmt: skip
def test_keys(audit, line, part):
    """What a library is given for an account at its service, and the login of a mailbox."""
    audit(RULE, HEAD + under(line, part))


@pytest.mark.parametrize(
    ("path", "key", "audience"),
    [
        ("shop/pay.py", KEY, "default"),
        ("dev/pay.py", KEY, "strict"),
        ("shop/pay.py", KEY.replace("live", "test"), "strict"),
    ],
)
def test_keys_of_tools(audit, path, key, audience):
    """What tools for developers are given, and keys for tests, are for strict audits."""
    (finding,) = audit(RULE, {path: HEAD + under(f"stripe.api_key = {key}", key)})

    assert finding.audience == audience


@pytest.mark.parametrize(
    "line",
    [
        "stripe.api_key = os.environ['STRIPE_KEY']",
        "stripe.api_key = app.config['STRIPE_KEY']",
        "stripe.api_key = 'sk_test_your_key_here_1'",
        "client = Payments(api_key='api key')",
        "client = Payments(token='csrf_token')",
        "client = Payments(api_key='short1')",
        "field(api_key='description_of_the_key')",
        "oauth.register('g', client_secret=os.environ['SECRET'])",
        "oauth.register('g', client_secret='<your client secret>')",
        "oauth.register('g', client_secret='GOOGLE_CLIENT_SECRET')",
        "box = smtplib.SMTP('mail')\nbox.login(os.environ['ME'], os.environ['PW'])",
        "box = smtplib.SMTP('mail')\nbox.login('shop@example.net', os.environ['PW'])",
        "box = smtplib.SMTP('mail')\nbox.login('shop@example.net', '')",
        "self.api_key = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'",
    ],
)
def test_no_keys(audit, line):
    """Settings, placeholders, names of fields and variables, and what is no library's."""
    audit(RULE, HEAD + line + "\n")
