"""``--login``: what a login by the app's own form shows."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest
from werkzeug.security import generate_password_hash

from checks.cli import main

EXAMPLES = Path(__file__).parents[3] / "examples"
PASSWORD = "correct horse battery"
SHOP = """\
import sqlite3

from flask import Flask, redirect, request
from flask_login import LoginManager, UserMixin, login_required, login_user, logout_user
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.security import check_password_hash

app = Flask(__name__)
app.config["SECRET_KEY"] = open("key.txt").read()
CSRFProtect(app)
manager = LoginManager(app)
manager.login_view = "enter"


class User(UserMixin):
    def __init__(self, row):
        self.id, self.hash = str(row[0]), row[1]


def find(where, value):
    with sqlite3.connect("instance/shop.db") as connection:
        connection.execute("UPDATE users SET seen = seen + 1")
        query = f"SELECT id, hash FROM users WHERE {where} = ?"
        row = connection.execute(query, [value]).fetchone()
    return User(row) if row else None


@manager.user_loader
def load_user(user_id):
    return find("id", user_id)


@app.route("/enter", methods=["GET", "POST"])
def enter():
    if request.method == "POST":
        user = find("name", request.form["username"])
        if user and check_password_hash(user.hash, request.form["password"]):
            login_user(user, remember=bool(request.form.get("stay")))
            return redirect("/")
    return (
        f'<form method=post><input type=hidden name=csrf_token value="{generate_csrf()}">'
        '<input name=username><input type=password name=password>'
        '<input type=checkbox name=stay value=y></form>'
    )


@app.post("/sign_out")
@login_required
def sign_out():
    logout_user()
    return redirect("/enter")


@app.get("/")
def start():
    token = generate_csrf()
    return f"<form action=/sign_out method=post><input type=hidden name=csrf_token value={token}>"
"""


@pytest.fixture
def shop(write, monkeypatch):
    """Return the folder of an app with one user and a database, and set her password."""
    root = write({"app.py": SHOP, "key.txt": "Zk3wqWv9Jr5uXy7PbNtG2mLsA8dFhCeQ", "instance/x": ""})
    with sqlite3.connect(root / "instance" / "shop.db") as connection:
        connection.execute("CREATE TABLE users (id INTEGER, name TEXT, hash TEXT, seen INTEGER)")
        row = ("ada", generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"))
        connection.execute("INSERT INTO users VALUES (1, ?, ?, 0)", row)
    connection.close()
    monkeypatch.setenv("FLASK_HARDENING_LOGIN_PASSWORD", PASSWORD)
    return root


def test_login_shows_cookies_and_copies_that_go_on(loaded, shop):
    """Cookies are judged as sent, copies are tried after the logout, and no byte changes."""
    file = shop / "instance" / "shop.db"
    before = hashlib.sha256(file.read_bytes()).hexdigest()

    code, report, err = loaded({}, "--login", "ada")

    assert (1, []) == (code, report["not_audited"])
    assert before == hashlib.sha256(file.read_bytes()).hexdigest()
    assert ["shop.db", "x"] == sorted(path.name for path in file.parent.iterdir())
    session = report["live"]["facts"]["pages"]["session"]
    assert (True, True, True) == (
        session["renewed"],
        session["replayed"],
        session["remembered"],
    )
    alone = {f["message"]: f["line"] for f in report["findings"] if f["seen"] == ["live"]}
    line = SHOP.split("\n").index("def sign_out():") + 1
    assert line == alone["A copy of the session cookie works after the logout."]
    assert line == alone["A copy of the remember cookie works after the logout."]
    remember = [f for f in report["findings"] if f["rule"] == "remember-cookie-insecure"]
    assert [["source", "live"]] == [finding["seen"] for finding in remember]
    assert PASSWORD not in json.dumps(report) + err


def test_wrong_password_is_a_gap(loaded, shop, monkeypatch):
    """A login that does not succeed is listed, and the rest is told."""
    monkeypatch.setenv("FLASK_HARDENING_LOGIN_PASSWORD", "wrong-" + PASSWORD)

    _, report, _ = loaded({}, "--login", "ada")

    assert "nobody was logged in: the form was sent" in report["not_audited"][0]["reason"]
    assert report["live"]["facts"]["pages"]["answers"]


@pytest.mark.parametrize("state", ["bare", "wrapped"])
def test_example_before_and_after(state, monkeypatch, capsys):
    """The wrapped example sends safe cookies and ends its sessions; the bare one does not."""
    monkeypatch.chdir(EXAMPLES / "readme_app" / state)
    monkeypatch.setenv("FLASK_HARDENING_LOGIN_PASSWORD", "secret")
    monkeypatch.setenv("SECRET_KEY", "Zk3wqWv9Jr5uXy7PbNtG2mLsA8dFhCeQ")
    monkeypatch.setenv("LEAFSTORM_PASSWORD_HASH", generate_password_hash("secret"))
    before = sorted(Path().rglob("*"))

    main(["audit", "--format", "json", "--no-cache", "--app", "app", "--login", "leafstorm"])
    report = json.loads(capsys.readouterr().out)

    assert before == sorted(Path().rglob("*"))
    assert [] == report["not_audited"]
    rules = {f["rule"] for f in report["findings"] if "live" in f["seen"]}
    expected = {"session-cookie-insecure", "https-not-enforced", "session-not-ended"}
    assert (expected if state == "bare" else set()) == rules & expected
    session = report["live"]["facts"]["pages"]["session"]
    assert (state == "bare") == session["replayed"]
    assert (state == "wrapped") == session["cookies"][0]["secure"]
