"""Where `login-not-limited` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "login-not-limited"
HEAD = """\
from flask import Blueprint, Flask, abort, redirect, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash
app = Flask(__name__)
login_manager = LoginManager(app)
"""
BODY = """\
    user = find_user(request.form["email"])
    if user and check_password_hash(user.password_hash, request.form["password"]):
        login_user(user)
        return redirect("/")
    return "Wrong", 401
"""
VIEW = '@app.post("/login")\ndef login():\n'
MARK = "^^^^^^^^^^^^ Nothing limits how often login() may be tried; "
LIMITER = 'limiter = Limiter(get_remote_address, app=app, storage_uri="redis://db")\n'


def test_no_limit(audit):
    """A login without any limit is one finding that lists what was looked for."""
    audit(RULE, HEAD + VIEW + MARK + "looked for harden, Flask-Limiter, counters\n" + BODY)


def test_one_finding_for_the_app(audit):
    """Register, reset and code views are named beside the login, in one finding."""
    others = "".join(
        f'@app.post("/{name}")\ndef {name}():\n    return save(request.form["email"])\n'
        for name in ("register", "forgot_password", "verify_otp")
    )

    (finding,) = audit(RULE, HEAD + others + VIEW + MARK + "looked for\n" + BODY)

    assert [place.message for place in finding.related] == [
        "code view without a limit",
        "reset view without a limit",
        "register view without a limit",
        "the app is made here",
    ]


@pytest.mark.parametrize(
    "name", ["remind_password", "recover_password", "password_recovery", "password_reminder"]
)
def test_names_of_resets(audit, name):
    """Whoever forgot the password is reminded, or recovers it, as often as told."""
    other = f'@app.post("/x")\ndef {name}():\n    return mail(request.form["email"])\n'

    (finding,) = audit(RULE, HEAD + other + VIEW + MARK + "looked for\n" + BODY)

    assert finding.related[0].message == "reset view without a limit"


@pytest.mark.parametrize("name", ["password_rules", "password_reminder_sent", "remind_me"])
def test_names_of_no_resets(audit, name):
    """Other pages about passwords, and what is shown afterwards, are none."""
    other = f'@app.get("/x")\ndef {name}():\n    return "done"\n'

    (finding,) = audit(RULE, HEAD + other + VIEW + MARK + "looked for\n" + BODY)

    assert [place.message for place in finding.related] == ["the app is made here"]


def test_register_beside_a_limited_login_is_low(audit):
    """Where the login is limited, an unlimited registration is a lesser thing."""
    (finding,) = audit(
        RULE,
        HEAD
        + LIMITER
        + '@app.post("/login")\n@limiter.limit("5/minute")\ndef login():\n'
        + BODY
        + '@app.post("/register")\ndef register():\n^^^^^^^^^^^^^^^ Nothing limits\n'
        + '    return save(request.form["email"])\n',
    )

    assert finding.severity == "low"


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("limiter = Limiter(get_remote_address)\n", "is built and never initialised"),
        (LIMITER + 'app.config["RATELIMIT_ENABLED"] = False\n', "is switched off"),
        ("limiter = Limiter(get_remote_address, app=app, enabled=False)\n", "is switched off"),
        (
            "import os\n"
            + LIMITER
            + 'app.config["RATELIMIT_ENABLED"] = os.environ.get("LIMITS", "false")\n',
            "is off unless the environment switches it on",
        ),
        (
            "limiter = Limiter(lambda: request.headers.get('X-Forwarded-For'), app=app)\n",
            "counts by a header the client sends",
        ),
        (
            "def key():\n    return request.headers['X-Real-IP']\n"
            "limiter = Limiter(app=app, key_func=key)\n",
            "counts by a header the client sends",
        ),
    ],
)
def test_limiter_that_counts_as_none(audit, before, reason):
    """A limiter without effect is named with why it has none."""
    view = '@app.post("/login")\n@limiter.limit("5/minute")\ndef login():\n'

    audit(RULE, HEAD + before + view + MARK + f"there is a Limiter that {reason}\n" + BODY)


def test_exempted_view(audit):
    """A view that is exempted from the default limits is not limited."""
    limiter = 'limiter = Limiter(get_remote_address, app=app, default_limits=["9/minute"])\n'
    view = '@app.post("/login")\n@limiter.exempt\ndef login():\n'

    audit(RULE, HEAD + limiter + view + MARK + "there is a limiter that the view is\n" + BODY)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Procfile", "web: gunicorn -w 4 app:app\n"),
        ("Procfile", "web: WEB_CONCURRENCY=3 gunicorn app:app\n"),
        ("Dockerfile", 'FROM python\nCMD ["gunicorn", "--workers=4", "app:app"]\n'),
        ("gunicorn.conf.py", "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2\n"),
    ],
)
def test_memory_under_several_workers(audit, name, text):
    """Counters in each worker's own memory count as none when several are started."""
    limiter = 'limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")\n'
    view = '@app.post("/login")\n@limiter.limit("5/minute")\ndef login():\n'
    source = HEAD + limiter + view + MARK + "there is a Limiter that counts in memory\n" + BODY

    audit(RULE, {"app.py": source, name: text})


@pytest.mark.parametrize("key", ["C.STORAGE_URL", "flask_limiter.constants.ConfigVars.STORAGE_URI"])
def test_storage_by_the_library_s_constant(audit, key):
    """A storage whose key is a constant of the library is a storage."""
    limiter = f"limiter = Limiter(get_remote_address, app=app)\napp.config[{key}] = STORE\n"
    view = '@app.post("/login")\n@limiter.limit("5/minute")\ndef login():\n'

    audit(
        RULE, {"app.py": HEAD + limiter + view + BODY, "Procfile": "web: gunicorn -w 4 app:app\n"}
    )


@pytest.mark.parametrize(
    "limiter",
    [
        LIMITER,
        'limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")\n',
        "limiter = Limiter(get_remote_address)\nlimiter.init_app(app)\n",
    ],
)
def test_decorated(audit, limiter):
    """A limit on the view counts, in memory too where one process runs."""
    view = '@app.post("/login")\n@limiter.limit("5/minute")\ndef login():\n'

    audit(RULE, HEAD + limiter + view + BODY)


@pytest.mark.parametrize(
    "before",
    [
        'limiter = Limiter(get_remote_address, app=app, default_limits=["9/minute"])\n',
        'limiter = Limiter(get_remote_address, app=app, application_limits=["9/minute"])\n',
        LIMITER + 'app.config["RATELIMIT_DEFAULT"] = "9/minute"\n',
        "from hardening import harden\nharden(app)\n",
        "@app.before_request\ndef stop():\n    if tries(request.remote_addr) > 9:\n"
        "        abort(429)\n",
    ],
)
def test_limits_everywhere(audit, before):
    """Default and application limits, the wrapper and an own count before requests reach it."""
    audit(RULE, HEAD + before + VIEW + BODY)


@pytest.mark.parametrize(
    "harden",
    [
        "harden(app, mode='observe')\n",
        "harden(app, policy=Policy(guards={'throttle': False}))\n",
    ],
)
def test_wrapper_without_throttle(audit, harden):
    """The wrapper counts only while its throttle is on."""
    before = "from hardening import Policy, harden\n" + harden

    audit(RULE, HEAD + before + VIEW + MARK + "looked for\n" + BODY)


def test_limit_of_the_blueprint(audit):
    """A limit on the blueprint reaches its views."""
    view = '@auth.post("/login")\ndef login():\n'

    audit(
        RULE,
        {
            "app.py": HEAD
            + LIMITER
            + 'from auth import auth\nlimiter.limit("5/minute")(auth)\n'
            + "app.register_blueprint(auth)\n",
            "auth.py": HEAD.replace(
                "app = Flask(__name__)\nlogin_manager = LoginManager(app)\n", ""
            )
            + 'auth = Blueprint("auth", __name__)\n'
            + view
            + BODY,
        },
    )


@pytest.mark.parametrize(
    "lines",
    [
        "    if user.failed_logins >= 5:\n        return 'Wait', 403\n",
        "    if user.is_locked:\n        return 'Wait', 403\n",
        "    check_rate_limit(request.remote_addr)\n",
        "    if attempts.get(request.remote_addr, 0) > 9:\n        abort(429)\n",
    ],
)
def test_own_counter_in_the_view(audit, lines):
    """A count or a lock that the view itself looks at is a limit."""
    audit(RULE, HEAD + VIEW + "    user = find_user(request.form['email'])\n" + lines + BODY)


def test_counting_without_a_limit(audit):
    """Attempts that are only written down limit nothing."""
    lines = "    log_attempt(request.remote_addr)\n    stats.login_attempts += 1\n"

    audit(RULE, HEAD + VIEW + MARK + "looked for\n" + lines + BODY)


@pytest.mark.parametrize(
    "nginx",
    [
        "server { location /login { limit_req zone=login burst=5; proxy_pass http://app; } }\n",
        "server { limit_req zone=all; location / { proxy_pass http://app; } }\n",
        "server { location = /login { limit_req zone=login; } }\n",
    ],
)
def test_nginx(audit, nginx):
    """A limit of nginx on the place of the login counts."""
    audit(RULE, {"app.py": HEAD + VIEW + BODY, "nginx.conf": nginx})


def test_nginx_elsewhere(audit):
    """A limit of nginx on another place does not."""
    nginx = (
        "server { location /search { limit_req zone=s; } location / { proxy_pass http://a; } }\n"
    )

    audit(RULE, {"app.py": HEAD + VIEW + MARK + "looked for\n" + BODY, "nginx.conf": nginx})


@pytest.mark.parametrize(
    "text",
    [
        "@app.post('/note')\ndef note():\n    return save(request.form['text'])\n",
        "from flask_login import current_user, login_required\n"
        "@app.post('/password')\n@login_required\ndef change_password():\n"
        "    if check_password_hash(current_user.password_hash, request.form['old']):\n"
        "        save(request.form['new'])\n    return ''\n",
    ],
)
def test_app_without_a_login(audit, text):
    """An app that asks nobody for a password to get in has nothing to limit."""
    audit(RULE, HEAD + text)


def test_switching_a_factor_off_is_no_login(audit):
    """What an administrator or the user switches off there is no code to guess."""
    audit(RULE, HEAD + '@app.post("/disable-2fa")\ndef disable_2fa():\n    return "done"\n')


@pytest.mark.parametrize(
    "lookup",
    [
        "User.query.filter_by(name=name, password=password).first()",
        "db.users.find_one({'name': name, 'password': password})",
        "db.execute('SELECT * FROM users WHERE name = ? AND password = ?', (name, password))",
        "User.objects(name=name, password=password).first()",
        "User.objects.get(name=name, password=password)",
        "User.objects.filter(name=name, password=password).first()",
    ],
)
def test_login_by_look_up(audit, lookup):
    """A login that asks the database for name and password at once is one too."""
    body = (
        '    data = request.json\n    name, password = data["name"], data["password"]\n'
        f"    return token({lookup})\n"
    )
    audit(RULE, HEAD + VIEW + MARK + "looked for harden\n" + body)


LIBRARY = "from flask import Flask\nfrom flask_security import Security\napp = Flask(__name__)\n"
OF_LIBRARY = "Nothing limits how often the login of "


@pytest.mark.parametrize(
    "text",
    [
        LIBRARY + f"Security(app, store)\n^^^^^^^^^^^^^^^^^^^^ {OF_LIBRARY}Flask-Security\n",
        LIBRARY + f"security = Security()\n           ^^^^^^^^^^ {OF_LIBRARY}\n"
        "security.init_app(app, store)\n",
        LIBRARY.replace("flask_security", "flask_security.core")
        + f"s = Security(app, store, register_blueprint=True)\n"
        f"    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ {OF_LIBRARY}\n",
        "from flask import Flask\nfrom flask_user import UserManager\napp = Flask(__name__)\n"
        f"UserManager(app, db, User)\n^^^^^^^^^^^^^^^^^^^^^^^^^^ {OF_LIBRARY}Flask-User\n",
        "from flask import Flask\nfrom flask_simplelogin import SimpleLogin\n"
        "def configure(app):\n    SimpleLogin(app, login_checker=validate)\n"
        f"    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ {OF_LIBRARY}Flask-SimpleLogin\n"
        "app = Flask(__name__)\nconfigure(app)\n",
        LIBRARY + "class Users(Security):\n    def customize(self, app):\n        pass\n"
        f"Users(app, store)\n^^^^^^^^^^^^^^^^^ {OF_LIBRARY}Flask-Security\n",
        LIBRARY + "login_failed_message = 'Invalid'\nfrom flask_limiter import Limiter\n"
        "limiter = Limiter(key, app=app, default_limits=[])\nlimiter.limit('9/minute')(api)\n"
        f"Security(app, store)\n^^^^^^^^^^^^^^^^^^^^ {OF_LIBRARY}Flask-Security\n",
    ],
)
def test_login_of_a_library(audit, text):
    """The page that a library brings along is tried as often as any; it counts nothing."""
    (finding,) = audit(RULE, text)

    assert finding.confidence == "medium"


@pytest.mark.parametrize(
    "more",
    [
        "Security(app, store, register_blueprint=False)\n",
        "from hardening import harden\nSecurity(app, store)\nharden(app)\n",
        "Security(app, store)\nfrom flask_limiter import Limiter\n"
        "Limiter(key, app=app, default_limits=['9/minute'])\n",
        "Security(app, store)\n@user_authenticated.connect_via(app)\ndef note(sender, user):\n"
        "    user.login_attempts = 0\n",
        "Security(app, store)\nclass User:\n    locked_until = None\n",
        "Security(app, store)\nfrom flask_limiter import Limiter\nlimiter = Limiter(key, app=app)\n"
        "limiter.limit('9/minute')(app.view_functions['security.login'])\n",
        "Security(app, store)\nfrom flask_limiter import Limiter\nlimiter = Limiter(key, app=app)\n"
        "app.config['RATELIMIT_DEFAULT'] = '9/minute'\n",
        "class Users(Security):\n    pass\nUsers(app, store, register_blueprint=False)\n",
        "class Users(Bank):\n    pass\nUsers(app, store)\n",
    ],
)
def test_login_of_a_library_near_misses(audit, more):
    """Without its page, limited, or counted by the app itself, it is not reported."""
    audit(RULE, LIBRARY + more)


def test_another_security(audit):
    """Securities of a bank bring no login page along."""
    audit(RULE, LIBRARY.replace("flask_security", "bank") + "Security(app, 'IE00B4L5Y983')\n")


def test_login_of_a_library_behind_nginx(audit):
    """What nginx limits is limited."""
    nginx = "server { location /login { limit_req zone=login; proxy_pass http://app; } }\n"
    audit(RULE, {"app.py": LIBRARY + "Security(app, store)\n", "nginx.conf": nginx})


def test_user_that_logs_itself_in(audit):
    """``user.login(password)`` is asked whether the password is right, whatever checks it."""
    view = (
        "    form = LoginForm()\n    user = handler.user(form.username.data)\n"
        "    if user and user.login(form.password.data):\n        login_user(user)\n"
        "        return redirect('/')\n    return 'Wrong', 401\n"
    )
    audit(RULE, HEAD + VIEW + MARK + "looked for\n" + view)


def test_mail_server_that_is_logged_in_to(audit):
    """What logs in to another server is no login of a user."""
    view = (
        "    server = smtplib.SMTP(HOST)\n    server.login(app.config['NAME'], MAIL_PASSWORD)\n"
        "    server.send(request.form['text'])\n    return 'sent'\n"
    )
    audit(RULE, HEAD + '@app.post("/send")\ndef send():\n' + view)


DIRECTORY = """\
def auth_ldap_user(name, password):
    connection = Connection(server, auto_bind=True)
    if not connection.rebind(user=name, password=password):
        return None
    return connection.entries[0]
def let_in(name):
    login_user(find_user(name))
"""


@pytest.mark.parametrize(
    "asked",
    [
        "auth_ldap_user(request.form['name'], request.form['password'])",
        "server.rebind(user=request.form['name'], password=request.form['password'])",
        "directory.simple_bind_s(request.form['name'], request.form['password'])",
        "manager.auth_user_ldap(request.form['name'], request.form['password'])",
    ],
)
def test_directory(audit, asked):
    """A login by a directory is guessed like any other."""
    body = f"    if {asked}:\n        let_in(request.form['name'])\n    return 'Wrong', 401\n"

    audit(RULE, HEAD + DIRECTORY + VIEW + MARK + "\n" + body)


def test_limited_directory(audit):
    """With a limit it is fine."""
    body = "    if auth_ldap_user(request.form['name'], request.form['password']):\n"
    view = VIEW.replace("def ", '@limiter.limit("5/minute")\ndef ')

    audit(RULE, HEAD + LIMITER + DIRECTORY + view + body + "        let_in(1)\n    return 'x'\n")


@pytest.mark.parametrize(
    "key",
    [
        "request.headers.get('X-Client-Id', '')",
        "request.cookies.get('device')",
        "request.args['client']",
    ],
)
def test_key_that_the_client_chooses(audit, key):
    """A header, cookie or argument is another one whenever the client likes."""
    made = f"def key():\n    return {key}\nlimiter = Limiter(key_func=key, app=app)\n"
    reason = "there is a Limiter that counts by a header the client sends\n"
    view = '@app.post("/login")\n@limiter.limit("5/minute")\ndef login():\n'

    audit(RULE, HEAD + made + view + MARK + reason + BODY)


@pytest.mark.parametrize(
    "key",
    [
        "request.remote_addr",
        "get_remote_address()",
        "request.headers.get('CF-Connecting-IP')",
        "request.headers.get('X-Api-Key') or request.remote_addr",
        "request.form.get('email', '') + request.cookies.get('device', '')",
        "str(current_user.get_id())",
    ],
)
def test_key_that_holds(audit, key):
    """Addresses, accounts, and what a proxy sets are no choice of the client's."""
    made = f"def key():\n    return {key}\n"
    made += "limiter = Limiter(key_func=key, app=app, storage_uri='redis://db')\n"
    audit(
        RULE, HEAD + made + '@app.post("/login")\n@limiter.limit("5/minute")\ndef login():\n' + BODY
    )


def test_letting_in_who_is_known(audit):
    """``authenticate(user)`` checks no password; ``authenticate(name, password)`` does."""
    helper = "def authenticate(user, method=None):\n    login_user(user)\n"
    demo = "    user = User(name=request.form['name'])\n    authenticate(user, method='demo')\n"
    audit(RULE, HEAD + helper + '@app.post("/demo")\ndef demo():\n' + demo)

    view = "    user = authenticate(request.form['name'], request.form['password'])\n"
    audit(RULE, HEAD + VIEW + MARK + "looked for\n" + view + "    login_user(user)\n")


TOKENS = """\
from flask import Flask, request
from flask_jwt_extended import create_access_token, jwt_required
from werkzeug.security import check_password_hash
app = Flask(__name__)
"""


@pytest.mark.parametrize(
    "body",
    [
        "    if user and check_password_hash(user.password_hash, given['password']):\n"
        "        return {'token': create_access_token(user.id)}\n",
        "    if user and user.check_password(given['password']):\n        return tokens(user)\n"
        "def tokens(user):\n    return {'token': create_access_token(identity=user.id)}\n",
    ],
)
def test_a_token_for_a_password_is_a_login(audit, body):
    """A view under any name that checks a password and hands out a token may be guessed at."""
    start = "    given = request.get_json()\n    user = find(given['name'])\n"
    (finding,) = audit(
        RULE,
        f"{TOKENS}@app.post('/user')\ndef user_entry():\n{'^' * 17} Nothing limits how often\n"
        f"{start}{body}",
    )

    assert finding.severity == "medium"


@pytest.mark.parametrize(
    "view",
    [
        "@app.post('/user')\n@jwt_required(refresh=True)\ndef again():\n"
        "    if user().check_password(request.json['password']):\n"
        "        return {'token': create_access_token(user().id)}\n",
        "@app.post('/user')\ndef entry():\n    return {'token': create_access_token(visitor())}\n",
    ],
    ids=["with a token already", "without a password"],
)
def test_tokens_that_nobody_guesses_for(audit, view):
    """Who has a token already, or needs no password, is not asked for one here."""
    audit(RULE, TOKENS + view)


CODES = """\
@app.post("/users/{name}")
{decorator}def {name}():
{mark}    user = find_user(request.form["user"])
    user.second_factor = None
    db.session.commit()
    return "done"
"""


@pytest.mark.parametrize(
    ("name", "decorator"),
    [("revoke_2fa", ""), ("turn_off_mfa", ""), ("user_2fa", '@roles_required("admin")\n'),
     ("other_otp", "@permission_required(ADMIN)\n"), ("mfa_of", "@admin_required\n")],
)  # fmt: skip
def test_second_factor_of_others(audit, name, decorator):
    """Who takes a second factor away, or has a role, guesses no code there."""
    decorators = "from app_guards import admin_required, permission_required, roles_required\n"
    audit(RULE, HEAD + decorators + CODES.format(name=name, decorator=decorator, mark=""))


@pytest.mark.parametrize("name", ["verify_2fa", "mfa", "otp_entry"])
def test_code_of_a_second_factor(audit, name):
    """Where a code is asked for, it is guessed."""
    mark = "^" * (len(name) + 7) + f" Nothing limits how often {name}() may be tried\n"
    audit(RULE, HEAD + CODES.format(name=name, decorator="", mark=mark))


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ("failed_login_count = db.Column(db.Integer)", False),
        ("password_attempts = db.Column(db.Integer)", False),
        ("note = db.Column(db.Text)", True),
    ],
)
def test_locked_account(audit, columns, found):
    """A user who is locked is refused; after how many tries, the file must know."""
    body = "    if find_user(request.form['email']).locked:\n        return 'Wrong', 401\n" + BODY
    model = f"class User(db.Model):\n    {columns}\n"

    audit(RULE, HEAD + model + VIEW + (MARK + "looked for\n" if found else "") + body)


@pytest.mark.parametrize("name", ["resend_verification_code", "resend_otp", "two_factor_mail_sent"])
def test_sending_a_code_anew_is_no_login(audit, name):
    """A view that sends a code once more takes none that could be guessed."""
    body = "    send(request.args['next'])\n    return 'sent'\n"
    audit(RULE, HEAD + f"@app.post('/{name}')\ndef {name}():\n{body}")


AGAIN = """\
from shop.access import authenticated
@app.post("/login/again")
@authenticated
def log_in_again():
"""
ACCESS = """\
from functools import wraps
from flask_login import login_required
def authenticated(view):
    @wraps(view)
    def wrapper(*args):
        return login_required(view)(*args)
    return wrapper
"""


@pytest.mark.parametrize("first", [True, False])
def test_password_that_is_asked_for_once_more(audit, first):
    """Who is logged in already guesses no other account; alone, such a view is the login."""
    login = VIEW.replace("def", "@limiter.limit('5 per minute')\ndef") + BODY if first else ""
    marks = "" if first else "^" * 19 + " Nothing limits how often log_in_again()\n"
    text = HEAD + (LIMITER if first else "") + login + AGAIN + marks + BODY
    audit(RULE, {"app.py": text, "shop/access.py": ACCESS})


ROUTED = LIBRARY.replace(
    "import Security", "import Security\nfrom flask_security.views import {name}"
)


@pytest.mark.parametrize(
    ("name", "route", "found"),
    [
        ("login", "bp.route('/in', methods=['POST'])(login)", True),
        ("login", "app.add_url_rule('/in', view_func=login)", True),
        ("login", "print(login)", False),
        ("logout", "bp.route('/out')(logout)", False),
    ],
)
def test_login_of_a_library_by_a_rule_of_its_own(audit, name, route, found):
    """Without the library's blueprint its login is there where the app gives it a rule."""
    mark = f"{'^' * 47} {OF_LIBRARY}Flask-Security\n" if found else ""
    text = f"Security(app, store, register_blueprint=False)\n{mark[1:]}{route}\n"

    audit(RULE, ROUTED.format(name=name) + text)


@pytest.mark.parametrize(
    ("loop", "found"),
    [
        ("for attempt in range(3):", True),
        ("for attempt in count():", True),
        ("for attempt in find_attempts():", False),
    ],
)
def test_own_tries(audit, loop, found):
    """How often the app itself tries something again is no count of logins."""
    hook = f"@app.before_request\ndef hook():\n    {loop}\n        if attempt < 2:\n"
    mark = MARK + "looked for\n" if found else ""
    audit(RULE, HEAD + hook + "            ask_the_policy()\n" + VIEW + mark + BODY)


@pytest.mark.parametrize("name", ["setup_2fa", "set_up_mfa", "enable_otp", "mfa_enrolment"])
def test_code_of_a_factor_that_is_set_up(audit, name):
    """Who sets a second factor up was shown what its codes are made of."""
    audit(RULE, HEAD + CODES.format(name=name, decorator="", mark=""))


@pytest.mark.parametrize("above", [True, False])
def test_limit_above_the_route(audit, above):
    """A limit is put onto what the route already has taken, and counts nothing."""
    route, limit = '@app.post("/login")\n', '@limiter.limit("5 per hour")\n'
    view = f"{limit}{route}def login():\n" if above else f"{route}{limit}def login():\n"
    mark = MARK + "there is a limit above the route, which no request meets\n" if above else ""

    audit(RULE, HEAD + LIMITER + view + mark + BODY)


@pytest.mark.parametrize(
    ("name", "line", "found"),
    [
        ("login", "ok = backend.enter(request.form['user'], request.form['password'])", True),
        ("sign_in", "ok = app.users.find(request.form.get('user'), request.form.get('pwd'))", True),
        ("login", "form = LoginForm.from_flat(request.form)\n    ok = form.is_right()", True),
        ("login", "ok = form.username.data and service(form.password.data)", True),
        ("login", "form = LoginForm()\n    ok = form.validate_on_submit() and enter(form)", True),
        ("login", "form = LoginForm()\n    ok = show(form)", False),
        ("login", "ok = choose(request.form['provider'])", False),
        ("support_cannot_sign_in", "ok = mail(request.form['password'])", False),
        ("login_problem", "ok = mail(request.form['password'])", False),
        ("support_login", "ok = enter(request.form['password'])", True),
        ("google_login", "ok = ask(request.form['password'])", False),
        ("keep_notes", "ok = keep(request.form['password'])", False),
    ],
)
def test_password_that_goes_where_nobody_can_follow(audit, name, line, found):
    """A login whose password somebody else checks may be tried all the same."""
    line = f"    {line}\n    return 'ok' if ok else 'no'\n"
    mark = "^" * (len(name) + 7) + f" Nothing limits how often {name}() may be tried\n"
    view = f"@app.post('/{name}')\ndef {name}():\n"
    audit(RULE, HEAD + view + (mark if found else "") + line)


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("current_user.get('banned')", True),
        ("user.is_banned", True),
        ("result == ldap.AUTH_LOCKED", True),
        ("banned_ips and request.remote_addr in banned_ips", False),
        ("user.locked_until > now()", False),
    ],
)
def test_banned_people(audit, test, found):
    """Who is banned by somebody, or locked in a directory, says nothing of how often one tries."""
    hook = f"@app.before_request\ndef hook():\n    if {test}:\n        abort(403)\n"
    mark = MARK + "looked for\n" if found else ""
    audit(RULE, HEAD + hook + VIEW + mark + BODY)


@pytest.mark.parametrize(
    "check", ["auth.auth(True)", "auth.auth(api_key)", "keys.authenticate(token)"]
)
def test_key_is_no_password(audit, check):
    """Who is let in by a key types no password that could be guessed."""
    audit(
        RULE,
        HEAD + f"@app.post('/notes')\ndef add_note():\n    if not {check}:\n        abort(401)\n"
        "    login_user(owner())\n    return ''\n",
    )


DISPATCHED = """\
from flask_restful import Api, Resource
api = Api(app)
class Passport(Resource):
    actions = [{listed}]
    def post(self, action):
{mark}        return getattr(self, action)()
    def login(self):
        user = find_user(request.form["email"])
        if user and check_password_hash(user.password_hash, request.form["password"]):
            login_user(user)
        return ""
    def logout(self):
        return ""
api.add_resource(Passport, "/passport/<action>")
"""


@pytest.mark.parametrize(("listed", "found"), [("'login', 'logout'", True), ("'logout'", False)])
def test_method_that_an_address_names(audit, listed, found):
    """A login may be one of the methods that a view gets by a name."""
    mark = "    " + "^" * len("def post(self, action):") + "\n" if found else ""
    audit(RULE, HEAD + DISPATCHED.format(listed=listed, mark=mark))


def test_reset_that_only_those_inside_get_to(audit):
    """What an administrator resets is no way in."""
    audit(RULE, HEAD + LIMITER + "def admins_only(view):\n    def inner():\n"
          "        if not current_user.is_admin:\n            abort(403)\n        return view()\n"
          "    return inner\n@app.post('/reset')\n@admins_only\ndef reset():\n    wipe()\n"
          "@app.post('/login')\n@limiter.limit('5/minute')\ndef login():\n" + BODY)  # fmt: skip


LINKED = """\
class LoginForm(FlaskForm):
    {field}
@app.route("/login", methods=["GET", "POST"])
def login():
{mark}    form = LoginForm()
    if form.validate_on_submit():
        send_link(form)
    return ""
"""


@pytest.mark.parametrize(
    ("field", "found"), [("email = StringField()", False), ("password = PasswordField()", True)]
)
def test_login_by_a_mailed_link(audit, field, found):
    """Where no password is asked for, none is guessed."""
    mark = MARK + "looked for\n" if found else ""
    text = (
        HEAD + "from flask_wtf import FlaskForm\nfrom wtforms import PasswordField, StringField\n"
    )
    audit(RULE, text + LINKED.format(field=field, mark=mark))


LISTED = """\
    if known.{asked}(request.remote_addr):
        return "No", 403
    user = find_user(request.form["email"])
    if user is None:
        known.{noted}(request.remote_addr)
        return "Wrong", 401
"""


@pytest.mark.parametrize(
    ("asked", "noted", "found"),
    [
        ("is_blocked", "add_failed", False),
        ("is_banned", "count_attempt", False),
        ("is_blocked", "look_at", True),
        ("is_known", "add_failed", True),
    ],
)
def test_list_of_blocked_addresses(audit, asked, noted, found):
    """A list of addresses counts where those are put on it whose tries failed."""
    mark = f"{MARK}looked for\n" if found else ""
    audit(RULE, HEAD + VIEW + mark + LISTED.format(asked=asked, noted=noted) + BODY)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("if len(users) > 0:\n        abort(401)", False),
        ("if User.query.count():\n        return redirect('/login')", False),
        ("if list_users():\n        return redirect('/login')", False),
        ("if User.query.count() == 0:\n        return redirect('/setup')", True),
        ("if not User.query.first():\n        return redirect('/setup')", True),
        ("if User.query.filter_by(name='x').first():\n        abort(409)", True),
        ("if len(users) > 0:\n        log(users)", True),
    ],
)
def test_first_account_of_an_installation(audit, first, told):
    """A view that turns everybody away once there is an account registers nobody."""
    register = (
        f"@app.post('/register')\ndef register():\n    {first}\n"
        "    return save(request.form['email'])\n"
    )

    (finding,) = audit(RULE, HEAD + register + VIEW + MARK + "looked for\n" + BODY)

    assert len(finding.related) == (2 if told else 1)
