"""What the list of protections says of the app's secret key."""

from __future__ import annotations

import pytest

HEAD = "import os, sys\nfrom flask import Flask\napp = Flask(__name__)\n"
DEFAULT = "app.config['SECRET_KEY'] = 'CHANGE ME'\n"
REFUSAL = "if app.config['SECRET_KEY'] == 'CHANGE ME':\n    sys.exit(1)\n"


@pytest.mark.parametrize(
    ("text", "state", "said"),
    [
        (DEFAULT, "absent", "a literal in the sources"),
        (DEFAULT + REFUSAL, "undecided", "the app does not start with what is set"),
        (
            DEFAULT + "app.config.from_envvar('CONFIG')\n" + REFUSAL,
            "undecided",
            "perhaps by from_envvar",
        ),
        ("app.secret_key = os.environ['KEY']\n", "present", "app.secret_key"),
        ("app.secret_key = os.urandom(32)\n", "absent", "every process makes its own"),
        ("", "absent", "nothing sets SECRET_KEY"),
    ],
)
def test_secret_key(outcome, text, state, said):
    """A refused literal is none; a key of each process is told apart from no key."""
    found = outcome({"app.py": HEAD + text})
    (row,) = [row for row in found.posture if row.name == "secret-key"]

    assert row.state == state
    assert row.evidence.startswith(said)
