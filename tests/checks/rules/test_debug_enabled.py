"""Where `debug-enabled` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "debug-enabled"
HEAD = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"


def test_run(audit):
    """``app.run(debug=True)`` is reported at the value."""
    audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
        if __name__ == "__main__":
            app.run("0.0.0.0", debug=True)
                                     ^^^^ The app is started with debug=True
        """,
    )


def test_run_through_a_name_and_a_factory(audit):
    """A constant that is True, and an app that a factory returns, are followed."""
    audit(
        RULE,
        {
            "factory.py": "from flask import Flask\ndef make():\n    return Flask(__name__)\n",
            "wsgi.py": """
            from factory import make
            DEBUG = True
            service = make()
            service.run(debug=DEBUG)
                              ^^^^^
            """,
        },
    )


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("app.debug = True", 12),
        ("app.config['DEBUG'] = True", 22),
        ("app.config.update(DEBUG=True)", 24),
    ],
)
def test_configuration(audit, line, start):
    """Every spelling of the setting counts."""
    audit(RULE, f"{HEAD}{line}\n{' ' * start}^^^^\n")


def test_production_class(audit):
    """A class constant for production, or for every environment, is reported; others are not."""
    audit(
        RULE,
        {
            "app.py": HEAD + "app.config.from_object('config.ProductionConfig')\n",
            "config.py": """
            class Config:
                DEBUG = True
                        ^^^^
            class ProductionConfig(Config):
                pass
            class DevelopmentConfig(Config):
                DEBUG = True
            """,
        },
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dockerfile", "FROM python\nENV A=b FLASK_DEBUG=1\n^^^^^^^^^^^^^^^^^^^^^\n"),
        ("Dockerfile", 'FROM python\nCMD ["flask", "--debug", "run"]\n' + "^" * 31 + "\n"),
        (
            "docker-compose.yml",
            "services:\n  web:\n    environment:\n      - FLASK_DEBUG=1\n" + " " * 20 + "^\n",
        ),
        (
            "compose.yaml",
            "services:\n  web:\n    environment:\n      FLASK_DEBUG: 'true'\n"
            + " " * 19
            + "^^^^^^\n",
        ),
        ("Procfile", "web: FLASK_DEBUG=1 python app.py\n" + "^" * 32 + "\n"),
        (
            ".flaskenv",
            "export FLASK_DEBUG=1  # always\n                   ^\n".replace("  # always", ""),
        ),
        ("uwsgi.ini", "[uwsgi]\nenv = FLASK_DEBUG=1\n      ^^^^^^^^^^^^^\n"),
        (".env", "FLASK_ENV=development\n          ^^^^^^^^^^^\n"),
    ],
)
def test_deployment_files(audit, name, text):
    """Variables and commands of deployment files count."""
    audit(RULE, {name: text})


@pytest.mark.parametrize(
    "line",
    [
        "app.run()",
        "app.run(debug=False)",
        "app.run(debug=os.environ.get('FLASK_DEBUG') == '1')",
        "app.config['DEBUG'] = os.environ.get('DEBUG')",
        "class DevelopmentConfig:\n    DEBUG = True",
        "class TestConfig:\n    DEBUG = True",
        "if os.environ.get('APP_ENV') == 'development':\n    app.debug = True",
        "import logging\nlogging.run(debug=True)",
        "DEBUG = True",
    ],
)
def test_near_misses(audit, line):
    """What is off, undecided, for development or no app at all is not reported."""
    audit(RULE, HEAD + line + "\n")


@pytest.mark.parametrize(
    ("head", "audience"),
    [
        ("@cli.command()\ndef dev(port):", "strict"),
        ("@manager.command\ndef run_dev_server():", "strict"),
        ("@cli.command()\ndef serve(port):", "default"),
        ("def dev():", "default"),
    ],
)
def test_command_for_development(audit, head, audience):
    """A command that is called so is for careful shops only."""
    text = f"{head}\n    app.run(debug=True)\n                  ^^^^\n"
    (finding,) = audit(RULE, HEAD + text)

    assert finding.audience == audience


@pytest.mark.parametrize("name", ["docker-compose.dev.yml", "Dockerfile.test", ".env.development"])
def test_development_deployment(audit, name):
    """Deployment files for development may switch it on."""
    text = "services:\n  web:\n    environment:\n      - FLASK_DEBUG=1\n"
    audit(RULE, {name: "ENV FLASK_DEBUG=1\n" if "Docker" in name else text})


@pytest.mark.parametrize(
    ("files", "audience"),
    [
        ({"Procfile": "web: gunicorn shop:app\n"}, "strict"),
        ({"Dockerfile": "RUN pip install gunicorn\nCMD uwsgi --ini a.ini\n"}, "strict"),
        ({"boot.sh": "#!/bin/sh\nflask db upgrade\nexec gunicorn -b :5000 shop:app\n"}, "strict"),
        ({"Dockerfile": "ENV FLASK_SKIP_DOTENV=1\nCMD [\"shopd\", \"run\"]\n"}, "strict"),
        ({"Dockerfile": "RUN pip install gunicorn\nCMD flask run\n"}, "default"),
        ({"Procfile": "web: gunicorn shop:app\nadmin: flask --app a run\n"}, "default"),
        ({"Procfile": "web: gunicorn shop:app\nadmin: python admin.py\n"}, "default"),
        ({"Dockerfile.dev": "CMD gunicorn --reload shop:app\n"}, "default"),
    ],
)  # fmt: skip
def test_file_of_flask_run(audit, files, audience):
    """What `flask run` alone reads does not reach an app that another server runs."""
    text = "FLASK_DEBUG=1\n            ^\n"
    (finding,) = audit(RULE, {"app.py": HEAD, ".flaskenv": text, **files})

    assert finding.audience == audience


def test_plugin_of_pytest(audit):
    """What pytest finds by its name is no app; what only begins so is."""
    line = "app.config.update({'DEBUG': True})\n"
    audit(RULE, {"shop/pytest_shop.py": HEAD + line, "shop/__init__.py": HEAD})
    audit(RULE, {"shop/pytestable.py": HEAD + line + "                            ^^^^\n"})


@pytest.mark.parametrize(
    ("words", "found"), [("# DEVELOPMENT USE ONLY", False), ("# The shop", True)]
)
def test_file_that_tells_people(audit, words, found):
    """A file that tells people not to use it in production deploys nothing."""
    line = "      - FLASK_ENV=development"
    start = line.index("development")
    marks = " " * start + "^" * len(line[start:]) if found else ""
    text = f"{words}\nservices:\n  web:\n    environment:\n{line}\n{marks}\n"
    audit(RULE, {"app.py": HEAD, "docker-compose.yml": text})


TEXTS = "from configparser import ConfigParser\ncfg = ConfigParser()\ncfg.read('site.cfg')\n"


@pytest.mark.parametrize(
    "value",
    [
        "os.environ.get('DEBUG', 'False')",
        "os.getenv('FLASK_DEBUG', '0')",
        "bool(os.environ.get('DEBUG', 'false'))",
        "cfg.get('server', 'debug')",
        "ASKED",
    ],
)
def test_text_that_is_always_true(audit, value):
    """A text is true whatever it says, also where it says that debugging is off."""
    line = f"app.run(debug={value})\n"
    marks = " " * 14 + "^" * len(value) + " debug is given a text\n"
    audit(RULE, HEAD + TEXTS + "ASKED = cfg.get('server', 'debug')\n" + line + marks)


@pytest.mark.parametrize(
    "value",
    [
        "os.environ.get('DEBUG')",
        "os.environ.get('DEBUG', '')",
        "os.environ.get('DEBUG', 'False') == 'True'",
        "os.environ.get('DEBUG', 'no').lower() in ('1', 'yes')",
        "int(os.environ.get('DEBUG', '0'))",
        "json.loads(os.environ.get('DEBUG', 'false'))",
        "cfg.getboolean('server', 'debug')",
        "cfg.get('server', 'debug', fallback=None)",
        "settings.get('server', 'debug')",
        "app.config.get('DEBUG', 'False')",
    ],
)
def test_what_is_read_or_compared(audit, value):
    """What is compared, read as a number or a truth, or may be empty, is not always true."""
    audit(RULE, HEAD + TEXTS + f"app.run(debug={value})\n")


COMPOSE = """\
services:
  web:
    build:
      context: .
{}
    environment:
      FLASK_DEBUG: 1
{}
"""
MARK = " " * 19 + "^"


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("Dockerfile.dev", False),
        ("Containerfile.dev", False),
        ("docker/Dockerfile-dev", False),
        ("docker/dev/Dockerfile", False),
        ("dev.Dockerfile", False),
        ('"Dockerfile.development"', False),
        ("Dockerfile", True),
        ("Dockerfile.devices", True),
        ("docker/prod/Dockerfile", True),
    ],
)
def test_image_for_developers(audit, file, found):
    """A compose file that builds an image for developers starts nothing for users."""
    text = COMPOSE.format(f"      dockerfile: {file}", MARK if found else "")
    audit(RULE, {"app.py": HEAD, "docker-compose.yml": text})


@pytest.mark.parametrize(
    ("volume", "audience"), [(".:/app", "strict"), ("./static:/static", "default")]
)
def test_project_that_is_mounted(audit, volume, audience):
    """Who runs the app from a folder of their own debugs it there."""
    text = COMPOSE.format(f"    volumes:\n      - {volume}", MARK)
    (finding,) = audit(RULE, {"app.py": HEAD, "docker-compose.yml": text})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("given", "found"), [("use_evalex=True", False), ("use_debugger=True, use_evalex=True", True)]
)
def test_console_of_a_debugger(audit, given, found):
    """A console in error pages is nothing without the debugger that shows them."""
    start = "from werkzeug.serving import run_simple\nrun_simple('0.0.0.0', 80, app, "
    mark = " " * 44 + "^^^^ The app is started with use_debugger=True\n" if found else ""

    audit(RULE, f"{HEAD}{start}{given})\n{mark}")


@pytest.mark.parametrize(
    ("switch", "found"),
    [("use_debugger=True", True), ("use_debugger=app.debug", False), ("", False)],
)
def test_server_of_flask_script(audit, switch, found):
    """The command of Flask-Script that starts a server, with a debugger for all who reach it."""
    start = f"server = Server(host='0.0.0.0', {switch})\n"
    mark = (
        " " * start.index("True") + "^^^^ The app is started with use_debugger\n" if found else ""
    )
    audit(
        RULE,
        "from flask import Flask\nfrom flask_script import Manager, Server\napp = Flask(__name__)\n"
        "manager = Manager(app)\n" + start + mark + "manager.add_command('serve', server)\n",
    )


RUNNER = "{head}app.run(debug=True)\n              ^^^^ The app is started\n"


@pytest.mark.parametrize(
    ("head", "audience"),
    [
        ("from examples.shop import make\napp = make()\n", "strict"),
        ("from examples.shop import app\n", "strict"),
        (
            "from shop import app\nfrom werkzeug.middleware.profiler import ProfilerMiddleware\n"
            "app.wsgi_app = ProfilerMiddleware(app.wsgi_app)\n",
            "strict",
        ),
        ("import cProfile\nfrom shop import app\ncProfile.Profile().enable()\n", "strict"),
        ("from shop import app\n", "default"),
        ("from shop import make\napp = make()\n", "default"),
        ("from shop import Profile, app\nProfile()\n", "default"),
        (
            "from shop import app\nfrom werkzeug.middleware.profiler import ProfilerMiddleware\n"
            "def profiled():\n    return ProfilerMiddleware(app.wsgi_app)\n",
            "default",
        ),
    ],
)
def test_what_is_only_tried(audit, head, audience):
    """An example that is started by hand, and an app under a profiler, are for strict audits."""
    shop = "from flask import Flask\napp = Flask(__name__)\ndef make():\n    return app\n"
    files = {"run.py": RUNNER.format(head=head), "shop.py": shop, "examples/shop.py": shop}
    (finding,) = audit(RULE, files)

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("name", "start", "audience"),
    [
        ("local_main", "if __name__ == '__main__':\n    local_main()\n", "strict"),
        ("run_dev", "if __name__ == '__main__':\n    run_dev()\n", "strict"),
        ("local_main", "local_main()\n", "default"),
        ("local_main", "", "default"),
        ("main", "if __name__ == '__main__':\n    main()\n", "default"),
        ("localize", "if __name__ == '__main__':\n    localize()\n", "default"),
    ],
)
@pytest.mark.parametrize(
    ("line", "message"),
    [("    app.debug = True", "Debug mode is"), ("    app.run(debug=True)", "The app is")],
)
def test_function_for_development(audit, name, start, audience, line, message):
    """What is called so, and runs only where the file itself is run, is for careful shops."""
    mark = f"{' ' * line.index('True')}^^^^ {message}\n"
    (finding,) = audit(RULE, f"{HEAD}def {name}():\n{line}\n{mark}{start}")

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("Starts the development server with some data.", "strict"),
        ("Run the app for local, interactive testing and demo purposes.", "strict"),
        ("Sets everything up for debugging.", "strict"),
        ("Starts the app, for development and production.", "default"),
        ("Starts the shop.", "default"),
    ],
)
def test_file_that_says_that_it_is_for_developers(audit, text, audience):
    """Who reads the first lines of a script knows what it is for."""
    run = "app.run(debug=True)\n              ^^^^\n"
    (finding,) = audit(RULE, f'"""{text}"""\n{HEAD}{run}')

    assert finding.audience == audience


@pytest.mark.parametrize(("name", "audience"), [("demo.py", "strict"), ("start.py", "default")])
def test_demonstration(audit, name, audience):
    """A file that starts the app of the package for a demonstration deploys nothing."""
    line = "app.run(debug=True)"
    text = f"from shop import create_app\napp = create_app()\n{line}\n{' ' * 14}^^^^\n"
    shop = "from flask import Flask\ndef create_app():\n    return Flask(__name__)\n"

    (finding,) = audit(RULE, {name: text, "shop/__init__.py": shop})

    assert finding.audience == audience


def test_app_of_a_demonstration(audit):
    """An app that is made in such a file is all that there is."""
    line = "app.run(debug=True)"
    text = f"from flask import Flask\napp = Flask(__name__)\n{line}\n{' ' * 14}^^^^\n"
    (finding,) = audit(RULE, {"demo.py": text})
    assert finding.audience == "default"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("{'debug': True, 'port': 80}", True),
        ("dict(debug=True)", True),
        ("{'use_debugger': True}", True),
        ("{'port': 80}", False),
        ("{'debug': False}", False),
        ("load_options()", False),
    ],
)
def test_options_in_a_table(outcome, options, found):
    """What ``run(**OPTIONS)`` is given counts, where the table is seen."""
    text = f"from flask import Flask\napp = Flask(__name__)\nOPTIONS = {options}\n"
    found_there = outcome({"app.py": text + "app.run(**OPTIONS)\n"}, select=(RULE,)).findings

    assert bool(found_there) is found


START = HEAD + "if __name__ == '__main__':\n    app.run(debug=True)\n                  ^^^^\n"


@pytest.mark.parametrize(
    ("files", "audience"),
    [
        ({}, "default"),
        ({"requirements.txt": "flask==3.0.0\nredis==5\n"}, "default"),
        ({"requirements.txt": "flask==3.0.0\ngunicorn==23.0.0\n"}, "strict"),
        ({"requirements.txt": "flask\ngunicorn\n"}, "strict"),
        ({"requirements.txt": "flask\nuWSGI  # serves\n"}, "strict"),
        ({"requirements.txt": "flask\nwaitress[x] ; sys_platform == 'win32'\n"}, "strict"),
        ({"requirements.txt": "flask\ngunicorn-stubs\n"}, "default"),
        ({"requirements-dev.txt": "gunicorn==23.0.0\n"}, "default"),
        ({"Procfile": "web: gunicorn app:app\n"}, "strict"),
        ({"Procfile": "web: python app.py\n", "requirements.txt": "gunicorn\n"}, "default"),
        ({"Dockerfile": 'CMD ["python", "app.py"]\n', "requirements.txt": "gunicorn\n"}, "default"),
    ],
)
def test_start_at_a_desk(audit, files, audience):
    """What stands under ``__main__`` is for the desk where the app needs a server made for it."""
    (finding,) = audit(RULE, {"app.py": START, **files})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("name", "text", "requirements", "audience"),
    [
        (".flaskenv", "FLASK_DEBUG=1", "flask==3.0.0\n", "default"),
        (".flaskenv", "FLASK_DEBUG=1", "flask==3.0.0\ngunicorn==23\n", "strict"),
        (".env", "FLASK_DEBUG=1", "flask==3.0.0\n", "default"),
        (".env", "FLASK_DEBUG=1", "flask==3.0.0\ngunicorn\n", "strict"),
        (".flaskenv", "FLASK_ENV=development", "flask==1.1.2\n", "default"),
        (".flaskenv", "FLASK_ENV=development", "Flask~=2.2.0\n", "default"),
        (".flaskenv", "FLASK_ENV=development", "Flask<2.3\n", "default"),
        (".flaskenv", "FLASK_ENV=development", "flask==2.3.1\n", "strict"),
        (".flaskenv", "FLASK_ENV=development", "flask==3.0.0\n", "strict"),
        (".env", "FLASK_ENV=development", "flask\n", "strict"),
    ],
)
def test_files_of_variables(audit, name, text, requirements, audience):
    """They reach what `flask run` starts, and ``FLASK_ENV`` an old Flask alone."""
    value = text.partition("=")[2]
    mark = " " * (len(text) - len(value)) + "^" * len(value)
    files = {"app.py": HEAD, name: f"{text}\n{mark}\n", "requirements.txt": requirements}
    (finding,) = audit(RULE, files)

    assert finding.audience == audience


CONFIGURED = HEAD + "app.config.from_object('config.{name}')\n"


@pytest.mark.parametrize(
    ("name", "audience"),
    [
        ("Config", "default"),
        ("BaseConfig", "default"),
        ("DockerConfig", "default"),
        ("StagingConfig", "strict"),
        ("ReviewApp", "strict"),
    ],
)
def test_class_for_staging(audit, name, audience):
    """A class for staging is nobody's production."""
    config = f"class {name}:\n    DEBUG = True\n            ^^^^\n"
    (finding,) = audit(RULE, {"app.py": CONFIGURED.format(name=name), "config.py": config})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("line", "more", "audience"),
    [
        ("DEBUG = True", {}, "default"),
        ("DEBUG = True  # set to False in production", {}, "strict"),
        ("# never when the site is live\nDEBUG = True", {}, "strict"),
        ("DEBUG = True  # the debugger", {}, "default"),
        ("DEBUG = True", {"Procfile": "web: gunicorn app:app\n"}, "strict"),
    ],
)
def test_samples(audit, line, more, audience):
    """A sample is copied as it is, unless it says what to change or has nobody to show it."""
    app = HEAD + "app.config.from_pyfile('settings.py')\n"
    sample = f"{line}\n        ^^^^\n"
    (finding,) = audit(RULE, {"app.py": app, "settings.example.py": sample, **more})

    assert finding.audience == audience


def test_start_with_a_setting(audit):
    """A switch that the start takes from the configuration is told where the app is started."""
    app = (
        HEAD + "from config import DEBUG\napp.config.from_object('config')\napp.run(debug=DEBUG)\n"
    )
    audit(RULE, {"app.py": app + "              ^^^^^\n", "config.py": "DEBUG = True\n"})
