"""What an app says in a table, a validator or a handler, and not where it is looked for first."""

from __future__ import annotations

import pytest

LOGIN = """\
from flask import Flask, flash, redirect, render_template, request, url_for
from flask_login import LoginManager, current_user, login_required, login_user, logout_user
app = Flask(__name__)
manager = LoginManager(app)
@app.post("/login")
def enter():
    login_user(find(request.form["name"]))
    return redirect("/")
@app.post("/notes")
@login_required
def add_note():
    db.session.add(Note(request.form["text"]))
    db.session.commit()
    return ""
"""


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains", False),
        ("Strict-Transport-Security", "max-age=0", True),
        ("X-Frame-Options", "DENY", True),
    ],
)
def test_headers_of_a_table(outcome, key, value, found):
    """A hook sets what a setting lists."""
    text = LOGIN + f"HEADERS = {{{key!r}: {value!r}}}\n" + (
        "@app.after_request\n"
        "def headers(response):\n"
        "    for name, value in HEADERS.items():\n"
        "        response.headers[name] = value\n"
        "    return response\n"
    )  # fmt: skip
    assert ("https-not-enforced" in rules(outcome, text)) is found


@pytest.mark.parametrize(
    ("condition", "found"),
    [("self.STAGE == 'production'", False), ("self.STAGE == 'testing'", True)],
)
def test_settings_of_a_validator(outcome, condition, found):
    """What pydantic's validator sets for production counts there."""
    text = f"""\
from pydantic import model_validator
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    STAGE: str = "production"
    SESSION_COOKIE_SAMESITE: str = "Lax"
    SESSION_COOKIE_SECURE: bool = False
    @model_validator(mode="after")
    def configure(self):
        if {condition}:
            self.SESSION_COOKIE_SECURE = True
        return self
settings = Settings()
""" + LOGIN.replace("manager =", "app.config.from_object(settings)\nmanager =")
    assert ("session-cookie-insecure" in rules(outcome, text)) is found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return redirect(url_for('admin_users'))", False),
        ("return redirect('/admin/users')", False),
        ("return render_template('admin.html', users=User.query.all())", True),
    ],
)
def test_view_that_sends_on(outcome, body, found):
    """A view that only sends everybody to a protected one shows nothing."""
    text = (
        LOGIN
        + f"""\
@app.get("/admin/users")
@login_required
def admin_users():
    return render_template("users.html", users=User.query.all())
@app.get("/admin/notes")
@login_required
def admin_notes():
    return render_template("notes.html", notes=Note.query.all())
@app.get("/admin/")
def admin_main():
    {body}
"""
    )
    assert ("view-unprotected" in rules(outcome, text)) is found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("revoke_token(request.headers.get('Authorization', '')[7:])", False),
        ("count_it()", True),
    ],
)
def test_logout_of_a_token(outcome, line, found):
    """Who sends a token in a header has it ended."""
    text = (
        LOGIN
        + f"""\
def revoke_token(text):
    db.session.delete(Device.query.filter_by(token=text).first())
    db.session.commit()
@app.post("/v1/logout")
def logout():
    {line}
    return {{"ok": True}}
"""
    )
    assert ("session-not-ended" in rules(outcome, text)) is found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("    if referer:\n        return redirect(referer)\n", True),
        ("    if referer != request.host_url:\n        return redirect('/')\n", False),
    ],
)
def test_logout_that_sends_back(outcome, lines, found):
    """Where somebody came from is no check where the redirect only goes there."""
    text = LOGIN + (
        "@app.get('/sign-out/')\ndef sign_out():\n"
        "    referer = request.headers.get('Referer')\n"
        f"    logout_user()\n{lines}    return redirect('/')\n"
    )
    if not found:
        text = text.replace("    logout_user()\n", "").replace(
            "return redirect('/')\n    return",
            "return redirect('/')\n    logout_user()\n    return",
        )
    assert ("logout-by-get" in rules(outcome, text)) is found


@pytest.mark.parametrize(
    ("name", "found"), [("set_user_lang", False), ("delete_lang", True), ("set_role", True)]
)
def test_language_by_a_link(outcome, name, found):
    """Whoever has a user's language changed has gained nothing."""
    text = (
        LOGIN
        + f"""\
@app.get("/{name}/<choice>")
@login_required
def {name}(choice):
    current_user.choice = choice
    db.session.add(current_user)
    db.session.commit()
    return redirect("/")
"""
    )
    assert ("state-change-by-get" in rules(outcome, text)) is found


@pytest.mark.parametrize(("second", "found"), [("Wrong password.", True), ("No.", False)])
def test_answers_of_handlers(outcome, second, found):
    """Handlers that flash different answers and show the page again tell who exists."""
    text = (
        LOGIN.replace('@app.post("/login")', '@app.post("/enter")')
        + f"""\
import bcrypt
def by_login(name, password):
    user = User.query.filter_by(name=name).first()
    if not user:
        raise NotFoundException("user")
    if bcrypt.hashpw(password, user.password) != user.password:
        raise ValidationException("password")
    return user
@app.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    if request.method == "POST":
        try:
            user = by_login(request.form["name"], request.form["password"])
            login_user(user)
            return redirect("/")
        except NotFoundException:
            flash("No.")
        except ValidationException:
            flash({second!r})
    return render_template("sign_in.html")
"""
    )
    assert ("login-enumerates-users" in rules(outcome, text)) is found


@pytest.mark.parametrize(
    ("given", "found"), [("", False), (", 'danger'", False), (", 'safe'", True), (", kind", True)]
)
def test_messages_of_one_category(outcome, given, found):
    """Only messages of the category that is printed unescaped count."""
    page = """\
{% for category, message in get_flashed_messages(with_categories=true) %}
{% if category == "safe" %}<p>{{ message|safe }}</p>{% else %}<p>{{ message }}</p>{% endif %}
{% endfor %}
"""
    text = (
        LOGIN
        + f"""\
@app.post("/words")
def words():
    flash(f"No {{request.form['words']}} here"{given})
    return render_template("words.html")
"""
    )
    told = outcome({"app.py": text, "templates/words.html": page}).findings

    assert ("autoescape-off" in {finding.rule for finding in told}) is found


@pytest.mark.parametrize(
    ("made", "found"),
    [("{'name': sent['name'], 'at': now()}", False), ("{**sent, 'at': now()}", True)],
)
def test_mapping_of_a_helper(outcome, made, found):
    """What a helper puts together field by field is no whole mapping of the client's."""
    text = f"""\
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
db = SQLAlchemy(app)
class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    is_admin = db.Column(db.Boolean)
def prepare(sent):
    return {made}
@app.post("/users")
def add_user():
    values = prepare(request.get_json())
    db.session.add(User(**values))
    db.session.commit()
    return "", 201
"""
    assert ("mass-assignment" in rules(outcome, text)) is found


@pytest.mark.parametrize(("loaded", "found"), [("config", False), ("default_config", True)])
def test_defaults_that_nothing_loads(outcome, loaded, found):
    """A file of defaults that was left behind sets nothing."""
    text = LOGIN.replace(
        "manager =", f"from {loaded} import Config\napp.config.from_object(Config)\nmanager ="
    )
    files = {
        "app.py": text,
        "config.py": "import os\nclass Config:\n    SECRET_KEY = os.environ['SECRET_KEY']\n",
        "default_config.py": "class Config:\n    SECRET_KEY = 'secret'\n    DEBUG = True\n",
    }
    told = {finding.rule for finding in outcome(files).findings}

    assert ("secret-key-guessable" in told) is found


def rules(outcome, text):
    """Return which rules say something about one file."""
    return {finding.rule for finding in outcome({"app.py": text}).findings}
