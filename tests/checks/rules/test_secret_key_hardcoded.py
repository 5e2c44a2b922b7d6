"""Where `secret-key-hardcoded` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "secret-key-hardcoded"
HEAD = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"


def test_attribute(audit):
    """A literal on the attribute is reported where it stands."""
    found = audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
        app.secret_key = "dev"
                         ^^^^^ The secret key is a literal
        """,
    )

    assert "dev" not in found[0].message


@pytest.mark.parametrize(
    ("line", "carets"),
    [
        ('app.config["SECRET_KEY"] = "a"', 27),
        ("app.config.update(SECRET_KEY='a')", 29),
        ("app.config.update({'SECRET_KEY': 'a'})", 33),
        ("app.config.update(dict(SECRET_KEY='a'))", 34),
        ("app.config.from_mapping(SECRET_KEY='a')", 35),
        ("app.config.setdefault('SECRET_KEY', 'a')", 36),
        ('app.config["SECRET_" + "KEY"] = "a"', 32),
    ],
)
def test_spellings(audit, line, carets):
    """Every spelling of a write to the configuration counts."""
    audit(RULE, f"{HEAD}{line}\n{' ' * carets}^^^\n")


def test_characters_not_bytes(audit):
    """Columns count characters, also behind letters of several bytes."""
    audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
        größe = "äöü"; app.secret_key = "schlüssel"
                                        ^^^^^^^^^^^
        """,
    )


def test_constant_elsewhere(audit):
    """A name for a literal in another file is followed; the write is reported."""
    found = audit(
        RULE,
        {
            "app.py": """
            from flask import Flask
            from keys import KEY
            app = Flask(__name__)
            app.secret_key = KEY
                             ^^^
            """,
            "keys.py": "KEY = 'flask-key'\n",
        },
    )

    assert [place.path for place in found[0].related] == ["keys.py"]


def test_inherited_class_from_factory(audit):
    """A base class of the class that a factory loads by name is reported once."""
    found = audit(
        RULE,
        {
            "shop/__init__.py": """
            from flask import Flask
            from .config import configs
            def create_app(name):
                app = Flask(__name__)
                app.config.from_object(configs[name])
                return app
            """,
            "shop/config.py": """
            class Config:
                SECRET_KEY = "abc"
                             ^^^^^
            class ProductionConfig(Config):
                DEBUG = False
            configs = {"production": ProductionConfig}
            """,
        },
    )

    assert [place.message for place in found[0].related] == ["loaded here"]


def test_json_file(audit):
    """A key in a JSON file that the app loads is reported in that file."""
    audit(
        RULE,
        {
            "app.py": HEAD + "import json\napp.config.from_file('config.json', load=json.load)\n",
            "config.json": '{\n  "SECRET_KEY": "abc"\n                ^^^^^\n}\n',
        },
    )


def test_toml_file(audit):
    """A key in a TOML file that the app loads is reported in that file."""
    audit(
        RULE,
        {
            "app.py": HEAD + "import tomllib\napp.config.from_file('c.toml', load=tomllib.load)\n",
            "c.toml": 'SECRET_KEY = "abc"\n             ^^^^^\n',
        },
    )


def test_python_config_file(audit):
    """A key in a Python file given to ``from_pyfile`` is reported in that file."""
    audit(
        RULE,
        {
            "app.py": HEAD + "app.config.from_pyfile('settings.py')\n",
            "settings.py": "SECRET_KEY = 'abc'\n             ^^^^^\n",
        },
    )


@pytest.mark.parametrize(
    "line",
    [
        "app.secret_key = os.environ['SECRET_KEY']",
        "app.secret_key = os.environ.get('SECRET_KEY')",
        "app.secret_key = os.environ.get('SECRET_KEY', 'dev')",
        "app.secret_key = os.getenv('SECRET_KEY') or 'dev'",
        "app.secret_key = os.urandom(32)",
        "app.secret_key = open('/run/secrets/key').read()",
        "app.secret_key = None",
        "class KeyConfig:\n    SECRET_KEY = 'SECRET_KEY'\n    BASE_URL = 'SHOP_BASE_URL'\n"
        "    PEPPER = 'SHOP_PEPPER'\n    VERSION = '2'",
        "app.secret_key = ''",
        "app.config['SECRET_KEY_NAME'] = 'dev'",
        "other.config['SECRET_KEY'] = 'dev'",
        "app.config.from_mapping(SECRET_KEY='dev')\napp.config.from_pyfile('c.py', silent=True)",
        "app.config['SECRET_KEY'] = 'dev'\napp.config.from_prefixed_env()",
    ],
)
def test_near_misses(audit, line):
    """Keys that are no literal, may be replaced, or belong to something else are not reported."""
    audit(RULE, HEAD + line + "\n")


def test_tests_may_set_a_key(audit):
    """A key that a test sets is no finding."""
    audit(
        RULE,
        {
            "app.py": HEAD + "app.secret_key = os.environ['K']\n",
            "tests/conftest.py": "from app import app\napp.secret_key = 'test'\n",
            "config.py": "class TestingConfig:\n    SECRET_KEY = 'test'\n",
        },
    )


def test_class_whose_name_is_in_the_environment(audit):
    """A configuration file that no source names belongs to the app beside it."""
    found = audit(
        RULE,
        {
            "app.py": HEAD + "app.config.from_object(os.environ['APP_SETTINGS'])\n",
            "config.py": "class Config:\n    SECRET_KEY = 'abc'\n                 ^^^^^\n",
        },
    )

    assert [f.confidence for f in found] == ["medium"]


def test_file_without_an_app(audit):
    """A configuration class or a write is reported although no app is among the files."""
    audit(RULE, {"config.py": "class Config:\n    SECRET_KEY = 'abc'\n                 ^^^^^\n"})
    text = "def setup(app):\n    app.secret_key = 'a'\n                     ^^^\n"
    audit(RULE, {"setup_app.py": text, "config.py": ""})


def test_example_is_reported_apart(audit):
    """A key of an example is a finding of its own context."""
    found = audit(RULE, {"examples/a.py": HEAD + "app.secret_key = 'a'\n                 ^^^\n"})

    assert [f.context for f in found] == ["example"]


def test_rarer_spellings(audit):
    """`config |= {...}` and `setattr` set the key as well."""
    audit(
        "secret-key-hardcoded",
        """
        from flask import Flask
        app = Flask(__name__)
        app.config |= {"SECRET_KEY": "dev"}
                                     ^^^^^
        setattr(app, "secret_key", "other")
                                   ^^^^^^^
        """,
    )


def test_one_literal_for_several_environments(audit):
    """A class that both environments derive from is told of once, for the worse of them."""
    (finding,) = audit(
        RULE,
        HEAD + "class Base:\n    SECRET_KEY = 'a'\n                 ^^^\n"
        "class Development(Base):\n    DEBUG = True\nclass Production(Base):\n    DEBUG = False\n"
        "app.config.from_object({'d': Development, 'p': Production}[os.environ['E']])\n",
    )

    assert (finding.severity, finding.confidence) == ("high", "high")


READS = (
    "from flask import Flask\nimport config\napp = Flask(__name__)\napp.secret_key = config.KEY\n"
)


@pytest.mark.parametrize(
    ("name", "found"),
    [("config.py", True), ("config-example.py", False), ("config_sample.py", False)],
)
def test_key_of_a_sample_that_the_code_reads(audit, name, found):
    """A weak key that a sample holds waits for the copy, also where the code reads it by name."""
    marks = " " * 17 + "^" * 10 + "\n" if found else ""
    audit(RULE, {"app.py": READS + marks, name: "KEY = 'changeme'\n"})


@pytest.mark.parametrize(
    ("later", "found"), [("app.config.from_pyfile(path)\n", False), ("", True)]
)
def test_class_for_development_that_inherits(audit, later, found):
    """A key that something later replaces in production is told as a fallback, and once."""
    mark = f"    {' ' * 13}{'^' * 22} The secret key\n" if found else ""
    settings = (
        'class Defaults:\n    SECRET_KEY = "kJ8#mQ2$vX9!pL4@wN7&"\n'
        f"{mark}class Debug(Defaults):\n    DEBUG = True\n"
    )
    app = (
        "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
        "app.config.from_object('settings.Defaults')\n"
        "path = os.environ.get('SETTINGS', 'shop.cfg')\nif os.path.exists(path):\n    "
        + (later or "pass\n")
    )

    audit(RULE, {"app.py": app, "settings.py": settings})


@pytest.mark.parametrize(
    "load",
    [
        "    name = os.path.join(folder, 'local_settings.py')\n"
        "    if not os.path.exists(name):\n"
        "        name = os.path.join(folder, 'shop_values.py')\n"
        "    app.config.from_pyfile(os.path.abspath(name))\n",
        "    if given is None:\n        given = os.path.join(folder, 'other.py')\n"
        "        if not os.path.exists(given):\n            given = folder + '/shop_values.py'\n"
        "    app.config.from_pyfile(given)\n",
    ],
)
def test_one_of_several_files(audit, load):
    """A name that stands for one of several files may stand for the one that is there."""
    audit(
        RULE,
        {
            "app.py": f"{HEAD}def configure(folder, given=None):\n{load}",
            "shop_values.py": "SECRET_KEY = 'abc'\n             ^^^^^\n",
        },
    )


@pytest.mark.parametrize(
    ("keys", "found"),
    [("{'', 'dev', 'tiny'}", False), ("frozenset(['dev'])", False), ("{'tiny'}", True)],
)
def test_refused_by_a_list_elsewhere(audit, keys, found):
    """Keys that the app does not start with may be listed under a name."""
    line = "app.config['SECRET_KEY'] = 'dev'"
    mark = f"{' ' * 27}^^^^^\n" if found else ""
    audit(
        RULE,
        f"from flask import Flask\napp = Flask(__name__)\n{line}\n{mark}WEAK = {keys}\n"
        "if app.config.get('SECRET_KEY', '') in WEAK:\n    raise RuntimeError('set a key')\n",
    )


@pytest.mark.parametrize(
    ("source", "audience"),
    [
        ("class DevelopmentConfig:\n    SECRET_KEY = 'kJ8#mQ2$vX9!pL4@'\n"
         "app.config.from_object(DevelopmentConfig)\n", "strict"),
        ("class Config:\n    SECRET_KEY = 'kJ8#mQ2$vX9!pL4@'\napp.config.from_object(Config)\n",
         "default"),
        ("if app.debug:\n    app.secret_key = 'kJ8#mQ2$vX9!pL4@'\n", "strict"),
        ("app.secret_key = 'kJ8#mQ2$vX9!pL4@'\n", "default"),
        ("app.secret_key = 'dev'\n", "default"),
    ],
)  # fmt: skip
def test_key_of_development(outcome, source, audience):
    """A key that production never has is for careful shops."""
    (found,) = outcome({"app.py": HEAD + source}, select=(RULE,), strict=True).findings

    assert found.audience == audience


IDLE = """\
from flask import Flask, jsonify, request
from flask_login import LoginManager, current_user, login_required
app = Flask(__name__)
app.config["SECRET_KEY"] = "8s6tx8a9yxuuiyg8yu0TG76T8YGTg8qqqqqqq"
manager = LoginManager(app)
@manager.request_loader
def load(request):
    return User.query.filter_by(api_key=request.headers.get("X-Key") or "-").first()
@app.get("/me")
@login_required
def me():
    return jsonify(current_user.id)
"""


@pytest.mark.parametrize(
    ("more", "audience"),
    [
        ("", "strict"),
        ("from flask import session\nsession['a'] = 1\n", "default"),
        ("import jwt\n", "default"),
        ("def sign(text):\n    return mac(app.config['SECRET_KEY'], text)\n", "default"),
        (
            "from flask_login import login_user\ndef enter():\n    login_user(1)\nenter()\n",
            "default",
        ),
    ],
)
def test_key_that_signs_nothing(outcome, more, audience):
    """An API that knows its users by a header needs no key, as long as nothing else uses it."""
    found = outcome({"app.py": IDLE + more}, strict=True).findings
    assert [f.audience for f in found if f.rule == RULE] == [audience]
