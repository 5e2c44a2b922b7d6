"""The posture's row about password hashes."""

from __future__ import annotations

import pytest

HEAD = """
import hashlib
from flask import Flask, request
from werkzeug.security import check_password_hash, generate_password_hash
app = Flask(__name__)
users = {}

@app.post("/x")
def x():
    password = request.form["password"]
    return str("""


@pytest.mark.parametrize(
    ("expression", "state", "evidence"),
    [
        ("generate_password_hash(password)", "present", "werkzeug, app.py:11"),
        ("check_password_hash(users['x'], password)", "present", "check_password_hash, app.py:11"),
        ("hashlib.md5(password.encode())", "absent", "a fast hash is used, app.py:11"),
        (
            "users.get('x') == password",
            "absent",
            "typed passwords are compared as they are, app.py:11",
        ),
        (
            "users[request.form['u']] == password",
            "absent",
            "typed passwords are compared as they are, app.py:11",
        ),
        ("password", "undecided", "no password hash is called"),
    ],
)
def test_the_row_says_which_hash_and_where(outcome, expression, state, evidence):
    """Present with the hash, absent with what is wrong instead, undecided where nothing tells."""
    found = outcome({"app.py": f"{HEAD}{expression})\n"})

    (row,) = [row for row in found.posture if row.name == "password-hash"]
    assert (row.state, row.evidence) == (state, evidence)
