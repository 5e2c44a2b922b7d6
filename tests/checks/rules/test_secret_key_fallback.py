"""Where `secret-key-fallback` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "secret-key-fallback"
HEAD = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    ("imports", "value", "literal"),
    [
        ("", "os.environ.get('SECRET_KEY', 'dev')", "'dev'"),
        ("", "os.getenv('SECRET_KEY', default='dev')", "'dev'"),
        ("", "os.environ.get('SECRET_KEY') or 'dev'", "'dev'"),
        ("", "os.environ['K'] if 'K' in os.environ else 'dev'", "'dev'"),
        ("", "os.environ.get('SECRET_KEY', 'dev').encode()", "'dev'"),
        ("from os import environ as e\n", "e.get('SECRET_KEY', 'dev')", "'dev'"),
        ("from os import getenv\n", "getenv('A') or getenv('B') or 'dev'", "'dev'"),
        ("from decouple import config\n", "config('SECRET_KEY', default='dev')", "'dev'"),
        ("from environs import Env\nenv = Env()\n", "env.str('SECRET_KEY', 'dev')", "'dev'"),
        ("from environs import Env\nenv = Env()\n", "env('SECRET_KEY', 'dev')", "'dev'"),
    ],
)
def test_spellings(audit, imports, value, literal):
    """Every way to read a variable with a literal default is reported at the literal."""
    line = f"app.secret_key = {value}"
    start = line.rindex(literal)

    audit(RULE, f"{imports}{HEAD}{line}\n{' ' * start}{'^' * len(literal)}\n")


def test_pydantic_settings(audit):
    """The default of a settings class is a fallback: the environment overrides it."""
    audit(
        RULE,
        {
            "app.py": HEAD + "from conf import settings\napp.secret_key = settings.secret_key\n",
            "conf.py": """
            from pydantic_settings import BaseSettings
            class Settings(BaseSettings):
                secret_key: str = "dev"
                                  ^^^^^
            settings = Settings()
            """,
        },
    )


def test_later_optional_loader(audit):
    """A literal that the environment may replace afterwards is a fallback."""
    audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
        app.config["SECRET_KEY"] = "dev"
                                   ^^^^^ The secret key is a literal unless from_prefixed_env
        app.config.from_prefixed_env()
        """,
    )


@pytest.mark.parametrize(
    "line",
    [
        "app.secret_key = os.environ['SECRET_KEY']",
        "app.secret_key = os.environ.get('SECRET_KEY')",
        "app.secret_key = os.environ.get('SECRET_KEY', '')",
        "app.secret_key = os.environ.get('SECRET_KEY') or os.urandom(32)",
        "app.secret_key = 'dev'",
        "app.config['NAME'] = os.environ.get('NAME', 'dev')",
        "app.config.from_mapping(SECRET_KEY='dev')\napp.config.from_pyfile('c.py', silent=True)",
        "class TestConfig:\n    SECRET_KEY = os.environ.get('SECRET_KEY', 'dev')",
    ],
)
def test_near_misses(audit, line):
    """No default, plain literals, other settings and the tutorial are not reported."""
    audit(RULE, HEAD + line + "\n")
