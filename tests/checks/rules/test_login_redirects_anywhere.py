"""Where `login-redirects-anywhere` fires, and where it must not."""

from __future__ import annotations

import pytest

from checks.project.destinations import HOSTILE, leaves

RULE = "login-redirects-anywhere"
HEAD = """\
import json
from urllib.parse import urljoin, urlparse, urlsplit, urlunparse
from flask import Flask, Response, abort, redirect, request, session, url_for
app = Flask(__name__)
@app.route("/login", methods=["GET", "POST"])
def login():
"""
OPEN = "The client decides by"


def view(*lines: str, mark: str = "") -> str:
    """Return a view of these lines that ends in ``redirect(target)``, underlined if `mark`."""
    end = "    return redirect(target)\n"
    carets = " " * 20 + f"^^^^^^ {mark}\n" if mark else ""
    return HEAD + "".join(f"    {line}\n" for line in lines) + end + carets


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('request.args.get("next")', "next"),
        ('request.args["next"]', "next"),
        ('request.form["next"]', "next"),
        ('request.values.get("redirect_to", "/")', "redirect_to"),
        ('request.args.get("next") or url_for("index")', "next"),
        ('url_for("index") if not request.args.get("next") else request.args["next"]', "next"),
        ('request.json["next"]', "next"),
        ('request.get_json()["next"]', "next"),
        ('json.loads(request.args["state"])["next"]', "state"),
        ('request.cookies.get("return_to")', "return_to"),
        ('request.args.get("elsewhere")', "elsewhere"),
        ('request.form["next"] if request.form.get("next") != "" else "/"', "next"),
        ('request.args.get("next", type=str).strip()', "next"),
    ],
)
def test_unchecked(audit, source, name):
    """Every way a request can say where to go is found without a check."""
    audit(RULE, view(f"target = {source}", mark=f"{OPEN} {name} where"))


@pytest.mark.parametrize("source", ["request.referrer", 'request.headers.get("Referer")'])
def test_referrer(audit, source):
    """The referrer is the client's too, but harder to make use of."""
    (finding,) = audit(RULE, view(f"target = {source} or '/'", mark=OPEN))

    assert (finding.severity, finding.confidence) == ("low", "medium")


@pytest.mark.parametrize(("at_login", "audience"), [(True, "default"), (False, "strict")])
def test_referrer_at_a_login(audit, at_login, audience):
    """Only after a login does a way back to the referrer concern everybody."""
    lines = ["from flask_login import login_user", "login_user(find())"] if at_login else []
    check = ["if not find().check_password(request.form['password']):", "    abort(403)"]

    (finding,) = audit(
        RULE, view(*lines, *check[: 2 * at_login], "target = request.referrer", mark=OPEN)
    )

    assert finding.audience == audience


def test_referrer_at_a_new_password(audit):
    """Who sets a password, such as an administrator, comes from a page of the app."""
    lines = ["user = find()", "user.set_password(request.form['new_password'])"]
    (finding,) = audit(RULE, view(*lines, "target = request.referrer", mark=OPEN))

    assert finding.audience == "strict"


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (['if not target or urlparse(target).netloc != "":', '    target = "/"'], "////host"),
        (["if urlsplit(target).netloc:", "    abort(400)"], "////host"),
        (['if not target.startswith("/"):', '    target = "/"'], "//host"),
        (
            ['if not target.startswith("/") or target.startswith("//"):', '    target = "/"'],
            "/\\host",
        ),
        (['if target.startswith("http"):', "    abort(400)"], "//host"),
        (['if "://" in target:', "    abort(400)"], "//host"),
        (['target = urlunparse(urlparse(target)._replace(scheme="", netloc=""))'], "////host"),
        (['target = urlparse(target)._replace(scheme="", netloc="").geturl()'], "////host"),
        (
            [
                "there = urlparse(urljoin(request.host_url, target))",
                "if there.netloc != urlparse(request.host_url).netloc:",
                "    abort(400)",
            ],
            "////host",
        ),
        (["if not urlparse(target).path:", "    abort(400)"], "https://host"),
        (
            ['if any(target.startswith(x) for x in ("http:", "https:")):', "    abort(400)"],
            "//host",
        ),
    ],
)
def test_check_that_does_not_hold(audit, lines, address):
    """A guard that lets a hostile address pass is found, and the address is named."""
    audit(
        RULE,
        view(
            'target = request.args.get("next", "/")',
            *lines,
            mark=f"The check of next does not hold: {address} passes",
        ),
    )


SNIPPET = """\
from urllib.parse import urljoin, urlparse
from flask import request
def is_safe_url(target):
    own = urlparse(request.host_url)
    there = urlparse(urljoin(request.host_url, target))
    return there.scheme in ("http", "https") and own.netloc == there.netloc
"""


@pytest.mark.parametrize(
    "lines",
    [
        ["if not is_safe_url(target):", "    abort(400)"],
        ["if not (target and is_safe_url(target)):", '    target = "/"'],
        ['target = target if is_safe_url(target) else "/"'],
        ["if target is None or not is_safe_url(target):", "    return abort(400)"],
    ],
)
def test_well_known_snippet(audit, lines):
    """The snippet that compares what `urljoin` makes of it is followed into its own file."""
    source = view(
        'target = request.args.get("next")',
        *lines,
        mark="The check of next does not hold: ////",
    )

    audit(RULE, {"safe.py": SNIPPET, "app.py": "from safe import is_safe_url\n" + source})


@pytest.mark.parametrize(
    "lines",
    [
        ['if target in (request.url, url_for("login")):', '    target = "/"'],
        ['if target == url_for("login"):', "    target = None"],
        ['if target in [url_for("login"), url_for("logout")]:', "    return abort(400)"],
        ['if url_for("logout") in target:', '    target = "/"'],
        [
            'own = urljoin(request.url_root, url_for("login"))',
            "if target == own:",
            "    abort(400)",
        ],
        ['if target == url_for("login", _external=True):', "    abort(400)"],
    ],
)
def test_refusing_own_pages_is_no_check(audit, lines):
    """Keeping out the login page itself, against loops, keeps no other site out."""
    audit(RULE, view('target = request.args["next"]', *lines, mark="The"))


@pytest.mark.parametrize(
    "lines",
    [
        ['if target not in (url_for("index"), url_for("account")):', '    target = "/"'],
        ['if target != url_for("account"):', "    abort(400)"],
        ['target = target if target == url_for("account") else "/"'],
        ['if not target.startswith(url_for("account")):', "    abort(400)"],
        ['target = url_for("login", next=target)'],
        ['target = url_for("index") + "?next=" + target'],
    ],
)
def test_only_own_pages_get_through(audit, lines):
    """What is compared with pages of the app by name, or made part of one, stays there."""
    audit(RULE, view('target = request.args["next"]', *lines))


def test_by_the_session(audit):
    """What was put into the session unchecked is still the client's."""
    audit(
        RULE,
        HEAD
        + """\
    session["next"] = request.args.get("next")
    return ""
@app.route("/done")
def done():
    return redirect(session.pop("next", "/"))
                    ^^^^^^^^^^^^^^^^^^^^^^^^ The client decides by session["next"]
""",
    )


@pytest.mark.parametrize(
    "line",
    [
        'session["back"] = request.args.get("next")',
        'session.setdefault("back", request.args.get("next"))',
        'session.update(back=request.args.get("next"))',
        'session.update({"back": request.args["next"]})',
    ],
)
@pytest.mark.parametrize("where", ["@app.before_request\n", "", "@app.route('/start')\n"])
def test_ways_into_the_session(audit, line, where):
    """A hook, a helper or a view may put it there, in whatever way."""
    audit(
        RULE,
        HEAD
        + f"""\
    keep()
    return ""
{where}def keep():
    {line}
    return None
@app.route("/done")
def done():
    target = session.get("back")
    return redirect(target or "/")
                    ^^^^^^^^^^^^^ The client decides by session["back"]
""",
    )


def test_check_before_the_session(audit):
    """What a check lets into the session is what may come out of it."""
    audit(
        RULE,
        HEAD
        + """\
    target = request.args.get("next", "/")
    if not target.startswith("/"):
        target = "/"
    session["next"] = target
    return ""
@app.route("/done")
def done():
    return redirect(session["next"])
                    ^^^^^^^^^^^^^^^ The check of session["next"] does not hold: //host passes
""",
    )


BY_PAGE = """\
app.config["USE_SESSION_FOR_NEXT"] = True
@app.route("/in")
def log_in():
    login_user(find())
"""


@pytest.mark.parametrize(
    ("target", "carets"),
    [
        ('session.get("next")', "^" * 19),
        ('session["next"] if session["next"].startswith("/") else "/"', "^" * 59),
    ],
)
def test_page_that_was_asked_for(audit, target, carets):
    """What Flask-Login keeps in the session is an address of the site, with odd exceptions."""
    source = HEAD.replace("@app.route", BY_PAGE + "    return redirect(TARGET)\nCARETS@app.route")
    source = source.replace("TARGET", target) + "    return ''\n"

    (finding,) = audit(RULE, source.replace("CARETS", " " * 20 + carets + "\n"))
    audit(RULE, source.replace("CARETS", ""), strict=False)

    assert (finding.severity, finding.audience) == ("low", "strict")


def test_setting_of_an_object(audit):
    """The setting may be an attribute that a configuration object gives itself."""
    source = HEAD.replace(
        "@app.route", BY_PAGE + "    return redirect(session['next'])\nCARETS@app.route"
    )
    source = source.replace('app.config["USE_SESSION_FOR_NEXT"]', "self.USE_SESSION_FOR_NEXT")

    audit(RULE, source.replace("CARETS", " " * 20 + "^" * 15 + "\n") + "    return ''\n")


def test_page_that_was_asked_for_is_checked(audit):
    """A check that knows two slashes, or an app that keeps nothing there, is not reported."""
    source = HEAD.replace("@app.route", BY_PAGE + "    return redirect(TARGET)\n@app.route")
    source += "    return ''\n"

    audit(RULE, source.replace("TARGET", 'session["next"] if session["next"][1:2] != "/" else "/"'))
    audit(RULE, source.replace("TARGET", 'session["next"]').replace("True", "False"))


def test_form_field(audit):
    """A field of a form is the client's."""
    audit(RULE, view("form = LoginForm()", "target = form.next.data", mark=f"{OPEN} next"))


def test_helper_that_redirects(audit):
    """A helper that redirects is found where it does."""
    audit(
        RULE,
        """\
from flask import redirect, request
def redirect_back(target, otherwise="/"):
    return redirect(target or otherwise)
                    ^^^^^^^^^^^^^^^^^^^ The client decides by next
"""
        + HEAD
        + '    return redirect_back(request.args.get("next"))\n',
    )


def test_helper_that_finds_the_target(audit):
    """A helper that reads the field is followed to the redirect."""
    audit(
        RULE,
        'def get_next():\n    return request.args.get("next") or "/"\n'
        + view("target = get_next()", mark=OPEN),
    )


@pytest.mark.parametrize(
    "line",
    [
        'answer.headers["Location"] = request.args["next"]',
        'answer.location = request.args["next"]',
    ],
)
def test_location_header(audit, line):
    """A Location that is set by hand counts as a redirect."""
    carets = " " * (4 + line.index("request")) + "^" * len('request.args["next"]')
    before = "    answer = Response(status=302)\n"

    audit(RULE, f"{HEAD}{before}    {line}\n{carets} {OPEN}\n    return answer\n")


@pytest.mark.parametrize(
    "lines",
    [
        ['target = url_for(request.args.get("next", "index"))'],
        ['target = request.args.get("next")', 'if target not in ("/a", "/b"):', '    target = "/"'],
        ['target = request.args.get("next")', "if target not in PAGES:", "    abort(400)"],
        ['target = PAGES.get(request.args.get("next"), "/")'],
        ['target = request.args.get("next")', "if not url_has_allowed_host_and_scheme(target):",
         "    abort(400)"],
        ['target = clean_up(request.args.get("next"))'],
        ['target = request.args.get("redirect_uri")',
         "if not Client.get_by(client=1, uri=target):", "    abort(400)"],
        ['target = "/item/" + request.args["item"]'],
        ['target = f"/item/{request.args[\'item\']}?tab=1"'],
        ["target = request.url"],
        ['target = request.host_url + request.args.get("next", "")'],
        ['target = url_for("index", next=request.args.get("next"))'],
        ['target = request.args.get("next", "/")',
         'target = "/" + target.replace("\\\\", "/").replace("\\t", "").lstrip("/")'],
        ['target = request.args.get("next", "/")',
         'if target[:1] != "/" or target[1:2] in ("/", "\\\\", "\\t"):', '    target = "/"'],
        ['target = request.args.get("next", "/")', "target = urlparse(target).path",
         'while target[:1] in ("/", "\\\\"):', "    target = target[1:]", 'target = "/" + target'],
        ['target = "/" if request.args.get("next") else "/start"'],
    ],
)  # fmt: skip
def test_near_misses(audit, lines):
    """Allow-lists, endpoints, complete checks and checks that cannot be followed are trusted."""
    model = """\
class Client:
    @classmethod
    def get_by(cls, **wanted):
        return cls.query.filter_by(**wanted).first()
"""

    audit(RULE, model + view(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ['if not target.startswith("/") or target.startswith("//") or "\\\\" in target:',
         '    target = "/"'],
        ['target = "/" + urlparse(target).path.lstrip("/")'],
    ],
)  # fmt: skip
def test_nearly_complete_check_is_strict(audit, lines):
    """What only a tab or only a backslash gets through is for careful shops."""
    source = view('target = request.args.get("next", "/")', *lines, mark="The check of next does")

    (finding,) = audit(RULE, source)
    audit(RULE, view('target = request.args.get("next", "/")', *lines), strict=False)

    assert (finding.audience, finding.severity) == ("strict", "low")


def test_wrapper_does_not_excuse_it(audit):
    """The code stays wrong under the wrapper, which is a second line of defence."""
    wrapped = "from hardening import harden\n" + view('target = request.args["next"]', mark=OPEN)

    audit(RULE, wrapped.replace("app = Flask(__name__)\n", "app = Flask(__name__)\nharden(app)\n"))


def test_session_that_the_server_fills(audit):
    """The session's value is the app's own where only the app puts it there."""
    audit(
        RULE,
        HEAD
        + """\
    session["next"] = request.path
    return ""
@app.route("/done")
def done():
    return redirect(session.pop("next", "/"))
""",
    )


def test_endless_loop_ends(audit):
    """A loop whose condition never changes does not keep the audit busy."""
    audit(
        RULE,
        view(
            'target = request.args["next"]',
            'while target.startswith("h"):',
            "    pass",
            mark="The check of next does not hold: //host",
        ),
    )


@pytest.mark.parametrize("destination", HOSTILE)
def test_hostile_addresses_leave(destination):
    """Every address that is tried leaves the site."""
    assert leaves(destination)


@pytest.mark.parametrize(
    "destination",
    ["/", "/a//b", "a//evil.example", "https://app.test/evil.example", "?next=//evil.example", "",
     "/%5Cevil.example", "mailto:evil.example"],
)  # fmt: skip
def test_own_addresses_stay(destination):
    """What stays on the site, or is no address of the other one, is not taken for leaving."""
    assert not leaves(destination)


@pytest.mark.parametrize(
    "base",
    ["home()", 'app.config["BASE_URL"]', 'os.environ["BASE"]', "request.host_url", '"https://a/"'],
)
def test_joined_to_the_own_address(audit, base):
    """``urljoin`` takes the other site's address over the base, whatever the base is."""
    audit(RULE, view(f'target = urljoin({base}, request.args["next"])', mark=OPEN))


@pytest.mark.parametrize(
    "line",
    [
        'target = urljoin(home(), "welcome")',
        'target = urljoin(home(), "/" + request.args["next"].strip("/\\\\\\t"))',
        'target = urljoin(home(), quote(request.args["next"], safe=""))',
    ],
)
def test_joined_near_misses(audit, line):
    """What is joined leads nowhere else."""
    audit(RULE, view("from urllib.parse import quote", line))


@pytest.mark.parametrize(
    "imports",
    [
        "try:\n    from urlparse import urljoin, urlparse\nexcept ImportError:\n"
        "    from urllib.parse import urljoin, urlparse\n",
        "from six.moves.urllib.parse import urljoin, urlparse\n",
        "from shop._compat import urljoin, urlparse\n",
    ],
)
def test_check_of_either_python(audit, imports):
    """The well-known check is tried however its functions are imported."""
    head = HEAD.replace("from urllib.parse import urljoin, urlparse, urlsplit, urlunparse\n", "")
    audit(
        RULE,
        f"{imports}{head}    target = request.args['next']\n    return go(target)\n"
        "def is_safe(target):\n    there = urlparse(urljoin(request.host_url, target))\n"
        "    return there.netloc == urlparse(request.host_url).netloc\n"
        "def go(target):\n    if is_safe(target):\n        return redirect(target)\n"
        "                        ^^^^^^ The check of next does not hold\n"
        "    return redirect('/')\n",
    )


def test_helper_that_answers_scripts_too(audit):
    """A project's own ``redirect`` is followed past what it does for other clients."""
    helper = (
        "def answer(data):\n    for a in data:\n        for b in data:\n"
        "            for c in data:\n                note(a, b, c)\n    return str(data)\n"
        "def go(url):\n    data = dict(next=url)\n    if request.is_json:\n"
        "        return answer(data)\n    return redirect(url)\n"
        "                    ^^^ The client decides by next\n"
    )
    audit(RULE, HEAD + "    return go(request.args.get('next') or '/')\n" + helper)


@pytest.mark.parametrize(
    "function",
    ["urllib2.unquote", "urllib.unquote", "urllib.unquote_plus", "urllib.parse.unquote_plus"],
)
def test_address_that_is_decoded(audit, function):
    """Decoding an address, by the functions of either Python, is no check of it."""
    module = function.rpartition(".")[0]
    target = "request.args['next'].strip()"
    text = HEAD + f"    target = {target}\n    return redirect({function}(target))\n"
    audit(RULE, f"import {module}\n{text}" + " " * 20 + "^" * len(f"{function}(target)") + "\n")


IMPORTS = HEAD.partition("@app.route")[0]
FILLED = """\
from flask_wtf import FlaskForm
from wtforms import HiddenField
class LoginForm(FlaskForm):
    next = HiddenField()
    {check}
@app.route("/login", methods=["GET", "POST"])
def login():
    form = LoginForm({given})
    if form.validate_on_submit():
        login_user(find(form))
        return redirect(form.next.data or "/")
{mark}    return "form"
"""


@pytest.mark.parametrize(
    "given",
    [
        'next=request.args.get("next")',
        'name=request.args.get("name"), next=request.args.get("next", None)',
        'request.form, next=request.args["next"]',
        "obj=current_user",
    ],
)
def test_form_that_is_filled_in_from_the_address(audit, given):
    """To hand the address to a form and to ask whether the form is valid checks nothing."""
    mark = " " * 24 + "^" * 21 + "\n"

    audit(RULE, IMPORTS + FILLED.format(given=given, check="", mark=mark))


def test_address_that_is_looked_at_before_the_form(audit):
    """What a view turns away before it fills the form in gets into no form."""
    given = 'next=PAGES.get(request.args.get("next"))'
    text = FILLED.format(given=given, check="", mark="")

    audit(RULE, IMPORTS + text.replace("form.next.data", "PAGES.get(form.next.data)"))


HELPED = """\
def {name}(request, host):
    target = request.args.get("next")
    joined = urlparse(urljoin(host, target))
    return target if joined.netloc == urlparse(host).netloc else "/"
@app.post("/{number}")
def view{number}():
    return redirect({name}(request, request.host_url))
{mark}"""


@pytest.mark.parametrize(("times", "found"), [(1, 1), (3, 3), (4, 1), (6, 1)])
def test_one_helper_for_many(audit, times, found):
    """A helper that is handed the request is read; what many views redirect by it is told once."""
    text = HEAD.rpartition("@app")[0]
    for number in range(times):
        mark = " " * 20 + "^" * len("help(request, request.host_url)") + "\n"
        view_ = HELPED.format(name="help", number=number, mark=mark if number < found else "")
        text += view_ if not number else view_[view_.index("@app") :]

    findings = audit(RULE, text)

    assert len(findings[0].related) == times - found


def test_one_helper_for_two_files(outcome):
    """Each file has a finding of its own."""
    text = HEAD.rpartition("@app")[0]
    views = "".join(
        f'@one.post("/{n}")\ndef view{n}():\n    return redirect(help(request, request.host_url))\n'
        for n in range(4)
    )
    other = "from flask import Blueprint, redirect, request\nfrom app import help\n"
    other += 'one = Blueprint("one", __name__)\n' + views
    first = HELPED.format(name="help", number=9, mark="")
    files = {"app.py": text + first + views.replace("one.", "app."), "other.py": other}

    found = outcome(files, select=(RULE,), strict=True).findings

    assert [(f.path, len(f.related)) for f in found] == [("app.py", 4), ("other.py", 3)]


def test_helper_of_another_framework(audit):
    """A parameter called request is not Flask's where the file is another framework's."""
    text = HEAD.rpartition("@app")[0] + HELPED.format(name="help", number=0, mark="")
    audit(RULE, "from django.http import HttpRequest\n" + text)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Response(status=302, headers={'Location': request.args['next']})", True),
        ("Response('', 302, headers={'location': request.args.get('next')})", True),
        ("make_response('', 302, headers={'Location': target})", True),
        ("Response(status=302, headers={'Location': url_for('index')})", False),
        ("Response(status=302, headers={'X-Next': request.args['next']})", False),
        ("Response(request.args['next'], headers={'Location': '/home'})", False),
    ],
)
def test_location_of_a_response(outcome, answer, found):
    """A response that is made with a ``Location`` redirects."""
    text = (
        "from flask import Flask, Response, make_response, request, url_for\n"
        "from flask_login import LoginManager, login_user\napp = Flask(__name__)\n"
        "LoginManager(app)\n@app.post('/login')\ndef login():\n    login_user(who())\n"
        f"    target = request.args.get('next')\n    return {answer}\n"
    )

    assert bool(outcome({"app.py": text}, select=(RULE,)).findings) is found
