"""What Dynaconf reads into an app's configuration."""

from __future__ import annotations

import pytest

APP = """\
from flask import Flask, session
from dynaconf import Dynaconf, FlaskDynaconf
app = Flask(__name__)
{}
@app.get("/")
def home():
    session["n"] = 1
    return "x"
"""


def settings(project, call, files, key="SECRET_KEY"):
    """Return environment, value and confidence of what the files give."""
    whole = project({"app.py": APP.format(call), **files})
    (site,) = whole.sites
    found = whole.configuration(site).of(key)
    return [(s.environment, s.value.value, s.confidence) for s in found]


@pytest.mark.parametrize(
    ("call", "name", "text"),
    [
        ("FlaskDynaconf(app)", "settings.yaml", "default:\n  SECRET_KEY: k1\n"),
        ("FlaskDynaconf(app)", "settings.yml", "default:\n  secret_key: k1\n"),
        ("FlaskDynaconf().init_app(app)", "settings.toml", '[default]\nSECRET_KEY = "k1"\n'),
        ("FlaskDynaconf(app)", ".secrets.toml", 'SECRET_KEY = "k1"\n'),
        ("FlaskDynaconf(app)", "settings.json", '{"default": {"SECRET_KEY": "k1"}}'),
        ("FlaskDynaconf(app, settings_files=['shop.yaml'])", "shop.yaml", "SECRET_KEY: k1\n"),
        (
            "FlaskDynaconf(app, SETTINGS_FILE='conf/a.toml;b.toml')",
            "conf/a.toml",
            'SECRET_KEY = "k1"\n',
        ),
        (
            "names = 'shop.yml,.secrets.yml'\n"
            "FlaskDynaconf(app, SETTINGS_MODULE_FOR_DYNACONF=names)",
            "shop.yml",
            "SHOP:\n  SECRET_KEY: k1\n",
        ),
        (
            "conf = Dynaconf(settings_files=['a.toml'])\napp.config.update(conf)",
            "a.toml",
            'SECRET_KEY = "k1"\n',
        ),
        ("FlaskDynaconf(app)", ".env", "FLASK_SECRET_KEY=k1\n"),
        ("FlaskDynaconf(app, ENVVAR_PREFIX='SHOP')", ".env", "SHOP_SECRET_KEY=k1\n"),
    ],
)
def test_what_is_loaded(project, call, name, text):
    """The usual files, those that are named, and prefixed variables set the configuration."""
    assert settings(project, call, {name: text}) == [(None, "k1", "high")]


@pytest.mark.parametrize(
    ("call", "name", "text"),
    [
        ("FlaskDynaconf(app)", "other.yaml", "SECRET_KEY: k1\n"),
        ("FlaskDynaconf(app, settings_files=['b.yaml'])", "settings.yaml", "SECRET_KEY: k1\n"),
        ("FlaskDynaconf(app)", "settings.yaml", "default:\n  payments:\n    secret_key: k1\n"),
        ("FlaskDynaconf(app)", ".env", "SHOP_SECRET_KEY=k1\n"),
        ("import other\nother.FlaskDynaconf(app)", "settings.yaml", "secret_key: k1\n"),
    ],
)
def test_what_is_not_loaded(project, call, name, text):
    """Files that nothing names, nested tables and other variables set nothing."""
    assert settings(project, call, {name: text}) == []


def test_environments(project):
    """A table tells the environment; what production sets hides the default."""
    text = "default:\n  DEBUG: true\ndevelopment:\n  DEBUG: true\nproduction:\n  DEBUG: false\n"

    assert settings(project, "FlaskDynaconf(app)", {"settings.yaml": text}, "DEBUG") == [
        ("development", True, "high"),
        ("production", False, "high"),
    ]


def test_absences_are_less_sure(outcome):
    """The environment may set whatever no file does."""
    found = {f.rule: f for f in outcome({"app.py": APP.format("FlaskDynaconf(app)")}).findings}

    assert "secret-key-missing" not in found
    assert found["session-cookie-insecure"].confidence == "medium"
