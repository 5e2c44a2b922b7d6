"""What the audit sees in a project that Cookiecutter has yet to fill in."""

from __future__ import annotations

import pytest

from checks.facts.filled_in import filled_in
from checks.facts.python import module_name

FOLDER = "{{cookiecutter.slug}}/{{cookiecutter.slug}}/"
VIEWS = """\
from flask import redirect, request
from {{ cookiecutter.slug }}.app import app
{% if cookiecutter.login == "yes" %}
@app.post("/login")
def login():
    return redirect(request.args["next"])
                    ^^^^^^^^^^^^^^^^^^^^
{% endif -%}
"""
APP = """\
from flask import Flask
app = Flask(__name__)
app.config.from_object("{{cookiecutter.slug}}.settings")
"""


def test_names_are_put_in(audit):
    """Imports, tags and names of modules in texts are read across the files."""
    files = {f"{FOLDER}app.py": APP, f"{FOLDER}views.py": VIEWS}

    audit("login-redirects-anywhere", files)


def test_settings_that_a_text_names(audit):
    """The settings of the package whose name is filled in reach the app."""
    settings = (
        "SESSION_COOKIE_SECURE = False\n                        ^^^^^ SESSION_COOKIE_SECURE\n"
    )
    settings += 'SESSION_COOKIE_SAMESITE = "Lax"\n'

    audit("session-cookie-insecure", {f"{FOLDER}app.py": APP, f"{FOLDER}settings.py": settings})


@pytest.mark.parametrize("line", ["SECRET_KEY = '{{ cookiecutter.key }}'", "SECRET_KEY = KEY"])
def test_key_that_is_yet_to_come(audit, line):
    """A key that is filled in is no literal of the sources."""
    audit("secret-key-hardcoded", {f"{FOLDER}app.py": APP, f"{FOLDER}settings.py": f"{line}\n"})


def test_folder_that_is_not_filled_in(outcome):
    """Elsewhere such a file is no Python, and the report says so."""
    found = outcome({"app/views.py": VIEWS.replace("^", ""), "app/app.py": "import flask\n"})

    assert [gap.path for gap in found.not_audited] == ["app/views.py"]


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("import {{cookiecutter.slug}}.models", "import cookiecutter_slug.models"),
        ("import {{- cookiecutter.slug -}}", "import cookiecutter_slug"),
        (
            "class {{ cookiecutter.name|title }}Form(Form):",
            "class cookiecutter_name_titleForm(Form):",
        ),
        ("x = 'a {{ cookiecutter.b }}'", "x = 'a {{ cookiecutter.b }}'"),
        ("x = '{{cookiecutter.b}}.c'", "x = 'cookiecutter_b.c'"),
        ("x = '{{ cookiecutter.b }}'", "x = cookiecutter_b"),
        ("'''{{ cookiecutter.b }}'''", "'''{{ cookiecutter.b }}'''"),
        ("x = {'a': {}}  # plain", "x = {'a': {}}  # plain"),
        ("{%- if cookiecutter.b == 'y' %}x = 1{% endif %}", "x = 1"),
        ("{# a remark #}y = 2", "y = 2"),
    ],
)
def test_lines(line, result):
    """Places are named, tags go, and texts stay as they are."""
    assert filled_in(f"{line}\nlast = 1") == f"{result}\nlast = 1"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("{{cookiecutter.a}}/{{cookiecutter.a}}/b.py", "cookiecutter_a.cookiecutter_a.b"),
        ("{{cookiecutter.a}}.py", "cookiecutter_a"),
        ("shop/views.py", "shop.views"),
    ],
)
def test_names_of_modules(path, name):
    """A module is called by the name that its imports have."""
    assert module_name(path) == (name, False)
