"""Whether the code starts a server of its own, one that knows no debugger."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.facts.python import last_name
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_SERVERS = frozenset(
    {
        "gevent.pywsgi.WSGIServer", "gevent.wsgi.WSGIServer", "eventlet.wsgi.server",
        "waitress.serve", "cheroot.wsgi.Server", "cheroot.wsgi.WSGIServer",
        "cherrypy.tree.graft", "cherrypy.wsgiserver.CherryPyWSGIServer", "bjoern.run",
        "tornado.wsgi.WSGIContainer", "hypercorn.asyncio.serve", "meinheld.server.run",
    }
)  # fmt: skip
_CALLED = (
    "WSGIServer", "server", "serve", "Server", "graft", "CherryPyWSGIServer", "run",
    "WSGIContainer",
)  # fmt: skip
_SHOWS = lazy(r"DebuggedApplication|run_simple|flask_script|evalex")
_FLASK_RUN = lazy(r"\bflask\b[^&|;\n]*\brun\b")


def starts_without_debugger(project: Project) -> bool:
    """Return whether the code hands the app to such a server, and nothing starts Flask's own.

    Debug mode gives no console there: Flask's own server and Werkzeug's middleware have it.
    """
    modules = [module for module in project.modules if module.source.context == "app"]
    own = any(
        project.names.called(call, scope) in _SERVERS
        for module in modules
        for call, scope in module.calls(*_CALLED)
    )
    if not own or any(_SHOWS.search(module.source.text) for module in modules):
        return False
    if any(
        _FLASK_RUN.search(command.text)
        for deployment in project.deployments
        for command in deployment.commands
    ):
        return False
    return not any(
        isinstance(call.func, ast.Attribute)
        and last_name(call.func.value) in ("app", "application", "flask_app", "socketio")
        for module in modules
        for call, _ in module.calls("run")
    )


WSGI_SERVERS = lazy(r"\b(gunicorn|uwsgi|waitress-serve|mod_wsgi-express|hypercorn|uvicorn)\b")
"""Commands that start an app as it is deployed."""
_PYTHON_FILE = lazy(r"\bpython[\d.]*\s+(?:-\w+\s+)*(?P<file>[\w./-]+)")
_INSTALLS = lazy(r"\b(?:pip3?|apk|apt|apt-get|uv|poetry|conda)\b[^&|;]*\b(?:install|add)\b")


def served_by_another(project: Project, path: str) -> bool:
    """Return whether a server made for it starts the app, and no deployment runs the file `path`.

    What stands under ``if __name__ == "__main__"`` there is for the desk, then.
    """
    commands = [
        command
        for deployment in project.deployments
        if deployment.source.context == "app"
        for command in deployment.commands
        if not _INSTALLS.search(command.text)
    ]
    if not any(WSGI_SERVERS.search(command.text) for command in commands):
        return False
    return not any(
        _is_meant(match["file"], command.spot.path, path, project)
        for command in commands
        for match in _PYTHON_FILE.finditer(command.text)
    )


def _is_meant(file: str, deployment: str, path: str, project: Project) -> bool:
    """Return whether a command of `deployment` that runs `file` runs `path`."""
    name = file.rpartition("/")[2]
    if name != path.rpartition("/")[2]:
        return False
    beside = f"{deployment.rpartition('/')[0]}/{name}".lstrip("/")
    same = [module.path for module in project.modules if module.path.rpartition("/")[2] == name]
    return beside == path or (beside not in same and len(same) == 1)
