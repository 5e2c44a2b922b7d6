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
