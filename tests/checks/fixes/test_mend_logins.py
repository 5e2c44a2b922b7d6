"""What `--fix` does about `login-required-ineffective`, and what it leaves."""

from __future__ import annotations

import pytest

ABOVE = "login-required-ineffective"
HEAD = (
    "from flask import Flask\nfrom flask_login import LoginManager, UserMixin, login_required, "
    "login_user, fresh_login_required\n\napp = Flask(__name__)\nmanager = LoginManager(app)\n"
    "manager.login_view = 'enter'\n\n\n@app.post('/in')\ndef enter():\n    login_user(find())\n"
    "    return ''\n\n\n"
)
VIEW = "def page():\n    return 'x'\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@login_required\n@app.route('/')\n", "@app.route('/')\n@login_required\n"),
        (
            "@login_required  # members\n@app.route('/')\n@cached\n",
            "@app.route('/')\n@login_required  # members\n@cached\n",
        ),
        (
            "# all\n@login_required\n@app.route(\n    '/',\n)\n# two\n@app.get('/b')\n",
            "# all\n@app.route(\n    '/',\n)\n# two\n@app.get('/b')\n@login_required\n",
        ),
        ("@fresh_login_required\n@app.post('/')\n", "@app.post('/')\n@fresh_login_required\n"),
        ("@app.route('/')\n@login_required()\n", "@app.route('/')\n@login_required\n"),
    ],
)
def test_it_goes_below_the_routes(holds, before, after):
    """The line with the decorator moves below the last route, with its remark."""
    holds(ABOVE, HEAD + before + VIEW, HEAD + after + VIEW)


def test_line_ends_are_kept(holds):
    """A file with the line ends of Windows keeps them, also in what moves."""
    before = HEAD + "@login_required\n@app.route('/')\n" + VIEW
    after = HEAD + "@app.route('/')\n@login_required\n" + VIEW

    holds(ABOVE, before.replace("\n", "\r\n"), after.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        "@login_required\n@app.route('/')\ndef login():\n    return 'x'\n",
        "@login_required\n@app.route('/')\ndef register():\n    return 'x'\n",
        "@login_required\n@app.route('/')\ndef page():\n    login_user(x)\n    return 'x'\n",
        "login_required(page)\n\n\n@app.route('/')\n" + VIEW,
        "def login_optionally(f):\n    return f\n\n\n@login_required\n@app.route('/')\n" + VIEW,
        "@manager.unauthorized_handler\ndef out():\n    x = 1\n"
        "    return redirect(url_for('page'))\n\n\n@login_required\n@app.route('/')\n" + VIEW,
        "import flask_login\n\n\n@flask_login.login_required\n@app.route('/')\n" + VIEW,
    ],
)
def test_views_that_may_be_open_are_left(holds, text):
    """Views that people need to log in stay as they are, and unusual spellings too."""
    holds(ABOVE, HEAD + text, None)


def test_strangers_are_turned_away(mended):
    """The view that everybody could open asks for a login, under the same endpoint."""
    text = (
        HEAD.replace("manager.login_view = 'enter'\n", "manager.user_loader(lambda _: None)\n")
        + "@login_required\n@app.route('/')\n"
        + VIEW
    )
    answers = []
    for source in (text, mended(ABOVE, text)["app.py"]):
        space: dict[str, object] = {"__name__": "app"}
        exec(source, space)
        app = space["app"]
        app.secret_key = "for this test"
        answers.append((app.test_client().get("/").status_code, sorted(app.view_functions)))

    assert [(200, ["enter", "page", "static"]), (401, ["enter", "page", "static"])] == answers
