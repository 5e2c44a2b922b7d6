"""What `from_object` loads, and for which environment each setting counts."""

from __future__ import annotations

import pytest

CONFIG = """
import os
class Config:
    KEY = "base"
    @staticmethod
    def init_app(app):
        pass
class DevelopmentConfig(Config):
    DEBUG = True
class TestingConfig(Config):
    TESTING = True
class ProductionConfig(Config):
    KEY = "live"
config = {"development": DevelopmentConfig, "testing": TestingConfig,
          "production": ProductionConfig, "default": DevelopmentConfig}
names = {"development": "config.DevelopmentConfig", "production": "config.ProductionConfig",
         "testing": "config.TestingConfig"}
def get_config(name):
    return config.get(name or "default")
"""
HEAD = (
    "import os\nfrom flask import Flask\nimport config as c\n"
    "from config import config, names, get_config, DevelopmentConfig, ProductionConfig\n"
    "def create_app(name=None):\n    app = Flask(__name__)\n"
)


def found(project, load, key):
    """Return (environment, value, confidence) of what a factory with that line loads."""
    files = {"config.py": CONFIG, "app.py": f"{HEAD}    {load}\n    return app\n"}
    whole = project(files)
    (site,) = whole.sites
    settings = whole.configuration(site).of(key)
    return sorted((s.environment, s.value.value, s.confidence) for s in settings)


@pytest.mark.parametrize(
    "load",
    [
        "app.config.from_object(config[os.getenv('E') or 'default'])",
        "app.config.from_object(config.get(os.environ.get('E'), DevelopmentConfig))",
        "app.config.from_object(config[name]())",
        "app.config.from_object(cfg := config[os.environ['E']])",
        "app.config.from_object(get_config(os.environ.get('E')))",
        "app.config.from_object(f\"config.{os.environ.get('E', 'Development')}Config\")",
        "app.config.from_object('config.' + os.environ.get('E', 'Development') + 'Config')",
        "app.config.from_object('config.%sConfig' % os.environ['E'])",
        "app.config.from_object('config.{}Config'.format(name))",
        "app.config.from_object(getattr(c, name.title() + 'Config'))",
        "app.config.from_object(os.environ.get('E', 'config.DevelopmentConfig'))",
        "app.config.from_object(names[os.environ['E']])",
        "from werkzeug.utils import import_string\n"
        "    app.config.from_object(import_string(names[os.environ['E']])())",
    ],
)
def test_every_environment(project, load):
    """Where the environment chooses a class, each class counts for its own."""
    assert found(project, load, "KEY") == [
        ("development", "base", "high"),
        ("production", "live", "high"),
        ("testing", "base", "high"),
    ]
    assert found(project, load, "DEBUG") == [("development", True, "high")]


@pytest.mark.parametrize(
    "load",
    [
        "app.config.from_object(ProductionConfig if os.environ.get('P') else DevelopmentConfig)",
        "app.config.from_object({'d': DevelopmentConfig, 'p': ProductionConfig}[name])",
        "if name == 'production':\n        app.config.from_object('config.ProductionConfig')\n"
        "    else:\n        app.config.from_object('config.DevelopmentConfig')",
        "match name:\n        case 'production':\n            cfg = ProductionConfig\n"
        "        case _:\n            cfg = DevelopmentConfig\n    app.config.from_object(cfg)",
    ],
)
def test_one_of_two(project, load):
    """A condition that chooses one of two classes brings both, and no third for sure."""
    both = found(project, load, "KEY")

    assert ("development", "base", "high") in both
    assert ("production", "live", "high") in both
    assert all(sure == "low" for environment, _, sure in both if environment == "testing")


@pytest.mark.parametrize(
    "load",
    [
        "app.config.from_object(config['production'])",
        "app.config.from_object('config.ProductionConfig')",
        "import importlib\n    m = importlib.import_module('config')\n"
        "    app.config.from_object(m.ProductionConfig)",
        "app.config.from_mapping(vars(ProductionConfig))",
    ],
)
def test_a_chosen_class(project, load):
    """What is named is loaded."""
    assert ("production", "live", "high") in found(project, load, "KEY")


def test_the_table_tells_what_a_name_does_not(project):
    """A class whose name says nothing has the environment of the table's key."""
    files = {
        "app.py": "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
        "class A:\n    DEBUG = True\nclass B:\n    DEBUG = False\n"
        "T = {'development': A, 'production': B}\napp.config.from_object(T[os.environ['E']])\n",
    }
    whole = project(files)
    settings = whole.configuration(whole.sites[0]).of("DEBUG")

    assert [(s.environment, s.value.value) for s in settings] == [
        ("development", True),
        ("production", False),
    ]


@pytest.mark.parametrize(
    ("tail", "environment"),
    [
        ("class ProductionConfig:\n    DEBUG = False\n", None),
        ("", "development"),
    ],
)
def test_the_development_class_always_loaded(project, tail, environment):
    """Beside one for production, a development class that nothing chooses is what runs."""
    text = "from flask import Flask\napp = Flask(__name__)\n"
    text += f"class DevelopmentConfig:\n    DEBUG = True\n{tail}"
    text += "app.config.from_object(DevelopmentConfig)\n"
    whole = project({"app.py": text})
    settings = whole.configuration(whole.sites[0]).of("DEBUG")

    assert [s.environment for s in settings if s.value.value is True] == [environment]


def test_it_is_said_who_inherits(project):
    """A base's setting names the class that brings it into production."""
    text = "class Base:\n    DEBUG = True\nclass ProductionConfig(Base):\n    pass\n"
    load = "from flask import Flask\na = Flask('a')\na.config.from_object('c.ProductionConfig')\n"
    whole = project({"app.py": load, "c.py": text})
    (setting,) = whole.configuration(whole.sites[0]).of("DEBUG")

    assert (setting.environment, setting.via) == (
        "production",
        "class Base, which ProductionConfig inherits",
    )


@pytest.mark.parametrize(
    "body",
    [
        "class C:\n    @property\n    def KEY(self):\n        return 'x'\n"
        "site.config.from_object(C())",
        "class C:\n    def __init__(self):\n        self.KEY = 'x'\nsite.config.from_object(C())",
        "class C: pass\nC.KEY = 'x'\nsite.config.from_object(C)",
        "class C:\n    KEY: str\nsite.config.from_object(C(KEY='x'))",
        "C = type('C', (), {'KEY': 'x'})\nsite.config.from_object(C)",
        "from types import SimpleNamespace\nsite.config.from_object(SimpleNamespace(KEY='x'))",
        "KEY = 'x'\nsite.config.from_object(__name__)",
        "from base import *\nsite.config.from_object(__name__)",
        "from base import KEY\nsite.config.from_object(__name__)",
        "site.config.from_object('base')",
        "import again\nsite.config.from_object(again)",
    ],
)
def test_attributes_of_objects(project, body):
    """Whatever gives an object an upper-case attribute gives the app a setting."""
    files = {
        "app.py": f"from flask import Flask\nsite = Flask(__name__)\n{body}\n",
        "base.py": "KEY = 'x'\n",
        "again.py": "from base import *\n",
    }
    whole = project(files)
    settings = whole.configuration(whole.sites[0]).of("KEY")

    assert [(s.value.value, s.confidence) for s in settings] == [("x", "high")]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("from base import *\nKEY = 'own'\n", ["own"]),
        ("KEY = 'own'\nfrom base import *\n", ["own", "base"]),
        ("KEY = 'own'\nKEY = load()\n", [None]),
        ("KEY = 'own'\nif x:\n    KEY = load()\n", ["own", None]),
        ("KEY = 'own'\nKEY = load(KEY)\n", ["own", None]),
    ],
)
def test_what_stands_below_wins(project, text, values):
    """A name that is certainly set again has only its last value."""
    files = {
        "app.py": "from flask import Flask\na = Flask('a')\na.config.from_object('settings')\n",
        "settings.py": text,
        "base.py": "KEY = 'base'\n",
    }
    whole = project(files)
    settings = whole.configuration(whole.sites[0]).of("KEY")

    assert sorted((s.value.value for s in settings), key=str) == sorted(values, key=str)


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ("app.config.from_object(C)\napp.config['DEBUG'] = False", [False]),
        ("app.debug = True\napp.config.update(DEBUG=False)", [False]),
        ("app.config['DEBUG'] = True\nif app.x:\n    app.debug = False", [True, False]),
        ("app.config['DEBUG'] = True\napp.config.setdefault('DEBUG', False)", [True, False]),
        ("app.config['DEBUG'] = False\napp.config.from_object(C)", [True, False]),
        ("other = Flask('b')\nother.debug = True\napp.debug = False", [True, False]),
    ],
)
def test_a_write_that_is_certainly_replaced(project, lines, left):
    """What a later write of the same app always replaces does not count."""
    head = "from flask import Flask\nclass C:\n    DEBUG = True\napp = Flask('a')\n"
    whole = project({"app.py": f"{head}{lines}\n"})
    settings = whole.configuration(whole.sites[0]).of("DEBUG")

    assert sorted((s.value.value for s in settings), reverse=True) == left


@pytest.mark.parametrize(
    ("text", "folder"), [("app.config", "app/"), ("config", ""), ("shop.settings", "shop/")]
)
def test_files_that_one_is_linked_to(project, text, folder):
    """Where the named file is missing, those named after environments are what it may be."""
    stem = text.rpartition(".")[2]
    app = f"from flask import Flask\napp = Flask(__name__)\napp.config.from_object('{text}')\n"
    whole = project(
        {
            f"{folder}__init__.py" if folder else "app.py": app,
            f"{folder}{stem}_dev.py": "KEY = 'a'\n",
            f"{folder}{stem}_prod.py": "KEY = 'b'\n",
            f"{folder}{stem}_tools.py": "KEY = 'c'\n",
        }
    )
    (site,) = whole.sites
    found = whole.configuration(site).of("KEY")

    assert [(s.environment, s.value.value) for s in found] == [
        ("development", "a"),
        ("production", "b"),
    ]


def test_file_that_is_there(project):
    """Where the named file is there, files with longer names are not loaded."""
    app = "from flask import Flask\napp = Flask(__name__)\napp.config.from_object('config')\n"
    whole = project({"app.py": app, "config.py": "KEY = 'a'\n", "config_prod.py": "KEY = 'b'\n"})
    (site,) = whole.sites

    assert [s.value.value for s in whole.configuration(site).of("KEY")] == ["a"]


def test_one_of_two_paths(project):
    """A path that is chosen among several means the file that one of them names."""
    app = (
        "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
        "path = os.environ.get('P')\nif not path:\n"
        "    path = os.path.join(app.root_path, 'live.py')\n"
        "app.config.from_pyfile(path)\n"
    )
    whole = project({"app.py": app, "live.py": "KEY = 'a'\n"})
    (site,) = whole.sites

    assert [s.value.value for s in whole.configuration(site).of("KEY")] == ["a"]


def test_file_that_is_not_there(project):
    """A file of a package that only each installation has is not the package itself."""
    app = "from flask import Flask\ndef create_app(config='shop.settings'):\n"
    app += "    app = Flask('shop')\n    app.config.from_object(config)\n    return app\n"
    whole = project({"shop/__init__.py": app, "shop/views.py": "KEY = 'a'\n"})
    (site,) = whole.sites

    assert [loader.resolved for loader in whole.configuration(site).loaders] == [False]
