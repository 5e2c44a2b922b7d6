"""Where `template-from-string` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "template-from-string"
HEAD = """\
import jinja2
from flask import Flask, render_template_string, request
from jinja2 import Environment, Template
from markupsafe import escape
app = Flask(__name__)
PAGE = "<p>{{ name }}</p>"
"""
SENT = " The template is made of what the client sends\n"


def view(expression: str, before: str = "", rule: str = "/x", args: str = "") -> str:
    """Return a view that shows `expression`, underlined."""
    call = f"    return render_template_string({expression})\n"
    marks = " " * 34 + "^" * len(expression) + SENT
    return HEAD + f"@app.route('{rule}')\ndef x({args}):\n{before}{call}{marks}"


@pytest.mark.parametrize(
    ("expression", "before"),
    [
        ("request.args['t']", ""),
        ("'<p>' + request.args.get('name')", ""),
        ("f'<p>{request.form[\"n\"]}</p>'", ""),
        ("'<p>%s</p>' % name", "    name = request.values.get('n')\n"),
        ("'<p>{}</p>'.format(name)", "    name = request.cookies['n']\n"),
        ("page", "    page = f'<p>{request.args[\"n\"]}</p>'\n"),
        ("'<p>' + str(escape(request.args['n']))", ""),
        ("request.json['template']", ""),
        ("t or PAGE", "    t = request.args.get('t')\n"),
    ],
)
def test_request(audit, expression, before):
    """What the client sends, by every way to put texts together; escaping does not help."""
    audit(RULE, view(expression, before))


def test_address(audit):
    """A part of the address is sent by the client too."""
    audit(RULE, view("'Hello ' + name", rule="/x/<name>", args="name"))


@pytest.mark.parametrize(
    "call",
    [
        "Template(request.args['t']).render()",
        "jinja2.Template(request.args['t']).render()",
        "Environment().from_string(request.args['t']).render()",
        "app.jinja_env.from_string(request.args['t']).render()",
    ],
)
def test_other_makers(audit, call):
    """Jinja's own ways to make a template are known."""
    line = f"    return {call}\n"
    start = line.index("request")
    marks = " " * start + "^" * len("request.args['t']") + SENT

    audit(RULE, HEAD + "@app.get('/x')\ndef x():\n" + line + marks)


def test_helper(audit):
    """A helper that is called with client data."""
    audit(
        RULE,
        HEAD + "def show(body):\n    return render_template_string('<p>' + body)\n"
        "                                  ^^^^^^^^^^^^ The template\n"
        "@app.get('/x')\ndef x():\n    return show(request.args['n'])\n",
    )


def test_database(audit):
    """What users may have stored is less certain."""
    (finding,) = audit(
        RULE,
        HEAD + "@app.get('/x')\ndef x():\n    page = Page.query.get(1)\n"
        "    return render_template_string(page.body)\n"
        "                                  ^^^^^^^^^ The template is made of what the database\n",
    )

    assert (finding.severity, finding.confidence) == ("medium", "medium")


@pytest.mark.parametrize(
    ("expression", "rule", "args"),
    [
        ("PAGE, name=request.args['n']", "/x", ""),
        ("'<p>{{ name }}</p>', name=request.args['n']", "/x", ""),
        ("HEADER + PAGE", "/x", ""),
        ("'<p>%d</p>' % int(request.args['n'])", "/x", ""),
        ("f'<p>{id}</p>'", "/x/<int:id>", "id"),
        ("open('page.html').read()", "/x", ""),
        ("PAGE if request.args.get('n') else HEADER", "/x", ""),
        ("PAGES[request.args['n']]", "/x", ""),
    ],
)
def test_near_misses(audit, expression, rule, args):
    """Fixed templates with values, numbers, files and a choice among constants."""
    audit(
        RULE,
        HEAD + "HEADER = '<h1>'\nPAGES = {'a': '<p>'}\n"
        f"@app.route('{rule}')\ndef x({args}):\n    return render_template_string({expression})\n",
    )


def test_other_templates(audit):
    """``string.Template`` and a sandbox run nothing."""
    audit(
        RULE,
        "from string import Template\nfrom flask import request\n"
        "from jinja2.sandbox import SandboxedEnvironment\n"
        "def x():\n    Template(request.args['t']).substitute()\n"
        "    SandboxedEnvironment().from_string(request.args['t'])\n",
    )


def test_database_at_several_places(audit):
    """What one file makes of the database again and again is told once."""
    view = "@app.get('/{0}')\ndef {0}():\n    page = Page.query.get(1)\n"
    line = "    return render_template_string(page.body)\n"
    marks = " " * 34 + "^" * 9 + "\n"
    (finding,) = audit(RULE, HEAD + view.format("a") + line + marks + view.format("b") + line)

    assert [place.message for place in finding.related] == ["and here"]
