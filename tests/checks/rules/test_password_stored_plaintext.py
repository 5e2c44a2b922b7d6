"""`password-stored-plaintext`: what is kept as typed, and what hashes on the way."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-stored-plaintext"
HEAD = """
import bcrypt, json, sqlite3
from flask import Flask, request
from flask_login import UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import FlaskForm
from sqlalchemy import event
from sqlalchemy.orm import validates
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import PasswordField

app = Flask(__name__)
db = SQLAlchemy(app)
"""
MODEL = """
class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    password = db.Column(db.String(255))
"""


def view(body):
    """Return a registration view with this body; carets keep their columns."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return f'\n@app.post("/register")\ndef register():\n{lines}\n    return "ok"\n'


OFFENCES = {
    "constructor": '''
user = User(name="x", password=request.form["password"])
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A typed password is stored in password
''',
    "attribute": '''
user = User.query.filter_by(name="x").first()
user.password = request.form["password"]
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "current user, JSON": '''
data = request.get_json()
current_user.password = data["new_password"]
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "stripped and encoded": '''
pw = request.values.get("password", "").strip()
db.session.add(User(name="x", password=pw.encode("utf-8")))
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "SQL insert": '''
cur = sqlite3.connect("x").cursor()
cur.execute("INSERT INTO users (name, password) VALUES (?, ?)", ("x", request.form["password"]))
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A typed password is written to table users
''',
    "SQL in a variable": '''
p = request.form["password"]
query = f"UPDATE user SET password = '{p}' WHERE id = 1"
db.session.execute(query)
^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "document": '''
doc = {"name": "x", "password": request.form["password"]}
                                ^^^^^^^^^^^^^^^^^^^^^^^^
mongo.db.users.insert_one(doc)
''',
    "document in the call": '''
mongo.db.users.update_one({"_id": 1}, {"$set": {"password": request.form["password"]}})
                                                            ^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "dictionary of users": '''
users[request.form["name"]] = {"password": request.form["password"]}
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "file": '''
with open("users.txt", "a") as f:
    f.write(request.form["name"] + ":" + request.form["password"])
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "WTForms": '''
form = RegisterForm()
user = User(name="x", password=form.password.data)
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "core insert": '''
db.session.execute(User.__table__.insert().values(name="x", password=request.form["password"]))
                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
}  # fmt: skip


@pytest.mark.parametrize("body", OFFENCES.values(), ids=OFFENCES)
def test_views_that_store(audit, body):
    """Whatever a registration view keeps a typed password in, it is found there."""
    audit(RULE, HEAD + MODEL + "users = {}\n" + view(body))


def test_through_project_functions(audit):
    """A helper in another file that stores what a view hands it is where it is reported."""
    audit(
        RULE,
        {
            "models.py": HEAD + MODEL,
            "store.py": """
            from models import User, db

            def add(name, word):
                db.session.add(User(name=name, password=word))
                                               ^^^^^^^^^^^^^
            """,
            "views.py": """
            from flask import request
            from models import app
            from store import add

            @app.post("/register")
            def register():
                add(request.form["name"], request.form["password"])
                return "ok"
            """,
        },
    )


def test_parameter_nobody_fills(audit):
    """A function that nothing calls is judged by its parameter's name, with less confidence."""
    (finding,) = audit(
        RULE,
        HEAD + MODEL + "def create_user(name, password):\n"
        "    db.session.add(User(name=name, password=password))\n"
        "                                   ^^^^^^^^^^^^^^^^^\n",
    )

    assert finding.confidence == "medium"


def test_constructor_given_a_literal(audit):
    """The README's users: the constructor keeps what the sources give it."""
    audit(
        RULE,
        """
        from flask_login import UserMixin

        class User(UserMixin):
            def __init__(self, email, password):
                self.id = email
                self.password = password
                ^^^^^^^^^^^^^^^^^^^^^^^^

        users = {"leafstorm": User("leafstorm", "secret")}
        """,
    )


def test_setter_that_hashes_nothing(audit):
    """A property setter is no near miss by itself."""
    audit(
        RULE,
        HEAD + '''
class User(UserMixin, db.Model):
    _password = db.Column(db.String(255))

    @property
    def password(self):
        return self._password

    @password.setter
    def password(self, password):
        self._password = password
        ^^^^^^^^^^^^^^^^^^^^^^^^^
''' + view('user = User()\nuser.password = request.form["password"]'),
    )  # fmt: skip


HASHED_MODELS = {
    "property setter": '''
class User(UserMixin, db.Model):
    password_hash = db.Column(db.String(255))

    @property
    def password(self):
        raise AttributeError

    @password.setter
    def password(self, password):
        self.password_hash = generate_password_hash(password)
''',
    "hybrid property": '''
from sqlalchemy.ext.hybrid import hybrid_property
class User(UserMixin, db.Model):
    _password = db.Column(db.String(255))

    @hybrid_property
    def password(self):
        return self._password

    @password.setter
    def _set_password(self, plaintext):
        self._password = generate_password_hash(plaintext)
''',
    "column type": '''
from sqlalchemy_utils import PasswordType
class User(UserMixin, db.Model):
    password = db.Column(PasswordType(schemes=["argon2"]))
''',
    "own column type": '''
from sqlalchemy.types import TypeDecorator
class Stored(TypeDecorator):
    def process_bind_param(self, value, dialect):
        return generate_password_hash(value)
class User(UserMixin, db.Model):
    password = db.Column(Stored(255))
''',
    "validator": MODEL + '''
    @validates("password")
    def _hash(self, key, value):
        return generate_password_hash(value)
''',
    "listener": MODEL + '''
@event.listens_for(User.password, "set", retval=True)
def hash_it(target, value, old, initiator):
    return generate_password_hash(value)
''',
    "registered listener": MODEL + '''
def hash_it(mapper, connection, target):
    target.password = generate_password_hash(target.password)
event.listen(User, "before_insert", hash_it)
''',
    "save": MODEL + '''
    def save(self):
        self.password = generate_password_hash(self.password)
        db.session.add(self)
''',
    "constructor": MODEL + '''
    def __init__(self, name, password):
        self.name = name
        self.password = generate_password_hash(password)
''',
    "constructor with keywords": MODEL + '''
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.password = bcrypt.hashpw(kwargs["password"].encode(), bcrypt.gensalt())
''',
}  # fmt: skip


@pytest.mark.parametrize("model", HASHED_MODELS.values(), ids=HASHED_MODELS)
def test_models_that_hash(audit, model):
    """A model that hashes what it is given may be given a password."""
    body = 'user = User(name="x", password=request.form["password"])\n'
    body += 'user.password = request.form["password"]'
    if "def __init__" in model:
        body = body.split("\n")[0]
    audit(RULE, HEAD + model + view(body))


NEAR_MISSES = {
    "hash": 'User(name="x", password=generate_password_hash(request.form["password"]))',
    "hash in the same name": '''
password = request.form["password"]
password = generate_password_hash(password)
User(name="x", password=password)
''',
    "hash by another name": 'User(name="x", password=my_hash(request.form["password"]))',
    "hashed further down": '''
user = User(name="x", password=request.form["password"])
user.password = generate_password_hash(user.password)
''',
    "hashed by its method": '''
user = User.query.first()
user.password = request.form["password"]
user.hash_password()
''',
    "parameter with a hash": "add(generate_password_hash(request.form['password']))",
    "client of another service": 'mail = MailServer(password=request.form["password"])',
    "settings of another service": 'user = User.query.first()\nuser.smtp_password = request.form["smtp_password"]',
    "transient attribute": 'user = User.query.first()\nuser.plain_password = request.form["password"]',
    "session and g": 'from flask import g, session\nsession["password"] = request.form["password"]',
    "request to elsewhere": 'import requests\nrequests.post("https://x", json={"password": request.form["password"]})',
    "template": 'from flask import render_template\nrender_template("x.html", password=request.form["password"])',
    "row of another table": '''
cur.execute("INSERT INTO wifi_networks (ssid, password) VALUES (?, ?)", ("x", request.form["password"]))
''',
    "hash by the database": '''
cur.execute("INSERT INTO users (n, password) VALUES (%s, crypt(%s, gen_salt('bf')))", ("x", request.form["password"]))
''',
    "process": 'import subprocess\nproc.stdin.write(request.form["password"])',
    "response body": 'errors = {}\nerrors["password"] = request.form["password"]',
    "own field": 'form = RegisterForm()\nform.password.data = request.form["password"]',
    "check": 'ok = check_password_hash(current_user.password, request.form["password"])',
    "other field": 'User(name="x", password=request.form["reset_password_token"])',
}  # fmt: skip


@pytest.mark.parametrize("body", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, body):
    """What hashes, is no account, or is no store, is left alone."""
    extra = """
class RegisterForm(FlaskForm):
    password = PasswordField("Password")

class MailServer(db.Model):
    password = db.Column(db.String(80))
    def __init__(self, password):
        self.password = password

def add(password):
    db.session.add(User(name="x", password=password))
"""
    if "add(" not in body:
        extra = extra.split("def add")[0]
    audit(RULE, HEAD + MODEL + extra + view(body))


def test_user_built_from_a_row(audit):
    """A constructor that gets what a database holds keeps no typed password."""
    audit(
        RULE,
        """
        from flask_login import UserMixin

        class User(UserMixin):
            def __init__(self, id, password):
                self.password = password

        def load(cur, user_id):
            row = cur.execute("SELECT id, password FROM users WHERE id = ?", (user_id,)).fetchone()
            return User(row[0], row[1])
        """,
    )


def test_payload_class(audit):
    """A class that only carries what was sent is no account."""
    audit(
        RULE,
        HEAD + "class UserRegistrationInfo:\n    def __init__(self, password):\n"
        "        self.password = password\n"
        + view('UserRegistrationInfo(request.form["password"])'),
    )


def test_tests_are_left_alone(audit):
    """What a test suite stores is no password of a person."""
    audit(RULE, {"models.py": HEAD + MODEL, "tests/test_app.py": "from models import User\n"
                 "def make(password):\n    return User(password=password)\n"})  # fmt: skip


COPIES = {
    "populate_obj": '''
form = RegisterForm()
user = User()
form.populate_obj(user)
^^^^^^^^^^^^^^^^^^^^^^^ populate_obj stores the typed password
''',
    "setattr": '''
user = User()
setattr(user, "password", RegisterForm().password.data)
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "loop over the form": '''
user = User()
for key, value in request.form.items():
    setattr(user, key, value)
    ^^^^^^^^^^^^^^^^^^^^^^^^^ All that was sent
''',
    "keywords": '''
data = request.get_json()
user = User(**data)
       ^^^^^^^^^^^^ All that was sent
''',
}  # fmt: skip
FORM = """
class RegisterForm(FlaskForm):
    password = PasswordField("Password")
"""


@pytest.mark.parametrize("body", COPIES.values(), ids=COPIES)
def test_copied_with_all_other_fields(audit, body):
    """A password that is copied into the account with everything else is stored as typed."""
    audit(RULE, HEAD + MODEL + FORM + view(body))


COPIES_HASHED = {
    "hashed after populate_obj": '''
form = RegisterForm()
user = User()
form.populate_obj(user)
user.password = generate_password_hash(form.password.data)
''',
    "setattr of a hash": '''
user = User()
setattr(user, "password", generate_password_hash(request.form["password"]))
''',
    "setattr of another field": '''
user = User()
setattr(user, "name", request.form["password_hint"])
''',
    "keywords without a password": '''
data = request.get_json()
data["password"] = generate_password_hash(data["password"])
user = User(**data)
''',
    "no account": '''
form = RegisterForm()
form.populate_obj(Page())
''',
    "keywords from elsewhere": '''
user = User(**{"name": "x"})
''',
}  # fmt: skip


@pytest.mark.parametrize("body", COPIES_HASHED.values(), ids=COPIES_HASHED)
def test_copies_that_are_hashed(audit, body):
    """What is hashed before or after it is copied, or is no account's, is left alone."""
    page = "class Page(db.Model):\n    password = db.Column(db.String(80))\n"
    audit(RULE, HEAD + MODEL + FORM + page + view(body))


def test_populate_obj_with_a_setter(audit):
    """A property that hashes takes what populate_obj gives it."""
    model = """
class User(UserMixin, db.Model):
    password_hash = db.Column(db.String(255))

    @property
    def password(self):
        raise AttributeError

    @password.setter
    def password(self, password):
        self.password_hash = generate_password_hash(password)
"""
    audit(RULE, HEAD + model + FORM + view("user = User()\nRegisterForm().populate_obj(user)"))


MORE_STORES = {
    "key-value hash": '''
r = redis.Redis()
r.hset("user:1", "password", request.form["password"])
                             ^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "key-value text": '''
r = redis.Redis()
r.set("user:%s:password" % request.form["name"], request.form["password"])
                                                 ^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "shelf": '''
shelf = shelve.open("x")
shelf[request.form["name"]] = request.form["password"]
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "dict call": '''
mongo.db.users.insert_one(dict(name="x", password=request.form["password"]))
                                                  ^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "setdefault": '''
users.setdefault(request.form["name"], request.form["password"])
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "update of a dictionary": '''
users.update({request.form["name"]: request.form["password"]})
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "insert statement": '''
db.session.execute(insert(User).values(name="x", password=request.form["password"]))
                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "update statement": '''
db.session.execute(update(User).where(User.id == 1).values(password=request.form["password"]))
                                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "path": '''
Path("users.txt").write_text(request.form["password"])
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "printed to a file": '''
with open("users.txt", "a") as f:
    print(request.form["name"], request.form["password"], file=f)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
}  # fmt: skip


@pytest.mark.parametrize("body", MORE_STORES.values(), ids=MORE_STORES)
def test_other_stores(audit, body):
    """Key-value stores, shelves, dictionaries, core statements and files are stores too."""
    more = "import redis, shelve\nfrom pathlib import Path\nfrom sqlalchemy import insert, update\n"
    audit(RULE, HEAD + more + MODEL + "users = {}\n" + view(body))


def test_create_that_runs_a_constructor_that_hashes(audit):
    """``User.create`` of a base class that is not at hand runs a constructor that hashes."""
    init = "    def __init__(self, password, **more):\n        self.set_password(password)\n"
    body = 'User.create(name="x", password=request.form["password"])'
    audit(RULE, HEAD + MODEL + init + view(body))


SET = """
class Account(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    secret = db.Column(db.String(255))
    def {name}(self, {parameter}):
        {line}
"""


@pytest.mark.parametrize(
    ("name", "parameter"),
    [("set_password", "password"), ("set_password", "raw"), ("setPwd".lower(), "pwd")],
)
def test_setter_of_another_column(audit, name, parameter):
    """A method that sets the password keeps one, whatever the column is called."""
    line = f"self.secret = {parameter}"
    marked = f"{line}\n        {'^' * len(line)} A typed password is stored in secret"
    audit(RULE, HEAD + SET.format(name=name, parameter=parameter, line=marked))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("set_password", "self.secret = generate_password_hash(password)"),
        ("set_password", "self.secret = bcrypt.hashpw(password.encode(), bcrypt.gensalt())"),
        ("set_password", "self.typed = password"),
        ("remember", "self.secret = password"),
    ],
)
def test_setter_that_keeps_no_password(audit, name, line):
    """A hash, an attribute that is no column, and other methods are fine."""
    audit(RULE, HEAD + SET.format(name=name, parameter="password", line=line))


def test_import_is_for_careful_shops(audit):
    """What imports whole rows stores the hashes that another installation gave out."""
    body = 'row = request.get_json()\nUser(password=row["password"])\n'
    source = HEAD + MODEL + view(body)

    audit(RULE, source.replace("def register", "def create_from_import"), strict=False)


SETUP = """\
from getpass import getpass
{name} = getpass("Password: ")
out = open("app.conf", "w")
out.write("password = " + str({name}) + "\\n")
"""


@pytest.mark.parametrize("name", ["db_password", "smtp_password", "ldap_bind_password"])
def test_password_of_another_service_in_a_setup(audit, name):
    """What a setup asks for and writes to be sent to another service cannot be hashed."""
    audit(RULE, {"app.py": HEAD, "setup_app.py": SETUP.format(name=name)})


@pytest.mark.parametrize("name", ["password", "admin_password"])
def test_password_of_an_account_in_a_setup(audit, name):
    """The password of an account can."""
    last = SETUP.format(name=name)
    marks = "^" * len(last.splitlines()[-1])

    audit(RULE, {"app.py": HEAD, "setup_app.py": f"{last}{marks}\n"})


PLAIN_USER = """
class Visitor(UserMixin):
    def __init__(self, id, password):
        self.id = id
        self.password = password
{marks}
    def log_in(self):
        return requests.post(SERVER, data={{"name": self.id, "password": self.password}})
"""
MARKS = " " * 8 + "^" * 24


@pytest.mark.parametrize(
    "lines",
    [
        "user = Visitor('x', request.form['password'])\nif user.log_in():\n"
        "        login_user(user)",
        "user = Visitor('x', request.form['password'])\nreturn user.log_in().text",
    ],
)
def test_object_that_is_gone_with_the_request(audit, lines):
    """A user who hands the password on to another server keeps it nowhere."""
    loader = "\n@manager.user_loader\ndef load(id):\n    return Visitor(id, '')\n"

    audit(RULE, HEAD + PLAIN_USER.format(marks="") + loader + view(lines))


@pytest.mark.parametrize(
    "lines",
    [
        "user = Visitor('x', request.form['password'])\nUSERS[user.id] = user",
        "user = Visitor('x', request.form['password'])\nUSERS.append(user)",
        "keep(Visitor('x', request.form['password']))",
        "user = Visitor('x', request.form['password'])\nreturn user",
    ],
)
def test_object_that_stays(audit, lines):
    """One that is put somewhere, or handed on, may stay."""
    audit(RULE, HEAD + PLAIN_USER.format(marks=MARKS) + view(lines))


CARRIER = """
class Account:
    def __init__(self):
        self.new_password = ""
    def take(self, new_password):
        self.new_password = new_password
{marks}        return True
"""


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("account = Account()\nif account.take(request.json['new_password']):\n"
         "    current_user.set_password(account.new_password)", False),
        ("account = Account()\naccount.take(request.json['new_password'])\nACCOUNTS.append(account)", True),
    ],
)  # fmt: skip
def test_object_that_only_carries(audit, lines, kept):
    """A plain object that a view fills, asks and forgets keeps no password."""
    marks = " " * 8 + "^" * 32 + "\n" if kept else ""

    audit(RULE, HEAD + CARRIER.format(marks=marks) + view(lines))


@pytest.mark.parametrize(("name", "found"), [("wifi_password", False), ("login_password", True)])
def test_setter_of_a_password_for_something_else(audit, name, found):
    """What a device is told must be kept as it is, whatever the setter calls it."""
    line = "        self._password = value\n"
    audit(
        RULE,
        HEAD
        + "class Resident(UserMixin, db.Model):\n"
        + "    _password = db.Column(db.String(255))\n"
        + f"    @property\n    def {name}(self):\n        return None\n"
        + f"    @{name}.setter\n    def {name}(self, value):\n{line}"
        + (" " * 8 + "^" * (len(line) - 9) + "\n" if found else "")
        + view(f'user = Resident()\nuser.{name} = request.form["{name}"]'),
    )


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ('"passive-ssh"', False),
        ('"smtp"', False),
        ('"user:1"', True),
        ('"admin"', True),
        ('f"user:{name}"', True),
        ("name", True),
    ],
)
def test_password_at_a_service_in_a_key_value_store(audit, key, found):
    """What stands under one fixed key that names no account is the app's own login elsewhere."""
    value = 'request.form["password"]'
    line = f'r.hset({key}, "password", {value})\n'
    marks = " " * (line.index(value) + 4) + "^" * len(value) + "\n" if found else ""
    text = f"r = redis.Redis()\n@app.post('/x')\ndef x(name):\n    {line}{marks}    return ''\n"

    audit(RULE, HEAD + "import redis\n" + text)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [("url, password", False), ("api_host, password", False), ("name, password", True)],
)
def test_object_that_asks_another_service(audit, parameters, found):
    """What is made with an address keeps the password with which it asks there."""
    first = parameters.partition(",")[0]
    line = "        self.password = password\n"
    marks = " " * 8 + "^" * 24 + "\n" if found else ""
    text = (
        f"class RemoteUsers:\n    def __init__(self, {parameters}):\n        self.{first} = {first}\n"
        f"{line}{marks}    def save(self):\n        db.session.add(self)\n"
    )
    made = f"def users({parameters}):\n    return RemoteUsers({parameters})\n"
    call = "users('x', request.form['password']).save()\nreturn ''"
    audit(RULE, HEAD + text + made + view(call))


MODELS = """
from flask_openapi3 import OpenAPI
from flask_sqlalchemy import SQLAlchemy
from pydantic import BaseModel
app = OpenAPI(__name__)
db = SQLAlchemy()
class {name}(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    {columns} = db.Column(db.String(99))
    password = db.Column(db.String(99))
class NewOne(BaseModel):
    email: str
    password: str
@app.post("/join")
def join({given}):
    db.session.add({name}(email=body.email, password={value}))
{mark}    db.session.commit()
    return "ok"
"""


@pytest.mark.parametrize(
    ("name", "columns", "given", "value", "found"),
    [
        ("Customer", "email", "body: NewOne", "body.password", True),
        ("Farm", "email", "body: NewOne", "body.password", True),
        ("Customer", "email", "body: NewOne", "digest_of(body.password)", False),
        ("Customer", "email", "body: Missing", "body.password", False),
        ("Mailbox", "server = host = email", "body: NewOne", "body.password", False),
    ],
)
def test_model_that_a_view_is_handed(audit, name, columns, given, value, found):
    """A view's pydantic model is what was sent; who has an address and a password logs in."""
    end = " " * len(f"    db.session.add({name}(email=body.email, ") + "^" * len(
        f"password={value}"
    )
    mark = end + "\n" if found else ""
    text = MODELS.format(name=name, columns=columns, given=given, value=value, mark=mark)
    audit(RULE, text)
