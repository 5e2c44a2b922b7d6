"""``--app``: what the loaded app shows, put beside what its sources say."""

from __future__ import annotations

import json

import jsonschema
import pytest

from checks.cli import main
from checks.reports.json import schema

KEY = "k2J9vQx7LmZr4TgYw8NbHs3PdFc6EuRa"
BARE = f"""\
from flask import Flask, request
from flask_login import LoginManager, UserMixin, login_required, login_user
from werkzeug.security import check_password_hash

app = Flask(__name__)
app.secret_key = "{KEY}"
login_manager = LoginManager(app)
print("{KEY}")


@login_manager.user_loader
def load_user(user_id):
    return UserMixin()


@app.route("/login", methods=["GET", "POST"])
def login():
    user = find(request.form["name"])
    if check_password_hash(user.password_hash, request.form["password"]):
        login_user(user)
    return "in"
"""
ENVIRONMENT = """\
import os

from flask import Flask, session
from flask_login import LoginManager, login_required, login_user

import settings

app = Flask(__name__)
for name in settings.NAMES:
    app.config[name] = os.environ[name] if name == "SECRET_KEY" else settings.read(name)
login_manager = LoginManager(app)


@login_manager.user_loader
def load_user(user_id):
    return None


@app.get("/")
def start():
    session["seen"] = 1
    return "here"


@app.route("/login", methods=["GET", "POST"])
def login():
    login_user(None, remember=True)
    return "in"


@app.post("/notes/<int:number>/delete")
def delete(number):
    Note.query.filter_by(id=number).delete()
    db.session.commit()
    return "gone"


@app.post("/notes/<int:number>/rename")
@login_required
def rename(number):
    Note.query.get(number).name = "x"
    db.session.commit()
    return "done"


@app.after_request
def protect(response):
    for name, value in settings.HEADERS:
        response.headers[name] = value
    return response


settings.close(app.view_functions)
"""
SETTINGS = """\
NAMES = (
    "SECRET_KEY", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_SAMESITE",
    "REMEMBER_COOKIE_SECURE", "REMEMBER_COOKIE_SAMESITE", "REMEMBER_COOKIE_DURATION",
)
HEADERS = [
    (("Strict", "Transport", "Security"), "max-age=31536000"),
    (("Content", "Security", "Policy"), "default-src 'self'"),
]
HEADERS = [("-".join(name), value) for name, value in HEADERS]


def close(views):
    from flask_login import login_required

    views["delete"] = login_required(views["delete"])


def read(name):
    if name.endswith("DURATION"):
        return 3600
    return "Lax" if name.endswith("SAMESITE") else True
"""


def by_rule(report):
    """Return the findings by their rule."""
    return {finding["rule"]: finding for finding in report["findings"]}


def test_bare_app_confirms_what_the_sources_say(loaded):
    """What is missing in the sources and in what the app sends was seen by both."""
    code, report, err = loaded({"app.py": BARE})

    assert 1 == code
    found = by_rule(report)
    for rule in ("session-cookie-insecure", "https-not-enforced", "login-not-limited"):
        assert ["source", "live"] == found[rule]["seen"], rule
    assert ["source"] == found["secret-key-hardcoded"]["seen"]
    assert {"path": "app.py", "line": 5} == report["live"]["facts"]["made"]
    assert report["live"]["like_production"]
    assert (
        "sent without Secure and SameSite (seen live)"
        == (report["posture"]["session-cookie"]["evidence"])
    )
    assert "--app app: it was kept off the network by an audit hook" in err
    assert KEY not in json.dumps(report) + err
    jsonschema.Draft202012Validator(schema()).validate(report)


def test_protected_app_refutes_what_the_sources_miss(loaded, monkeypatch):
    """What really sent headers, cookies and wrappers show is left out, and listed."""
    monkeypatch.setenv("SECRET_KEY", KEY)
    files = {"app.py": ENVIRONMENT, "settings.py": SETTINGS}
    rules = (
        "session-cookie-insecure",
        "https-not-enforced",
        "remember-cookie-unbounded",
        "remember-cookie-insecure",
        "view-unprotected",
    )
    selected = [word for rule in rules for word in ("--select", rule)]

    code, report, err = loaded(files, *selected)

    assert (0, []) == (code, report["findings"])
    assert sorted(rules) == sorted(left["rule"] for left in report["live"]["left_out"])
    assert "left out, as they do not hold in it:" in err
    assert "view-unprotected app.py:32 (a login is asked for around it)" in err
    assert "present" == report["posture"]["https"]["state"]
    jsonschema.Draft202012Validator(schema()).validate(report)


def test_debug_mode_is_found_and_refutes_nothing(loaded, monkeypatch):
    """Debug mode that only the environment switches on is a finding; nothing else is concluded."""
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("FLASK_DEBUG", "1")
    code, report, err = loaded({"app.py": ENVIRONMENT, "settings.py": SETTINGS})

    assert 1 == code
    found = by_rule(report)["debug-enabled"]
    assert (["live"], "app.py", 8, None) == tuple(
        found[name] for name in ("seen", "path", "line", "column")
    )
    assert [] == report["live"]["left_out"]
    assert ["source"] == by_rule(report)["https-not-enforced"]["seen"]
    assert "debug or testing mode is on" in err


def test_suppression_hides_a_finding_that_only_the_app_shows(loaded, monkeypatch):
    """A comment at the line where the app is made holds for what has no better place."""
    monkeypatch.setenv("FLASK_DEBUG", "1")
    comment = "# hardening: ignore[debug-enabled] this machine develops"
    text = BARE.replace("app = Flask(__name__)", f"app = Flask(__name__)  {comment}")

    _, report, _ = loaded({"app.py": text}, "--select", "debug-enabled")

    assert ["this machine develops"] == [f["suppressed"]["reason"] for f in report["findings"]]


@pytest.mark.parametrize(
    ("app", "text"),
    [
        ("app:create_app('production')", "def create_app(name):\n    return Flask(name)\n"),
        ("app:make", "def make():\n    return Flask(__name__)\n"),
        ("app", "def create_app():\n    return Flask(__name__)\n"),
        ("app.py:site", "site = Flask(__name__)\nother = Flask('other')\n"),
    ],
)
def test_notations_of_flask(loaded, app, text):
    """Factories, arguments, modules and files are named as for ``flask --app``."""
    _, report, _ = loaded({"app.py": f"from flask import Flask\n{text}"}, app=app)

    assert [] == report["not_audited"]
    assert app == report["live"]["app"]


def test_project_with_modules_of_our_names(loaded, monkeypatch):
    """An app's own ``checks.py`` and ``hardening.py`` are what it imports."""
    monkeypatch.setenv("PYTHONPATH", ".")
    files = {
        "app.py": "import checks, hardening\nfrom flask import Flask\n"
        "app = Flask(hardening.NAME + checks.NAME)\n",
        "checks.py": "NAME = 'own'\n",
        "hardening.py": "NAME = 'app'\n",
    }
    _, report, _ = loaded(files)

    assert [] == report["not_audited"]
    assert {"path": "app.py", "line": 3} == report["live"]["facts"]["made"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--app", ""], ["--app", "''", "MODULE:ATTRIBUTE"]),
        (["--app", "app:"], ["--app", "'app:'", "MODULE:ATTRIBUTE"]),
        (["--app", "a b"], ["--app", "'a b'"]),
        (["--app", "app:x.y"], ["--app", "'app:x.y'"]),
        (["--app", "app:create(name)"], ["--app", "create(name)"]),
        (["--login", "ada"], ["--login", "--app"]),
        (["--app", "app", "--login", "ada"], ["FLASK_HARDENING_LOGIN_PASSWORD"]),
        (["--app", "app", "--login", ""], ["--login", "''"]),
    ],
)
def test_wrong_use_is_2(write, monkeypatch, capsys, arguments, words):
    """A malformed value, or a password that is missing, is refused before anything runs."""
    monkeypatch.chdir(write({"app.py": "raise SystemExit\n"}))
    monkeypatch.delenv("FLASK_HARDENING_LOGIN_PASSWORD", raising=False)

    assert 2 == main(["audit", *arguments])

    out, err = capsys.readouterr()
    assert "" == out
    assert all(word in err for word in words), err
