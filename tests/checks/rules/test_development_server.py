"""Where `development-server` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "development-server"
APP = "from flask import Flask\napp = Flask(__name__)\n"
RUNS = APP + "if __name__ == '__main__':\n    app.run(host='0.0.0.0')\n"


def _docker(command):
    return f"FROM python:3\n{command}\n{'^' * len(command)}\n"


@pytest.mark.parametrize(
    "command",
    [
        'CMD ["flask", "run", "--host=0.0.0.0"]',
        "CMD flask run --host 0.0.0.0",
        'CMD ["flask", "--app", "app", "run"]',
        "CMD python -m flask run",
        'CMD ["python", "app.py"]',
        'ENTRYPOINT ["python3", "-u", "./app.py"]',
        "CMD python -m app",
        "CMD python app.py runserver -h 0.0.0.0",
        'CMD ["python", "app.py", "serve"]',
        "CMD python app.py db upgrade && python app.py runserver",
        "CMD python app.py --port 80",
        "CMD python app.py production",
        'CMD ["./app.py", "webserver"]',
        "ENTRYPOINT exec /srv/app.py",
    ],
)
def test_docker(audit, command):
    """A Dockerfile that starts Flask's own server."""
    audit(RULE, {"app.py": RUNS, "Dockerfile": _docker(command)})


def test_procfile(audit):
    """A Procfile that starts Flask's own server."""
    audit(RULE, {"app.py": RUNS, "Procfile": "web: flask run\n^^^^^^^^^^^^^^\n"})


def test_compose(audit):
    """A compose file that starts Flask's own server."""
    compose = "services:\n  web:\n    command: flask run\n             ^^^^^^^^^\n"
    audit(RULE, {"app.py": RUNS, "docker-compose.yml": compose})


def test_debugger(audit):
    """The debugger that is left around the app."""
    audit(
        RULE,
        "from flask import Flask\nfrom werkzeug.debug import DebuggedApplication\n"
        "app = Flask(__name__)\napp.wsgi_app = DebuggedApplication(app.wsgi_app, evalex=True)\n"
        "               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
    )


@pytest.mark.parametrize(
    "files",
    [
        {"app.py": RUNS},
        {"app.py": RUNS, "Dockerfile": 'FROM python:3\nCMD ["gunicorn", "app:app"]\n'},
        {"app.py": APP, "Dockerfile": 'FROM python:3\nCMD ["python", "app.py"]\n'},
        {"app.py": RUNS, "Dockerfile.dev": 'FROM python:3\nCMD ["flask", "run"]\n'},
        {"app.py": RUNS, "Dockerfile": "FROM python:3\nRUN flask db upgrade\n"},
        {"app.py": RUNS, "Procfile": "web: gunicorn app:app\n"},
        {"app.py": RUNS, "Procfile.windows": "web: flask run\n"},
        {"app.py": RUNS, "Procfile.dev": "web: flask run\n"},
        {"app.py": RUNS, ".gitpod.yml": "tasks:\n  - name: app\n    command: flask run\n"},
        {"app.py": RUNS, ".devcontainer/Dockerfile": "FROM python:3\nCMD flask run\n"},
        {"app.py": RUNS, "Procfile": "release: python app.py db upgrade\n"},
        {"app.py": RUNS, "Procfile": "release: ./app.py migrate\n"},
        {"app.py": RUNS, "Procfile": "web: gunicorn -c app.py shop:app\n"},
        {"app.py": RUNS, "Procfile": "web: chmod +x ./app.py\n"},
        {
            "app.py": RUNS,
            "Dockerfile": "FROM python:3\nRUN cd /src && python app.py assets build\n",
        },
        {"app.py": RUNS, "Dockerfile": 'FROM python:3\nCMD ["python", "app.py", "worker"]\n'},
        {"app.py": RUNS, "tests/Dockerfile": "FROM python:3\nCMD flask run\n"},
    ],
)
def test_near_misses(audit, files):
    """A server made for it, development files, and `app.run()` alone are not reported."""
    audit(RULE, files)


@pytest.mark.parametrize(
    "test", ["app.debug", "app.config['DEBUG']", "os.environ.get('FLASK_DEBUG')"]
)
def test_debugger_in_development_only(audit, test):
    """A debugger that only debugging puts around the app is not left in."""
    audit(
        RULE,
        f"import os\n{APP}from werkzeug.debug import DebuggedApplication\nif {test}:\n"
        "    app.wsgi_app = DebuggedApplication(app.wsgi_app, evalex=True)\n",
    )


STARTS = """\
from flask import Flask
from waitress import serve
app = Flask(__name__)
class Manager:
    def run(self):
        if {test}:
            {then}
        else:
            {other}
Manager().run()
"""
DEPLOYED = "[Service]\nExecStart=python3 ./web/run.py\n"
UNDERLINED = "[Service]\nExecStart=python3 ./web/run.py\n          ^^^^^^^^^^^^^^^^^^^^\n"


@pytest.mark.parametrize("test", ["self.debug", "args.debug", "config['DEVELOPMENT']"])
def test_own_server_only_for_debugging(audit, test):
    """A file that starts another server unless it is told to debug deploys that one."""
    text = STARTS.format(test=test, then="app.run(port=5000)", other="serve(app)")
    audit(RULE, {"web/run.py": text, "etc/web.service": DEPLOYED})


@pytest.mark.parametrize(
    ("test", "then", "other"),
    [
        ("self.debug", "app.run(debug=True)", "app.run()"),
        ("not self.debug", "app.run()", "serve(app)"),
        ("self.ssl", "app.run(ssl_context='adhoc')", "serve(app)"),
        ("self.debug", "serve(app)", "app.run()"),
    ],
)
def test_own_server_otherwise(audit, test, then, other):
    """Flask's own server on the other side, or for another reason, is deployed."""
    text = STARTS.format(test=test, then=then, other=other)
    audit(RULE, {"web/run.py": text, "etc/web.service": UNDERLINED})


@pytest.mark.parametrize(
    ("words", "found"), [("# DEVELOPMENT USE ONLY", False), ("# The shop", True)]
)
def test_file_that_tells_people(audit, words, found):
    """A file that tells people not to use it in production deploys nothing."""
    line = "    command: flask run --host 0.0.0.0"
    start = line.index("flask run")
    marks = " " * start + "^" * len(line[start:]) if found else ""
    text = f"{words}\nservices:\n  web:\n{line}\n{marks}\n"
    audit(RULE, {"app.py": RUNS, "docker-compose.yml": text})


@pytest.mark.parametrize(
    ("volume", "audience"), [(".:/app", "strict"), ("./data:/data", "default")]
)
def test_project_that_is_mounted(audit, volume, audience):
    """An app that runs from the developer's folder is deployed for the developer."""
    line = "    command: flask run --host 0.0.0.0"
    marks = " " * 13 + "^" * len(line[13:])
    text = f"services:\n  web:\n    volumes:\n      - {volume}\n{line}\n{marks}\n"
    (finding,) = audit(RULE, {"app.py": RUNS, "docker-compose.yml": text})

    assert finding.audience == audience


def test_unit_that_starts_the_file(audit):
    """A unit of systemd may start the file itself."""
    unit = "[Service]\nExecStart=/opt/shop/app.py webserver\n          ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"

    audit(RULE, {"app.py": RUNS, "extras/shop.service": unit})


@pytest.mark.parametrize(
    ("name", "audience"),
    [
        ("health_check.py", "strict"),
        ("metrics.py", "strict"),
        ("node_exporter.py", "strict"),
        ("healthz_server.py", "strict"),
        ("healing.py", "default"),
        ("healthcare.py", "default"),
        ("ping_pong.py", "default"),
        ("health_portal.py", "default"),
    ],
)
def test_server_that_tells_how_the_app_does(audit, name, audience):
    """A process that only answers a load balancer is for careful shops."""
    command = f'CMD ["python", "{name}"]'
    (finding,) = audit(RULE, {name: RUNS, "Dockerfile": _docker(command)})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("name", "audience"), [("dev_server.py", "strict"), ("server.py", "default")]
)
def test_debugger_of_a_file_for_development(audit, name, audience):
    """A file that is called one for development puts the debugger around the app there alone."""
    line = "application = DebuggedApplication(app)"
    text = f"{APP}from werkzeug.debug import DebuggedApplication\n{line}\n{' ' * 14}{'^' * 24}\n"

    (finding,) = audit(RULE, {name: text})

    assert finding.audience == audience
