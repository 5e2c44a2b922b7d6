"""Where `login-enumerates-users` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "login-enumerates-users"
HEAD = """\
from flask import Flask, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_login import LoginManager, current_user, login_required, login_user
from werkzeug.security import check_password_hash
app = Flask(__name__)
login_manager = LoginManager(app)
"""
VIEW = """\
@app.route("/login", methods=["GET", "POST"])
def login():
    user = User.query.filter_by(email=request.form["email"]).first()
    password = request.form["password"]
"""
SAYS = "The answer for an unknown user is another"


def test_flashes(audit):
    """Different messages are found at the one for the unknown user, as one article has it."""
    (finding,) = audit(
        RULE,
        HEAD
        + VIEW
        + f"""\
    if not user:
        flash("That email does not exist, please try again.")
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ {SAYS}
        return redirect(url_for("login"))
    elif not check_password_hash(user.password, password):
        flash("Password incorrect, please try again.")
        return redirect(url_for("login"))
    else:
        login_user(user)
        return redirect(url_for("home"))
""",
    )

    assert finding.confidence == "high"
    assert finding.related[0].message == "the answer for a wrong password"


@pytest.mark.parametrize(
    "body",
    [
        """\
    if user:
        if check_password_hash(user.password, password):
            login_user(user)
            return redirect("/")
        flash("Wrong password, try again")
    else:
        flash("No such user here")
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
    return render_template("login.html")
""",
        """\
    error = None
    if user is None:
        error = "Incorrect user name."
    elif not check_password_hash(user.password, password):
        error = "Incorrect password."
    if error is None:
        login_user(user)
        return redirect("/")
    return render_template("login.html", error=error)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
        """\
    if user is None:
        return jsonify(error="unknown"), 404
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    if not user.check_password(password):
        return jsonify(error="password"), 401
    login_user(user)
    return jsonify(ok=True)
""",
        """\
    if not user:
        abort(404)
        ^^^^^^^^^^
    if check_password_hash(user.password, password):
        login_user(user)
        return redirect("/")
    abort(403)
""",
        """\
    if user and check_password_hash(user.password, password):
        login_user(user)
        return redirect("/")
    if not user:
        flash("There is no account with this address")
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    else:
        flash("The password is wrong")
    return render_template("login.html")
""",
        """\
    if not user:
        result = 404, {"message": "The user was not found"}
    elif not check_password_hash(user.password, password):
        result = 400, {"message": "The password is wrong"}
    else:
        login_user(user)
        result = 200, {"message": "OK"}
    status, message = result
    response = jsonify(message)
    return response, status
    ^^^^^^^^^^^^^^^^^^^^^^^
""",
    ],
)
def test_other_spellings(audit, body):
    """Nested conditions, a variable, JSON with a status and `abort` are followed."""
    audit(RULE, HEAD + VIEW + body)


def test_look_up_that_answers_404(audit):
    """A look-up that answers 404 by itself tells it too."""
    audit(
        RULE,
        HEAD
        + """\
@app.post("/login")
def login():
    user = User.query.filter_by(email=request.form["email"]).first_or_404()
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    if not check_password_hash(user.password, request.form["password"]):
        return "Wrong", 401
    login_user(user)
    return redirect("/")
""",
    )


def test_form_validator(audit):
    """A form's own validation is part of the login."""
    audit(
        RULE,
        HEAD
        + """\
from flask_wtf import FlaskForm
from wtforms import ValidationError
class LoginForm(FlaskForm):
    def validate_password(self, field):
        user = find_user(self.email.data)
        if user is None:
            raise ValidationError("There is no such user")
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        if not check_password_hash(user.password_hash, field.data):
            raise ValidationError("The password is wrong")
@app.route("/login", methods=["GET", "POST"])
def login():
    form = LoginForm()
    if form.validate_on_submit():
        login_user(find_user(form.email.data))
        return redirect("/")
    return render_template("login.html", form=form)
""",
    )


@pytest.mark.parametrize(
    "body",
    [
        """\
    if not user:
        result = 404, {"message": "Wrong name or password"}
    elif not check_password_hash(user.password, password):
        result = 404, {"message": "Wrong name or password"}
    else:
        login_user(user)
        result = 200, {"message": "All right"}
    status, message = result
    response = jsonify(message)
    return response, status
""",
        """\
    if not user or not check_password_hash(user.password, password):
        flash("E-mail or password is wrong.")
        return redirect("/login")
    login_user(user)
    return redirect("/")
""",
        """\
    if user and check_password_hash(user.password, password):
        login_user(user)
        return redirect("/")
    flash("E-mail or password is wrong.")
    return render_template("login.html")
""",
        """\
    if not user:
        flash("E-mail or password is wrong.")
        return redirect("/login")
    if not check_password_hash(user.password, password):
        flash("E-mail or password is wrong.")
        return redirect("/login")
    login_user(user)
    return redirect("/")
""",
        """\
    message = "E-mail or password is wrong."
    if user is None:
        return render_template("login.html", error=message)
    if not check_password_hash(user.password, password):
        return render_template("login.html", error=message)
    login_user(user)
    return redirect("/")
""",
        """\
    if user is not None:
        if check_password_hash(user.password, password):
            if not user.is_active:
                flash("This account is switched off.")
                return redirect("/login")
            login_user(user)
            return redirect("/")
    flash("E-mail or password is wrong.")
    return redirect("/login")
""",
        """\
    if user is None:
        app.logger.info("unknown user tried to log in")
        return "Wrong", 401
    if not check_password_hash(user.password, password):
        app.logger.info("wrong password for a known user")
        return "Wrong", 401
    login_user(user)
    return redirect("/")
""",
        """\
    if not request.form["email"]:
        flash("Please give your address.")
        return redirect("/login")
    ok = user is not None and check_password_hash(user.password, password)
    if not ok:
        flash("E-mail or password is wrong.")
        return redirect("/login")
    login_user(user)
    return redirect("/")
""",
    ],
)
def test_near_misses(audit, body):
    """One condition, one message in both branches, logs and other conditions give nothing away."""
    audit(RULE, HEAD + VIEW + body)


def test_change_of_password(audit):
    """Who is logged in already may be told which of the two is wrong."""
    audit(
        RULE,
        HEAD
        + """\
@app.post("/password")
@login_required
def change_password():
    if not check_password_hash(current_user.password, request.form["old"]):
        flash("The current password is wrong.")
        return redirect("/password")
    return redirect("/")
""",
    )


def test_stand_in_says_nothing(audit):
    """The hash that evens the time out is no message."""
    audit(
        RULE,
        HEAD
        + VIEW
        + """\
    if not user or not user.check_password(password):
        if not user:
            nobody = Nobody()
            nobody.password = "$2b$12$an example of a hash"
            nobody.check_password(password)
        return jsonify(error="E-mail or password is wrong"), 400
    login_user(user)
    return redirect("/")
""",
    )


def test_method_that_validates(audit):
    """A user that is asked whether the password is valid is a login like others."""
    audit(
        RULE,
        HEAD
        + VIEW
        + f"""\
    if user is None:
        flash("There is no such user.")
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ {SAYS}
    elif not user.validate_password(password):
        flash("The password is wrong.")
    else:
        login_user(user)
    return redirect("/")
""",
    )


@pytest.mark.parametrize(
    "check",
    ["user.verify(data['password'])", "user.check(password)", "user.matches(form.password.data)"],
)
def test_short_names_of_checks(audit, check):
    """``verify`` and the like check a password if they are given one."""
    audit(
        RULE,
        HEAD
        + VIEW
        + f"""\
    data = request.get_json()
    if user is None:
        return {{"message": "User not found"}}, 404
        {"^" * 41} {SAYS}
    if not {check}:
        return {{"message": "Wrong password"}}, 401
    login_user(user)
    return {{}}
""",
    )


FORM = """\
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField, ValidationError
class LoginForm(FlaskForm):
    email = StringField()
    password = PasswordField()
    def validate_email(self, field):
{body}
@app.route("/login", methods=["GET", "POST"])
def login():
    form = LoginForm()
    if form.validate_on_submit():
        user = User.query.filter_by(email=form.email.data).first()
        if user and user.check_password(form.password.data):
            login_user(user)
            return redirect("/")
        flash("Wrong e-mail or password")
    return render_template("login.html", form=form)
"""
NOBODY = "            raise ValidationError('No account with this address.')"
UNDER = f"\n            {'^' * len(NOBODY.strip())} The login form says that there is no such user"


@pytest.mark.parametrize(
    "test",
    [
        "        if not User.query.filter_by(email=field.data).first():\n",
        "        user = User.query.filter_by(email=field.data).first()\n        if user is None:\n",
        "        user = User.get_by_email(field.data)\n        if not user:\n",
        "        if not get_user(field.data):\n",
        "        if User.objects(email=field.data).first() is None:\n",
        "        if db.session.scalar(select(User).filter_by(email=field.data)) is None:\n",
    ],
)
def test_validator_of_the_form(audit, test):
    """A validator that looks the user up tells before the password is checked."""
    audit(RULE, HEAD + FORM.format(body=test + NOBODY + UNDER))


@pytest.mark.parametrize(
    "body",
    [
        "        if '@' not in field.data:\n" + NOBODY,
        "        if not field.data:\n" + NOBODY,
        "        if User.query.filter_by(email=field.data).first():\n" + NOBODY,
        "        if not User.query.filter_by(email=field.data).first():\n"
        "            raise ValidationError('Wrong e-mail or password')",
        "        if not User.query.filter_by(email=field.data).first():\n            pass",
        "        allowed = config_of(field)\n        if not allowed:\n" + NOBODY,
    ],
)
def test_validator_that_tells_nothing(audit, body):
    """Checks of the spelling, of taken names, and the same sentence as for a wrong password."""
    audit(RULE, HEAD + FORM.format(body=body))


def test_validator_of_another_form(audit):
    """A registration's form may say what it likes here."""
    text = FORM.format(
        body="        if not User.query.filter_by(email=field.data).first():\n" + NOBODY
    )
    audit(RULE, HEAD + text.replace("form = LoginForm()", "form = OtherForm()"))


ONE = """\
@app.post("/login")
def login():
    admin = {LOOK_UP}
    if admin:
        if request.form["name"] == admin.name and admin.check_password(request.form["password"]):
            login_user(admin)
            return redirect("/")
        flash("Name or password is wrong.")
    else:
        flash("No account yet."){MARK}
    return render_template("login.html")
"""


@pytest.mark.parametrize(
    "look_up", ["Admin.query.first()", "db.session.query(Admin).first()", "Admin.objects().one()"]
)
def test_one_account_for_everybody(audit, look_up):
    """Where no name is looked up, a missing account says nothing about names."""
    audit(RULE, HEAD + ONE.replace("{LOOK_UP}", look_up).replace("{MARK}", ""))


@pytest.mark.parametrize(
    "look_up",
    [
        "Admin.query.filter_by(name=request.form['name']).first()",
        "Admin.get(request.form['name'])",
        "db.session.query(Admin).filter(Admin.name == name).first()",
    ],
)
def test_account_that_was_looked_up(audit, look_up):
    """Where a name is looked up, it does."""
    mark = "\n        " + "^" * len('flash("No account yet.")')

    audit(RULE, HEAD + ONE.replace("{LOOK_UP}", look_up).replace("{MARK}", mark))


def test_manager_that_is_asked_with_the_name(audit):
    """A manager that checks name and password is no user that may be missing."""
    audit(
        RULE,
        HEAD
        + """\
@app.post("/login")
def login():
    load = schema.load(request.json)
    if request.form["provider"] == "db":
        user = app.manager.auth_user_db(load["username"], load["password"])
    elif request.form["provider"] == "ldap":
        user = app.manager.auth_user_ldap(load["username"], load["password"])
    else:
        return "There is no such provider.", 400
    if not user:
        return "Name or password is wrong.", 401
    login_user(user)
    return redirect("/")
""",
    )


HELPER = """\
def find(name):
    user = User.query.filter_by(name=name).first()
    if user is None:
        raise NoSuchUser(name)
    return user

def authenticate(name, password):
    return check_password_hash(find(name).password, password)
@app.post("/login")
def login():
    name, password = request.form["name"], request.form["password"]
"""


@pytest.mark.parametrize(
    "body",
    [
        """\
    try:
        if not authenticate(name, password):
            return "Wrong password", 401
    except NoSuchUser:
        return "Who is that?", 404
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
    login_user(find(name))
""",
        """\
    try:
        authenticate(name, password)
    except UserNotFound:
        abort(404)
        return UNKNOWN
        ^^^^^^^^^^^^^^
    except WrongPassword:
        return WRONG
    login_user(find(name))
""",
        """\
    try:
        user = authenticate(name, password)
    except User.DoesNotExist:
        raise BadRequest("Nobody is called so")
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    except InvalidPassword:
        raise BadRequest("Wrong password")
    login_user(user)
""",
    ],
    ids=["helper says no", "two exceptions", "raised again"],
)
def test_told_by_what_a_helper_raises(audit, body):
    """A view that answers by the exception of a helper tells who exists."""
    (finding,) = audit(RULE, HEAD + HELPER + body)

    assert finding.confidence == "medium"


@pytest.mark.parametrize(
    "body",
    [
        "    try:\n        if not authenticate(name, password):\n            return WRONG\n"
        "    except NoSuchUser:\n        return WRONG\n    login_user(find(name))\n",
        "    try:\n        authenticate(name, password)\n    except NoSuchUser:\n"
        "        return WRONG\n    except WrongPassword:\n        return WRONG\n",
        "    try:\n        authenticate(name, password)\n"
        "    except (NoSuchUser, WrongPassword):\n        return WRONG\n",
        "    try:\n        authenticate(name, password)\n    except NoSuchUser:\n        raise\n"
        "    except WrongPassword:\n        return WRONG\n    login_user(find(name))\n",
        "    try:\n        room = open_room(name)\n        if not room:\n            return FULL\n"
        "    except RoomNotFound:\n        return GONE\n    login_user(find(name))\n",
    ],
    ids=["same answer", "same for both", "one handler", "raised on", "no password"],
)
def test_exceptions_that_tell_nothing(audit, body):
    """One answer for both, and exceptions about something else, tell nothing."""
    audit(RULE, HEAD + HELPER + body)


SECURITY = "from flask import Flask\nfrom flask_security import Security\napp = Flask(__name__)\n"
BUILT = "Security(app, store)\n"
UNDER = "^^^^^^^^^^^^^^^^^^^^ Flask-Security's login tells\n"


@pytest.mark.parametrize(
    "text",
    [
        BUILT + UNDER,
        "app.config['SECURITY_RETURN_GENERIC_RESPONSES'] = False\n"
        "                                                  ^^^^^ Flask-Security's\n" + BUILT,
        "from flask_security import LoginForm\nclass Form(LoginForm):\n"
        "    def validate(self, **kwargs):\n        return super().validate(**kwargs)\n"
        "Security(app, store, login_form=Form)\n"
        "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Flask-Security's\n",
        "app.config['SECURITY_PASSWORDLESS'] = False\n" + BUILT + UNDER,
        "app.config['SECURITY_MSG_LOGIN'] = ('Welcome', 'info')\n" + BUILT + UNDER,
        "security = Security()\n^^^^^^^^^^ Flask-Security's\nsecurity.init_app(app)\n".replace(
            "^^^^^^^^^^", "           ^^^^^^^^^^"
        ),
    ],
)
def test_flask_security(audit, text):
    """Flask-Security's own login page tells which of the two is wrong, as it comes."""
    (finding,) = audit(RULE, SECURITY + text)

    assert finding.severity == "low"


@pytest.mark.parametrize(
    "text",
    [
        "app.config['SECURITY_RETURN_GENERIC_RESPONSES'] = True\n" + BUILT,
        "import os\napp.config['SECURITY_RETURN_GENERIC_RESPONSES'] = os.environ['G']\n" + BUILT,
        "def later(app):\n    app.config.setdefault('SECURITY_RETURN_GENERIC_RESPONSES', on())\n"
        + BUILT,
        "Security(app, store, return_generic_responses=True)\n",
        "app.config['SECURITY_PASSWORDLESS'] = True\n" + BUILT,
        "app.config['SECURITY_MSG_USER_DOES_NOT_EXIST'] = ('No', 'error')\n" + BUILT,
        "Security(app, store, register_blueprint=False)\n",
        "from elsewhere import Form\nSecurity(app, store, login_form=Form)\n",
        "from flask_security import LoginForm\nclass Form(LoginForm):\n"
        "    def validate(self, **kwargs):\n        return check(self)\n"
        "Security(app, store, login_form=Form)\n",
    ],
)
def test_flask_security_that_answers_the_same(audit, text):
    """Generic responses, texts and forms of the app's own, and pages that are not there."""
    audit(RULE, SECURITY + text)


def test_other_security(audit):
    """A class of another library that is called so has no login page."""
    audit(RULE, SECURITY.replace("flask_security", "bank") + BUILT)


DIRECTORY = """\
@app.post("/login")
def login():
    email, password = request.form["email"], request.form["password"]
    user = find_user_by_email(email)
    if user is not None:
        known = {call}(email, password)
        if known:
            login_user(user)
            return redirect("/")
        flash("Wrong name or password.")
        return render_template("login.html")
    flash("{missing}")
{mark}    return render_template("login.html")
"""


@pytest.mark.parametrize("call", ["ldap_authentication", "ldap_login", "authenticate"])
@pytest.mark.parametrize(
    ("missing", "found"), [("There is no such user.", True), ("Wrong name or password.", False)]
)
def test_user_before_the_directory(audit, call, missing, found):
    """Only for users that the app knows is the directory asked; the answer should be the same."""
    mark = "    " + "^" * (len(missing) + 9) + "\n" if found else ""
    audit(RULE, HEAD + DIRECTORY.format(call=call, missing=missing, mark=mark))


FAILS = "The login fails with a server error for an unknown user"


@pytest.mark.parametrize(
    "body",
    [
        f"""\
    if check_password_hash(user.password, password):
                           ^^^^ {FAILS}
        login_user(user)
        return redirect("/")
    return render_template("login.html", error="Wrong name or password")
""",
        f"""\
    if not user.check_password(password):
           ^^^^ {FAILS}
        abort(401)
    login_user(user)
    return redirect("/")
""",
        f"""\
    if user.password == password and user.active:
       ^^^^ {FAILS}
        login_user(user)
        return redirect("/")
    return "Wrong name or password", 401
""",
        f"""\
    row = db.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()
    if check_password_hash(row["password"], password):
                           ^^^ {FAILS}
        login_user(User(row))
    return redirect("/")
""",
        """\
    if check_password_hash(User.query.filter_by(email=name).first().password, password):
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        login_user(user)
    return redirect("/")
""",
    ],
)
def test_takes_the_password_of_nobody(audit, body):
    """A view that uses what it looked up without asking whether there is anything is found."""
    audit(RULE, HEAD + VIEW + body)


@pytest.mark.parametrize(
    "body",
    [
        """\
    if user and check_password_hash(user.password, password):
        login_user(user)
        return redirect("/")
    return render_template("login.html", error="Wrong name or password")
""",
        """\
    try:
        right = check_password_hash(user.password, password)
    except AttributeError:
        right = False
    if right:
        login_user(user)
    return redirect("/")
""",
        """\
    if User.query.filter_by(email=request.form["email"]).count() == 0:
        return "Wrong name or password", 401
    if user.check_password(password):
        login_user(user)
        return redirect("/")
    return "Wrong name or password", 401
""",
        """\
    stored = user.password if user else DUMMY
    if check_password_hash(stored, password):
        login_user(user)
        return redirect("/")
    return "Wrong name or password", 401
""",
        """\
    with suppress(AttributeError):
        if user.check_password(password):
            login_user(user)
            return redirect("/")
    return "Wrong name or password", 401
""",
    ],
)
def test_asks_whether_there_is_somebody(audit, body):
    """A condition, a `try` or another look-up answers for whoever is not there."""
    assert not audit(RULE, HEAD + VIEW + body)


CLASSES = """\
from wtforms.validators import StopValidation
class KnownUser:
    def __call__(self, form, field):
        user = User.get_by_name(field.data)
        if not user:
            message = "{said}"
            raise StopValidation(message)
{mark}class RightPassword:
    def __call__(self, form, field):
        user = User.get_by_name(form.name.data)
        if user and not user.check_password(field.data):
            raise StopValidation("Invalid credentials")
class LoginForm(FlaskForm):
    name = StringField("Name", validators=[DataRequired(), KnownUser()])
    password = PasswordField("Password", validators=[RightPassword()])
@app.route("/login", methods=["GET", "POST"])
def login():
    form = LoginForm(request.form)
    if form.validate():
        login_user(User.get_by_name(form.name.data))
        return redirect("/")
    return render_template("login.html", form=form)
"""


@pytest.mark.parametrize(
    ("said", "found"), [("User not found", True), ("Invalid credentials", False)]
)
def test_validators_that_are_classes(audit, said, found):
    """Validators of the fields tell the same as methods of the form do."""
    mark = f"            {'^' * len('raise StopValidation(message)')}\n" if found else ""
    audit(RULE, HEAD + CLASSES.format(said=said, mark=mark))


@pytest.mark.parametrize(
    "before",
    [
        "    if request.method == 'GET':\n        user = current_user\n        return page(user)\n",
        "    user = current_user\n",
    ],
)
def test_name_that_was_somebody_else(audit, before):
    """Who is logged in, under the same name before or in another branch, is somebody else."""
    audit(
        RULE,
        "from flask import Flask, flash, request\n"
        "from flask_login import current_user, login_user\n"
        "from werkzeug.security import check_password_hash\napp = Flask(__name__)\n"
        "@app.route('/login', methods=['GET', 'POST'])\ndef login():\n"
        + before
        + "    user = User.query.filter_by(name=request.form['name']).first()\n"
        "    if user is None:\n        flash('No such user')\n"
        "        ^^^^^^^^^^^^^^^^^^^^^ The answer\n        return 'a'\n"
        "    if not check_password_hash(user.password, request.form['password']):\n"
        "        flash('Wrong password')\n        return 'a'\n"
        "    login_user(user)\n    return 'b'\n",
    )
