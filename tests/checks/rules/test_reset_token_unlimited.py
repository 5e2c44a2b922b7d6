"""Where `reset-token-unlimited` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "reset-token-unlimited"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
from itsdangerous import TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer
from datetime import datetime, timedelta
timed = URLSafeTimedSerializer(app.secret_key, salt="reset")
plain = URLSafeSerializer(app.secret_key, salt="x")
signer = TimestampSigner(app.secret_key)
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def reset_password(token):
                return timed.loads(token)  # here
            """,
            id="loads without max_age",
        ),
        pytest.param(
            """
            def confirm(token):
                return timed.loads(token, max_age=None)  # here
            """,
            id="max_age=None",
        ),
        pytest.param(
            """
            def verify_reset_token(token):
                s = URLSafeTimedSerializer(app.config["SECRET_KEY"])
                try:
                    return s.loads(token)["user"]  # here
                except Exception:
                    return None
            """,
            id="a serializer made in the function",
        ),
        pytest.param(
            """
            def confirm_email(token):
                return plain.loads(token)  # here
            """,
            id="no clock",
        ),
        pytest.param(
            """
            def reset(token):
                return signer.unsign(token)  # here
            """,
            id="unsign without max_age",
        ),
        pytest.param(
            """
            def unpack(value):
                return plain.loads(value)  # here
            def reset_password(token):
                return unpack(token)
            """,
            id="a purpose that the caller tells",
        ),
        pytest.param(
            """
            def verify(token, age=None):
                return timed.loads(token, max_age=age)  # here
            def reset_password(token):
                return verify(token)
            """,
            id="a parameter that nobody gives",
        ),
        pytest.param(
            """
            @app.post("/reset/<token>")
            def reset_password(token):  # here
                try:
                    user = User.query.get(timed.loads(token, max_age=600))
                except Exception:
                    flash("This link is invalid or was used already.")
                    return redirect("/")
                user.set_password(request.form["password"])
            """,
            id="a message that says what is not so",
        ),
        pytest.param(
            """
            @app.post("/reset/<token>")
            def reset_password(token):  # here
                user = User.query.get(timed.loads(token, max_age=600))
                user.set_password(request.form["password"])
            """,
            id="a signed token that stays good",
        ),
        pytest.param(
            """
            @app.post("/reset/<token>")
            def reset_password(token):  # here
                user = User.query.filter_by(reset_token=token).first()
                user.set_password(request.form["password"])
            """,
            id="a stored token of any age",
        ),
        pytest.param(
            """
            @app.post("/reset/<token>")
            def reset_password(token):  # here
                user = User.query.filter_by(reset_token=token).first()
                user.set_password(request.form["password"])
                user.reset_token = None
            """,
            id="a stored token without a time",
        ),
    ],
)
def test_found(marked, body):
    """Each spelling is found, at its line, once."""
    assert marked(RULE, HEAD, body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def confirm(token):
                return timed.loads(token, max_age=600)
            """,
            id="max_age",
        ),
        pytest.param(
            """
            def confirm(token):
                return timed.loads(token, max_age=app.config["AGE"])
            """,
            id="max_age from the settings",
        ),
        pytest.param(
            """
            def confirm(token):
                return timed.loads(token, 600)
            """,
            id="max_age by position",
        ),
        pytest.param(
            """
            def verify(token, age=600):
                return timed.loads(token, max_age=age)
            def reset_password(token):
                return verify(token)
            """,
            id="a default of the parameter",
        ),
        pytest.param(
            """
            def reset(token, options):
                return timed.loads(token, **options)
            """,
            id="options that are not seen",
        ),
        pytest.param(
            """
            def validate_csrf(cookie, header):
                return timed.loads(cookie) == timed.loads(header)
            """,
            id="against forged forms",
        ),
        pytest.param(
            """
            def check(header):
                return URLSafeTimedSerializer(KEY, salt="csrf-token").loads(header)
            """,
            id="against forged forms, by its salt",
        ),
        pytest.param(
            """
            def read_cart(value):
                return plain.loads(value)
            """,
            id="no clock, for no account",
        ),
        pytest.param(
            """
            def reset(token):
                data = plain.loads(token)
                if data["expires"] < now():
                    return None
                return data
            """,
            id="an end inside the token",
        ),
        pytest.param(
            """
            def verify_reset_token(token, user):
                return URLSafeSerializer(app.secret_key + user.password_hash).loads(token)
            """,
            id="the password in the key",
        ),
        pytest.param(
            """
            @app.post("/reset/<token>")
            def reset_password(token):
                name, stamp = timed.loads(token, max_age=600)
                user = User.query.get(name)
                if user.stamp != stamp:
                    return "used", 400
                user.set_password(request.form["password"])
            """,
            id="a stamp that a new password changes",
        ),
        pytest.param(
            """
            @app.post("/reset/<token>")
            def reset_password(token):
                user = User.query.filter_by(reset_token=token).first()
                if user.reset_expires < datetime.utcnow():
                    return "late", 400
                user.set_password(request.form["password"])
                user.reset_token = None
            """,
            id="a stored token with an end that is cleared",
        ),
        pytest.param(
            """
            @app.post("/reset/<token>")
            def reset_password(token):
                user = find(timed.loads(token, max_age=600))
                if user.password_reset_token is not None:
                    user.password = hashed(request.form["password"])
                    user.password_reset_token = None
            """,
            id="a mark of the reset that is taken away",
        ),
        pytest.param(
            """
            @app.post("/users/<int:user_id>/reset-password")
            @staff_required
            def reset_password(user_id):
                user = User.query.filter_by(id=user_id).first()
                note(code=code_of(user, key=key), at=datetime.utcnow())
                user.password = draw()
            """,
            id="a reset by others than the user",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []


MODEL = """
class User(UserMixin, db.Model):
    def reset_password(self, token, new):
        if timed.loads(token, max_age=3600)["user"] != self.id:
            return False
        self.password = new
        SPENT
        return True
@app.route("/reset/<token>", methods=["GET", "POST"])
@app.route("/again/<token>", methods=["GET", "POST"])
def reset(token):
    user = User.query.filter_by(email=request.form["email"]).first()
    if user and user.reset_password(token, request.form["password"]):
        return redirect("/login")
    return redirect("/")
"""
VIEW = """
@app.route("/reset/<token>", methods=["GET", "POST"])
def reset(token):
    user = User.query.get(timed.loads(token, max_age=3600))
    if not request.form["password"]:
        return redirect("/empty")
    elif len(request.form["password"]) < 12:
        return redirect("/short")
    user.SETTER(request.form["password"])
    db.session.commit()
    return redirect("/login")
"""
DEF = "def reset(token):"


def test_method_of_a_user_from_a_query(marked):
    """A reset that asks the user's own method to read the token is judged by that method."""
    marked(RULE, HEAD, MODEL.replace("SPENT", "pass").replace(DEF, f"{DEF}  # here"))


@pytest.mark.parametrize("spent", ["self.reset_count += 1", "self.token_version = uuid4()"])
def test_method_that_uses_the_token_up(audit, spent):
    """Where that method writes what tokens are checked against, the token is used up."""
    text = MODEL.replace("SPENT", spent).replace('["user"] != self.id', "!= self.token_version")

    audit(RULE, HEAD + text)


@pytest.mark.parametrize("setter", ["hash_password", "set_password", "update_password"])
def test_typed_password_is_no_bond(marked, setter):
    """To look at the new password binds the token to nothing."""
    marked(RULE, HEAD, VIEW.replace("SETTER", setter).replace(DEF, f"{DEF}  # here"))


BY_ID = """
@app.route("/reset/<int:user_id>/<token>", methods=["GET", "POST"])
def reset(user_id, token):
    user = User.query.get(user_id)
    if not user or not user.verify_reset_token(token):
        return redirect("/")
    {line}
    user.password = hashed_password
    db.session.commit()
    return redirect("/login")
"""


@pytest.mark.parametrize(
    "line",
    [
        'hashed_password = bcrypt.generate_password_hash(request.form["password"])',
        'hashed_password = hash_password(request.form["password"])',
    ],
)
def test_user_by_id_whose_method_is_not_known(audit, line):
    """A new hash is no token that is looked up; what an unknown method asks is not decided."""
    audit(RULE, HEAD + BY_ID.format(line=line))


def test_token_that_is_looked_up_beside_a_hash(marked):
    """A stored token is, whatever else the view makes."""
    text = BY_ID.format(line='hashed_password = generate_password_hash(request.form["password"])')
    text = text.replace("query.get(user_id)", "query.filter_by(password_reset_token=token).first()")
    text = text.replace(" or not user.verify_reset_token(token)", "")

    marked(RULE, HEAD, text.replace("token):", "token):  # here", 1))


def test_id_of_a_session(marked):
    """What an interface of sessions reads ends where the session is kept."""
    text = """
    class Interface(SessionInterface):
        def open_session(self, app, request):
            return kept(timed.loads(request.cookies["sid"]))
    """
    assert marked(RULE, HEAD, text) == []


REMEMBERED = """
def last_names():
    return plain.loads({given}){mark}

@app.post("/reset-password")
def reset_password():
    return str(last_names())
"""


def test_cookie_of_its_own(marked):
    """A signed cookie of a form's last values is no token, whichever view reads it."""
    assert marked(RULE, HEAD, REMEMBERED.format(given='request.cookies["n"]', mark="")) == []
    marked(RULE, HEAD, REMEMBERED.format(given='request.args["n"]', mark="  # here"))


BY_CODE = """
class User(UserMixin):
    reset_code = Column(String)

@app.route("/password/new", methods=["GET", "POST"])
{line}
    user = User.query.filter_by({column}={given}).first()
    if request.method == "POST":
        user.password_hash = generate_password_hash(request.form["password"]){more}
        db.session.commit()
    return "ok"
"""


@pytest.mark.parametrize("given", ["request.args['code']", "request.values.get('code', '')"])
def test_reset_by_another_name(marked, given):
    """Who is found by a code for resets resets, whatever the view is called."""
    line = "def new_password():  # here"
    marked(RULE, HEAD, BY_CODE.format(line=line, column="reset_code", given=given, more=""))


@pytest.mark.parametrize(
    ("column", "more"),
    [
        ("email", ""),
        ("reset_code",
         "\n        user.reset_code = None\n        assert user.sent_at > datetime.now()"),
    ],
)  # fmt: skip
def test_no_lasting_reset(marked, column, more):
    """Who is found by another column, and a code that ends and is taken away."""
    line = "def new_password():"
    text = BY_CODE.format(line=line, column=column, given="request.args['code']", more=more)
    assert marked(RULE, HEAD, text) == []


@pytest.mark.parametrize(
    "says", ["flash(message)", "return render_template(page)", "log(language)"]
)
def test_words_that_end_like_an_age(marked, says):
    """A message, a page or a language says nothing about how old a token is."""
    line = "def new_password():  # here"
    text = BY_CODE.format(
        line=line, column="reset_code", given="request.args['code']",
        more=f"\n        user.reset_code = None\n        {says}",
    )  # fmt: skip
    (finding,) = marked(RULE, HEAD, text)

    assert "of any age" in finding.message


def test_new_hash_is_no_new_token(marked):
    """What sets the password does not take the token away."""
    line = "def new_password():  # here"
    more = "\n        user.pass_hash = make_hash(1)\n        assert user.sent_at > now()"
    given = "request.args['code']"
    text = BY_CODE.format(line=line, column="reset_code", given=given, more=more)
    (finding,) = marked(RULE, HEAD, text)

    assert "works again" in finding.message


@pytest.mark.parametrize(
    ("helper", "found"),
    [
        ("log_action(user):\n    db.session.add(Entry(user, utcnow()))\n", True),
        ("is_fresh(token):\n    return token.made > utcnow() - HOUR\n", False),
    ],
)
def test_helper_that_asks_the_time(marked, helper, found):
    """A log notes the time and asks nothing about the token; another helper does."""
    line = "def new_password():" + ("  # here" if found else "")
    more = f"\n        user.reset_code = None\n        {helper.split('(')[0]}(user)"
    given = "request.args['code']"
    text = BY_CODE.format(line=line, column="reset_code", given=given, more=more)

    marked(RULE, HEAD, f"def {helper}", text)


TOKENS = """
class Tokens:
    def __init__(self, key):
        self.signer = URLSafe{timed}Serializer(key, salt="password-reset")

    def read(self, token):
        return self.signer.loads({given}){mark}

tokens = Tokens("k")

@app.post("/reset/<token>")
def reset(token):
    user = User.query.get(tokens.read(token))
    if user.password_hash == request.form["old"]:
        user.set_password(request.form["password"])
    return "ok"
"""


@pytest.mark.parametrize(
    ("timed", "given", "mark"),
    [
        ("Timed", "token", "  # here"),
        ("", "token", "  # here"),
        ("Timed", "token, max_age=900", ""),
    ],
)
def test_serializer_of_an_object(marked, timed, given, mark):
    """An object that keeps its serializer reads tokens by it like anything else."""
    marked(RULE, HEAD, TOKENS.format(timed=timed, given=given, mark=mark))


ASKED = """
class User(db.Model):
    def token_valid(self, given):
        return self.token == given AGE
    def reset_password(self, new):
        self.password_hash = generate_password_hash(new)
        self.token = None
@app.post("/reset")
def reset_password():
    token = request.form["token"]
    user = User.query.filter(User.id == request.form["id"]).one_or_none()
    if not user or not user.token_valid(token):
        return "No", 404
    user.reset_password(request.form["password"])
    db.session.commit()
    return "Yes"
"""


@pytest.mark.parametrize(
    ("age", "found"), [("", True), ("and datetime.now() - self.made < timedelta(hours=1)", False)]
)
def test_method_that_asks_for_the_age(marked, age, found):
    """The method of a user from a query that asks for the token may ask for its age, too."""
    text = ASKED.replace("AGE", age)
    define = "def reset_password():"

    marked(RULE, HEAD + text.replace(define, f"{define}  # here" if found else define))


SCHAFER = """
@app.route("/reset/<token>", methods=["GET", "POST"])
def reset(token):
    user = User.query.get(timed.loads(token, max_age=3600))
    {line}
    db.session.commit()
    return redirect("/login")
"""


@pytest.mark.parametrize(
    "line",
    [
        "hashed_password = hash(form.password.data)\n    user.password = hashed_password",
        "hashed_pw = hash(form.password.data)\n    user.password = hashed_pw",
        "password_hash = hash(form.password.data)\n    user.password = password_hash",
        "hashed_password = hash(form.password.data)\n    user.update_password(hashed_password)",
        "user.set_password(password_hash)",
        "user.change_password(hashed_password, force=True)",
    ],
)
def test_new_hash_in_a_variable(marked, line):
    """A variable that holds the new hash binds the token to nothing."""
    marked(RULE, HEAD, SCHAFER.format(line=line).replace(DEF, f"{DEF}  # here"))


@pytest.mark.parametrize(
    "line",
    [
        "if user.password_hash != sent:\n        return None\n    user.set_password(new)",
        "if fingerprint(user.hashed_password) != sent:\n        abort(400)\n"
        "    user.password = new_hash",
        "user.password = hashed_password\n    user.reset_token = None",
        "user.password = hashed_password\n    used_tokens.add(token)",
        "if user.last_password_change > made:\n        abort(400)\n    user.set_password(new)",
        "user.set_password(new)\n    revoke(token)",
    ],
)
def test_old_hash_is_compared(audit, line):
    """What is compared with the hash that the user had, or used up, is bound."""
    audit(RULE, HEAD + SCHAFER.format(line=line))


SWITCHED = """
@app.route("/reset/<code>", methods=["GET", "POST"])
def reset(code):
    token = ResetToken.query.filter_by(token=code, active=True).first()
    if token is None or token.expired:
        return redirect("/")
    user = User.query.get(token.uid)
    user.password = request.form["password"]
    LINE
    db.session.commit()
    return redirect("/login")
"""


@pytest.mark.parametrize("line", ["token.active = False", "token.is_valid = False"])
def test_token_that_is_switched_off(marked, line):
    """A record of a token that is no longer active is used up."""
    assert marked(RULE, HEAD, SWITCHED.replace("LINE", line)) == []


@pytest.mark.parametrize("line", ["pass", "user.active = True", "token.active = True"])
def test_token_that_stays_on(marked, line):
    """Nothing, or something else, is switched."""
    text = SWITCHED.replace("LINE", line).replace("def reset(code):", "def reset(code):  # here")
    marked(RULE, HEAD, text)
