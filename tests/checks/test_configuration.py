"""What reaches the app's configuration, by whatever spelling."""

from __future__ import annotations

import pytest

HEAD = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"


def settings(project, *keys):
    """Return (key, kind, environment) of a single app's settings."""
    (site,) = project.sites
    found = project.configuration(site).of(*keys)
    return [(s.key, s.value.kind, s.environment) for s in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("app.secret_key = 'x'", ("SECRET_KEY", "literal", None)),
        ("app.config['SECRET_KEY'] = os.environ['K']", ("SECRET_KEY", "environment", None)),
        ("c = app.config\nc['SECRET_KEY'] = f()", ("SECRET_KEY", "unknown", None)),
        ("app.config.update({'SECRET_KEY': os.urandom(9)})", ("SECRET_KEY", "generated", None)),
        ("d = dict(SECRET_KEY='x')\napp.config.update(d)", ("SECRET_KEY", "literal", None)),
        ("app.config.update(**{'SECRET_KEY': 'x'})", ("SECRET_KEY", "literal", None)),
        ("K = 'x'\ndef f():\n    app.config['SECRET_KEY'] = K", ("SECRET_KEY", "literal", None)),
        ("if app.debug:\n    app.secret_key = 'x'", ("SECRET_KEY", "literal", "development")),
        ("if not app.debug:\n    app.secret_key = 'x'", ("SECRET_KEY", "literal", "production")),
        ("if test_config is None:\n    app.secret_key = 'x'",
         ("SECRET_KEY", "literal", "production")),
        ("from flask import current_app\ncurrent_app.config['SECRET_KEY'] = 'x'",
         ("SECRET_KEY", "literal", None)),
    ],
)  # fmt: skip
def test_writes(project, line, expected):
    """Every write is found, with what its value is worth and for which environment."""
    assert settings(project({"app.py": f"{HEAD}{line}\n"}), "SECRET_KEY") == [expected]


@pytest.mark.parametrize(
    "load",
    [
        "app.config.from_object('config.Production')",
        "import config\napp.config.from_object(config.Production)",
        "from config import Production\napp.config.from_object(Production())",
        "from config import table\napp.config.from_object(table['production'])",
        "from config import table\nname = os.getenv('E')\napp.config.from_object(table.get(name))",
        "import config\nobj = config.table[os.environ['E']]\napp.config.from_object(obj)",
    ],
)
def test_from_object(project, load):
    """Classes are followed through names, tables and inheritance, with the loading place."""
    config = (
        "class Base:\n    SECRET_KEY = 'x'\n    DEBUG = True\n"
        "class Production(Base):\n    DEBUG = False\ntable = {'production': Production}\n"
    )
    found = project({"app.py": f"{HEAD}{load}\n", "config.py": config})

    assert settings(found, "SECRET_KEY") == [("SECRET_KEY", "literal", "production")]
    assert settings(found, "DEBUG") == [("DEBUG", "literal", "production")]
    (setting,) = found.configuration(found.sites[0]).of("DEBUG")
    assert setting.value.value is False
    assert setting.loaded_by is not None


def test_factory_argument(project):
    """A factory's default and what callers pass are followed."""
    files = {
        "factory.py": "from flask import Flask\nfrom config import Dev\n"
        "def create_app(config=Dev):\n    app = Flask('x')\n    app.config.from_object(config)\n"
        "    return app\n",
        "wsgi.py": "from factory import create_app\nfrom config import Prod\n"
        "app = create_app(Prod)\n",
        "config.py": "class Dev:\n    SECRET_KEY = 'd'\nclass Prod:\n    SECRET_KEY = 'p'\n",
    }

    assert settings(project(files), "SECRET_KEY") == [
        ("SECRET_KEY", "literal", "development"),
        ("SECRET_KEY", "literal", "production"),
    ]


def test_module_and_files(project):
    """Modules, Python files, JSON files and prefixed variables are loaded."""
    files = {
        "app.py": HEAD + "app.config.from_object('defaults')\n"
        "app.config.from_pyfile('local.py')\n"
        "app.config.from_file('a.json', load=json.load)\napp.config.from_prefixed_env()\n",
        "defaults.py": "SECRET_KEY = 'a'\nlower = 1\n",
        "instance/local.py": "SECRET_KEY = 'b'\n",
        "a.json": '{"SECRET_KEY": "c", "other": {"X": 1}}',
        ".flaskenv": "FLASK_SECRET_KEY=d\nSECRET_KEY=e\n",
    }
    found = project(files)
    (site,) = found.sites
    values = [s.value.value for s in found.configuration(site).of("SECRET_KEY")]

    assert sorted(values) == ["a", "b", "c", "d"]


def test_unloaded_class_has_low_confidence(project):
    """A class that looks like configuration counts although nothing loads it, less surely."""
    found = project({"app.py": HEAD, "config.py": "class AppConfig:\n    SECRET_KEY = 'x'\n"})

    (setting,) = found.configuration(found.sites[0]).of("SECRET_KEY")
    assert setting.confidence == "low"


def test_evaluation_is_bounded(project):
    """Values that grow exponentially are unknown, at once."""
    lines = [f"a{n} = [{', '.join([f'a{n + 1}'] * 40)}]" for n in range(11)] + ["a11 = 'x'"]
    text = "\n".join(reversed(lines))

    assert settings(project({"app.py": f"{HEAD}{text}\napp.config['X'] = a0\n"}), "X") == [
        ("X", "unknown", None)
    ]
