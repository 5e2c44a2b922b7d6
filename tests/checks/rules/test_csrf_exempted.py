"""Where `csrf-exempted` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "csrf-exempted"
HEAD = """\
import hmac
from flask import Blueprint, Flask, abort, request, session
from flask_login import LoginManager, current_user, login_required, login_user
from flask_wtf.csrf import CSRFProtect
app = Flask(__name__)
csrf = CSRFProtect(app)
login_manager = LoginManager(app)
"""
MARK = " ^^^^^^^^^^^ change() changes something and is exempted\n"
BODY = "def change():\n    current_user.name = request.form['n']\n    db.session.commit()\n"


@pytest.mark.parametrize(
    "text",
    [
        "@app.post('/x')\n@csrf.exempt\n" + MARK + "@login_required\n" + BODY,
        "@csrf.exempt\n" + MARK + "@app.route('/x', methods=['GET', 'POST'])\n" + BODY,
        "@app.post('/x')\n@login_required\n"
        + BODY
        + "csrf.exempt(change)\n^^^^^^^^^^^^^^^^^^^ change\n",
        "bp = Blueprint('bp', __name__)\ncsrf.exempt(bp)\n^^^^^^^^^^^^^^^ change() of bp\n"
        "@bp.post('/x')\n@login_required\n" + BODY,
        "@app.post('/x')\n"
        + BODY
        + "csrf.exempt('app.change')\n^^^^^^^^^^^^^^^^^^^^^^^^^ change\n",
        "@csrf.exempt  # exempt from CSRF, for the bookmarklet\n"
        + MARK
        + "@app.post('/x')\n@login_required\n"
        + BODY,
        "@app.before_request\ndef known():\n    if not current_user.is_authenticated:\n"
        "        abort(401)\n@app.post('/x')\n@csrf.exempt\n" + MARK + "def change():\n"
        "    Note(request.form['text']).save()\n",
        "@app.post('/x')\n@csrf.exempt\n" + MARK + "def change():\n"
        "    session['lang'] = request.form['lang']\n",
    ],
)
def test_exempted(audit, text):
    """Exempted views and blueprints with views that believe cookies are found."""
    audit(RULE, HEAD + text)


def test_blueprint_of_another_file(audit):
    """A blueprint is followed to the file that makes it."""
    audit(
        RULE,
        {
            "app.py": HEAD
            + "from users import bp as users\ncsrf.exempt(users)\n"
            + "^^^^^^^^^^^^^^^^^^ change() of users\n",
            "users.py": "from flask import Blueprint, request\n"
            "from flask_login import current_user, login_required\nbp = Blueprint('u', __name__)\n"
            "@bp.post('/x')\n@login_required\n" + BODY,
            "other.py": "from flask import Blueprint\nbp = Blueprint('o', __name__)\n",
        },
    )


def test_login_is_low(audit):
    """An exempted login is a lesser thing."""
    (finding,) = audit(
        RULE,
        HEAD + "@app.post('/login')\n@csrf.exempt\n ^^^^^^^^^^^ login()\ndef login():\n"
        "    login_user(find(request.form['n']))\n",
    )

    assert finding.severity == "low"


@pytest.mark.parametrize(
    "text",
    [
        "@app.post('/x')\n@login_required\n" + BODY,
        # Callers that prove who they are otherwise.
        "@app.post('/hook')\n@csrf.exempt\ndef hook():\n"
        "    if not hmac.compare_digest(request.headers['X-Sig'], sign(request.data)):\n"
        "        abort(403)\n    db.session.commit()\n",
        "@app.post('/x')\n@csrf.exempt\n@token_required\n" + BODY,
        "@app.post('/x')\n@csrf.exempt\ndef collect():\n    db.session.add(Report(request.form))\n"
        "    db.session.commit()\n",
        "@app.post('/x')\n@csrf.exempt\ndef change():\n    if session['state'] != "
        "request.form['csrf']:\n        abort(403)\n    db.session.commit()\n",
        # Nothing is changed, or only JSON is taken.
        "@app.get('/x')\n@csrf.exempt\n@login_required\ndef show():\n"
        "    return current_user.name\n",
        "@app.post('/x')\n@csrf.exempt\n@login_required\ndef find():\n"
        "    return search(request.form['q'])\n",
        "bp = Blueprint('api', __name__)\ncsrf.exempt(bp)\n@bp.post('/x')\n@require_api_key\n"
        + BODY,
        "from hardening import harden\nharden(app)\n@app.post('/x')\n@csrf.exempt\n"
        "@login_required\n" + BODY,
    ],
)
def test_near_misses(audit, text):
    """Webhooks, APIs with keys, views that check by hand and readers are left alone."""
    audit(RULE, HEAD + text)


RESOURCES = (
    "from flask import Blueprint\nfrom flask_login import current_user\n"
    "from flask_restx import Api, Resource, reqparse\n"
    "bp = Blueprint('api', __name__)\napi = Api(bp)\nparser = reqparse.RequestParser()\n"
    "@api.route('/notes')\nclass Notes(Resource):\n    def post(self):\n"
    "        if not current_user.is_authenticated:\n            abort(401)\n"
    "        db.session.add(Note(parser.parse_args()['text'], current_user.id))\n"
    "        db.session.commit()\n"
)


def test_api_on_a_blueprint(audit):
    """The resources of an API belong to the blueprint that it is made for."""
    audit(
        RULE,
        {
            "app.py": HEAD
            + "import blueprints\nfrom blueprints import notes\napp.register_blueprint(notes.bp)\n"
            + "csrf.exempt(notes.bp)\n^^^^^^^^^^^^^^^^^^^^^ post() of bp changes something\n",
            "blueprints/__init__.py": "",
            "blueprints/notes.py": RESOURCES,
        },
    )


def test_namespace_of_an_api(audit):
    """A namespace is exempted with the blueprint of the API that has it."""
    audit(
        RULE,
        HEAD
        + "from flask_restx import Api, Namespace, Resource\nbp = Blueprint('api', __name__)\n"
        + "api = Api(bp)\nns = Namespace('notes')\napi.add_namespace(ns)\ncsrf.exempt(bp)\n"
        + "^^^^^^^^^^^^^^^ post() of bp\n@ns.route('/')\nclass Notes(Resource):\n"
        + "    @login_required\n    def post(self):\n"
        + "        current_user.notes.append(request.form['t'])\n        db.session.commit()\n",
    )


def test_blueprint_given_to_a_function(audit):
    """Rules that a function adds to the blueprint it is given belong to that blueprint."""
    audit(
        RULE,
        {
            "app.py": HEAD
            + "from rules import add_rules\nsite = Blueprint('s', __name__)\nadd_rules(site)\n"
            + "csrf.exempt(site)\n^^^^^^^^^^^^^^^^^ change() of site\n",
            "rules.py": "from flask import request\nfrom flask_login import current_user\n"
            + BODY
            + "def add_rules(bp):\n    bp.add_url_rule('/x', view_func=change, methods=['POST'])\n",
        },
    )


def test_api_on_another_blueprint(audit):
    """Resources of an API on another blueprint stay protected, and so do rules added to one."""
    audit(
        RULE,
        {
            "app.py": HEAD
            + "from notes import bp\nfrom rules import add_rules\n"
            + "hooks = Blueprint('h', __name__)\nadd_rules(app)\ncsrf.exempt(hooks)\n",
            "notes.py": RESOURCES,
            "rules.py": "from flask import request\nfrom flask_login import current_user\n"
            + BODY
            + "def add_rules(bp):\n    bp.add_url_rule('/x', view_func=change, methods=['POST'])\n",
        },
    )


API = """\
from flask_restx import Api, Namespace, Resource
bp = Blueprint("api", __name__)
csrf.exempt(bp)
{mark}api = Api(bp)
notes_ns = Namespace("notes")
api.add_namespace(notes_ns)
@notes_ns.route("/x")
class Notes(Resource):
    decorators = [login_required]
    def post(self):
        current_user.name = {read}
        db.session.commit()
"""


@pytest.mark.parametrize(
    ("read", "found"),
    [("request.form['n']", True), ("notes_ns.payload['n']", False), ("api.payload['n']", False)],
)
def test_payload_of_an_api(audit, read, found):
    """Flask-RESTX's payload is JSON, which no form of another site sends."""
    mark = "^^^^^^^^^^^^^^^ post() of bp\n" if found else ""
    audit(RULE, HEAD + API.format(read=read, mark=mark))


@pytest.mark.parametrize(
    ("same_site", "severity"), [("Lax", "low"), ("None", "medium"), ("Strict", "")]
)
def test_cookies_that_stay_at_home(outcome, same_site, severity):
    """SameSite takes most of the danger away, or all of it."""
    text = f"app.config['SESSION_COOKIE_SAMESITE'] = '{same_site}'\n"
    view = "@app.post('/x')\n@csrf.exempt\n@login_required\n" + BODY
    found = outcome({"app.py": HEAD + text + view}).findings

    assert [f.severity for f in found if f.rule == RULE] == ([severity] if severity else [])


OWN = """\
class Keys:
    def check(self, login):
        sent = {sent}
        if not is_known(sent):
            return False
        login_user(owner(sent))
        return True
@app.post("/x")
@csrf.exempt
{mark}def change():
    keys = Keys()
    if {test}:
        return "", 401
    current_user.name = request.form["n"]
    db.session.commit()
"""


@pytest.mark.parametrize(
    ("sent", "test", "found"),
    [
        ("request.headers['X-Shop-Key'].strip()", "not keys.check(True)", False),
        ("request.headers.get('Authorization', '')", "not keys.check(True)", False),
        ("request.headers['Accept-Language']", "not keys.check(True)", True),
        ("request.cookies['key']", "not keys.check(True)", True),
        ("request.headers['X-Shop-Key']", "keys.check(True)", True),
    ],
)
def test_key_in_a_header(audit, sent, test, found):
    """A view that leaves unless a helper finds a key in a header takes no form of other sites."""
    audit(RULE, HEAD + OWN.format(sent=sent, test=test, mark=MARK if found else ""))


def test_wrapper_that_asks_for_a_key(audit):
    """A decorator that leaves unless a helper finds a key in a header is no login by cookie."""
    wrapper = (
        "def api_auth(view):\n    def inner(**kwargs):\n        if not Keys().check(True):\n"
        "            return '', 401\n        return view(**kwargs)\n    return inner\n"
    )
    head, _, rest = OWN.partition("@app.post")
    rest = "@app.post" + rest.replace("{mark}", "@api_auth\n").replace("{test}", "asked()")
    audit(RULE, HEAD + head.format(sent="request.headers['X-Shop-Key']") + wrapper + rest)


@pytest.mark.parametrize(
    ("name", "severity", "audience"),
    [
        ("expire_session", "low", "strict"),
        ("oauth_callback", "low", "strict"),
        ("expire_offer", "medium", "default"),
    ],
)
def test_end_of_a_session(outcome, name, severity, audience):
    """To end somebody's session gains little, and a provider's answer has no token of ours."""
    text = f"{HEAD}@app.post('/x')\n@csrf.exempt\n@login_required\n{BODY.replace('change', name)}"
    found = [f for f in outcome({"app.py": text}, strict=True).findings if f.rule == RULE]
    assert [(f.severity, f.audience) for f in found] == [(severity, audience)]


@pytest.mark.parametrize(
    ("name", "found"),
    [("set_locale", False), ("toggleTheme", False), ("set_name", True), ("set_language_of", True)],
)
def test_what_is_shown(outcome, name, found):
    """A page in another language or theme harms nobody."""
    body = BODY.replace("change()", f"{name}()").replace("current_user.name", "current_user.it")
    text = f"{HEAD}@app.post('/x')\n@csrf.exempt\n@login_required\n{body}"
    assert any(f.rule == RULE for f in outcome({"app.py": text}).findings) is found
