"""Where `remember-cookie-insecure` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "remember-cookie-insecure"
HEAD = "from flask import Flask\nfrom flask_login import login_user\napp = Flask(__name__)\n"
MARK = "      ^^^^^^^^^^^^^^^ Nothing sets REMEMBER_COOKIE_SECURE\n"


@pytest.mark.parametrize(
    "call",
    [
        "login_user(user, remember=True)",
        "login_user(user, remember=form.remember.data)",
        "login_user(user, True)",
        "from flask_security import Security, SQLAlchemyUserDatastore\nSecurity(app, store)",
        "from flask_user import UserManager\nUserManager(app, db, User)",
    ],
)
def test_defaults(audit, call):
    """An app that remembers users with the default cookie is one finding."""
    audit(RULE, HEAD + MARK + call + "\n")


def test_bad_values(audit):
    """Unsafe values are reported where they are written."""
    audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
        app.config.update(REMEMBER_COOKIE_SECURE=False, REMEMBER_COOKIE_HTTPONLY=False)
                                                 ^^^^^ REMEMBER_COOKIE_SECURE is off
                                                                                 ^^^^^
        """,
    )


def test_talisman_does_not_help(audit):
    """Talisman sets only the session cookie."""
    text = "from flask_talisman import Talisman\nTalisman(app)\nlogin_user(user, remember=True)\n"

    audit(RULE, HEAD + MARK + text)


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user)\n",
        "from flask_security import login_required\nlogin_user(user)\n",
        "login_user(user, remember=False)\n",
        "other(user, remember=True)\n",
        "login_user(user, remember=True)\n"
        "app.config.update(REMEMBER_COOKIE_SECURE=True, REMEMBER_COOKIE_SAMESITE='Lax')\n",
        "login_user(user, remember=True)\nfrom hardening import harden\nharden(app)\n",
    ],
)
def test_near_misses(audit, text):
    """Apps that never remember, configure the cookie or are wrapped are not reported."""
    audit(RULE, HEAD + text)


def test_own_page_instead_of_the_librarys(audit):
    """A login page of the app's own counts by whether it has the box."""
    app = "from flask import Flask\nfrom flask_security import Security\napp = Flask(__name__)\n"
    page = "<form method=post>{{ login_user_form.password }}%s</form>\n"
    name = "templates/security/login_user.html"
    made = "Security(app, store)\n"

    audit(RULE, {"app.py": app + made, name: page % ""})
    audit(RULE, {"app.py": app + MARK + made, name: page % "{{ login_user_form.remember }}"})


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("{{ wtf.quick_form(login_user_form, button_map={}) }}", True),
        ("{{ render_form(form) }}", True),
        ("{% for field in login_user_form %}{{ field }}{% endfor %}", True),
        ("{{ render_form_field(login_user_form.password) }}", False),
        ("{% for error in login_user_form.errors %}{{ error }}{% endfor %}", False),
    ],
)
def test_own_page_that_prints_every_field(audit, body, found):
    """A page that prints whatever fields the library's form has shows the box, too."""
    app = "from flask import Flask\nfrom flask_security import Security\napp = Flask(__name__)\n"
    mark = MARK if found else ""
    page = f"<form method=post>{body}</form>\n"
    audit(
        RULE,
        {"app.py": f"{app}{mark}Security(app, db)\n", "templates/security/login_user.html": page},
    )
