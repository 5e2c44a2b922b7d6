"""Debug mode under a server that the code starts and that shows no console is a minor matter."""

from __future__ import annotations

import pytest

RULE = "debug-enabled"
APP = """\
from flask import Flask
app = Flask(__name__)
app.debug = True
            ^^^^
"""
GEVENT = "from gevent import pywsgi\npywsgi.WSGIServer(('', 8000), app).serve_forever()\n"


@pytest.mark.parametrize(
    ("start", "severity"),
    [
        (GEVENT, "low"),
        ("from gevent.pywsgi import WSGIServer\nWSGIServer(('', 8000), app)\n", "low"),
        ("import waitress\nwaitress.serve(app)\n", "low"),
        ("import cherrypy\ncherrypy.tree.graft(app, '/')\n", "low"),
        ("from tornado.wsgi import WSGIContainer\nWSGIContainer(app)\n", "low"),
        ("", "high"),
        ("serve(app)\n", "high"),
        ("from http.server import HTTPServer\nHTTPServer(('', 1), None)\n", "high"),
        (GEVENT + "if hurry:\n    app.run()\n", "high"),
        (GEVENT + "from werkzeug.debug import DebuggedApplication\n"
         "app.wsgi_app = DebuggedApplication(app, evalex=True)\n", "high"),
    ],
)  # fmt: skip
def test_server_that_the_code_starts(audit, start, severity):
    """Flask's own server and Werkzeug's middleware have the console; others have none."""
    found = audit(RULE, APP + start)

    assert [finding.severity for finding in found if "switched on" in finding.message] == [severity]


def test_flask_run_in_the_deployment(audit):
    """What a container starts with `flask run` is Flask's own server."""
    image = "FROM python:3.12\nCMD flask --app app run\n"

    (finding,) = audit(RULE, {"app.py": APP + GEVENT, "Dockerfile": image})

    assert finding.severity == "high"
