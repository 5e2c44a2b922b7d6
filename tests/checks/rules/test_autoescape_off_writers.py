"""`autoescape-off` asks who may have written what the database holds."""

from __future__ import annotations

import pytest

RULE = "autoescape-off"
HEAD = """\
from flask import Blueprint, Flask, redirect, render_template, request
from flask_login import LoginManager, current_user, login_required, login_user
from wtforms import Form, StringField
app = Flask(__name__)
login_manager = LoginManager(app)
class Post(db.Model):
    body = db.Column(db.Text)
    def rewrite(self, number, body):
        self.body = body
    author_name = db.Column(db.Text)
@app.get("/post/<int:n>")
def post(n):
    return render_template("post.html", post=Post.query.get_or_404(n))
@app.post("/login")
def login():
    login_user(User.check(request.form["name"], request.form["password"]))
    return redirect("/")
"""
JOIN = """\
@app.post("/register")
def register():
    db.session.add(User(name=request.form["name"], password=hash(request.form["password"])))
    db.session.commit()
    return redirect("/")
"""
WRITE = """\
@app.post("/write")
{guard}
def write():
    {body}
    db.session.commit()
    return redirect("/")
"""
INVITE = """\
@app.cli.command()
def invite(name):
    create_user(name)
"""
MADE = "db.session.add(Post(body=request.form['body']))"


def _files(more, said, found):
    marks = "\n" + "^" * len(f"{{{{ {said}|safe }}}}") + " |safe prints what the database\n"
    return {
        "app.py": HEAD + more,
        "templates/post.html": f"{{{{ {said}|safe }}}}" + (marks if found else "\n"),
    }


@pytest.mark.parametrize(
    "body",
    [
        MADE,
        "post = find()\n    post.body = request.form['body']",
        "text = request.form['body']\n    Post.create(body=text)",
        "form = PostForm()\n    form.populate_obj(find())",
        "db.execute('INSERT INTO posts (body) VALUES (?)', (request.form['body'],))",
        "keep(request.form['body'])",
        "find().rewrite(1, request.form['body'])",
    ],
)
def test_written_by_whoever_has_an_account(audit, body):
    """Where people make their accounts themselves, any of them writes it."""
    more = (
        "class PostForm(Form):\n    body = StringField()\n"
        "def keep(text):\n    db.session.add(Post(body=text))\n"
        + JOIN
        + WRITE.format(guard="@login_required", body=body)
    )

    audit(RULE, _files(more, "post.body", True), strict=False)


def test_written_by_strangers(audit):
    """Where nobody has to log in, accounts do not matter."""
    more = WRITE.format(guard="@app.post('/more')", body=MADE)

    audit(RULE, _files(more, "post.body", True), strict=False)


@pytest.mark.parametrize(
    ("guard", "body", "joined"),
    [
        ("@login_required", MADE, False),
        ("@login_required\n@admin_required", MADE, True),
        ("@roles_required('editor')", MADE, True),
        ("@login_required", "db.session.add(Comment(body=request.form['body']))", True),
        ("@login_required", "Post.query.filter_by(body=request.form['body']).delete()", True),
    ],
)
def test_written_by_the_site(audit, guard, body, joined):
    """What only those who run the site write, or the code itself, is for strict audits."""
    more = (JOIN if joined else INVITE) + WRITE.format(guard=guard, body=body)

    audit(RULE, _files(more, "post.body", False), strict=False)
    (finding,) = audit(RULE, _files(more, "post.body", True))
    assert finding.audience == "strict"


def test_written_by_accounts_that_somebody_makes(audit):
    """Where nothing tells who makes the accounts, whoever has one counts as anybody."""
    more = WRITE.format(guard="@login_required", body=MADE)

    audit(RULE, _files(more, "post.body", True), strict=False)


@pytest.mark.parametrize(
    "said",
    ["user.about", "post.first_name", "order.shipping_address", "comment.body", "author.site"],
)
def test_what_people_say_of_themselves(audit, said):
    """Names, addresses, comments and profiles are written by their owners, wherever that is."""
    owner = said.partition(".")[0]
    more = (
        WRITE.format(guard="@login_required", body="pass")
        + "@app.get('/s')\ndef s():\n"
        + f"    return render_template('s.html', {owner}=Row.query.get(1))\n"
    )
    page = f"{{{{ {said}|safe }}}}"
    files = {"app.py": HEAD + more, "templates/s.html": page + "\n" + "^" * len(page) + "\n"}

    audit(RULE, files, strict=False)


def test_markup_in_code(audit):
    """``Markup`` asks the same."""
    more = JOIN + "def shown():\n    post = Post.query.get(1)\n    return Markup(post.body)\n"
    imported = "from markupsafe import Markup\n"
    carets = "           " + "^" * len("Markup(post.body)") + " Markup prints what the database\n"

    audit(RULE, imported + HEAD + more, strict=False)
    audit(RULE, imported + HEAD + more + carets)
    audit(
        RULE,
        imported + HEAD + more + carets + WRITE.format(guard="@login_required", body=MADE),
        strict=False,
    )
