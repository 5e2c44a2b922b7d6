"""Where `form-token-missing` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "form-token-missing"
APP = """\
from flask import Flask, render_template, request
from flask_wtf import CSRFProtect
app = Flask(__name__)
csrf = CSRFProtect(app)
@app.route("/page", methods=["GET", "POST"])
def page():
    return render_template("page.html", form=form())
"""
FORM = '<form method="post" action="/page">\n'
MARK = "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ This form posts without the token that CSRFProtect\n"
REST = '<input name="a"><button>Go</button></form>\n'


def test_form_without_token(audit):
    """A form that posts to a protected app without a token."""
    audit(RULE, {"app.py": APP, "templates/page.html": FORM + MARK + REST})


@pytest.mark.parametrize(
    ("form", "length"),
    [
        ("<form method=POST>", 18),
        ("<form action='/page' class=\"a\" method='Post'>", 45),
        ('<form {% if x > 2 %}id="q"{% endif %} method="post">', 52),
        ('<FORM METHOD="post" action="{{ url_for("page", x="<y>") }}">', 60),
        ('<form method="post" action="{{ request.path }}">', 48),
    ],
)
def test_spellings(audit, form, length):
    """Quotes, case and template expressions within the tag make no difference."""
    marks = "^" * length + " This form posts\n"

    audit(RULE, {"app.py": APP, "templates/page.html": form + "\n" + marks + REST})


def test_several_forms(audit):
    """Each form is looked at by itself."""
    with_token = FORM + "{{ form.hidden_tag() }}" + REST

    audit(RULE, {"app.py": APP, "templates/page.html": with_token + FORM + MARK + REST})


def test_inline_page(audit):
    """A page that stands in a Python file is read like a template."""
    audit(
        RULE,
        APP.replace("page.html", "other.html")
        + 'PAGE = """\n<h1>Hi</h1>\n'
        + FORM
        + MARK
        + REST
        + '"""\n',
    )


@pytest.mark.parametrize("package", ["SeaSurf(app)", "CSRFProtect(app)"])
def test_protections(audit, package):
    """The token of each known extension is asked for."""
    app = APP.replace("CSRFProtect(app)", package) + "from flask_seasurf import SeaSurf\n"
    name = package.removesuffix("(app)")

    audit(
        RULE,
        {"app.py": app, "templates/page.html": FORM + MARK.replace("CSRFProtect", name) + REST},
    )


@pytest.mark.parametrize(
    "page",
    [
        FORM + '<input type=hidden name=csrf_token value="{{ csrf_token() }}">' + REST,
        FORM + "{{ form.csrf_token }}" + REST,
        FORM + "{{ form.hidden_tag() }}" + REST,
        FORM + "{% for field in form %}{{ field }}{% endfor %}" + REST,
        FORM + "{{ form }}" + REST,
        FORM + "{{ wtf.render_form(form) }}" + REST,
        FORM + "{% from 'macros.html' import fields %}{{ fields(form) }}" + REST,
        FORM + "{% include 'token.html' %}" + REST,
        FORM + "{% include part %}" + REST,
        "{% extends 'base.html' %}{% block fields %}{{ csrf_token() }}{% endblock %}",
        '<form id="f" method="post">'
        + REST
        + '<input type="hidden" form="f" name="csrf_token" value="{{ csrf_token() }}">',
        # Not sent to the app by the browser itself.
        '<form action="/page">' + REST,
        '<form method="post" action="https://pay.example/">' + REST,
        '<form method="post" hx-post="/page">' + REST,
        '<form method="post" id="f">'
        + REST
        + "<script>document.getElementById('f').addEventListener('submit', send)</script>",
        '<form method="post"><input name="a"></form>',
        "<!-- " + FORM + REST + " -->",
        "<script>var page = '" + FORM.strip() + "</form>'</script>",
    ],
)
def test_near_misses(audit, page):
    """Tokens by every spelling, foreign targets, scripts and comments."""
    files = {
        "app.py": APP,
        "templates/page.html": page,
        "templates/macros.html": "{% macro fields(form) %}{{ form.csrf_token }}{% endmacro %}",
        "templates/token.html": '<input name="csrf_token" value="{{ csrf_token() }}">',
    }
    if "base.html" in page:
        files["templates/base.html"] = FORM + "{% block fields %}{% endblock %}" + REST

    audit(RULE, files)


@pytest.mark.parametrize(
    "app",
    [
        "from flask import Flask\napp = Flask(__name__)\n",
        APP.replace("csrf = CSRFProtect(app)", "csrf = CSRFProtect()"),
        APP + "app.config['WTF_CSRF_ENABLED'] = False\n",
        APP + "from hardening import harden\nharden(app)\n",
        APP.replace("def page", "@csrf.exempt\ndef page"),
    ],
)
def test_other_rules_speak(audit, app):
    """Without protection, or for exempted views, other rules speak; the wrapper needs no token."""
    audit(RULE, {"app.py": app, "templates/page.html": FORM + REST})


def test_token_that_scripts_get(audit):
    """Where scripts get the token, a form without an action is for strict eyes only."""
    page = '<meta name="csrf-token" content="{{ csrf_token() }}"><form method="post">\n'
    mark = " " * 53 + "^" * 20 + " This form\n"

    (finding,) = audit(RULE, {"app.py": APP, "templates/page.html": page + mark + REST})

    assert (finding.audience, finding.confidence) == ("strict", "low")


@pytest.mark.parametrize(
    ("attribute", "script", "audience"),
    [
        ("id=add", "{{ theme_template('app.js') }}", "strict"),
        ("id=add", "/static/app.js", "default"),
        ("class=wide", "{{ theme_template('app.js') }}", "default"),
    ],
)
def test_form_that_a_script_finds(audit, attribute, script, audience):
    """A form may be sent by a script that is a template and finds it by its id."""
    form = f'<form {attribute} method="post" action="/page">'
    page = (
        f"<meta name=csrf-token content='{{{{ csrf_token() }}}}'>"
        f'<script src="{script}"></script>\n'
        f"{form}\n{'^' * len(form)}\n"
    )

    (finding,) = audit(RULE, {"app.py": APP, "templates/page.html": page + REST})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("exempt", "audience"), [("csrf.exempt(hook)\n", "strict"), ("", "default")]
)
def test_address_that_the_view_gives(audit, exempt, audience):
    """A form may go to a view that is exempted, where nobody knows which it goes to."""
    app = (
        "from flask import Flask, render_template, url_for\n"
        "from flask_wtf.csrf import CSRFProtect\napp = Flask(__name__)\ncsrf = CSRFProtect(app)\n"
        "@app.post('/hook')\ndef hook():\n    return ''\n" + exempt
    ) + "@app.get('/')\ndef index():\n    return render_template('a.html', to=url_for('hook'))\n"
    form = '<form method="post" action="{{ to }}">'
    page = f"{form}\n{'^' * len(form)}\n<input name=a><button>Go</button></form>\n"
    (finding,) = audit(RULE, {"app.py": app, "templates/a.html": page})

    assert finding.audience == audience


@pytest.mark.parametrize(("part", "found"), [("{hidden_tag}", False), ("{hidden}", True)])
def test_form_of_a_function_that_is_given_the_token(audit, part, found):
    """HTML that Python puts together is given its hidden fields."""
    tag = '<form action="/page" method="post">'
    mark = " " * 17 + "^" * len(tag) + "\n" if found else ""
    text = (
        "def button(hidden_tag, hidden):\n"
        f"    return f'''<div>{tag}\n{mark}{part}<button>Go</button></form></div>'''\n"
    )
    files = {"app.py": APP, "buttons.py": "from flask import Markup\n" + text}
    if not found:
        audit(RULE, files)


@pytest.mark.parametrize(
    ("body", "rest", "found"),
    [
        ("<upload-fields></upload-fields>", "<template>{{ form.hidden_tag() }}</template>", False),
        ("<upload-fields />", "<script>var csrf = '{{ csrf_token() }}'</script>", False),
        ("<upload-fields></upload-fields>", "", True),
        ("<input name=a>", "<template>{{ form.hidden_tag() }}</template>", True),
    ],
)
def test_components(outcome, body, rest, found):
    """A component of the page's own may hold the token that the page knows of."""
    page = f"{FORM}{body}<button>Go</button></form>\n{rest}\n"
    told = [f.rule for f in outcome({"app.py": APP, "templates/page.html": page}).findings]
    assert (RULE in told) is found


@pytest.mark.parametrize(
    ("action", "audience"),
    [
        ("/page", "default"),
        ("{{ url_for('page') }}", "default"),
        ("sample_posteddata.php", "strict"),
        ("/elsewhere", "strict"),
        ("{{ url_for('plugin.save') }}", "strict"),
    ],
)
def test_whoever_takes_the_form(outcome, action, audience):
    """Where no view of the project is seen to take it, another program may."""
    page = f'<form method="post" action="{action}">{REST}'
    found = outcome({"app.py": APP, "templates/page.html": page}, strict=True).findings

    assert [f.audience for f in found if f.rule == RULE] == [audience]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ('<input id="title"><select id="kind"></select>', False),
        ('<input id="title"><select name="kind"></select>', True),
        ("", True),
    ],
)
def test_form_that_sends_nothing(outcome, fields, found):
    """A form none of whose fields has a name is no more than its looks; one button is enough."""
    page = f"{FORM}{fields}<button>Go</button></form>\n"
    told = [f.rule for f in outcome({"app.py": APP, "templates/page.html": page}).findings]

    assert (RULE in told) is found
