"""Where `csrf-missing` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "csrf-missing"
HEAD = """\
from flask import Flask, abort, redirect, request, session
from flask_login import LoginManager, current_user, login_required, login_user
"""
APP = "app = Flask(__name__)\n"
MARK = "      ^^^^^^^^^^^^^^^ Nothing protects "
VIEW = """\
login_manager = LoginManager(app)
@app.post("/email")
@login_required
def change_email():
    current_user.email = request.form["email"]
    db.session.commit()
    return redirect("/")
"""


def test_no_protection(audit):
    """One finding at the app, which names what was looked for and the views."""
    (finding,) = audit(RULE, HEAD + APP + MARK + "change_email() against\n" + VIEW)

    assert "looked for harden, CSRFProtect, SeaSurf" in finding.message
    assert [place.line for place in finding.related] == [7]


@pytest.mark.parametrize(
    "view",
    [
        "@app.route('/x', methods=['GET', 'POST'])\n@login_required\ndef x():\n"
        "    if request.method == 'POST':\n        Note(request.form['n']).save()\n",
        "@app.post('/x')\ndef x():\n    if current_user.is_authenticated:\n"
        "        db.session.delete(current_user)\n        db.session.commit()\n",
        "@app.post('/x')\ndef x():\n    User.query.filter_by(id=session['user']).delete()\n",
        "from flask.views import MethodView\nclass X(MethodView):\n"
        "    decorators = [login_required]\n    def post(self):\n        note().save()\n"
        "app.add_url_rule('/x', view_func=X.as_view('x'))\n",
        "from helpers import keep\n@app.post('/x')\n@login_required\ndef x():\n"
        ""
        "    keep(request.form)\n",
        "NOTES = []\n@app.post('/x')\n@login_required\ndef x():\n"
        "    NOTES.append(request.form['n'])\n",
        "NOTES = []\n@app.route('/x', methods=['GET', 'POST'])\n@login_required\ndef x():\n"
        "    global NOTES\n    NOTES = []\n    NOTES.append(current_user.name)\n",
        "@app.post('/x')\n@login_required\ndef x():\n    names = []\n"
        "    names.append(request.form['n'])\n    import_all(names)\n",
        "@app.post('/x')\n@login_required\ndef x():\n    kept.update(request.form.to_dict())\n",
        "@app.post('/x')\n@login_required\ndef x():\n    gevent.spawn(run, request.form['n'])\n",
        "@app.post('/x')\n@login_required\ndef x():\n    send.delay(request.form['n'])\n",
        "from wtforms import Form\nclass F(Form):\n    pass\n@app.post('/x')\n@login_required\n"
        "def x():\n    form = F(request.form)\n    if form.validate():\n"
        "        db.session.commit()\n",
    ],
)
def test_other_spellings(audit, view):
    """Views by class, by session, by helper and with forms that know no tokens are seen."""
    source = HEAD + APP + MARK + "x() against\n" + "login_manager = LoginManager(app)\n" + view
    if "def post" in view:
        source = source.replace("protects x()", "protects post()")

    audit(RULE, {"app.py": source, "helpers.py": "def keep(data):\n    db.session.commit()\n"})


@pytest.mark.parametrize(
    "before",
    [
        "from flask_wtf import CSRFProtect\ncsrf = CSRFProtect(app)\n",
        "from flask_wtf.csrf import CSRFProtect\ncsrf = CSRFProtect()\ncsrf.init_app(app)\n",
        "from flask_seasurf import SeaSurf\ncsrf = SeaSurf(app)\n",
        "from hardening import harden\nharden(app)\n",
        "@app.before_request\ndef check():\n"
        "    if request.method == 'POST' and request.form.get('csrf') != session['csrf']:\n"
        "        abort(403)\n",
        "def check():\n    if request.headers.get('Sec-Fetch-Site') == 'cross-site':\n"
        "        abort(403)\napp.before_request(check)\n",
    ],
)
def test_protected(audit, before):
    """Protection by an extension, the wrapper or a check before each request is enough."""
    audit(RULE, HEAD + APP + before + VIEW)


@pytest.mark.parametrize(
    "view",
    [
        # A Flask-WTF form checks its token.
        "from flask_wtf import FlaskForm\nclass F(FlaskForm):\n    pass\n@app.post('/x')\n"
        "@login_required\ndef x():\n    if F().validate_on_submit():\n"
        "        db.session.commit()\n",
        "from confirm import confirmed\n@app.post('/x')\n@login_required\n@confirmed\n"
        "def x():\n    db.session.commit()\n",
        # JSON needs a preflight that other sites do not pass.
        "@app.post('/x')\n@login_required\ndef x():\n    keep(request.get_json())\n"
        "    db.session.commit()\n",
        # Other callers than browsers with cookies.
        "@app.post('/x')\n@api_key_required\ndef x():\n    db.session.commit()\n",
        "from flask_httpauth import HTTPBasicAuth\nauth = HTTPBasicAuth()\n@app.post('/x')\n"
        "@auth.login_required\ndef x():\n    db.session.commit()\n",
        # Nothing is changed, or nobody is known.
        "@app.post('/x')\n@login_required\ndef x():\n    return search(request.form['q'])\n",
        "@app.post('/x')\n@login_required\ndef x():\n    asked = request.values.to_dict()\n"
        "    asked.update({'start': 0})\n    return search(asked)\n",
        "@app.post('/x')\n@login_required\ndef x():\n    asked = dict(request.form)\n"
        "    asked.update(page=1)\n    return search(asked)\n",
        "@app.route('/x', methods=['GET', 'POST'])\n@login_required\ndef x():\n    names = []\n"
        "    for user in all_users():\n        names.append(user.name)\n"
        "    return names\n",
        # Rows for DataTables, which asks by POST because the question is long.
        "@app.post('/x')\n@login_required\ndef x():\n    data = []\n"
        "    for user in found(request.form['start']):\n        data.append(user.name)\n"
        "    return jsonify({'recordsFiltered': len(data), 'data': data})\n",
        "from collections import defaultdict\n@app.route('/x', methods=['GET', 'POST'])\n"
        "@login_required\ndef x():\n    found: dict = defaultdict(list)\n"
        "    for user in all_users():\n        found[user.id].append(1)\n    return found\n",
    ],
)
def test_views_that_need_none(audit, view):
    """Views that check themselves, or that no form of another site can use, do not count."""
    confirm = (
        "from flask_wtf import FlaskForm\nclass Sure(FlaskForm):\n    pass\n"
        "def confirmed(view):\n    def run(*args):\n        if Sure().validate_on_submit():\n"
        "            return view(*args)\n        return 'Sure?'\n    return run\n"
    )

    audit(RULE, {"app.py": HEAD + APP + "lm = LoginManager(app)\n" + view, "confirm.py": confirm})


@pytest.mark.parametrize(
    "made",
    [
        "class Own(CSRFProtect):\n    def init_app(self, app):\n        super().init_app(app)\n"
        "csrf = Own()\ncsrf.init_app(app)\n",
        "class Own(CSRFProtect):\n    pass\nOwn(app)\n",
        "from guards import own_csrf\nown_csrf.init_app(app)\n",
        "csrf = CSRFProtect()\nPARTS = [csrf]\nclass Factory:\n    listed = PARTS\n"
        "    @classmethod\n    def build(cls, app):\n        for part in cls.listed:\n"
        "            part.init_app(app)\n",
        "csrf = CSRFProtect()\nclass Base:\n    parts = [csrf]\nclass Factory(Base):\n"
        "    def build(self, app):\n        for part in self.parts:\n"
        "            part.init_app(app)\n",
        "from guards import ask_for_csrf_token\napp.before_request(ask_for_csrf_token)\n",
    ],
)
def test_protected_by_code_of_its_own(audit, made):
    """A class derived from the extension protects, as does a hook whose helper refuses."""
    guards = (
        "from flask import abort, request\nfrom flask_wtf.csrf import CSRFProtect\n"
        "class Own(CSRFProtect):\n    pass\nown_csrf = Own()\n"
        "def ask_for_csrf_token():\n    from guards import refuse\n    refuse(request)\n"
        "def refuse(request):\n    if request.headers.get('X-CSRF-Token') != token():\n"
        "        abort(400)\n"
    )
    app = HEAD + "from flask_wtf.csrf import CSRFProtect\n" + APP + made + VIEW
    audit(RULE, {"app.py": app, "guards.py": guards})


def test_identity_provider_posts(audit):
    """What an identity provider signs comes from its page by design."""
    view = (
        "@app.route('/acs', methods=['POST'])\ndef acs():\n    answer = saml(request)\n"
        "    answer.process_response()\n    session['user'] = answer.get_nameid()\n"
        "    return redirect(answer.redirect_to(request.form['RelayState']))\n"
    )
    audit(RULE, HEAD + APP + view)


def test_same_site_lowers(audit):
    """An explicit SameSite lowers the finding."""
    setting = "app.config['SESSION_COOKIE_SAMESITE'] = 'Lax'\n"

    (finding,) = audit(RULE, HEAD + APP + MARK + "change\n" + setting + VIEW)

    assert (finding.severity, finding.confidence) == ("low", "medium")


def test_only_a_login(audit):
    """Where nothing but the login is open, little is gained."""
    view = (
        "login_manager = LoginManager(app)\n@app.post('/login')\ndef login():\n"
        "    login_user(find(request.form['name']))\n"
    )

    (finding,) = audit(RULE, HEAD + APP + MARK + "login()\n" + view)

    assert finding.severity == "low"


def test_wrapper_that_observes(audit):
    """The wrapper without its cross-site guard protects nothing."""
    before = "from hardening import harden\nharden(app, mode='observe')\n"

    audit(RULE, HEAD + APP + MARK + "change_email()\n" + before + VIEW)


@pytest.mark.parametrize(
    "test",
    [
        'request.headers.get("X-Requested-With") != "XMLHttpRequest"',
        "request.headers.get('X-Requested-With', '') != 'XMLHttpRequest'",
        '"X-Requested-With" not in request.headers',
    ],
)
def test_header_of_own_scripts(audit, test):
    """A view that refuses requests without the header of scripts is protected."""
    guard = f"def change_email():\n    if {test}:\n        abort(403)\n"
    audit(RULE, HEAD + APP + VIEW.replace("def change_email():\n", guard))

    asks = guard.replace("!=", "==").replace(" not in ", " in ").replace("abort(403)", "pass")
    audit(RULE, HEAD + APP + MARK + "\n" + VIEW.replace("def change_email():\n", asks))


@pytest.mark.parametrize(
    ("made", "protected"),
    [
        ("from flask_mongoengine.wtf import model_form\nNote = model_form(Text)\n", True),
        ("from flask_mongoengine.wtf.orm import model_form\nNote = model_form(Text)\n", True),
        ("from wtforms_sqlalchemy.orm import model_form\nNote = model_form(Text)\n", False),
        ("from wtforms import Form\nclass Note(Form):\n    pass\n", False),
    ],
)
def test_forms_that_a_function_makes(audit, made, protected):
    """Flask-MongoEngine derives the form of a model from Flask-WTF's class; others do not."""
    mark = "" if protected else MARK + "note()\n"
    view = (
        "login_manager = LoginManager(app)\n@app.post('/note')\n@login_required\ndef note():\n"
        "    form = Note(request.form)\n    if form.validate():\n"
        "        current_user.note = form.n\n        db.session.commit()\n    return ''\n"
    )
    audit(RULE, HEAD + made + APP + mark + view)


BACK = VIEW.replace('    return redirect("/")\n', "    {back}\n")


@pytest.mark.parametrize(
    "back",
    [
        "return redirect(request.referrer)",
        "return redirect(request.referrer or '/')",
        "return redirect(request.headers.get('Referer') or '/')",
        "back = request.referrer\n    return redirect(back)",
        "if not request.referrer:\n        abort(404)\n    return redirect(request.referrer)",
    ],
)
def test_redirects_to_where_somebody_came_from(audit, back):
    """Going back to the page before is no question where the form came from."""
    audit(RULE, HEAD + APP + MARK + "change_email()\n" + BACK.format(back=back))


@pytest.mark.parametrize(
    "look",
    [
        "if urlparse(request.referrer).netloc != request.host:\n        abort(403)",
        "if not request.referrer.startswith(request.host_url):\n        abort(403)",
        "if request.host not in request.referrer:\n        abort(403)",
        "if request.headers['Referer'] != HOME:\n        abort(403)",
    ],
)
def test_looks_at_where_somebody_came_from(audit, look):
    """A view that refuses pages of other sites by the referrer protects itself."""
    audit(RULE, HEAD + APP + BACK.format(back=f"{look}\n    return redirect('/')"))


HOOK = """\
import flask
app = flask.Flask(__name__)
{mark}@app.before_request
def load():
    flask.g.user = owner_of(flask.request.{asked})
    if flask.g.user is None:
        flask.abort(401)
@app.post("/email")
def change_email():
    flask.g.user.email = flask.request.form["email"]
    db.session.commit()
    return "ok"
"""


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("headers['Authorization']", False),
        ("headers['X-Api-Key']", False),
        ("cookies['id']", True),
    ],
)
def test_app_without_cookies(audit, asked, found):
    """A browser sends no header by itself, so nothing is sent for another site."""
    mark = MARK.replace("^^^^^^^^^^^^^^^", "^" * 21) + "\n" if found else ""
    audit(RULE, HOOK.format(asked=asked, mark=mark))


OF_A_PART = """\
from flask import Blueprint
bp = Blueprint("steps", __name__)
@{router}.before_request
def restrict():
    if not request.referrer or {test}:
        return redirect("/")
"""


@pytest.mark.parametrize(
    ("router", "test", "found"),
    [
        ("app", "request.host not in request.referrer", False),
        ("app", "'shop.example.com' not in request.referrer", False),
        ("bp", "request.host not in request.referrer", True),
        ("app", "'/j/' in request.referrer", True),
    ],
)
def test_hook_of_a_part(audit, router, test, found):
    """A check before the requests of one blueprint is none for the others, nor is a path one."""
    mark = MARK + "change_email() against\n" if found else ""
    audit(RULE, HEAD + APP + mark + OF_A_PART.format(router=router, test=test) + VIEW)


@pytest.mark.parametrize(("router", "found"), [("bp", False), ("app", True)])
def test_view_of_the_part(audit, router, found):
    """The views of that blueprint are protected."""
    hook = OF_A_PART.format(router="bp", test="request.host not in request.referrer")
    mark = MARK + "change_email() against\n" if found else ""
    audit(RULE, HEAD + APP + mark + hook + VIEW.replace("@app.post", f"@{router}.post"))


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ("event = stripe.Webhook.construct_event(request.data, header, secret)", False),
        ("verify(request.headers['X-Hub-Signature-256'], request.data)", False),
        ("event = json.loads(request.data)", True),
    ],
)
def test_what_others_sign(audit, check, found):
    """A webhook asks for a signature, which no other site's form has."""
    mark = MARK + "hook() against\n" if found else ""
    audit(
        RULE,
        f"{HEAD}{APP}{mark}login_manager = LoginManager(app)\n@app.post('/hook')\ndef hook():\n"
        f"    {check}\n    session = event['data']\n    note(session['id']).save()\n",
    )


SESSION = """\
import flask
app = flask.Flask(__name__)
{mark}def {helper}
@app.post("/email")
def change_email():
    user = owner_of(flask.request.form["id"])
    user.email = flask.request.form["email"]
    db.session.commit()
    return "ok"
"""


@pytest.mark.parametrize(
    ("helper", "found"),
    [
        ("owner_of(given):\n    return User.query.get(flask.session['user_id'])\n", True),
        ("owner_of(given):\n    return find(flask.session.get('account'))\n", True),
        ("owner_of(given):\n    return User.query.get(given)\n", False),
        ("owner_of(given):\n    return flask.session.get('theme')\n", False),
    ],
)
def test_helper_that_asks_the_session(audit, helper, found):
    """A view knows the user by a cookie, too, where a helper asks the session who it is."""
    mark = MARK.replace("^^^^^^^^^^^^^^^", "^" * 21) + "\n" if found else ""
    audit(RULE, SESSION.format(helper=helper, mark=mark))


HOOKED = """\
from flask import Blueprint, g
api = Blueprint("api", __name__)
app.register_blueprint(api)
@api.before_request
def require_user():
    g.user = user_of({asked})
    if g.user is None:
        abort(401)
@api.post("/notes")
def add_note():
    db.session.add(Note(owner=g.user))
    db.session.commit()
    return ""
@app.post("/other")
def other():
    return g.user
"""


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("request.headers.get('Authorization')", False),
        ("request.headers['Authorization']", False),
        ("session.get('user')", True),
        ("request.headers.get('Authorization') or session.get('user')", True),
    ],
)
def test_hook_that_asks_for_a_header(audit, asked, found):
    """A blueprint whose hook takes the user from a header believes no cookie."""
    mark = MARK + "add_note()\n" if found else ""
    audit(RULE, HEAD + APP + mark + HOOKED.format(asked=asked))


OWN_ROUTES = """\
def register(url, methods):
    def wrapper(view):
        @app.route(url, methods=methods)
        def handler(**given):
            if not current_user.is_authenticated:
                abort(401)
            given.update({read})
            return view(**given)
        return view
    return wrapper
@register("/email", methods=["POST"])
def change_email({takes}):
    current_user.email = email
    db.session.commit()
"""


@pytest.mark.parametrize(
    ("read", "takes", "found"),
    [
        ("request.json if request.is_json else {}", "email", False),
        ("request.get_json()", "email=None", False),
        ("request.get_json(force=True)", "email", True),
        ("request.form", "email", True),
        ("request.values if not request.is_json else request.json", "email", True),
        ("request.get_json(silent=True) or {}", "", True),
    ],
)
def test_routes_of_an_own_decorator(audit, read, takes, found):
    """A view that gets what a wrapper reads of JSON takes no form of another site."""
    mark = MARK + "change_email() against\n" if found else ""

    audit(
        RULE,
        HEAD + APP + mark + "LoginManager(app)\n" + OWN_ROUTES.format(read=read, takes=takes),
    )


LOOKED_UP = """\
from functools import wraps
def looked_up(view):
    @wraps(view)
    def handler(*args, **kwargs):
        name = kwargs.get("name")
        if not name:
            name = request.json.get("name")
        return view(find(name))
    return handler
@app.route("/{address}", methods=["POST"])
@login_required
@looked_up
def block(account):
    account.blocked = True
    db.session.commit()
"""


@pytest.mark.parametrize(
    ("address", "found"), [("block/<name>", True), ("block/<string:name>", True), ("block", False)]
)
def test_wrapper_that_reads_json_where_the_address_says_nothing(audit, address, found):
    """Where the address names what the wrapper looks for, nobody needs to send JSON."""
    mark = MARK + "block() against\n" if found else ""

    text = LOOKED_UP.format(address=address)
    audit(RULE, HEAD + APP + mark + "LoginManager(app)\n" + text)
