"""Where `autoescape-off` reports an app's own environments, by the pages that they make."""

from __future__ import annotations

import pytest

RULE = "autoescape-off"
MAIL = """\
\"\"\"Messages{pad}\"\"\"

from jinja2 import Environment, FileSystemLoader

env = Environment(loader=FileSystemLoader("templates"){option})


def rendered(name, values):
    return env.get_template(name).render(values)
"""
APP = """\
from flask import Flask, request
from mail import rendered
app = Flask(__name__)

@app.post("/invite")
def invite():
    send(rendered("{page}", {{"who": request.form["who"]}}))
    return ""
"""


@pytest.mark.parametrize(
    ("option", "page", "found"),
    [
        ("", "invitation.html", ["default"]),
        (", autoescape=False", "invitation.html", ["default"]),
        ("", "invitation.txt", ["strict"]),
        (", autoescape=True", "invitation.html", []),
        (", autoescape=select_autoescape()", "invitation.html", []),
    ],
)
def test_page_that_a_helper_is_told(outcome, option, page, found):
    """The helper's file knows nothing of Flask; what it is called with says that it makes pages."""
    mail = MAIL.format(pad=" to people. " * 80, option=option)

    told = outcome(
        {"app.py": APP.format(page=page), "mail.py": mail}, select=(RULE,), strict=True
    ).findings

    assert [finding.audience for finding in told] == found


def test_page_without_values(outcome):
    """Nothing from outside gets into a page that is made of nothing."""
    mail = MAIL.format(pad="", option="").replace(".render(values)", ".render()")

    told = outcome(
        {"app.py": APP.format(page="about.html"), "mail.py": mail}, select=(RULE,), strict=True
    ).findings

    assert [finding.audience for finding in told] == ["strict"]
