"""Where `cors-credentials-wildcard` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "cors-credentials-wildcard"
HEAD = (
    "from flask import Flask, make_response, request\nfrom flask_cors import CORS, cross_origin\n"
    "app = Flask(__name__)\n"
)


def _under(text):
    return f"{text}\n{'^' * len(text)}\n"


@pytest.mark.parametrize(
    "text",
    [
        _under("CORS(app, supports_credentials=True)"),
        _under("CORS(app, origins='*', supports_credentials=True)"),
        _under("CORS(app, origins=['*'], supports_credentials=True)"),
        _under("CORS(app, origins=r'.*', supports_credentials=True)"),
        _under("CORS(app, supports_credentials=True, resources={r'/api/*': {'origins': '*'}})"),
        _under("CORS(app, resources={r'/*': {'origins': '*', 'supports_credentials': True}})"),
        "app.config['CORS_SUPPORTS_CREDENTIALS'] = True\n" + _under("CORS(app)"),
        "if app.debug and not app.config.get('CORS_ORIGINS'):\n"
        "    app.config['CORS_ORIGINS'] = ['http://localhost:3000']\n"
        + _under("CORS(app, supports_credentials=True)"),
        "@app.route('/')\n@cross_origin(supports_credentials=True)\n"
        " ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\ndef index():\n    return ''\n",
        "@app.after_request\ndef allow(response):\n"
        "    response.headers['Access-Control-Allow-Origin'] = request.headers.get('Origin')\n"
        "                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "    response.headers['Access-Control-Allow-Credentials'] = 'true'\n    return response\n",
        "@app.after_request\ndef allow(response):\n    origin = request.headers['Origin']\n"
        "    response.headers.add('Access-Control-Allow-Origin', origin)\n"
        "                                                        ^^^^^^\n"
        "    response.headers.add('Access-Control-Allow-Credentials', 'true')\n"
        "    return response\n",
    ],
)
def test_everybody(audit, text):
    """Credentials for all origins are reported, whatever they are written like."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "CORS(app)\n",
        "CORS(app, origins='*')\n",
        "CORS(app, origins=['https://shop.example'], supports_credentials=True)\n",
        "CORS(app, origins=ORIGINS, supports_credentials=True)\n",
        "CORS(app, supports_credentials=True, resources={r'/*': {'origins': 'https://a.io'}})\n",
        "app.config['CORS_ORIGINS'] = ['https://a.io']\nCORS(app, supports_credentials=True)\n",
        "CORS(app, supports_credentials=False)\n",
        "@app.after_request\ndef allow(response):\n"
        "    response.headers['Access-Control-Allow-Origin'] = '*'\n    return response\n",
        "@app.after_request\ndef allow(response):\n    origin = request.headers.get('Origin')\n"
        "    if origin in ALLOWED:\n"
        "        response.headers['Access-Control-Allow-Origin'] = origin\n"
        "        response.headers['Access-Control-Allow-Credentials'] = 'true'\n"
        "    return response\n",
    ],
)
def test_near_misses(audit, text):
    """Without credentials, or for named origins, nothing is reported."""
    audit(RULE, HEAD + text)


REFUSED = """\
@app.after_request
def allow(response):
    origin = request.headers.get("Origin")
    if {test}:
        {leave}
    response.headers["Access-Control-Allow-Origin"] = origin
                                                      ^^^^^^
    response.headers["Access-Control-Allow-Credentials"] = "true"
    return response
"""


@pytest.mark.parametrize(
    ("test", "leave", "found"),
    [
        ("origin not in allowed()", "return response", False),
        ("not origin or origin not in ALLOWED", "return response", False),
        ("origin != app.config['SITE']", "raise Refused", False),
        ("not is_allowed(origin)", "return response", False),
        ("not origin", "return response", True),
        ("origin != ''", "return response", True),
        ("origin not in ALLOWED", "log(origin)", True),
        ("other not in ALLOWED", "return response", True),
    ],
)
def test_origins_that_are_turned_away_before(audit, test, leave, found):
    """A function that leaves for origins not on its list allows only those on it."""
    text = REFUSED.format(test=test, leave=leave)
    audit(RULE, HEAD + (text if found else text.replace(" " * 54 + "^^^^^^\n", "")))


ASKED = """\
@app.after_request
def allow(response):
    if {test}:
        origin = request.headers["Origin"]
        response.headers["Access-Control-Allow-Origin"] = origin
{mark}        response.headers["Access-Control-Allow-Credentials"] = "true"
    return response
"""


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("'Origin' in request.headers", True),
        ("request.headers.get('Origin')", True),
        ("'Origin' in request.headers and request.method == 'GET'", False),
        ("request.headers['Origin'] in ALLOWED", False),
        ("{request.headers['Origin']} & ALLOWED", False),
    ],
)
def test_whether_there_is_an_origin(audit, test, found):
    """That the browser named an origin says nothing about which."""
    mark = " " * 58 + "^^^^^^\n" if found else ""
    audit(RULE, HEAD + ASKED.format(test=test, mark=mark))


@pytest.mark.parametrize("method", ["update", "extend"])
@pytest.mark.parametrize(
    ("origin", "found"),
    [
        ("request.headers.get('Origin', '*')", True),
        ("request.headers['Origin']", True),
        ("'https://app.example.org'", False),
        ("ORIGIN", False),
    ],
)
def test_headers_in_a_table(outcome, method, origin, found):
    """Headers may be set several at once."""
    text = (
        "from flask import Flask, request\napp = Flask(__name__)\n"
        "@app.after_request\ndef cors(response):\n"
        f"    response.headers.{method}({{'Access-Control-Allow-Origin': {origin},\n"
        "        'Access-Control-Allow-Credentials': 'true'})\n    return response\n"
    )

    assert bool(outcome({"app.py": text}, select=(RULE,)).findings) is found


@pytest.mark.parametrize("old", ["flask_cors", "flask.ext.cors"])
def test_told_when_the_app_is_given(audit, old):
    """What `init_app` is told counts as what is told when the extension is made."""
    text = f"from flask import Flask\nfrom {old} import CORS\ncors = CORS()\ndef create_app():\n"
    call = "cors.init_app(app, resources=r'/api/*', supports_credentials=True)"
    marks = " " * 4 + "^" * len(call)
    audit(RULE, f"{text}    app = Flask(__name__)\n    {call}\n{marks}\n    return app\n")


@pytest.mark.parametrize(
    "call",
    [
        "cors.init_app(app)",
        "cors.init_app(app, origins=['https://shop.example'], supports_credentials=True)",
        "cors.init_app(app, resources=r'/api/*')",
        "other.init_app(app, supports_credentials=True)",
    ],
)
def test_told_when_the_app_is_given_near_misses(audit, call):
    """Named origins, no credentials, and other extensions are nothing."""
    audit(RULE, f"{HEAD}cors = CORS()\nother = Other()\n{call}\n")


SOCKETS = """\
from flask_login import LoginManager, current_user
from flask_socketio import SocketIO
login = LoginManager(app)
{settings}sockets = {made}
{mark}@sockets.on("rename")
def rename(data):
    {uses}.name = data["name"]
"""


@pytest.mark.parametrize(
    "made", ["SocketIO(app, cors_allowed_origins='*')", "SocketIO(app, cors_allowed_origins=['*'])"]
)
def test_sockets(audit, made):
    """A page of any site opens a socket with the cookies of the user."""
    mark = " " * 10 + "^" * len(made) + "\n"
    audit(RULE, HEAD + SOCKETS.format(settings="", made=made, mark=mark, uses="current_user"))


@pytest.mark.parametrize(
    ("settings", "made", "uses"),
    [
        ("", "SocketIO(app)", "current_user"),
        ("", "SocketIO(app, cors_allowed_origins=['https://shop.example'])", "current_user"),
        ("", "SocketIO(app, cors_allowed_origins='*', cors_credentials=False)", "current_user"),
        ("", "SocketIO(app, cors_allowed_origins='*')", "room"),
        ("", "Sockets(app, cors_allowed_origins='*')", "current_user"),
        (
            "app.config['SESSION_COOKIE_SAMESITE'] = 'Lax'\n",
            "SocketIO(app, cors_allowed_origins='*')",
            "current_user",
        ),
    ],
)
def test_sockets_near_misses(audit, settings, made, uses):
    """Named origins, no cookies, and handlers that know no users are nothing."""
    audit(RULE, HEAD + SOCKETS.format(settings=settings, made=made, mark="", uses=uses))
