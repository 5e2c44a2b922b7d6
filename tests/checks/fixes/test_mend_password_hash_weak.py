"""What `--fix` does about `password-hash-weak`, and what it leaves."""

from __future__ import annotations

import pytest

RULE = "password-hash-weak"
HEAD = (
    "import hashlib\n\nimport bcrypt\nfrom flask import Flask, request\n"
    "from flask_bcrypt import Bcrypt\n"
    "from werkzeug.security import generate_password_hash\n\napp = Flask(__name__)\n"
    "crypt = Bcrypt(app)\nusers = {}\n\n\n@app.post('/')\ndef register():\n"
    "    password = request.form['password']\n    users['a'] = "
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "generate_password_hash(password, method='pbkdf2:sha256:1000')\n",
            "generate_password_hash(password, method='pbkdf2:sha256:600000')\n",
        ),
        (
            'generate_password_hash(password, "pbkdf2:sha512:50000", 8)  # old\n',
            'generate_password_hash(password, "pbkdf2:sha512:210000", 16)  # old\n',
        ),
        (
            "generate_password_hash(password, method='pbkdf2:sha256:900000', salt_length=4)\n",
            "generate_password_hash(password, method='pbkdf2:sha256:900000', salt_length=16)\n",
        ),
        (
            "bcrypt.hashpw(password.encode(), bcrypt.gensalt(4))\n",
            "bcrypt.hashpw(password.encode(), bcrypt.gensalt(12))\n",
        ),
        (
            "bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=5))\n",
            "bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=12))\n",
        ),
        (
            "crypt.generate_password_hash(password, 4)\n",
            "crypt.generate_password_hash(password, 12)\n",
        ),
        (
            "1\n    app.config['BCRYPT_LOG_ROUNDS'] = 4\n",
            "1\n    app.config['BCRYPT_LOG_ROUNDS'] = 12\n",
        ),
    ],
)
def test_the_cost_is_raised(holds, before, after):
    """Hashes that hold their own cost get the floor, or the library's default."""
    holds(RULE, HEAD + before, HEAD + after)


@pytest.mark.parametrize(
    "text",
    [
        "hashlib.pbkdf2_hmac('sha256', password.encode(), b'salt' * 4, 1000)\n",
        "generate_password_hash(password, method='plain')\n",
        "generate_password_hash(password, method='sha256')\n",
        "generate_password_hash(password, salt_length=8)\n",
        "bcrypt.hashpw(password.encode(), bcrypt.gensalt(FEW))\n\n\nFEW = 4\n",
    ],
)
def test_old_hashes_go_on_working(holds, text):
    """What could not be checked any more, or become longer than its column, is left."""
    holds(RULE, HEAD + text, None)


@pytest.mark.parametrize(
    ("column", "fits"),
    [
        ("password = db.Column(db.String(128))", True),
        ("password = db.Column(db.String(100))", False),
        ("password = db.Column(\n        db.String(64),\n    )", False),
        ("a = sa.Column('password', sa.String(length=100))", False),
        ("pw_hash: Mapped[str] = mapped_column(String(length=80))", False),
        ("name = db.Column(db.String(20))", True),
    ],
)
def test_a_short_column_keeps_short_hashes(holds, column, fits):
    """A longer hash would not fit into a column that was just long enough."""
    text = HEAD + "generate_password_hash(password, method='pbkdf2:sha256:1000')\n"
    after = text.replace("1000", "600000") if fits else None

    holds(RULE, text, after, others={"models.py": f"class User(db.Model):\n    {column}\n"})
