"""`password-compared-plaintext`: comparisons with what is stored, and comparisons that are not."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-compared-plaintext"
HEAD = """
import hashlib, hmac, os
from flask import Flask, request
from flask_login import UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import FlaskForm
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
db = SQLAlchemy(app)
users = {"ada": "lovelace"}
ADMIN_PASSWORD = "swordfish"

class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80))
    password = db.Column(db.String(255))
"""


def view(body):
    """Return a login view with this body; carets keep their columns."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return (
        f'\n@app.post("/login")\ndef login():\n    password = request.form["password"]\n{lines}\n'
    )


OFFENCES = {
    "attribute": '''
user = User.query.first()
ok = user.password == password
     ^^^^^^^^^^^^^^^^^^^^^^^^^ A typed password is compared with user.password
''',
    "not equal, looked up": '''
if users.get(request.form["u"]).password != request.form["password"]:
   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    pass
''',
    "dictionary": '''
ok = request.form["u"] in users and users[request.form["u"]] == password
                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "dictionary by get": '''
ok = users.get(request.form["u"]) == password
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "document": '''
user = mongo.db.users.find_one({"u": request.form["u"]})
ok = user and user["password"] == password
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "filter_by": '''
user = User.query.filter_by(username="x", password=password).first()
                                          ^^^^^^^^^^^^^^^^^ A query looks for the typed password
''',
    "filter": '''
user = User.query.filter(User.username == "x", User.password == password).first()
                                               ^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "find_one": '''
user = mongo.db.users.find_one({"u": request.form["u"], "password": password})
                                                                    ^^^^^^^^
''',
    "SQL": '''
cur.execute("SELECT * FROM users WHERE name = ? AND password = ?", ("x", password))
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A typed password is compared with a column by SQL
''',
    "SQL with the value inside": '''
query = "SELECT * FROM users WHERE name='" + request.form["u"] + "' AND password='" + password + "'"
row = cur.execute(query).fetchone()
      ^^^^^^^^^^^^^^^^^^
''',
    "row": '''
row = cur.execute("SELECT password FROM users WHERE name = ?", (request.form["u"],)).fetchone()
ok = row is not None and row[0] == password
                         ^^^^^^^^^^^^^^^^^^
''',
    "row in a name": '''
row = cur.execute("SELECT * FROM users").fetchone()
stored = row[2]
ok = stored == password
     ^^^^^^^^^^^^^^^^^^
''',
    "configuration": '''
ok = password == app.config["PASSWORD"]
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "environment": '''
ok = password == os.environ.get("ADMIN_PASSWORD")
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "constant": '''
ok = password == ADMIN_PASSWORD
     ^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "literal": '''
ok = request.form["u"] == "admin" and password == "admin"
                                      ^^^^^^^^^^^^^^^^^^^
''',
    "constant time": '''
ok = hmac.compare_digest(password.encode(), ADMIN_PASSWORD.encode())
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "loop": '''
for name, word in users.items():
    pass
ok = any(u.password == password for u in User.query.all())
         ^^^^^^^^^^^^^^^^^^^^^^
''',
    "among the values": '''
ok = password in users.values()
     ^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "pair among the items": '''
ok = (request.form["u"], password) in users.items()
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "pairs": '''
ok = (request.form["u"], password) == ("admin", ADMIN_PASSWORD)
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "request parser": '''
from flask_restful import reqparse
args = reqparse.RequestParser().parse_args()
ok = current_user.password == args["password"]
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "basic authorization": '''
auth = request.authorization
ok = auth and auth.password == ADMIN_PASSWORD
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
}  # fmt: skip


@pytest.mark.parametrize("body", OFFENCES.values(), ids=OFFENCES)
def test_plain_comparisons(audit, body):
    """Each way to compare a typed password with a stored one is found."""
    audit(RULE, HEAD + view(body))


def test_method_of_the_user(audit):
    """A user's own method that compares is found in the method."""
    audit(
        RULE,
        """
        from flask import request
        from flask_login import UserMixin

        class User(UserMixin):
            def check(self, word):
                return self.password == word
                       ^^^^^^^^^^^^^^^^^^^^^

        def login(user: User):
            return user.check(request.form["password"])
        """,
    )


def test_parameter_is_less_sure(audit):
    """A parameter named password that nothing fills gives medium confidence."""
    (finding,) = audit(
        RULE,
        """
        from models import User

        def authenticate(name, password):
            user = User.query.filter_by(name=name).first()
            return user and user.password == password
                            ^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    )

    assert finding.confidence == "medium"


NEAR_MISSES = {
    "confirmation": 'bad = password != request.form["confirm"]',
    "second password": 'bad = request.form["password1"] != request.form["password2"]',
    "confirmation of JSON": 'data = request.json\nbad = data["password"] == data["confirm_password"]',
    "confirmation of a form": 'form = FlaskForm()\nbad = form.password.data != form.confirm.data',
    "new and old": 'same = request.form["new_password"] == request.form["old_password"]',
    "empty": 'bad = password == ""',
    "nothing": 'bad = password is None or password == None',
    "length": "bad = len(password) == 0 or len(password) < 8",
    "truth": "bad = not password",
    "mask": 'unchanged = password == "********"',
    "character": 'bad = password[0] == "a" or password[-1] == "z"',
    "letters": 'bad = any(c in password for c in "xyz") or "@" in password',
    "same as the name": 'bad = password == request.form["u"] or request.form["u"] in password',
    "same as a user's name": "bad = password == current_user.username",
    "common ones": "bad = password in COMMON_PASSWORDS or password in weak_passwords",
    "list of literals": 'bad = password in ("password", "123456")',
    "hash there": "ok = hashlib.sha256(password.encode()).hexdigest() == current_user.password",
    "own hash": "ok = hash_password(password) == current_user.password",
    "hash in a name": "password = hashlib.md5(password.encode()).hexdigest()\nok = users[request.form['u']] == password",
    "query for a hash": "h = generate_password_hash(password)\nUser.query.filter_by(password=h)",
    "query for a name": 'User.query.filter_by(username=request.form["u"])',
    "SQL for a hash": 'h = my_hash(password)\ncur.execute("SELECT 1 FROM users WHERE password = ?", (h,))',
    "SQL for a name": 'cur.execute("SELECT password FROM users WHERE name = ?", (request.form["u"],))',
    "checked": "ok = check_password_hash(current_user.password, password) == True",
    "hash changed": "changed = current_user.password != password\nok = check_password_hash(current_user.password, password)",
    "digests": "a = hashlib.sha256(password.encode()).digest()\nok = hmac.compare_digest(a, b)",
    "no password": 'ok = request.form["token"] == current_user.password_token',
    "HTTP client": 'import requests\nrequests.get("https://x", password=password)',
    "kind of field": 'kind = request.form["password_field"] == "x"',
    "what all who join are told": "ok = room.join_password == password",
    "what a course tells": "ok = course.get_registration_password() == password",
    "what a meeting tells": "ok = find_meeting().roomPassword == password",
    "name of a field": 'for key, value in {"password": password}.items():\n    if key == "id":\n        continue',
    "number of a field": 'for index, value in enumerate([password]):\n    bad = index == 0',
    "version of a hash": "_, version, rest = password.split('$', 2)\nok = version == '2'",
    "assertion": 'assert current_user.password != password',
}  # fmt: skip


@pytest.mark.parametrize("body", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, body):
    """Confirmations, policies and hashes are no plain comparisons."""
    audit(RULE, HEAD + view(body))


def test_column_that_compares_by_itself(audit):
    """A password column type has an == of its own that checks the hash."""
    audit(
        RULE,
        HEAD.replace("db.Column(db.String(255))", "db.Column(PasswordType(schemes=['bcrypt']))")
        + view("user = User.query.first()\nok = user.password == password"),
    )


def test_hash_given_by_every_caller(audit):
    """A parameter named password that always gets a hash is none."""
    audit(
        RULE,
        """
        import hashlib
        from flask import request
        from flask_login import UserMixin

        class User(UserMixin):
            def check(self, password):
                return self.password == password

        def login(user: User):
            return user.check(hashlib.sha512(request.form["password"].encode()).hexdigest())
        """,
    )


MORE = {
    "pattern": '''
user = User.query.filter(User.password.like(password)).first()
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "among": '''
user = User.query.filter(User.password.in_([password])).first()
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "hash of a key-value store": '''
ok = r.hget("user:x", "password").decode() == password
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "key of a key-value store": '''
ok = r.get("user:x") == password
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "pairs zipped": '''
ok = (request.form["u"], password) in zip(names, passwords)
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "loop over pairs zipped": '''
for n, p in zip(names, passwords):
    ok = n == request.form["u"] and p == password
                                    ^^^^^^^^^^^^^
''',
    "shelf": '''
shelf = shelve.open("x")
ok = shelf[request.form["u"]] == password
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "TinyDB": '''
user = TinyDB("x").get(where("password") == password)
                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "keywords of a dictionary": '''
user = User.query.filter_by(**{"username": "x", "password": password}).first()
                                                            ^^^^^^^^
''',
    "identity": '''
ok = current_user.password is password
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
}  # fmt: skip


@pytest.mark.parametrize("body", MORE.values(), ids=MORE)
def test_other_stores(audit, body):
    """Operators of columns, key-value stores, shelves and pairs are looked through as well."""
    more = "import redis, shelve\nfrom tinydb import TinyDB, where\n"
    more += 'r = redis.Redis()\nnames, passwords = ["ada"], ["lovelace"]\n'
    audit(RULE, HEAD + more + view(body))


OTHERS = {
    "is None": "ok = password is None",
    "fields of a form": "ok = all(a and b for a, b in zip(request.form.keys(), request.form.values()))",
    "name of a user": 'user = User.query.filter(User.username.like(request.form["u"])).first()',
    "cache": 'ok = cache.get("x") == request.form["u"]',
    "starts with": 'ok = password.startswith("x")',
}


@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
def test_other_operators(audit, body):
    """Operators on other columns and other tests of the typed text are none."""
    audit(RULE, HEAD + view(body))


DEFAULT = """\
from flask import Flask, request
from flask_login import login_user
app = Flask(__name__)
def NAME(password):
    return password == "changeme"
@app.post("/login")
def login():
    if NAME(request.form["password"]):
        return "choose another"
    login_user(check(request.form))
"""


@pytest.mark.parametrize("name", ["is_default_password", "must_change", "has_initial_password"])
def test_default_password_is_told(audit, name):
    """A function that finds default passwords out compares with no stored password."""
    audit(RULE, DEFAULT.replace("NAME", name))


def test_same_comparison_lets_in(audit):
    """Under any other name the same function decides the login."""
    carets = "           ^^^^^^^^^^^^^^^^^^^^^^\n@app"

    audit(RULE, DEFAULT.replace("NAME", "check_password").replace("@app", carets, 1))


GATE = """\
from flask import Flask, request
app = Flask(__name__)
class Gate:
    def __init__(self, config):
        self.{name} = config.get("server", "login_{name}")
    def check(self, username, password):
        return username == self.user and password == self.{name}
gate = Gate(read())
@app.post("/login")
def login():
    if gate.check(request.form["username"], request.form["password"]):
        return "in"
    return "out", 401
"""


@pytest.mark.parametrize(
    ("name", "found"),
    [("querypw", True), ("adminpass", True), ("userpassword", True), ("phrase", False),
     ("bypass", False), ("compass", False)],
)  # fmt: skip
def test_names_in_one_word(audit, name, found):
    """A password is one also where its name is written together with whose it is."""
    marks = " " * 41 + "^" * len(f"password == self.{name}")
    head, tail = GATE.format(name=name).split("gate = ")
    audit(RULE, head + (f"{marks}\n" if found else "") + "gate = " + tail)


SETTINGS = """\
from flask import Flask, request
app = Flask(__name__)
DEFAULTS = {{"account": {{"name": "admin", "password": request.form["password"]}}}}
def put(section, {name}, value):
    if {name} == "password":
        value = hashed(value)
    return section == "account" and {name} == "name"
@app.post("/login")
def login():
    for section, held in DEFAULTS.items():
        for {name}, value in held.items():
            put(section, {name}, value)
    return "ok"
"""


@pytest.mark.parametrize("name", ["key", "option", "what", "entry"])
def test_parameter_that_says_which(audit, name):
    """``key == "password"`` asks which value was given, and compares none."""
    audit(RULE, SETTINGS.format(name=name))


CREATED = """\
from flask import Flask, request
app = Flask(__name__)
def {name}(user, password):
    if password != "directory9":
        return insert(user, hashed(password))
    return insert(user)
@app.post("/users")
def users():
    return {name}(request.form["user"], request.form["password"])
"""


@pytest.mark.parametrize(
    ("name", "found"),
    [("add_user", False), ("create_local_account", False), ("check_user", True), ("auth", True)],
)
def test_word_for_no_password(audit, name, found):
    """What makes an account knows a word for one that the directory logs in."""
    text = CREATED.format(name=name)
    if found:
        line = '    if password != "directory9":\n'
        text = text.replace(line, line + " " * 7 + "^" * 24 + "\n")

    audit(RULE, text)


@pytest.mark.parametrize(
    ("then", "found"),
    [
        ("flash('Change it!')", False),
        ("log.warning('default password')", False),
        ("login_user(user)", True),
        ("return redirect('/')", True),
    ],
)
def test_default_password_that_is_only_told_of(audit, then, found):
    """A warning about a default password lets nobody in."""
    line = "if user.is_admin and password == 'password':"
    mark = "\n" + " " * 21 + "^" * 22 if found else ""
    audit(RULE, HEAD + view(f"user = log_in(password)\n{line}{mark}\n    {then}"))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("flash('Please change your password.')", False),
        ("log.warning('default password')", False),
        ("return redirect('/')", True),
        ("flash('x')\n        login_user(user)", True),
    ],
)
def test_default_that_is_only_warned_of(audit, body, found):
    """Who is let in by a hash is told that the default should be changed."""
    line = "    if user.is_admin and password == 'hunter2':"
    mark = " " * line.index("password ==") + "^" * len("password == 'hunter2'") + "\n"
    audit(
        RULE,
        "from flask import Flask, flash, redirect, request\nfrom flask_login import login_user\n"
        "app = Flask(__name__)\n@app.post('/login')\ndef login():\n"
        "    password = request.form['password']\n    user = find(password)\n"
        f"{line}\n{mark if found else ''}        {body}\n    return ''\n",
    )


@pytest.mark.parametrize(
    ("name", "found"), [("LOCAL_DEV_PASSWORD", False), ("SHOP_PASSWORD", True)]
)
def test_constant_for_developers(audit, name, found):
    """A constant that says that developers log in with it is no account's."""
    line = f"ok = hmac.compare_digest(password, {name})"
    mark = "\n     " + "^" * (len(line) - 5) if found else ""
    audit(RULE, f"{HEAD}{name} = 'swordfish'\n{view(line + mark)}")
