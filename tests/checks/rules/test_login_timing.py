"""Where `login-timing` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "login-timing"
HEAD = """\
import bcrypt
import hmac
from hmac import compare_digest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import Flask, abort, flash, redirect, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash, generate_password_hash
app = Flask(__name__)
hasher = PasswordHasher()
NOBODY = generate_password_hash("nobody's")
BARE = "not a hash"
@app.post("/login")
def login():
    password = request.form["password"]
    user = User.query.filter_by(name=request.form["name"]).first()
"""
END = """\
    login_user(user)
    return redirect("/")
"""
CHECK = "check_password_hash(user.password, password)"


def view(*lines: str, mark: str = "", before: str = "") -> str:
    """Return a login of these lines, with carets under `mark`."""
    text = before + HEAD
    for line in lines:
        text += f"    {line}\n"
        if mark and mark in line:
            text += " " * (4 + line.index(mark)) + "^" * len(mark) + "\n"
    return text + END


@pytest.mark.parametrize(
    ("lines", "mark"),
    [
        ([f"if not user or not {CHECK}:", "    abort(401)"], CHECK),
        ([f"if user is None or not {CHECK}:", "    abort(401)"], CHECK),
        (["if user is None:", "    abort(401)", f"if not {CHECK}:", "    abort(401)"], CHECK),
        (["if user:", f"    right = {CHECK}", "else:", "    abort(401)"], CHECK),
        ([f"right = user and {CHECK}", "if not right:", "    return 'no', 401"], CHECK),
        ([f"right = {CHECK} if user else False", "if not right:", "    abort(401)"], CHECK),
        (
            ["if not user:", "    return 'no', 401", "try:",
             "    hasher.verify(user.password, password)",
             "except VerifyMismatchError:", "    return 'no', 401"],
            "hasher.verify(user.password, password)",
        ),
        (
            ["if user and bcrypt.checkpw(password.encode(), user.password):", "    pass",
             "else:", "    abort(401)"],
            "bcrypt.checkpw(password.encode(), user.password)",
        ),
        ([f"if (found := user) and {CHECK}:", "    pass", "else:", "    abort(401)"], CHECK),
        *(
            ([f"if not user or not {check}:", "    abort(401)"], check)
            for check in (
                "check_password_hash(str(user.password), password)",
                "check_password_hash(user.password.decode(), password)",
                "compare_digest(user.password, bcrypt.hashpw(password, user.password))",
                "hmac.compare_digest(bcrypt.hashpw(password, user.password), user.password)",
                "compare(generate_password_hash(password, user.salt), user.password)",
                "bcrypt.checkpw(password.encode(), bytes(user.password.encode('utf-8')))",
            )
        ),
    ],
)  # fmt: skip
def test_no_hash_for_unknown_users(audit, lines, mark):
    """A check that is skipped for unknown users is reported, however it is skipped."""
    audit(RULE, view(*lines, mark=mark))


MODEL = """\
class User(UserMixin):
    def check_password(self, password):
        return check_password_hash(self.password, password)
"""


def test_method_of_the_model(audit):
    """A method is followed to the hash that it checks."""
    call = "user.check_password(password)"

    audit(RULE, view(f"if not user or not {call}:", "    abort(401)", mark=call) + MODEL)


def test_helper_in_another_file(audit):
    """The function that looks up and checks is judged where it stands."""
    audit(
        RULE,
        {
            "app.py": HEAD.replace("    user = User.query", "    user = authenticate(password) #")
            + "    if not user:\n        abort(401)\n"
            + END
            + "from service import authenticate\n",
            "service.py": """\
from werkzeug.security import check_password_hash
def authenticate(password):
    user = find_user()
    if user and check_password_hash(user.password, password):
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Only for users who exist
        return user
    return None
""",
        },
    )


@pytest.mark.parametrize(
    "lines",
    [
        ["stored = user.password if user else NOBODY",
         "right = check_password_hash(stored, password)", "if not user or not right:",
         "    abort(401)"],
        ["if user is None:", "    check_password_hash(NOBODY, password)", "    abort(401)",
         f"if not {CHECK}:", "    abort(401)"],
        ["if user is None:", "    generate_password_hash(password)", "    abort(401)",
         f"if not {CHECK}:", "    abort(401)"],
        ["if user:", f"    right = {CHECK}", "else:",
         "    right = check_password_hash(NOBODY, password) and False", "if not right:",
         "    abort(401)"],
        ["if not user:", "    user = DummyUser()", f"if not {CHECK}:", "    abort(401)"],
        ["if not user:", "    spend_time(password)", "    abort(401)", f"if not {CHECK}:",
         "    abort(401)"],
        ["if not user or user.password != md5(password):", "    abort(401)"],
        ["if not user or not compare_digest(md5(password), user.password):", "    abort(401)"],
        ["made = generate_password_hash(password, salt_of(user))",
         "if not user or not compare_digest(made, user.password):", "    abort(401)"],
        ["user = user or NOBODY_AT_ALL", f"if not {CHECK}:", "    abort(401)"],
    ],
)  # fmt: skip
def test_same_work_for_all(audit, lines):
    """Dummy hashes, stand-ins and fast comparisons are not reported."""
    helper = "def spend_time(password):\n    check_password_hash(NOBODY, password)\n"

    audit(RULE, view(*lines) + helper)


PBKDF2 = "pbkdf2:sha256:600000$abcdefgh$" + "0" * 64
SCRYPT = "scrypt:32768:8:1$abcdefghijklmnop$" + "0" * 128


@pytest.mark.parametrize(
    ("stand_in", "maker", "reason"),
    [
        ("BARE", "generate_password_hash(p)", "What is checked for unknown users is no hash"),
        ("'x'", "generate_password_hash(p)", "What is checked for unknown users is no hash"),
        (f"'{PBKDF2}'", "generate_password_hash(p)", "The hash for unknown users is of another"),
        (
            f"'{PBKDF2}'",
            "generate_password_hash(p, method='pbkdf2:sha256:1000000')",
            "The hash for unknown users costs something else",
        ),
        (
            "NOBODY",
            "generate_password_hash(p, 'pbkdf2:sha256:1000000')",
            "The hash for unknown users is made in another way",
        ),
    ],
)
def test_stand_in_that_differs(audit, stand_in, maker, reason):
    """A stand-in that is no hash, or of another kind or cost, is reported with the reason."""
    call = "check_password_hash(stored, password)"
    lines = [f"stored = user.password if user else {stand_in}", f"right = {call}"]
    register = f"def register(p):\n    return {maker}\n"

    (finding,) = audit(
        RULE, view(*lines, "if not user or not right:", "    abort(401)", mark=call) + register
    )

    assert finding.message.startswith(reason)


@pytest.mark.parametrize(
    ("stand_in", "maker"),
    [
        (f"'{SCRYPT}'", "generate_password_hash(p)"),
        (f"'{PBKDF2}'", "generate_password_hash(p, method='pbkdf2:sha256:600000')"),
        (f"'{PBKDF2}'", "generate_password_hash(p, method=METHOD)"),
        ("NOBODY", "generate_password_hash(p)"),
        ("app.config['NOBODYS_HASH']", "generate_password_hash(p)"),
    ],
)
def test_stand_in_that_fits(audit, stand_in, maker):
    """A stand-in of the same kind, or one that cannot be read, is not reported."""
    audit(
        RULE,
        view(
            f"stored = user.password if user else {stand_in}",
            "right = check_password_hash(stored, password)",
            "if not user or not right:",
            "    abort(401)",
        )
        + f"def register(p):\n    return {maker}\n",
    )


def test_wrapper_evens_it_out(audit):
    """Under the wrapper every failing login does the same work."""
    wrapped = HEAD.replace(
        "app = Flask(__name__)\n",
        "app = Flask(__name__)\nfrom hardening import harden\nharden(app)\n",
    )

    audit(RULE, wrapped + f"    if not user or not {CHECK}:\n        abort(401)\n" + END)


def test_wrapper_with_the_guard_off(audit):
    """With the guard switched off it is reported again."""
    wrapped = HEAD.replace(
        "app = Flask(__name__)\n",
        "app = Flask(__name__)\nfrom hardening import Policy, harden\n"
        "harden(app, policy=Policy(guards={'timing': False}))\n",
    )
    carets = " " * 23 + "^" * len(CHECK) + "\n"

    audit(RULE, wrapped + f"    if not user or not {CHECK}:\n{carets}        abort(401)\n" + END)


def test_helper_that_is_handed_the_hash(audit):
    """A helper that tells old hashes from new ones knows nothing of the user."""
    helper = """\
def check_password(stored, password):
    if not stored or stored.startswith("md5"):
        return False
    return check_password_hash(stored, password)
"""
    lines = [
        "stored = user.password if user else NOBODY",
        "right = check_password(stored, password)",
    ]

    audit(RULE, view(*lines, "if not user or not right:", "    abort(401)") + helper)


STATIC = """\
class User(UserMixin):
    @staticmethod
    def check_password(typed, hashed):
        return bcrypt.hashpw(typed.encode(), hashed.encode()) == hashed
"""


@pytest.mark.parametrize(
    "call",
    ["User.check_password(password, user.password)", "User.check_password(password, user.pw)"],
)
def test_check_of_the_class(audit, call):
    """A check that the class is asked for is one of the user's password, which it is given."""
    before = "from flask_login import UserMixin\n" + STATIC
    lines = ["if not user:", "    return 'no', 401", f"if not {call}:", "    return 'no', 401"]
    audit(RULE, view(*lines, mark=call, before=before))


def test_check_of_the_class_near_miss(audit):
    """For nobody, the hash of nobody is checked."""
    before = "from flask_login import UserMixin\n" + STATIC
    call = "User.check_password(password, user.password if user else NOBODY)"
    audit(RULE, view(f"if not {call} or not user:", "    return 'no', 401", before=before))


HELPER = """\
from flask import Flask, redirect, request
from flask_login import login_user
from passlib.hash import bcrypt_sha256
app = Flask(__name__)
def verify_password(plaintext, ciphertext):
    return bcrypt_sha256.verify(plaintext, ciphertext)
@app.post("/login")
def login():
    account = Users.query.filter_by(name=request.form["name"]).first()
"""


@pytest.mark.parametrize(
    "check",
    [
        "verify_password(request.form['password'], account.password)",
        "verify_password(request.form['password'], account['password_hash'])",
        "verify_password(request.form.get('pw', ''), account.password)",
    ],
)
def test_helper_that_is_given_both(audit, check):
    """A function of the project that gets the stored hash beside the typed password is a check."""
    body = f"    if account and {check}:\n"
    mark = " " * body.index("verify") + "^" * len(check) + "\n"
    rest = "        login_user(account)\n        return redirect('/')\n    return 'no'\n"

    audit(RULE, HELPER + body + mark + rest)


def test_helper_that_is_always_asked(audit):
    """Where the helper is asked with a stand-in too, both ways take the same time."""
    body = """\
    stored = account.password if account else bcrypt_sha256.hash("stand-in")
    right = verify_password(request.form["password"], stored)
    if account and right:
        login_user(account)
    return redirect("/")
"""

    audit(RULE, HELPER + body)


TABLE = """\
from functools import cache, lru_cache
from flask_caching import Cache
pages = Cache()
{decorator}
def table():
    return {{"ann": {{"password": generate_password_hash(PLAIN)}}}}
@app.post("/login")
def login():
    users, name = table(), request.form["name"]
    if name in users and check_password_hash(users[name]["password"], request.form["password"]):
{mark}        login_user(User(name))
    return redirect("/")
"""
UNDER = " " * 25 + "^" * 70 + "\n"


@pytest.mark.parametrize(
    "decorator", ["@lru_cache(64)", "@cache", "@lru_cache", "@pages.cached(timeout=60)"]
)
def test_table_that_is_hashed_once(audit, decorator):
    """A table of hashes that is kept takes no time at each login."""
    imports = HEAD.partition("@app.post")[0]
    audit(RULE, imports + TABLE.format(decorator=decorator, mark=UNDER))


def test_table_that_is_hashed_at_each_login(audit):
    """One that is made each time takes the same time for everybody."""
    audit(RULE, HEAD.partition("@app.post")[0] + TABLE.format(decorator="@app.cli", mark=""))


FOUND = """\
import hashlib
from flask import Flask, abort, redirect, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash, generate_password_hash
app = Flask(__name__)
manager = LoginManager(app)
NOBODY = generate_password_hash("nobody's")
@app.post("/login")
def login():
    password = request.form["password"].encode()
    try:
        user = User.objects.get(name=request.form["name"])
    except User.DoesNotExist:
        user = {otherwise}
    if user and {check}:
{mark}        login_user(user)
        return redirect("/")
    return "no", 401
"""
SCRYPTED = "hashlib.scrypt(password, salt=user.salt, n=16384, r=8, p=1) == user.password_hash"


@pytest.mark.parametrize("check", [CHECK, SCRYPTED])
@pytest.mark.parametrize("otherwise", ["None", "Nobody()"])
def test_look_up_that_raises(audit, check, otherwise):
    """None after a look-up that found nothing is nobody; an object may stand in for the user."""
    mark = " " * 16 + "^" * len(check) + "\n" if otherwise == "None" else ""
    audit(RULE, FOUND.format(otherwise=otherwise, check=check, mark=mark))


def test_fast_hash_that_is_compared(audit):
    """A fast hash cannot be measured, wherever it is made."""
    check = "hashlib.sha256(password).hexdigest() == user.password_hash"
    audit(RULE, FOUND.format(otherwise="None", check=check, mark=""))


@pytest.mark.parametrize("name", ["user_obj", "userobj", "db_user", "account"])
def test_other_names_of_a_user(audit, name):
    """A method that judges the password of a user is one whatever the user is called."""
    asked = f"{name}.validate_password(password)"
    lines = [f"{name} = User.get(1)", f"if {name} is None:", "    abort(401)"]

    audit(RULE, USERS + view(*lines, f"elif not {asked}:", "    abort(401)", mark=asked))


def test_user_that_a_provider_is_asked_about(audit):
    """The password of a user that is handed on, with what was typed, is the user's own."""
    asked = "validate_password(user, request.form['password'])"
    before = (
        "def validate_password(user, typed):\n    return check_password_hash(user.hash, typed)\n"
    )
    lines = ["if user is None:", "    abort(401)", f"if not {asked}:", "    abort(401)"]

    audit(RULE, view(*lines, mark=asked, before="").replace("app = ", before + "app = ", 1))


USERS = """\
from werkzeug.security import check_password_hash
class User:
    def validate_password(self, typed):
        return check_password_hash(self.password, typed)
"""
FORM = """\
class LoginForm(FlaskForm):
    def validate(self):
        self.user = User.query.filter_by(name=self.name.data).first()
        if not self.user:
            return False
        return CHECK
"""


@pytest.mark.parametrize(
    "check",
    [
        "check_password_hash(self.user.password, self.password.data)",
        "check_password(self.user, self.password.data)",
    ],
)
def test_form_that_looks_the_user_up(audit, check):
    """A form that keeps the user it found asks for one before it hashes."""
    helper = "def check_password(user, typed):\n    return check_password_hash(user.hash, typed)\n"
    form = FORM.replace("CHECK", f"{check}\n{' ' * 15}{'^' * len(check)}")
    login = "@app.post('/login')\ndef login():\n    form = LoginForm()\n"
    login += "    if form.validate():\n        login_user(form.user)\n    return redirect('/')\n"

    audit(
        RULE,
        HEAD.split("@app", maxsplit=1)[0]
        + "from flask_wtf import FlaskForm\n"
        + helper
        + form
        + login,
    )


@pytest.mark.parametrize("stored", ["user.password", "user.password.encode()"])
def test_hash_that_has_a_name(audit, stored):
    """A hash that is made by hand, named and then compared takes its time where it is made."""
    made = f"bcrypt.hashpw(password.encode(), {stored})"

    audit(RULE, view("if user is None:", "    abort(401)", f"typed = {made}",
                     f"if typed != {stored}:", "    abort(401)", mark=made))  # fmt: skip


GUEST = """\
class Member:
    def check_password(self, typed):
        return check_password_hash(self.hash, typed)
class Guest:
    def check_password(self, typed):
        {guest}
"""


@pytest.mark.parametrize(
    ("guest", "found"),
    [
        ("return False", True),
        ("'Nobody may.'\n        return None", True),
        ("raise NotImplementedError", True),
        ("return self.hash == typed", False),
    ],
)
def test_method_of_a_guest(audit, guest, found):
    """What a guest's method answers, whatever was typed, is no check that is fast."""
    check = "user.check_password(password)"
    audit(RULE, view("user = db.get_member(request.form['name'])",
                     f"if not (user and {check}):", "    abort(401)", mark=check if found else "",
                     before=GUEST.format(guest=guest)))  # fmt: skip


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("password=password, salt_hash=user.pwhash", True),
        ("password, user.pw_hash", True),
        ("password, user.hash", True),
        ("password, user.name", False),
    ],
)
def test_columns_of_hashes(audit, given, found):
    """A column may be called after the hash alone, and be given by its name."""
    helper = (
        "import hashlib\ndef verify_password(password, salt_hash):\n"
        "    made = hashlib.pbkdf2_hmac('sha512', password, salt_hash[:9], 300000)\n"
        "    return compare_digest(made, salt_hash)\n"
    )
    call = f"verify_password({given})"
    lines = ("if user is None:", "    abort(401)", f"if not {call}:", "    abort(401)")
    audit(RULE, view(*lines, mark=call if found else "", before=helper))
