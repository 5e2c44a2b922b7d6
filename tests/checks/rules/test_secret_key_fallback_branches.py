"""A literal in a branch that stands in for the environment is a fallback, not the key."""

from __future__ import annotations

import pytest

RULE = "secret-key-fallback"
HEAD = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"

BRANCHES = [
    "try:\n    app.secret_key = os.environ['K']\nexcept KeyError:\n    app.secret_key = 'dev'\n",
    "try:\n    key = os.environ['K']\nexcept KeyError:\n    key = 'dev'\napp.secret_key = key\n",
    "if 'K' in os.environ:\n    app.config['SECRET_KEY'] = os.environ['K']\n"
    "else:\n    app.config['SECRET_KEY'] = 'dev'\n",
    "app.secret_key = os.getenv('K')\nif not app.secret_key:\n    app.secret_key = 'dev'\n",
    "app.config.from_pyfile('c.cfg', silent=True)\n"
    "if 'SECRET_KEY' not in app.config:\n    app.config['SECRET_KEY'] = 'dev'\n",
    "key = os.environ.get('K')\nif key is None:\n    key = 'dev'\napp.secret_key = key\n",
    "def key():\n    try:\n        return os.environ['K']\n    except KeyError:\n"
    "        return 'dev'\napp.secret_key = key()\n",
    "def key():\n    return os.getenv('K', 'dev')\napp.secret_key = key()\n",
]


def at(source: str, literal: str = "'dev'") -> str:
    """Return `source` with carets under the one place where `literal` stands."""
    lines = []
    for line in source.split("\n"):
        lines.append(line)
        if literal in line:
            lines.append(" " * line.index(literal) + "^" * len(literal))
    return "\n".join(lines)


@pytest.mark.parametrize("source", BRANCHES)
def test_branches(audit, source):
    """Whatever branch holds the literal, it is a fallback and not a hardcoded key."""
    expected = at(HEAD + source)
    audit(RULE, expected)
    audit("secret-key-hardcoded", HEAD + source)


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ("from decouple import AutoConfig\nconfig = AutoConfig()\n", "config('K', default='dev')"),
        ("from decouple import Config, RepositoryEnv\nconfig = Config(RepositoryEnv('.env'))\n",
         "config.get('K', default='dev')"),
        ("import environ\nenv = environ.Env()\n", "env('K', default='dev')"),
        ("import environ\nenv = environ.Env()\n", "env.str('K', 'dev')"),
        ("from environs import env\n", "env.str('K', 'dev')"),
        ("from dotenv import dotenv_values\nvalues = dotenv_values()\n", "values.get('K', 'dev')"),
        ("from dynaconf import Dynaconf\ns = Dynaconf()\n", "s.get('K', 'dev')"),
        ("from dynaconf import settings\n", "settings.get('K', default='dev')"),
    ],
)  # fmt: skip
def test_libraries(audit, before, value):
    """Libraries that read the environment take their default in their own ways."""
    audit(RULE, at(f"{before}{HEAD}app.secret_key = {value}\n"))


@pytest.mark.parametrize(
    "default", ["Field('dev')", "Field(default='dev', alias='K')", "SecretStr('dev')"]
)
def test_pydantic_fields(audit, default):
    """The default of a field counts like a plain one."""
    conf = (
        "from pydantic import Field, SecretStr\nfrom pydantic_settings import BaseSettings\n"
        f"class Settings(BaseSettings):\n    secret_key: SecretStr = {default}\n"
        "settings = Settings()\n"
    )
    value = "settings.secret_key.get_secret_value()"
    app = f"{HEAD}from conf import settings\napp.secret_key = {value}\n"
    audit(RULE, {"app.py": app, "conf.py": at(conf)})


@pytest.mark.parametrize(
    "source",
    [
        'os.environ.setdefault("SECRET_KEY", "dev")\n                                    ^^^^^\n',
        'from dynaconf import Validator\nv = Validator("SECRET_KEY", default="dev")\n'
        "                                    ^^^^^\n",
    ],
)
def test_defaults_set_beforehand(audit, source):
    """A default may be put into the environment before it is read."""
    audit(RULE, HEAD + source + 'app.secret_key = os.environ["SECRET_KEY"]\n')


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    app.secret_key = os.environ['K']\nexcept KeyError:\n    raise SystemExit('K')\n",
        "if 'K' not in os.environ:\n    raise OSError('K')\napp.secret_key = os.environ['K']\n",
        "def key():\n    return open('/run/secrets/key').read()\napp.secret_key = key()\n",
        "if os.path.exists('x'):\n    app.secret_key = 'dev'\n",
        'os.environ.setdefault("HOME", "dev")\n',
    ],
)
def test_near_misses(audit, source):
    """Refusing to start, files, and literals that stand in for nothing are not reported."""
    audit(RULE, HEAD + source)
