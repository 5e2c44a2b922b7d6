"""What `--fix` does about keys and tokens that can be guessed, and what it leaves."""

from __future__ import annotations

import pytest

RULE = "secret-generated-weakly"
HEAD = (
    "import random\nimport string\nimport uuid\n\nfrom flask import Flask\n\n"
    "app = Flask(__name__)\n\n\n"
)
MAKER = "def make_token():\n    return {}\n"
LETTERS = "string.ascii_letters + string.digits"
IMPORTED = HEAD.replace("import string", "import secrets\nimport string")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"''.join(random.choice({LETTERS}) for _ in range(32))",
            f"''.join(secrets.choice({LETTERS}) for _ in range(32))",
        ),
        (
            f"''.join(random.choices({LETTERS}, k=32))",
            f"''.join(secrets.SystemRandom().choices({LETTERS}, k=32))",
        ),
        (
            f"''.join(random.sample({LETTERS}, 32))",
            f"''.join(secrets.SystemRandom().sample({LETTERS}, 32))",
        ),
        ("'%032x' % random.getrandbits(128)", "'%032x' % secrets.SystemRandom().getrandbits(128)"),
    ],
)
def test_draws_come_from_the_system(holds, before, after):
    """The same functions with the same parameters draw from the system's source."""
    holds(RULE, HEAD + MAKER.format(before), IMPORTED + MAKER.format(after))


def test_names_that_were_imported(holds):
    """Functions of the module that were imported by name are replaced where they draw."""
    text = "from random import choice\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n"
    before = text + MAKER.format("''.join(choice('abcdef') for _ in range(64))")
    after = "import secrets\n" + before.replace("(choice(", "(secrets.choice(")

    holds(RULE, before, after)


def test_older_pythons_have_no_secrets(holds):
    """Code that also runs on older Pythons draws from the class that they have too."""
    text = "from __future__ import print_function\n" + HEAD
    before = text + MAKER.format("''.join(random.choice('abcdef') for _ in range(64))")

    holds(RULE, before, before.replace("random.choice", "random.SystemRandom().choice"))


def test_a_module_of_the_projects_own(holds):
    """A file `secrets.py`, which git need not know, would be imported instead."""
    text = HEAD + MAKER.format("''.join(random.choice('abcdef') for _ in range(64))")
    others = {"shop/secrets.py": "KEY = 1\n", ".gitignore": "secrets.py\n"}

    holds(RULE, text, None, path="shop/web/app.py", others=others)


def test_uuids(holds):
    """`uuid1` tells the time and the machine, `uuid4` nothing."""
    holds(RULE, HEAD + MAKER.format("str(uuid.uuid1())"), HEAD + MAKER.format("str(uuid.uuid4())"))


def test_reset_tokens(holds):
    """Tokens that are mailed are drawn in the same way."""
    body = (
        "@app.post('/forgot')\ndef forgot():\n    user = find()\n"
        "    user.reset_token = ''.join(random.choice('abcdef0123456789') for _ in range(40))\n"
        "    send_mail(user.email, user.reset_token)\n    return ''\n"
    )

    holds(
        "reset-token-predictable",
        HEAD + body,
        IMPORTED + body.replace("random.choice", "secrets.choice"),
    )


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "random.seed(1)\n\n\n" + MAKER.format("''.join(random.choices('abcdef', k=64))"),
        HEAD.replace("import random", "import numpy as np")
        + MAKER.format("''.join(np.random.choice(list('abcdef')) for _ in range(64))"),
        HEAD.replace("import random", "import random\nsecrets = {}")
        + MAKER.format("''.join(random.choices('abcdef', k=64))"),
        "from random import choice\n"
        + HEAD.replace("import random\n", "")
        + "def choice(a):\n    return a[0]\n\n\n"
        + MAKER.format("''.join(choice('abcdef') for _ in range(64))"),
        HEAD + "import time\n\n\n" + MAKER.format("str(time.time())"),
        HEAD.replace("import random", "from random import SystemRandom, choice\n\nrandom = choice")
        + MAKER.format("''.join(choice('abcdef') for _ in range(64)) and secrets"),
    ],
)
def test_other_sources_are_left(holds, text):
    """What repeats its draws on purpose, or is drawn elsewhere, is left."""
    holds(RULE, text, None)
