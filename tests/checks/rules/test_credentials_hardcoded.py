"""Where `credentials-hardcoded` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "credentials-hardcoded"
HEAD = (
    "import os, psycopg2, redis\nfrom flask import Flask, request\n"
    "from flask_login import UserMixin\nfrom sqlalchemy import create_engine\n"
    "from werkzeug.security import check_password_hash, generate_password_hash\n"
    "app = Flask(__name__)\nclass User(UserMixin):\n    pass\n"
)
URI = "'postgresql://shop:hunter2@db/shop'"


def under(line: str, part: str) -> str:
    """Return `line` and carets under the last place of `part`, in its last line."""
    head, _, last = line.rpartition("\n")
    start = last.rindex(part)
    return (f"{head}\n" if head else "") + f"{last}\n{' ' * start}{'^' * len(part)}\n"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (f"app.config['SQLALCHEMY_DATABASE_URI'] = {URI}", URI),
        (f"app.config.update(DATABASE_URL={URI})", URI),
        (f"app.config['X'] = os.environ.get('DATABASE_URL', {URI})", URI),
        (f"app.config['X'] = os.getenv('DATABASE_URL') or {URI}", URI),
        ("host = request.host\napp.config['DB'] = f'mysql://root:root@{host}/db'",
         "f'mysql://root:root@{host}/db'"),
        (f"engine = create_engine({URI})", URI),
        ("pool = redis.from_url('redis://:hunter2@cache:6379/0')",
         "'redis://:hunter2@cache:6379/0'"),
        ("db = psycopg2.connect(host='db', password='hunter2')", "'hunter2'"),
        ("PW = 'hunter2'\ndb = psycopg2.connect(host='db', password=PW)", "PW"),
        ("app.config['MAIL_PASSWORD'] = 'hunter2'", "'hunter2'"),
        ("app.config['JWT_SECRET_KEY'] = 'hunter2'", "'hunter2'"),
        ("app.config['SECRET_KEY_HMAC_2'] = 'hunter2'", "'hunter2'"),
        ("class Config:\n    DEBUG = 0\n    MAIL_PASSWORD = 'hunter2'", "'hunter2'"),
        ("admin = User(name='admin', password='admin')", "'admin'"),
        ("admin = User(name='admin', pw=generate_password_hash('admin'))", "'admin'"),
        ("admin = User()\nadmin.set_password('hunter2')", "'hunter2'"),
        ("store = object()\nstore.create_user(email='a@b.c', password='hunter2')", "'hunter2'"),
        ("admin = User()\nadmin.password = 'hunter2'", "'hunter2'"),
        ("users = {'admin': generate_password_hash('admin')}", "'admin'"),
        # By position, and by a method of the model.
        ("class Member(UserMixin):\n    def __init__(self, name, mail, password='x'):\n"
         "        self.name = name\nstore(Member('admin', 'a@b.c', 'hunter2'))", "'hunter2'"),
        ("admin = User.create(username='admin', password='hunter2')", "'hunter2'"),
        ("User.insert_admin(email='a@b.c', password='hunter2')", "'hunter2'"),
        ("class Owner(UserMixin):\n    @classmethod\n    def add(cls, name, password):\n"
         "        return cls()\nOwner.add('admin', 'hunter2')", "'hunter2'"),
        ("def login():\n    return request.form['password'] == 'hunter2'", "'hunter2'"),
        ("def login(name, password):\n    return name == 'admin' and password == 'hunter2'",
         "'hunter2'"),
        ("def login():\n    return request.form.get('password') != 'hunter2'", "'hunter2'"),
    ],
)  # fmt: skip
def test_spellings(audit, line, part):
    """Every place that holds a credential is reported at the literal."""
    audit(RULE, HEAD + under(line, part))


@pytest.mark.parametrize(
    "line",
    [
        "app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']",
        "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///shop.db'",
        "app.config['SQLALCHEMY_DATABASE_URI'] = 'postgresql://shop@db/shop'",
        "pw = os.environ['PW']\napp.config['DB'] = f'mysql://root:{pw}@db/shop'",
        "app.config['DB'] = 'mysql://root:%s@db/shop' % os.environ['PW']",
        "app.config['MAIL_PASSWORD'] = os.environ.get('MAIL_PASSWORD')",
        "app.config['MAIL_PASSWORD'] = ''",
        "app.config['MAIL_USERNAME'] = ''\napp.config['MAIL_PASSWORD'] = 'hunter2'",
        "class Member(UserMixin):\n    def __init__(self, name, role, password=None):\n"
        "        self.name = name\nstore(Member('admin', 'owner', request.form['password']))",
        "User.create(username='admin', password=request.form['password'])",
        "User.query_class.find(password='hunter2')",
        "app.config['MAIL_PASSWORD'] = 'your-password'",
        "app.config['SECRET_KEY'] = 'hunter2'",
        "app.config['PASSWORD_MIN_LENGTH'] = 'eight'",
        "app.config['JWT_TOKEN_LOCATION'] = 'headers'",
        "class TestConfig:\n    DATABASE_URL = 'postgresql://a:b@db/t'",
        "db = psycopg2.connect(host='db', password=os.environ['PW'])",
        "admin = User(name='admin', password=request.form['password'])",
        "DUMMY_HASH = generate_password_hash('no such user')",
        "check_password_hash(generate_password_hash('x'), request.form['password'])",
        "def login(password):\n    if password == '':\n        return False",
        "def check(password):\n    if password == 'changeme':\n        raise ValueError('no')",
        "def unset(password):\n    return password == '*'",
        "def hidden(password):\n    return password != 'XXXXXXXXXX'",
        "FAILED_TO_DECRYPT = 'failed!'\ndef send(password):\n"
        "    if password == FAILED_TO_DECRYPT:\n        password = kept()",
        "engine = create_engine('mysql+pymysql://user:pass@localhost/db')",
        "engine = create_engine('postgresql://username:password@localhost:5432/database')",
        "class ConfigKey:\n    DB_HOST = 'SHOP_DB_HOST'\n    DB_PASSWORD = 'SHOP_DB_PASSWORD'\n"
        "    SECRET_KEY = 'SECRET_KEY'\n    BASE_URL = 'BASE_URL'\n",
        "MASK = 'hidden9'\ndef hidden(password):\n    return password == MASK",
        "def unlock(private_key_password):\n    return private_key_password == 'hunter2'",
        "form = object()\nform.password = 'hunter2'",
        "grant = request.form['grant_type'] == 'password'",
        "def is_set(state):\n    pwd_flag = state.split()[1]\n    return pwd_flag != 'NP9'",
        "def add_user(name, password):\n    if password != 'directory9':\n        insert(name)",
        "def tell(password):\n    if password == 'directory9':\n"
        "        password = 'the one of your directory'\n    send(password)",
        "app.config['BACKEND_API_KEY'] = 'secret'",
        "app.config['GITHUB_CLIENT_SECRET'] = 'secret'",
        "app.config['MAPS_ACCESS_TOKEN'] = 'token'",
        "app.config['SECRET_KEY_HMAC_ALGORITHM'] = 'HS256'",
    ],
)
def test_near_misses(audit, line):
    """References, placeholders, hashes of nobody and refused defaults are not reported."""
    audit(RULE, HEAD + line + "\n")


def test_keyring(audit):
    """The key ring of the operating system holds no accounts of the app."""
    text = "import keyring\nkeyring.set_password('app', 'entry', 'dummy')\n"
    audit(RULE, HEAD + text + "from keyring import set_password\nset_password(A, 'b', 'secret')\n")


def test_fallbacks_are_weaker(audit):
    """A default for the environment is a fallback."""
    line = "app.config['MAIL_PASSWORD'] = os.environ.get('MAIL_PASSWORD', 'hunter2')"
    (finding,) = audit(RULE, HEAD + under(line, "'hunter2'"))

    assert finding.severity == "medium"
    assert "hunter2" not in finding.message


def test_trial_data_is_strict(audit):
    """A script that fills a database to try the app out concerns careful shops only."""
    text = HEAD + "def seed():\n" + under("    User(name='a', password='hunter2')", "'hunter2'")
    (finding,) = audit(RULE, {"app.py": HEAD, "seeds.py": text})

    assert finding.audience == "strict"


SALT = "app.config['SECURITY_PASSWORD_SALT'] = 'hunter2'"


def test_salt_of_flask_security(audit):
    """Flask-Security's salt is the key of an HMAC around each password."""
    audit(RULE, HEAD + "from flask_security import Security\n" + under(SALT, "'hunter2'"))


def test_salt_of_a_serializer(audit):
    """As the salt of a serializer the same setting only tells purposes apart."""
    audit(RULE, HEAD + SALT + "\nfrom itsdangerous import URLSafeTimedSerializer\n")


@pytest.mark.parametrize(
    "files",
    [
        {"app.py": HEAD + "def is_default_password(password):\n    return password == 'change'\n"},
        {"app.py": HEAD + "def has_initial_password(form):\n    return form['password'] == 'x1'\n"},
        {"migrations/versions/1.py": "def upgrade():\n    if person.password == 'changeme':\n"
         "        person.password = None\n", "app.py": HEAD},
        {"shop/alembic/a.py": "for user in users:\n    ok = user.password == 'changeme'\n",
         "app.py": HEAD},
    ],
)  # fmt: skip
def test_comparisons_that_let_nobody_in(audit, files):
    """What finds default passwords out, or mends rows, decides no login."""
    audit(RULE, files)


def test_comparison_that_lets_in(audit):
    """The same comparison in a login does."""
    line = "    return form['password'] == 'changeme'"

    audit(RULE, HEAD + "def check_password(form):\n" + under(line, "'changeme'"))


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("USERS = {'ann@shop.example': {'password': 'hunter2'}}", "'hunter2'"),
        ("users = {1: {'name': 'ann', 'pwd': 'hunter2'}}", "'hunter2'"),
        ("users_db = [{'name': 'ann', 'password': 'hunter2'}]", "'hunter2'"),
        ("accounts = {'ann': dict(a=1), 'bob': {'passwd': 'hunter2'}}", "'hunter2'"),
    ],
)
def test_listed_users(audit, line, part):
    """Users that the source lists with their passwords are in every installation."""
    audit(RULE, HEAD + under(line, part))


@pytest.mark.parametrize(
    "line",
    [
        "USERS = {'ann': {'password': os.environ['ANN']}}",
        "USERS = {'ann': {'password': 'scrypt:32768:8:1$abc$def'}}",
        "USERS = {'ann': {'password': '$2b$12$abcdefghijklmnopqrstuv'}}",
        "user_schema = {'password': 'hunter2'}",
        "users = {'password': 'string'}",
        "users = {'password': {'type': 'string'}}",
        "users = {'ann': {'name': 'hunter2'}}",
        "users = {}",
    ],
)
def test_listed_otherwise(audit, line):
    """Hashes, the environment, descriptions of fields and other names are fine."""
    audit(RULE, HEAD + line + "\n")


@pytest.mark.parametrize(
    ("name", "audience"), [("forge", "strict"), ("forget_password", "default")]
)
def test_made_up_data(audit, name, audience):
    """A command that makes up data to try the app with makes no account of every installation."""
    call = "generate_password_hash('hunter2-x')"
    text = f"def {name}():\n    user.password_hash = {call}\n"
    (finding,) = audit(RULE, HEAD + text + " " * 48 + "^^^^^^^^^^^\n")

    assert finding.audience == audience


FIRST = """\
DEFAULT_PASSWORD = "shop"
def seed_shop():
    user = User()
    user.secret = generate_password_hash(DEFAULT_PASSWORD)
{mark}
def must_change(user):
    return {asked}
"""
UNDER_CALL = " " * 41 + "^" * 16


@pytest.mark.parametrize(
    ("asked", "audience"),
    [
        ("check_password_hash(user.secret, DEFAULT_PASSWORD)", "strict"),
        ("bcrypt.verify(DEFAULT_PASSWORD, user.secret)", "strict"),
        ("check_password_hash(user.secret, request.form['password'])", "default"),
        ("check_password_hash(user.secret, OTHER_PASSWORD)", "default"),
    ],
)
def test_default_that_the_app_finds_out(audit, asked, audience):
    """A default that the app looks for, to have it changed, is for careful shops."""
    text = FIRST.format(mark=UNDER_CALL, asked=asked).replace("seed_shop", "add_admin")
    (finding,) = audit(RULE, HEAD + text)

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("admin_user.update(password='admin')", "'admin'"),
        ("self.root_account.update(name='root', password='toor')", "'toor'"),
    ],
)
def test_account_that_is_updated(audit, line, part):
    """An account that is given a literal by ``update`` has it everywhere."""
    audit(RULE, HEAD + under(line, part))


@pytest.mark.parametrize(
    "line",
    [
        "admin_user.update(password=request.form['password'])",
        "admin_user.update(name='admin')",
        "labels.update(password='Password:')",
    ],
)
def test_update_of_something_else(audit, line):
    """What is typed, other columns and other objects are fine."""
    audit(RULE, HEAD + line + "\n")


def test_accounts_of_one_function(audit):
    """What one function makes is told of once, with the other places."""
    (finding,) = audit(
        RULE,
        HEAD + "def fill():\n    store(User(name='root', password='q'))\n"
        "                                     ^^^\n"
        "    store(User(name='ann', password='w'))\n    User.create(name='ben', password='e')\n",
    )

    assert [place.line for place in finding.related] == [11, 12]


@pytest.mark.parametrize(
    "line",
    [
        "user.password = f'{user.password}:locked'",
        "User(name='ann', password=f'{token()}-x1')",
        "user.set_password(f'{prefix()}hunter2')",
        "USERS = {'ann': {'password': f'{secret()}hunter2'}}",
    ],
)
def test_half_of_a_password(audit, line):
    """A password of which only a part is known is not the same in every installation."""
    audit(RULE, HEAD + line + "\n")


def test_parts_that_are_all_known(audit):
    """An f-string whose parts are literals is one."""
    line = "user.password = f'{NAME}-hunter2'"
    audit(RULE, HEAD + "NAME = 'shop'\n" + under(line, "f'{NAME}-hunter2'"))


@pytest.mark.parametrize("body", ["password = read()", "name = 'admin'", "return True"])
def test_literal_that_lets_in(audit, body):
    """Only a text in the place of the password makes its literal a word for none."""
    line = "def login(password):\n    if password == 'directory9':"
    audit(RULE, HEAD + under(line, "'directory9'") + f"        {body}\n")


TRIED = """\
def check():
    user = User(name="a", password="hunter2")
                                   ^^^^^^^^^
    store(user)
    {line}
"""


@pytest.mark.parametrize(
    ("line", "audience"),
    [
        ("backend.delete(user)", "strict"), ("user.delete()", "strict"),
        ("backend.delete(other)", "default"), ("user.activate()", "default"),
    ],
)  # fmt: skip
def test_account_that_is_gone_at_once(audit, line, audience):
    """An account that a function makes to try its rights, and removes, is no way in."""
    (finding,) = audit(RULE, HEAD + TRIED.format(line=line))

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("name", "audience"), [("test_password", "strict"), ("PASSWORD", "default")]
)
def test_password_called_one_for_tests(audit, name, audience):
    """An account whose password's name says so is there to try the app out."""
    line = f"ann = User(name='ann', password={name})"
    (finding,) = audit(RULE, HEAD + f"{name} = 'hunter2'\n" + under(line, name))

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("remark", "found"),
    [
        ("  # placeholder: they log in elsewhere", False),
        ("  # noqa: S106  # Placeholder string, not actual password", False),
        ("  # not a real password", False),
        ("  # dummy", False),
        ("  # to be changed", True),
        ("", True),
    ],
)
def test_remark_that_it_stands_in(audit, remark, found):
    """A remark beside a password may say that nobody logs in with it."""
    line = "ann = User(name='ann', password='hunter2')"
    mark = " " * line.index("'hunter2'") + "^^^^^^^^^\n" if found else ""

    audit(RULE, f"{HEAD}{line}{remark}\n{mark}")


@pytest.mark.parametrize(
    ("said", "audience"),
    [
        ("Erase the database and load in a full suite of test data", "strict"),
        ("Make some sample users.", "strict"),
        ("Fill the tables with fake accounts.", "strict"),
        ("Make the first user.", "default"),
        ("Test whether the data are complete.", "default"),
    ],
)
def test_function_that_says_what_for(audit, said, audience):
    """What a command says of itself tells data for trying the app out."""
    line = "    ann = User(name='ann', password='hunter2')"
    text = f'def reset():\n    """{said}"""\n' + under(line, "'hunter2'")
    (finding,) = audit(RULE, HEAD + text)

    assert finding.audience == audience


@pytest.mark.parametrize("word", ["error", "missing", "n/a"])
def test_answer_of_a_helper(audit, word):
    """What a helper answers where there is no password is none."""
    audit(RULE, HEAD + f"password = cached()\nif password == '{word}':\n    warn()\n")


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("'mysql://{}:{}@{}/shop'.format(S['user'], S['pw'], host)", True),
        ("'mysql://%s:%s@db/shop' % (S['user'], S['pw'])", True),
        ("'mysql://shop:%s@db/shop' % quote('hunter@2')", True),
        ("'mysql://shop:{}@db/shop'.format(quote_plus(S['pw']))", True),
        ("f'mysql://shop:{quote_plus(os.environ[0])}@db/shop'", False),
        ("'mysql://shop:%s@db/shop' % own('hunter2')", False),
        ("'mysql://shop:hunter2$$@db/%s' % S['user']", True),
        ("'mysql://shop:$PW@db/%s' % S['user']", False),
        ("'mysql://shop:${PW}@db/%s' % S['user']", False),
        ("'mysql://%s:%s@db/shop' % ('shop', os.environ['PW'])", False),
        ("'mysql://%s:%s@db/shop' % parts", False),
        ("'mysql://{}:{}@db/shop'.format('shop', S['none'])", False),
        ("'%s://%s' % ('https', S['pw'])", False),
    ],
)
def test_address_that_is_put_together(audit, made, found):
    """A password is one wherever in an address it is put, also one of a dictionary."""
    text = HEAD + "from urllib.parse import quote, quote_plus\n"
    text += "S = {'user': 'shop', 'pw': 'hunter2'}\nhost = os.environ['DB']\n"
    line = f"app.config['SQLALCHEMY_DATABASE_URI'] = {made}"
    audit(RULE, text + (under(line, made) if found else f"{line}\n"))


def test_address_of_a_setting(audit):
    """A password that is a setting is told there, and not again in the address; a default is."""
    audit(
        RULE,
        {
            "app.py": HEAD + "app.config.from_object('config.Config')\n",
            "config.py": "import os\nclass Config:\n"
            + under("    DB_PASSWORD = os.environ.get('PW', 'hunter2')", "'hunter2'")
            + "    SQLALCHEMY_DATABASE_URI = 'mysql://shop:%s@db/shop' % DB_PASSWORD\n",
        },
    )


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("hash_and_keep_password('hunter2', 7)", "'hunter2'"),
        ("encrypt_password_for('hunter2', ann)", "'hunter2'"),
    ],
)
def test_helper_that_hashes(audit, line, part):
    """A helper of the project's own may hash the password of an account."""
    audit(RULE, HEAD + under(line, part))


@pytest.mark.parametrize("line", ["hash_and_keep('a')", "rehash_passwords('all')"])
def test_other_helpers(audit, line):
    """What hashes no password by its name takes none."""
    audit(RULE, HEAD + f"{line}\n")


@pytest.mark.parametrize(
    ("said", "audience"),
    [("STAGING_WARNING = True", "strict"), ("STAGING_WARNING = False", "default")],
)
def test_settings_of_a_stage_before(audit, said, audience):
    """A file of settings may say that it is for trying out before production."""
    (finding,) = audit(
        RULE,
        {
            "app.py": HEAD + "app.config.from_pyfile('config/kelvin.cfg')\n",
            "config/kelvin.cfg": f"{said}\n" + under("BUILD_SECRET = 'hunter2'", "'hunter2'"),
        },
    )

    assert finding.audience == audience


@pytest.mark.parametrize(
    "text",
    [
        "def save():\n    password = request.form['password']\n"
        "    if password != 'mypasswordishere':\n"
        "        cur.execute('UPDATE users SET password = ?', (password,))\n",
        "def save():\n    password = request.form['password']\n"
        "    if password != 'unchanged-secret':\n        store(password=password)\n",
        "def save(user):\n    password = request.form['password']\n"
        "    if password != 'unchanged-secret':\n        user.password = password\n",
        "db = psycopg2.connect(user='youruser', password='passwd')\n",
        "app.config['DB'] = 'mysql://TEST_USER:TEST_PASSWORD@db/shop'\n",
        "app.config['DB'] = 'mysql://DB_USERNAME:DB_PWD@db/shop'\n",
        "def create_test_data():\n    admin = User()\n    admin.set_password('hunter2')\n",
    ],
)
def test_texts_that_stand_for_others(audit, text):
    """What a form shows in the place of a password, and what is yet to be filled in, is none."""
    audit(RULE, HEAD + text, strict=False)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("def login():\n    password = request.form['password']\n    if password != 'hunter2':\n"
         "        print(password)", "print(password)"),
        ("db = psycopg2.connect(user='shop', password='passwd')", "'passwd'"),
        ("app.config['DB'] = 'mysql://SHOP:TEST_ME@db/shop'", "'mysql://SHOP:TEST_ME@db/shop'"),
    ],
)  # fmt: skip
def test_texts_that_stand_for_themselves(outcome, line, part):
    """A refused login, a user of its own, and a password in capitals are told of."""
    found = outcome({"app.py": f"{HEAD}{line}\n"}).findings
    assert [f.rule for f in found if f.rule == RULE and f.audience == "default"] == [RULE], part


def test_accounts_of_a_folder_for_development(outcome):
    """Accounts that a folder called development makes are left to strict audits."""
    text = f"{HEAD}User(name='admin', password='hunter2')\n"
    for path, audience in (("shop/development/fill.py", "strict"), ("shop/fill.py", "default")):
        found = outcome({path: text}, strict=True).findings
        assert {f.audience for f in found if f.rule == RULE and f.path == path} == {audience}


CONFIG = "from flask import Flask\nimport os\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    ("line", "audience"),
    [
        ("app.config['DATABASE_URI'] = os.getenv('DB', 'postgres://shop:shop@localhost/shop')",
         "strict"),
        ("app.config['DATABASE_URI'] = os.getenv('DB', 'postgres://shop:postgres@db:5432/shop')",
         "strict"),
        ("app.config['DATABASE_URI'] = os.getenv('DB', 'mysql://root:password123@127.0.0.1/shop')",
         "strict"),
        ("app.config['POSTGRES_PASS'] = os.getenv('POSTGRES_PASS', 'postgres')", "strict"),
        ("app.config['DB_USER'] = 'scenic'\n"
         "app.config['DB_PASSWORD'] = os.getenv('DB_PASSWORD', 'scenicpassword')", "strict"),
        ("app.config['PREVIEW_API_KEY'] = os.getenv('PREVIEW_API_KEY', 'my-secret-key')", "strict"),
        ("app.config.setdefault('LDAP_SECRET', 'admin-secret')", "strict"),
        # a server elsewhere, a password that is somebody's, what nothing overrules
        ("app.config['DATABASE_URI'] = os.getenv('DB', 'postgres://shop:shop@db.shop.example/shop')",
         "default"),
        ("app.config['DATABASE_URI'] = os.getenv('DB', 'postgres://shop:hunter2@localhost/shop')",
         "default"),
        ("app.config['DATABASE_URI'] = 'postgres://shop:shop@localhost/shop'", "default"),
        ("app.config['MYSQL_PASSWORD'] = 'root'", "default"),
        ("app.config['ADMIN_PASSWORD'] = os.getenv('ADMIN_PASSWORD', 'admin')", "default"),
        ("app.config['WAF_SECRET'] = os.getenv('WAF_SECRET', 'waf-secret')", "default"),
    ],
)  # fmt: skip
def test_service_beside_the_app(outcome, line, audience):
    """Names in the place of a password are a desk's where the environment says another."""
    (found,) = outcome({"app.py": f"{CONFIG}{line}\n"}, select=(RULE,), strict=True).findings

    assert found.audience == audience


@pytest.mark.parametrize(
    ("path", "audience"),
    [
        ("config/default.py", "strict"),
        ("default_config.py", "strict"),
        ("config.py", "default"),
        ("faulty.py", "default"),
    ],
)
def test_files_of_defaults(outcome, path, audience):
    """What a file of defaults says of a database beside the app is overruled elsewhere."""
    module = path.removesuffix(".py").replace("/", ".")
    files = {"app.py": f"{CONFIG}app.config.from_object('{module}')\n"}
    files[path] = "DATABASE_URI = 'postgres://shop:shop@db/shop'\n"
    (found,) = outcome(files, select=(RULE,), strict=True).findings

    assert found.audience == audience


@pytest.mark.parametrize(
    ("path", "call", "audience"),
    [
        ("scripts/convert.py", "create_engine('postgres://postgres:password@localhost/old')",
         "strict"),
        ("install/load.py", "psycopg2.connect(host='localhost', user='shop', password='shop')",
         "strict"),
        ("scripts/convert.py", "create_engine('postgres://postgres:hunter2@localhost/old')",
         "default"),
        ("scripts/convert.py", "psycopg2.connect(host='db.example', user='a', password='root')",
         "default"),
        ("shop/db.py", "create_engine('postgres://postgres:password@localhost/old')", "default"),
    ],
)  # fmt: skip
def test_scripts(outcome, path, call, audience):
    """A script for one's own hands that enters one's own database is for careful shops."""
    text = f"import psycopg2\nfrom sqlalchemy import create_engine\nMADE = {call}\n"
    (found,) = outcome({"app.py": CONFIG, path: text}, select=(RULE,), strict=True).findings

    assert found.audience == audience


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("generate_password_hash('hunter2')", False),
        ("kept = generate_password_hash('hunter2')", True),
        ("keep(generate_password_hash('hunter2'))", True),
        ("admin.set_password('hunter2')", True),
    ],
)
def test_hash_that_nobody_gets(outcome, line, found):
    """A hash that is thrown away keeps the time even, and is no account's."""
    head = "from werkzeug.security import generate_password_hash\nfrom kept import keep, admin\n"
    text = f"{CONFIG}{head}def register(form):\n    {line}\n"

    assert bool(outcome({"app.py": text}, select=(RULE,)).findings) is found
