"""Where `fresh-login-not-required` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "fresh-login-not-required"
HEAD = """\
import re
import regex
from flask import Flask, abort, redirect, request, session
from flask_login import (
    LoginManager, current_user, fresh_login_required, login_fresh, login_required,
)
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
app = Flask(__name__)
manager = LoginManager(app)
class ProfileForm(FlaskForm):
    email = StringField()
    name = StringField()
class NameForm(FlaskForm):
    name = StringField()
"""
VIEW = """\
@app.route("/account", methods=["GET", "POST"])
@DECORATOR
def account():
^^^^^^^^^^^^^^
    BODY
    return redirect("/")
"""
CHANGE = "current_user.set_password(request.form['password'])"


def view(body: str, decorator: str = "login_required", *, marked: bool = True) -> str:
    """Return a view with this body."""
    text = VIEW if marked else VIEW.replace("^^^^^^^^^^^^^^\n", "")
    lines = body.replace("\n", "\n    ")
    return HEAD + text.replace("DECORATOR", decorator).replace("BODY", lines)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (CHANGE, "the password"),
        ("current_user.password = generate_password_hash(request.form['new'])", "the password"),
        ("current_user.email = request.form['email']", "the e-mail address"),
        ("current_user.totp_secret = None", "the second factor"),
        ("current_user.mfa_enabled = False", "the second factor"),
        ("form = ProfileForm()\nform.populate_obj(current_user)", "the e-mail address"),
        ("user = User.query.get(current_user.id)\nuser.email = request.form['email']",
         "the e-mail address"),
        ("mine = current_user.id\nuser = User.query.get_or_404(mine)\n"
         "user.email = request.form['email']", "the e-mail address"),
        ("db.execute('UPDATE users SET email = ? WHERE id = ?', (new, current_user.id))",
         "the e-mail address"),
        ("if request.form['password'] != request.form['confirm_password']:\n    abort(400)\n"
         + CHANGE, "the password"),
        ("if not validate_password_strength(request.form['password']):\n    abort(400)\n" + CHANGE,
         "the password"),
        ("current_user.password = make_hash(valid_password(request.form['password']))",
         "the password"),
        ("if not re.match(r'.{12}', request.form['password']):\n    abort(400)\n" + CHANGE,
         "the password"),
        ("if regex.match(RULES, new_password) is None:\n    abort(400)\n" + CHANGE,
         "the password"),
    ],
)  # fmt: skip
def test_changed_without_asking(audit, body, what):
    """Changes of what an account is entered with are reported, with what it is."""
    (finding,) = audit(RULE, view(body))

    assert finding.message.startswith(f"account() changes {what}")


def test_helper_in_another_file(audit):
    """A helper that is given the current user is followed."""
    audit(
        RULE,
        {
            "app.py": view("change(current_user, request.form['password'])")
            + "from service import change\n",
            "service.py": "def change(user, password):\n    user.set_password(password)\n",
        },
    )


def test_class_based_view(audit):
    """The method of a class-based view is reported."""
    audit(
        RULE,
        HEAD
        + """\
from flask.views import MethodView
class Account(MethodView):
    decorators = [login_required]
    def post(self):
    ^^^^^^^^^^^^^^^
        current_user.set_password(request.form["password"])
app.add_url_rule("/account", view_func=Account.as_view("account"))
""".replace("    ^^^^^^^^^^^^^^^\n        current", "    ^^^^^^^^^^^^^^^\n        current"),
    )


@pytest.mark.parametrize(
    ("body", "decorator"),
    [
        (CHANGE, "fresh_login_required"),
        (CHANGE, "sudo_required"),
        (CHANGE, "reauthenticated(minutes=5)"),
        (f"if not login_fresh():\n    abort(403)\n{CHANGE}", "login_required"),
        ("if not current_user.check_password(request.form['current']):\n    abort(403)\n" + CHANGE,
         "login_required"),
        ("if not check_password_hash(current_user.password, request.form['old']):\n"
         f"    abort(403)\n{CHANGE}", "login_required"),
        ("current_user.change_password(request.form['old_password'], request.form['new'])",
         "login_required"),
        ("form = Form()\ncurrent_user.change_password(form.old.data, form.new.data)",
         "login_required"),
        ("if not totp.verify(request.form['code']):\n    abort(403)\n"
         "current_user.totp_secret = None", "login_required"),
        ("if session.get('reauth_at', 0) < limit:\n    abort(403)\n" + CHANGE, "login_required"),
        ("current_user.name = request.form['name']", "login_required"),
        ("form = NameForm()\nform.populate_obj(current_user)", "login_required"),
        ("current_user.otp_last_used = now()", "login_required"),
        ("boss = current_user.manager_id\nuser = User.query.get(boss)\n"
         "user.name = request.form['name']", "login_required"),
        ("mine = current_user.id if request.args else other()\nuser = Customer(owner=mine)\n"
         "user.email = request.form['email']", "login_required"),
        ("server = Server.query.filter_by(user_id=current_user.id).first()\n"
         "server.password = request.form['password']", "login_required"),
        ("connection = find(current_user)\nsetattr(connection, 'password', None)",
         "login_required"),
        ("keyring.set_password(SERVICE, current_user.name, request.form['password'])",
         "login_required"),
        ("current_user.tunnel_password = request.form['password']", "login_required"),
        ("if not current_user.valid_password(request.form['old']):\n    abort(403)\n" + CHANGE,
         "login_required"),
        ("if not valid_password(current_user, request.form['mine']):\n    abort(403)\n" + CHANGE,
         "login_required"),
    ],
)  # fmt: skip
def test_near_misses(audit, body, decorator):
    """Fresh logins, the current password, a code, and other fields are not reported."""
    audit(RULE, view(body, decorator, marked=False))


@pytest.mark.parametrize(
    "text",
    [
        "@app.route('/change-email/<token>', methods=['GET', 'POST'])\n@login_required\n"
        "def change_email(token):\n    current_user.email = read(token)\n",
        "@app.post('/register')\ndef register():\n    user = User()\n"
        "    user.email = request.form['email']\n    user.set_password(request.form['password'])\n",
        "@app.post('/admin/user/<int:id>')\n@login_required\ndef edit(id):\n"
        "    user = User.query.get(id)\n    user.email = request.form['email']\n",
        "@app.post('/reset/<token>')\ndef reset_password(token):\n    user = read(token)\n"
        "    user.set_password(request.form['password'])\n",
        "@app.get('/account')\n@login_required\ndef show():\n    return current_user.email\n",
        "@app.post('/mail')\n@login_required\ndef mailbox():\n"
        "    current_user.mailbox.set_password(request.form['password'])\n",
    ],
)
def test_other_views(audit, text):
    """Mailed tokens, registrations, administrators and other things' passwords are not judged."""
    audit(RULE, HEAD + text)


def test_form_that_asks(audit):
    """A form whose validator checks the current password is followed."""
    audit(
        RULE,
        view("form = PasswordForm()\nif form.validate_on_submit():\n    "
             "current_user.set_password(form.new.data)", marked=False)
        + """\
class PasswordForm(FlaskForm):
    current = PasswordField()
    new = PasswordField()
    def validate_current(self, field):
        if not current_user.check_password(field.data):
            raise ValueError
""",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("find(number).update(email=request.form['email'], updated_by=current_user.id)", False),
        ("find(number).update(email=request.form['email'], editor=current_user)", False),
        ("db.users.update({'id': current_user.id}, {'email': request.form['email']})", True),
    ],
)
def test_who_did_it_is_noted(audit, body, found):
    """Who changes somebody else's account is noted, and is not whose account it is."""
    line = "def edit(number):"
    marks = "^" * len(line) + "\n" if found else ""
    text = f"@app.post('/members/<number>')\n@login_required\n{line}\n{marks}    {body}\n"
    audit(RULE, HEAD + text)


OWN_FORM = """
class PasswordForm(FlaskForm):
    {field} = PasswordField()
    password = PasswordField()
    def {method}(self, extra=None):
        if self.is_wrong(self.{judged}.data):
            return False
        return True
"""


@pytest.mark.parametrize(
    ("field", "method", "judged", "found"),
    [
        ("password_old", "validate", "password_old", False),
        ("old_password", "validate_old_password", "old_password", False),
        ("pwd_current", "validate", "pwd_current", False),
        ("password_old", "shown", "password_old", True),
        ("password_old", "validate", "password", True),
        ("password2", "validate", "password2", True),
    ],
)
def test_form_that_judges_the_old_password(audit, field, method, judged, found):
    """A form whose own method looks at its field for the old password has asked for it."""
    form = OWN_FORM.format(field=field, method=method, judged=judged)
    body = f"form = PasswordForm()\nif form.validate_on_submit():\n    {CHANGE}"

    audit(RULE, form.join(view(body, marked=found).split("app = ", 1)).replace(
        form, "app = ", 1).replace("manager = Log", form + "manager = Log", 1))  # fmt: skip


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ("provider.validate_password(user, form.password.data)", False),
        ("validate_password(current_user, request.form['password'])", False),
        ("provider.validate_password(user, form.new_password.data)", True),
        ("provider.validate_password(policy, form.password.data)", True),
    ],
)
def test_password_of_a_user_that_a_provider_checks(audit, check, found):
    """Whether a password is that user's own is another question than whether it will do."""
    audit(
        RULE, view(f"user = current_user\nif not {check}:\n    abort(403)\n{CHANGE}", marked=found)
    )


HELPER = """\
def change_password(username="root", password="", by=None, session=None):
    user = session.query(User).filter_by(name=username).first()
    user.password = make_hash(password)
"""


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("username=user.name, password=request.json['password']", True),
        ("password=request.json['password'], username=current_user.name", True),
        ("username=request.json['name'], password=request.json['password']", False),
        ("by=user.name, password=request.json['password']", False),
    ],
)
def test_helper_that_is_told_whose_it_is(audit, told, found):
    """A helper that gets the name of who is logged in changes that account's password."""
    text = view(f"user = current_user\nchange_password({told})", marked=found)

    audit(RULE, text.replace("@app.route", HELPER + "@app.route"))


LINK = """\
@app.route("/password/{rule}", methods=["GET", "POST"])
{decorator}def {name}():
{mark}    claims = read_token(request.args.get("token"))
    client = connect(app, session)
    client.set_password(claims["sub"], request.form["password"])
    return redirect("/")
"""


@pytest.mark.parametrize("name", ["forgot_password_change", "activate_account"])
def test_link_that_was_mailed(audit, name):
    """Who opens a mailed link is not logged in, and has no password to ask for."""
    audit(RULE, HEAD + LINK.format(rule=name, name=name, decorator="", mark=""))


STEP = """\
@app.route("/verify-2fa", methods=["GET", "POST"])
{decorator}def verify_2fa():
{mark}    user = User.query.filter_by(name=session["username"]).first()
    user.mfa_enabled = True
    db.session.commit()
    {end}
    return redirect("/")
"""


@pytest.mark.parametrize(
    ("decorator", "end", "found"),
    [
        ("", "login_user(user)", False),
        ("@login_required\n", "login_user(user)", True),
        ("@login_required\n", "flash('on')", True),
    ],
)
def test_last_step_of_a_login(audit, decorator, end, found):
    """A second factor that the login itself sets up follows the password."""
    head = HEAD + "from flask_login import login_user\n"
    mark = "^" * 17 + "\n" if found else ""
    audit(RULE, head + STEP.format(decorator=decorator, end=end, mark=mark))


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("accounts.change(current_user.id, password, new_password)", False),
        ("accounts.change(current_user.id, new_password)", True),
        ("accounts.change(current_user.id, name, new_password)", True),
    ],
)
def test_both_passwords_are_handed_on(audit, call, found):
    """Who is given the old one and the new one can ask for the old one."""
    body = (
        "password, new_password = request.form['a'], request.form['b']\n"
        f"{call}\ncurrent_user.set_password(new_password)"
    )
    audit(RULE, view(body, marked=found))


@pytest.mark.parametrize(
    ("table", "found"), [("mail_settings", False), ("users", True), ("people", True)]
)
def test_table_of_no_accounts(outcome, table, found):
    """An address among the settings of a mailer is nobody's account."""
    text = (
        f"{HEAD}@app.post('/mail/settings')\n@login_required\ndef edit_mail():\n"
        f'    db.execute("UPDATE {table} SET email = ? WHERE id = ?",'
        " (request.form['email'], current_user.id))\n    return redirect('/')\n"
    )
    told = [f.rule for f in outcome({"app.py": text}).findings]
    assert (RULE in told) is found


@pytest.mark.parametrize(
    ("owner", "found"),
    [("Customer.query.get(n)", False), ("User.query.get(current_user.id)", True)],
)
def test_whose_address_it_is(outcome, owner, found):
    """A view for accounts that stores an address stores it of whom it looks up."""
    text = (
        f"{HEAD}@app.post('/account/edit')\n@login_required\ndef edit_account():\n"
        f"    n = request.form['n']\n    row = {owner}\n    row.email = request.form['email']\n"
        "    return redirect('/')\n"
    )
    assert (RULE in [f.rule for f in outcome({"app.py": text}).findings]) is found


@pytest.mark.parametrize("guard", ["login_required", "app.get('/more')"])
def test_second_factor_on_the_way_in(outcome, guard):
    """Whoever is not logged in yet has just typed the password."""
    text = (
        f"{HEAD}@app.post('/two-factor')\n@{guard}\ndef two_factor():\n"
        "    user = User.query.filter_by(name=session['username']).first()\n"
        "    user.is_two_factor_enabled = True\n    return redirect('/')\n"
    )
    found = [f for f in outcome({"app.py": text}, strict=True).findings if f.rule == RULE]
    assert [f.audience for f in found] == ["default" if guard == "login_required" else "strict"]


VALIDATED = """
class {name}:
    def __call__(self, form, field):
        if not {asks}:
            raise StopValidation("Wrong")
class PasswordForm(FlaskForm):
    old_password = PasswordField(validators=[{name}()])
    password = PasswordField()
"""


@pytest.mark.parametrize(
    ("asks", "found"),
    [("current_user.check_password(field.data)", False), ("len(field.data)", True)],
)
def test_validator_of_the_old_password(audit, asks, found):
    """A validator that the field for the old password is given has asked for it."""
    form = VALIDATED.format(name="RightPassword", asks=asks)
    body = f"form = PasswordForm()\nif form.validate():\n    {CHANGE}"
    text = view(body, marked=found).replace("manager = Log", f"{form}manager = Log", 1)
    audit(RULE, text)


PICKED = """\
@app.post("/service/update_account")
@login_required
def update_account():
{mark}    account = Account.query.get({key})
    account.password = request.form["value"]
    return "ok"
"""


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("int(request.form['pk'])", False),
        ("request.json.get('account_id')", False),
        ("current_user.id", True),
    ],
)
def test_account_that_the_request_picks(audit, key, found):
    """Whose password it is that a number of the request names, nobody can tell."""
    mark = "^" * len("def update_account():") + "\n" if found else ""
    audit(RULE, HEAD + PICKED.format(key=key, mark=mark))


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("current_user.password", False),
        ("current_user.has_password()", False),
        ("current_user.password_hash is not None", False),
        ("not current_user.password", True),
        ("current_user.name", True),
    ],
)
def test_first_password(audit, test, found):
    """Who has no password yet cannot be asked for it."""
    audit(RULE, view(f"if {test}:\n    return redirect('/change')\n{CHANGE}", marked=found))
