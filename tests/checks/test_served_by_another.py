"""What a file does when it is run by hand, and how the deployed app is started."""

from __future__ import annotations

import pytest

RULE = "debug-enabled"
APP = """\
from flask import Flask
app = Flask(__name__)
if __name__ == "__main__":
    app.debug = True
    app.run(debug=True)
"""
GUNICORN = "FROM python:3.12\nCOPY . /app\nCMD gunicorn -b :80 shop:app\n"


@pytest.mark.parametrize(
    ("files", "severity"),
    [
        ({"Dockerfile": GUNICORN}, "low"),
        ({"Procfile": "web: gunicorn shop:app\n"}, "low"),
        ({"Dockerfile": "FROM python:3.12\nCOPY . /app\nCMD python shop.py\n"}, "high"),
        ({"Dockerfile": "FROM python:3.12\nCMD pip install gunicorn\n"}, "high"),
        ({"Procfile": "web: gunicorn shop:app\nother: python shop.py\n"}, "high"),
        ({"Procfile": "web: gunicorn shop:app\nother: python jobs/work.py\n"}, "low"),
        ({"tests/Dockerfile": GUNICORN}, "high"),
        ({}, "high"),
    ],
)
def test_debugging_of_a_file_that_is_run(outcome, files, severity):
    """What only a run of the file switches on is minor where another server starts the app.

    Strict audits tell it.
    """
    told = {f.severity for f in outcome({"shop.py": APP, **files}).findings if f.rule == RULE}
    assert told == ({severity} - {"low"})
    found = outcome({"shop.py": APP, **files}, strict=True).findings

    assert {f.severity for f in found if f.rule == "debug-enabled"} == {severity}


def test_debugging_for_everybody(outcome):
    """What the import of the file switches on, another server has, too, but no console by it."""
    text = APP.replace('if __name__ == "__main__":\n    app.debug', "app.debug")
    text = text.replace("    app.run(debug=True)\n", "")
    found = outcome({"shop.py": text, "Dockerfile": GUNICORN}).findings

    assert [f.severity for f in found if f.rule == "debug-enabled"] == ["medium"]


RUN = "FROM python:3.12\nCOPY . /app\nCMD python main.py\n"
STARTS = APP.replace("    app.debug = True\n", "").replace("debug=True", "")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"shop/main.py": STARTS, "shop/Dockerfile": RUN}, True),
        ({"shop/main.py": STARTS, "Dockerfile": RUN}, True),
        ({"shop/main.py": STARTS, "work/main.py": "import flask\n", "Dockerfile": RUN}, False),
        ({"shop/main.py": STARTS, "work/main.py": "import flask\n", "work/Dockerfile": RUN}, False),
        ({"shop/main.py": STARTS, "work/main.py": STARTS, "work/Dockerfile": RUN}, True),
    ],
)
def test_file_that_is_meant(outcome, files, found):
    """Of several files of one name, the one beside the deployment is run."""
    told = [f for f in outcome(files).findings if f.rule == "development-server"]

    assert bool(told) is found
    assert all("shop/" not in f.message for f in told if "work/Dockerfile" in files)


def test_debugging_where_a_console_may_be_shown(outcome):
    """Beside `flask run` in a deployment, or a debugger, the setting is no minor matter."""
    text = "from flask import Flask\napp = Flask(__name__)\napp.debug = True\n"
    both = f"{GUNICORN}# or\nRUN flask run --help\n"
    debugger = (
        "from werkzeug.debug import DebuggedApplication\napp.wsgi_app = DebuggedApplication(x)\n"
    )
    for files in ({"shop.py": text, "Dockerfile": both}, {"shop.py": text + debugger}):
        found = outcome({"Procfile": "web: gunicorn shop:app\n", **files}).findings
        assert "high" in {f.severity for f in found if f.rule == "debug-enabled"}


@pytest.mark.parametrize(
    ("start", "severity"),
    [
        ("from shop import app\napp.run(debug=True, port=5000)\n", "low"),
        ("from shop import app\ndef go():\n    app.run(debug=True)\ngo()\n", "high"),
    ],
)
def test_script_that_nobody_imports(outcome, start, severity):
    """What stands at the top of a file that only a person starts is for that person."""
    shop = "from flask import Flask\napp = Flask(__name__)\n"
    files = {"shop.py": shop, "run.py": start, "Procfile": "web: gunicorn shop:app\n"}

    found = outcome(files, strict=True).findings
    assert {f.severity for f in found if f.rule == "debug-enabled"} == {severity}
    found = outcome({**files, "wsgi.py": "from run import app\nimport flask\n"}).findings
    assert {f.severity for f in found if f.rule == "debug-enabled"} == {"high"}
