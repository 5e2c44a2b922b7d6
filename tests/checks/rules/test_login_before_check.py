"""Where `login-before-check` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "login-before-check"
HEAD = """\
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import Flask, abort, flash, redirect, request, session, url_for
from flask_login import LoginManager, login_user, logout_user
from werkzeug.security import check_password_hash
app = Flask(__name__)
hasher = PasswordHasher()
@app.post("/login")
def login():
    password = request.form["password"]
    user = User.query.filter_by(name=request.form["name"]).first()
"""
CHECK = "check_password_hash(user.password, password)"
MARK = "login_user(user)"


def view(*lines: str, mark: str = MARK) -> str:
    """Return a login of these lines, with carets under `mark` in the lines with a ``!``."""
    text = HEAD
    for line in lines:
        plain = line.rstrip("!")
        text += f"    {plain}\n"
        if line != plain:
            text += " " * (4 + plain.index(mark)) + "^" * len(mark) + "\n"
    return text


@pytest.mark.parametrize(
    "lines",
    [
        ["login_user(user)!", f"if not {CHECK}:", "    abort(401)", "return redirect('/')"],
        ["if user:", "    login_user(user)!", f"if not {CHECK}:", "    return 'no'",
         "return 'yes'"],
        ["login_user(user)!", f"if {CHECK}:", "    return 'yes'", "logout_user()", "return 'no'"],
        [f"if not {CHECK}:", "    flash('wrong')", "login_user(user)!", "return redirect('/')"],
        [CHECK, "login_user(user)!", "return redirect('/')"],
        [f"right = {CHECK}", "login_user(user)!", "return redirect('/')"],
        [f"right = {CHECK}", "if right is not None:", "    login_user(user)!"],
        [f"right = {CHECK}", "if right:", "    flash('hello')", "login_user(user)!"],
        ["try:", "    hasher.verify(user.password, password)", "except VerifyMismatchError:",
         "    flash('wrong')", "login_user(user)!", "return redirect('/')"],
        [f"if user or {CHECK}:", "    flash('hi')", f"if not {CHECK}:", "    error = 'wrong'",
         "login_user(user)!"],
    ],
)  # fmt: skip
def test_too_early(audit, lines):
    """A login before the check, or in spite of it, is reported."""
    audit(RULE, view(*lines))


def test_password_that_nobody_looks_at(audit):
    """A login that reads a password and hands it to nothing is reported."""
    (finding,) = audit(RULE, view("if user:", "    login_user(user)!", "return redirect('/')"))

    assert finding.message.startswith("The password that was typed is never checked")


def test_second_factor_after_the_login(audit):
    """A login that is complete before the code was asked for is reported."""
    (finding,) = audit(
        RULE,
        view(
            f"if not {CHECK}:",
            "    abort(401)",
            "login_user(user)!",
            "if user.totp_secret:",
            "    return redirect(url_for('verify_otp'))",
            "return redirect('/')",
        ),
    )

    assert finding.message.startswith("The user is logged in before the second factor")


@pytest.mark.parametrize(
    "lines",
    [
        [f"if not user or not {CHECK}:", "    abort(401)", "login_user(user)"],
        [f"if user and {CHECK}:", "    login_user(user)", "    return 'yes'", "return 'no'"],
        [f"if not {CHECK}:", "    flash('wrong')", "    return 'no'", "login_user(user)"],
        [f"right = {CHECK}", "if right:", "    login_user(user)", "return 'done'"],
        [f"right = {CHECK}", "if not right:", "    return 'no'", "login_user(user)"],
        ["try:", "    hasher.verify(user.password, password)", "except VerifyMismatchError:",
         "    return 'no'", "login_user(user)"],
        ["hasher.verify(user.password, password)", "login_user(user)"],
        [f"if not {CHECK}:", "    if not directory.accepts(user, password):",
         "        return 'no'", "login_user(user)"],
        [f"if {CHECK} is False:", "    return 'no'", "login_user(user)"],
        ["error = None", f"if not {CHECK}:", "    error = 'wrong'", "if error is None:",
         "    login_user(user)", "return 'done'"],
        ["try:", "    user = provider.authenticate(request.form['name'], password)",
         "    login_user(user)", "except Exception:", "    flash('wrong')"],
        ["user = accounts.authenticate(request.form['name'], password)", "if user is not None:",
         "    login_user(user)", "return user"],
        ["user = None", "if directory:", "    user = directory.auth_user(name, password)",
         "if user is None:", "    user = accounts.authenticate_user(name, password)",
         "if user is None:", "    abort(401)", "login_user(user)"],
        ["found = verify_login(request.form['name'], password)", "if found is None:",
         "    return 'no'", "login_user(found)"],
        ["login_user(register_new(password))", "return 'welcome'"],
        ["if not user.check(password):", "    abort(401)", "login_user(user)"],
        [f"if not {CHECK}:", "    abort(401)", "if user.totp_secret:",
         "    session['waiting'] = user.id", "    return redirect(url_for('verify_otp'))",
         "login_user(user)"],
        [f"if not {CHECK}:", "    abort(401)", "login_user(user)", "if not user.totp_secret:",
         "    return redirect(url_for('setup_otp'))"],
    ],
)  # fmt: skip
def test_in_the_right_order(audit, lines):
    """Checks that end the view, other ways to prove it, and codes before the login are fine."""
    audit(RULE, view(*lines))


def test_check_that_returns_the_user(audit):
    """A function of the project that returns the user or None is asked for None rightly."""
    audit(
        RULE,
        {
            "app.py": view(
                "user = None",
                "if user is None:",
                "    user = accounts.auth_user_db(request.form['name'], password)",
                "if user is not None:",
                "    login_user(user)",
                "return user",
            ),
            "accounts.py": """\
from werkzeug.security import check_password_hash
class Manager:
    def auth_user_db(self, name, password):
        user = self.find_user(name)
        if user is None or user.password is None:
            return None
        if check_password_hash(user.password, password):
            return user
        return None
""",
        },
    )


def test_gate_before_each_request(audit):
    """A hook that asks for the code on every page makes the order harmless."""
    hook = """\
@app.before_request
def ask_for_code():
    if current_user.totp_secret and not session.get("totp_verified"):
        return redirect("/code")
"""

    audit(
        RULE,
        view(
            f"if not {CHECK}:",
            "    abort(401)",
            "login_user(user)",
            "return redirect(url_for('verify_otp'))",
        )
        + hook,
    )


def test_tests_are_left_alone(audit):
    """A test that logs in before it checks is no login of the app."""
    audit(RULE, {"tests/test_login.py": view("login_user(user)", CHECK)})


@pytest.mark.parametrize(
    "test",
    [
        "not pyotp.TOTP(user.totp_secret).verify(code)",
        "not verify_totp(user, code)",
        "not user.check_otp(request.form['code'])",
        "not valid_code(user, code)",
    ],
)
def test_code_after_the_login(audit, test):
    """A login before the code is refused is too early; after it, it is not."""
    head = "import pyotp\n" + HEAD[: HEAD.index("@app")] + "@app.post('/mfa')\ndef mfa():\n"
    head += "    user = User.query.get(session['pending'])\n    code = request.form['code']\n"
    refuse = f"    if {test}:\n        return redirect('/mfa')\n"
    login = "    login_user(user)\n"
    audit(RULE, f"{head}{login}    {'^' * 16} login_user runs before the code\n{refuse}")

    audit(RULE, head + refuse + login)
    audit(RULE, f"{head}{login}    if not user.check_profile():\n        return redirect('/p')\n")
    audit(RULE, f"{head}{login}    if not verify_code(code):\n        flash('later')\n")
