"""Dictionaries that go into the configuration, and how an app comes to the code that writes it."""

from __future__ import annotations

import pytest

HEAD = "from flask import Flask\nsite = Flask(__name__)\n"
SHARED = """
D = {'KEY': 'x'}
def load():
    return {'KEY': 'x'}
def build():
    d = {}
    d['KEY'] = 'x'
    return d
"""
FACTORY = (
    "from flask import Flask\ndef create({}):\n    a = Flask('a')\n    a.config.{}\n    return a\n"
)


def written(project, *keys):
    """Return (value, path) of a single app's settings."""
    (site,) = project.sites
    found = project.configuration(site).of(*keys)
    return [(s.value.value, s.spot.path) for s in found]


@pytest.mark.parametrize(
    "lines",
    [
        "D = {'KEY': 'x'}\nsite.config.update(**D)",
        "D = {'KEY': 'x'}\nfor k, v in D.items():\n    site.config[k] = v",
        "for k, v in [('KEY', 'x'), ('B', 1)]:\n    site.config[k] = v",
        "A = {'B': 1}\nsite.config.from_mapping({**A, **{'KEY': 'x'}})",
        "A = {'B': 1}\nsite.config |= A | {'KEY': 'x'}",
        "site.config.update([('KEY', 'x')])",
        "site.config.__setitem__('KEY', 'x')",
        "D = dict(B=1)\nD['KEY'] = 'x'\nsite.config.update(D)",
        "D = {}\nD.update(KEY='x')\nsite.config.update(D)",
        "class C:\n    KEY = 'x'\nsite.config.from_mapping(C.__dict__)",
        "class C:\n    KEY = 'x'\nsite.config.from_mapping(vars(C))",
        "class C:\n    KEY = 'x'\n"
        "site.config.update({k: v for k, v in vars(C).items() if k.isupper()})",
        "site.config.update(D := {'KEY': 'x'})",
    ],
)
def test_dictionaries(project, lines):
    """However a dictionary is put together, what is in it counts."""
    assert written(project({"app.py": f"{HEAD}{lines}\n"}), "KEY") == [("x", "app.py")]


@pytest.mark.parametrize(
    "load",
    [
        "from shared import D\nsite.config.update(**D)",
        "import shared\nsite.config.update(shared.D)",
        "import shared\nsite.config.update(shared.load())",
        "from shared import build\nsite.config.update(build())",
        "from shared import D as defaults\nsite.config.from_mapping(dict(defaults))",
    ],
)
def test_dictionaries_of_other_files(project, load):
    """A dictionary is followed to the file that makes it."""
    files = {"app.py": f"{HEAD}{load}\n", "shared.py": SHARED}

    assert written(project(files), "KEY") == [("x", "shared.py")]


@pytest.mark.parametrize(
    ("parameter", "update", "call"),
    [
        ("given=None", "update(given or {})", "create({'KEY': 'x'})"),
        ("**given", "update(**given)", "create(KEY='x')"),
        ("given", "from_mapping(given)", "create(given=dict(KEY='x'))"),
    ],
)
def test_what_callers_give_a_factory(project, parameter, update, call):
    """A dictionary that callers hand to a factory stands where they write it."""
    files = {
        "factory.py": FACTORY.format(parameter, update),
        "wsgi.py": f"from factory import create\napp = {call}\n",
    }

    assert written(project(files), "KEY") == [("x", "wsgi.py")]


@pytest.mark.parametrize(
    "configure",
    [
        "def configure(web):\n    web.config['KEY'] = 'x'\n",
        "def configure(web):\n    inner(web)\n"
        "def inner(target):\n    target.config.update(KEY='x')\n",
        "def configure(web):\n    inner(web.config)\ndef inner(conf):\n    conf['KEY'] = 'x'\n",
        "def configure(web):\n    settings = web.config\n    settings['KEY'] = 'x'\n",
        "class Setup:\n    def __init__(self, web):\n        web.config['KEY'] = 'x'\n"
        "def configure(web):\n    Setup(web)\n",
    ],
)
def test_helpers_that_get_the_app(project, configure):
    """An app, or its configuration, is known by what callers hand over, whatever it is called."""
    files = {
        "app.py": "from flask import Flask\nfrom conf import configure\n"
        "def create():\n    web = Flask('web')\n    configure(web)\n    return web\n",
        "conf.py": configure,
    }

    assert written(project(files), "KEY") == [("x", "conf.py")]


def test_something_else_called_config_is_no_app(project):
    """A dictionary of another object, and one that only looks alike, do not count."""
    lines = (
        "class Other:\n    config = {}\ndef configure(other):\n    other.config['KEY'] = 'x'\n"
        "configure(Other())\nD = {'KEY': 'y'}\nfor k, v in D.items():\n    print(k, v)\n"
    )

    assert written(project({"app.py": HEAD + lines}), "KEY") == []


def test_a_dictionary_that_is_not_known_is_said(project):
    """Where not all of a dictionary is known, the configuration has a source that is not."""
    found = project({"app.py": HEAD + "site.config.update(fetch())\n"})
    loaders = found.configuration(found.sites[0]).unknown_sources()

    assert [loader.method for loader in loaders] == ["config.update"]


@pytest.mark.parametrize(
    "made",
    [
        "class App(Flask):\n    secret_key = 'x'\nsite = App(__name__)\n",
        "(site := Flask(__name__)).secret_key = 'x'\n",
        "from apiflask import APIFlask\nsite = APIFlask(__name__)\nsite.secret_key = 'x'\n",
        "class Maker:\n    def __init__(self):\n        self.web = Flask('a')\n"
        "        self.web.secret_key = 'x'\n",
    ],
)
def test_where_the_app_is(project, made):
    """Derived classes, of the project or of a library, and attributes hold apps."""
    assert written(project({"a.py": f"from flask import Flask\n{made}"}), "SECRET_KEY") == [
        ("x", "a.py")
    ]


def test_an_app_of_a_star_import(project):
    """`import *` brings the app too."""
    files = {
        "core.py": "from flask import *\nweb = Flask(__name__)\n",
        "conf.py": "from core import *\nweb.secret_key = 'x'\n",
    }

    assert written(project(files), "SECRET_KEY") == [("x", "conf.py")]


OWN = """\
import os
from flask import Flask
DEFAULTS = {{'KEY': 'x', 'B': 1}}
class Manager:
    def __init__(self):
        self.config = dict()
    def ask(self, key, value):
        return os.environ.get(key, value)
    def init_app(self, app):
        {}
        app.config.update({})
site = Flask(__name__)
Manager().init_app(site)
"""


@pytest.mark.parametrize(
    ("fill", "handed", "kind"),
    [
        ("self.config['KEY'] = 'x'", "self.config", "literal"),
        ("self.config.update(KEY='x')", "self.config", "literal"),
        ("self.config.update(DEFAULTS)", "**self.config", "literal"),
        ("self.config = {**DEFAULTS}", "self.config", "literal"),
        ("pass", "{k: os.environ.get(k, v) for k, v in DEFAULTS.items()}", "fallback"),
        ("self.config.update({k: str(self.ask(k, v)) for k, v in DEFAULTS.items()})",
         "self.config", "fallback"),
    ],
)  # fmt: skip
def test_dictionary_of_an_object(project, fill, handed, kind):
    """What an object keeps for the app, and what the environment may replace in it, counts."""
    found = project({"app.py": OWN.format(fill, handed)})
    (site,) = found.sites
    (setting,) = found.configuration(site).of("KEY")

    assert (setting.value.kind, setting.value.value) == (kind, "x")


@pytest.mark.parametrize(
    ("fill", "handed"),
    [
        ("self.other['KEY'] = 'x'", "self.config"),
        ("self.config['KEY'] = 'x'", "self.missing"),
        ("pass", "{k: os.environ[k] for k, v in DEFAULTS.items()}"),
        ("pass", "{k: secret(k) for k, v in DEFAULTS.items()}"),
    ],
)
def test_dictionary_of_another_object(project, fill, handed):
    """Other dictionaries, and values that the defaults say nothing of, do not count."""
    found = project({"app.py": OWN.format(fill, handed)})
    (site,) = found.sites

    assert not found.configuration(site).of("KEY")
