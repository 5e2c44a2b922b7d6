"""What `--fix` does about `debug-enabled`, and what it leaves."""

from __future__ import annotations

import pytest

RULE = "debug-enabled"
HEAD = "from flask import Flask\n\napp = Flask(__name__)\n"
CLASS = "\n\nclass {name}{base}:\n    {body}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("app.run(debug=True)\n", "app.run()\n"),
        ("app.run( debug=True )\n", "app.run()\n"),
        ("app.run(debug=True,)\n", "app.run()\n"),
        ("app.run('0.0.0.0', debug=True)\n", "app.run('0.0.0.0')\n"),
        ("app.run(debug = True, port=80)\n", "app.run(port=80)\n"),
        (
            "app.run(host='::', debug=True, port=80)  # dev\n",
            "app.run(host='::', port=80)  # dev\n",
        ),
        ("app.run(\n    port=80,\n    debug=True,\n)\n", "app.run(\n    port=80,\n)\n"),
        ("app.run(\n    debug=True,\n    port=80,\n)\n", "app.run(\n    port=80,\n)\n"),
        ("app.debug = True\n", "app.debug = False\n"),
        ("app.config['DEBUG'] = True\n", "app.config['DEBUG'] = False\n"),
        ("app.config.update({'DEBUG': True})\n", "app.config.update({'DEBUG': False})\n"),
        (
            "app.config.from_mapping(DEBUG=True, X=1)\n",
            "app.config.from_mapping(DEBUG=False, X=1)\n",
        ),
        (
            "app.run(debug=app.debug)\napp.debug = True\n",
            "app.run(debug=app.debug)\napp.debug = False\n",
        ),
    ],
)
def test_the_switch_is_taken_out(holds, before, after):
    """An argument is left out with its comma, a setting becomes false."""
    holds(RULE, HEAD + before, HEAD + after)


@pytest.mark.parametrize(
    "text",
    [
        "app.run(**{'port': 80}, debug=True)\n",
        "ON = True\napp.run(debug=ON)\n",
        "import os\n\napp.run(debug=os.environ.get('DEBUG', 'False'))\n",
        "app.run(debug=True)\nif app.debug:\n    app.config['URL'] = 'sqlite://'\n",
        "DEBUG = True\napp.config.from_object(__name__)\nif DEBUG:\n    app.secret_key = 'a'\n",
        "DEBUG = TESTING = True\napp.config.from_object(__name__)\n",
        "app.run(debug=True)\nurl = 'a' if app.config.get('DEBUG') else 'b'\n",
        "app.run(\n    debug=True,  # never in production\n    port=80,\n)\n",
        CLASS.format(name="Config", base="", body="DEBUG = True")
        + CLASS.format(name="DevelopmentConfig", base="(Config)", body="X = 1")
        + "\n\napp.config.from_object(Config)\n",
    ],
)
def test_what_decides_more_is_left(holds, text):
    """What is not seen whole, or what other code asks for, stays."""
    holds(RULE, HEAD + text, None)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("Dockerfile", "FROM a\nENV FLASK_DEBUG=1\n", "FROM a\nENV FLASK_DEBUG=0\n"),
        ("Dockerfile", "FROM a\nENV FLASK_DEBUG true\n", "FROM a\nENV FLASK_DEBUG 0\n"),
        (
            "Dockerfile",
            'FROM a\nENV A=1 FLASK_DEBUG="1" B=1\n',
            'FROM a\nENV A=1 FLASK_DEBUG="0" B=1\n',
        ),
        (
            "Dockerfile",
            "FROM a\nENV A=1 \\\n    FLASK_DEBUG=1\n",
            "FROM a\nENV A=1 \\\n    FLASK_DEBUG=0\n",
        ),
        ("Dockerfile", "FROM a\nENV FLASK_ENV=development", "FROM a\nENV FLASK_ENV=production"),
        (
            "Dockerfile",
            'FROM a\nCMD ["flask", "--debug", "run", "-p", "80"]\n',
            'FROM a\nCMD ["flask", "run", "-p", "80"]\n',
        ),
        (
            "Dockerfile",
            "FROM a\r\nCMD flask run --debug -p 80\r\n",
            "FROM a\r\nCMD flask run -p 80\r\n",
        ),
        ("Procfile", "web: flask run --debug\n", "web: flask run\n"),
        ("Procfile", "web: FLASK_DEBUG=1 python app.py\n", "web: FLASK_DEBUG=0 python app.py\n"),
        (
            "docker-compose.yml",
            "services:\n  web:\n    build: .\n    environment:\n      FLASK_DEBUG: 1  # on\n",
            "services:\n  web:\n    build: .\n    environment:\n      FLASK_DEBUG: 0  # on\n",
        ),
        (
            "docker-compose.yml",
            "services:\n  web:\n    build: .\n    environment:\n      - FLASK_DEBUG=1\n",
            "services:\n  web:\n    build: .\n    environment:\n      - FLASK_DEBUG=0\n",
        ),
    ],
)
def test_deployments_keep_their_form(holds, path, before, after):
    """In files of a deployment the one word is replaced, and nothing else."""
    holds(RULE, before, after, path=path, others={"app.py": HEAD})


@pytest.mark.parametrize(
    ("path", "text", "app"),
    [
        (".flaskenv", "FLASK_DEBUG=1\n", HEAD),
        (
            "Dockerfile",
            "FROM a\nENV FLASK_DEBUG=1\n",
            HEAD + "import os\nX = os.getenv('FLASK_DEBUG')\n",
        ),
        ("Dockerfile", "FROM a\nENV FLASK_ENV=development\n", HEAD + "X = app.config['ENV']\n"),
    ],
)
def test_development_goes_on_working(holds, path, text, app):
    """What only `flask run` reads, and what the code asks for itself, stays."""
    holds(RULE, text, None, path=path, others={"app.py": app})


@pytest.mark.parametrize(
    "text",
    [
        "from flask_talisman import Talisman\n\nTalisman(app)\napp.run(debug=True)\n",
        "from flask_assets import Environment\n\nEnvironment(app)\napp.debug = True\n",
        "import os\n\nif os.environ.get('WERKZEUG_RUN_MAIN'):\n    start()\napp.run(debug=True)\n",
    ],
)
def test_what_else_would_change_is_left(holds, text):
    """Redirects, built files and jobs of the reloader would behave otherwise all at once."""
    holds(RULE, HEAD + text, None)


def test_what_developers_start_is_left(holds):
    """What only strict audits object to is not mended, not even in one."""
    text = (
        "def run_dev():\n    app.run(debug=True)\n\n\nif __name__ == '__main__':\n    run_dev()\n"
    )

    holds(RULE, HEAD + text, None, "--strict")
