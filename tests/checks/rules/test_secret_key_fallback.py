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
        ("from envparse import Env\nenv = Env()\n", "env('SECRET_KEY', default='dev')", "'dev'"),
        ("from envparse import env\n", "env.str('SECRET_KEY', default='dev')", "'dev'"),
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


DEFAULT = "app.config['SECRET_KEY'] = os.environ.get('SECRET_KEY', 'change-me-please')\n"


@pytest.mark.parametrize(
    "lines",
    [
        "if app.config['SECRET_KEY'] == 'change-me-please':\n    raise RuntimeError('set it')\n",
        "if 'change-me-please' == app.config['SECRET_KEY'] and not app.debug:\n"
        "    print('set it')\n    sys.exit(1)\n",
        "def create():\n    if app.secret_key in ('dev', 'change-me-please'):\n        abort()\n",
        "BAD = 'change-me-please'\ndef check(config):\n    if config['SECRET_KEY'] == BAD:\n"
        "        if app.debug:\n            return\n        sys.exit(1)\n",
        "if app.secret_key != 'change-me-please':\n    run()\nelse:\n    raise ValueError('key')\n",
        "if app.debug:\n    pass\nelif app.secret_key == 'change-me-please':\n    os._exit(3)\n",
        "if len(app.secret_key) < 8 or app.secret_key == 'change-me-please':\n    sys.exit(1)\n",
        "def fatal(text):\n    print(text)\n    sys.exit(1)\n"
        "if app.config['SECRET_KEY'] == 'change-me-please':\n    fatal('set a key')\n",
        "if len(app.config['SECRET_KEY']) < 32:\n    raise ValueError('too short')\n",
        "KEY = app.config.get('SECRET_KEY')\nif not KEY or len(KEY) <= 16:\n    sys.exit(KEY)\n"
        "check_secret(KEY)\n".replace("KEY", "SECRET"),
    ],
)
def test_refused_when_the_app_starts(audit, lines):
    """A literal with which the app does not start is no fallback, and nothing to guess."""
    source = "import sys\n" + HEAD + DEFAULT + lines

    audit(RULE, source)
    audit("secret-key-guessable", source)


@pytest.mark.parametrize(
    "lines",
    [
        "if app.config['SECRET_KEY'] == 'change-me-please':\n    app.logger.warning('set it')\n",
        "assert app.config['SECRET_KEY'] != 'change-me-please'\n",
        "if app.config['SECRET_KEY'] == 'another-default':\n    raise RuntimeError('set it')\n",
        "if app.config['SECRET_KEY'] != 'change-me-please':\n    raise ValueError\n",
        "if app.config['SECRET_KEY'] == 'change-me-please' or True:\n    print('well')\n",
        "if request.form['greeting'] == 'change-me-please':\n    raise ValueError\n",
        "if len(app.config['SECRET_KEY']) < 16:\n    raise ValueError('too short')\n",
        "if len(app.config['API_TOKEN_SECRET']) < 64:\n    raise ValueError('too short')\n",
        "if len(app.config['SECRET_KEY']) > 8:\n    raise ValueError('too long')\n",
        "if len(request.form['secret_code']) < 64:\n    raise ValueError('short')\n",
        "if app.secret_key != 'change-me-please' or app.debug:\n    pass\n"
        "else:\n    warn('set a key')\n",
        "def warn(text):\n    if not text:\n        return\n    print(text)\n"
        "if app.secret_key == 'change-me-please':\n    warn('set a key')\n",
    ],
)
def test_not_refused(audit, lines):
    """A warning, an assert and a refusal of something else leave the fallback in use."""
    literal = DEFAULT.index("'change")
    carets = " " * literal + "^" * len("'change-me-please'") + "\n"

    audit(RULE, HEAD + DEFAULT + carets + lines)


def test_refused_by_a_validator(audit):
    """A settings class whose validator raises for its default refuses it."""
    audit(
        RULE,
        {
            "app.py": HEAD + "from conf import settings\napp.secret_key = settings.secret_key\n",
            "conf.py": """
            from pydantic import field_validator
            from pydantic_settings import BaseSettings
            class Settings(BaseSettings):
                secret_key: str = "change-me"
                @field_validator("secret_key")
                def refuse(cls, value):
                    if value == "change-me":
                        raise ValueError("set a key")
                    return value
            settings = Settings()
            """,
        },
    )


@pytest.mark.parametrize("path", ["os.environ['SHOP_CONFIG']", "os.getenv('SHOP_CONFIG')"])
def test_file_that_a_dockerfile_names(audit, path):
    """A file of settings is loaded whose name deployments put into a variable."""
    audit(
        RULE,
        {
            "shop/app.py": "import os\nfrom flask import Flask\nclass Shop(Flask):\n"
            "    def __init__(self, name):\n        super().__init__(name)\n"
            f"        self.config.from_pyfile({path})\napp = Shop(__name__)\n",
            "config/docker.py": "import os\nSECRET_KEY = os.getenv('SECRET_KEY', 'shop-docker')\n"
            "                                     ^^^^^^^^^^^^^\n",
            "Dockerfile": "FROM python\nENV SHOP_CONFIG=/srv/config/docker.py\n",
        },
    )


def test_path_that_another_module_holds(audit):
    """A path may be a constant of a package for settings."""
    audit(
        RULE,
        {
            "shop.py": "import config\nfrom flask import Flask\napp = Flask(__name__)\n"
            "app.config.from_pyfile(config.DEFAULT_PATH)\n",
            "config/__init__.py": "import os\nBASE = os.path.dirname(__file__)\n"
            "DEFAULT_PATH = os.path.join(BASE, 'usual.py')\n",
            "config/usual.py": "import os\nSECRET_KEY = os.getenv('SECRET_KEY', 'shop-usual')\n"
            "                                     ^^^^^^^^^^^^\n",
        },
    )
