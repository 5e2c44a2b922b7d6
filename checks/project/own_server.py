"""Whether the code starts a server of its own, one that knows no debugger."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.contexts import context_of, is_sample
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.local_only import says_development
from checks.project.configuration import environment_of_file

if TYPE_CHECKING:
    from checks.facts.deployment import Deployment
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


def serves_tls_only(project: Project) -> bool:
    """Return whether the one server that the code hands the app to always has a certificate."""
    started = [
        (call, scope)
        for module in project.modules
        if module.source.context == "app"
        for call, scope in module.calls("WSGIServer", "server")
        if project.names.called(call, scope) in _SERVERS
    ]
    return bool(started) and all(_has_certificate(call, scope) for call, scope in started)


def _has_certificate(call: ast.Call, scope: Scope) -> bool:
    """Return whether a server gets a key by name, and no ``if`` decides about it."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    key = given.get("keyfile") or given.get("ssl_context")
    for outer in scope.module.ancestors(call):
        if isinstance(outer, ast.If | ast.IfExp | ast.Try):
            return False
    return key is not None and not isinstance(key, ast.Constant | ast.IfExp)


WSGI_SERVERS = lazy(r"\b(gunicorn|uwsgi|waitress-serve|mod_wsgi-express|hypercorn|uvicorn)\b")
"""Commands that start an app as it is deployed."""
_IN_PRODUCTION = lazy(r"compose[^/]*[._-]prod(?:uction)?\b")
_PYTHON_FILE = lazy(r"\bpython[\d.]*\s+(?:-\w+\s+)*(?P<file>[\w./-]+)")
_INSTALLS = lazy(r"\b(?:pip3?|apk|apt|apt-get|uv|poetry|conda)\b[^&|;]*\b(?:install|add)\b")


def served_by_another(project: Project, path: str) -> bool:
    """Return whether a server made for it starts the app, and no deployment runs the file `path`.

    It is started by a command, or named among what the app needs where it runs.
    What stands under ``if __name__ == "__main__"`` there is for the desk, then.
    """
    commands = [
        command
        for deployment in project.deployments
        if deployment.source.context == "app"
        for command in deployment.commands
        if not _INSTALLS.search(command.text)
    ]
    served = any(WSGI_SERVERS.search(command.text) for command in commands)
    if not served and not needs_a_server(project):
        return False
    return not any(
        _is_meant(match["file"], command.spot.path, path, project)
        for command in commands
        for match in _PYTHON_FILE.finditer(command.text)
    )


def is_put_right(deployment: Deployment, project: Project) -> bool:
    """Return whether another file, for production, starts the app by a server made for it.

    Such as ``docker-compose.production.yml`` beside an image that developers start as it is.
    """
    if environment_of_file(deployment.path) == "production":
        return False
    return any(
        WSGI_SERVERS.search(command.text)
        for other in project.deployments
        if other.kind == "compose" and _IN_PRODUCTION.search(other.path) is not None
        for command in other.commands
    )


def starts_flasks_own(project: Project) -> bool:
    """Return whether a deployment starts Flask's own server, or the code puts its debugger in."""
    return any(
        _FLASK_RUN.search(command.text)
        for deployment in project.deployments
        for command in deployment.commands
    ) or any(
        _SHOWS.search(module.source.text)
        for module in project.modules
        if module.source.context == "app"
    )


def is_script(call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether `call` runs when its file is started, which no other file imports."""
    if scope.kind != "module":
        return False
    name = scope.module.name.rpartition(".")[2]
    imports = re.compile(rf"\bimport\b[^\n#]*\b{name}\b|\bfrom[ \t]+[\w.]*\b{name}[ \t]+import\b")
    return not any(
        imports.search(module.source.text)
        for module in project.vocabulary.files(name)
        if module is not scope.module
    )


def _is_meant(file: str, deployment: str, path: str, project: Project) -> bool:
    """Return whether a command of `deployment` that runs `file` runs `path`."""
    name = file.rpartition("/")[2]
    if name != path.rpartition("/")[2]:
        return False
    beside = f"{deployment.rpartition('/')[0]}/{name}".lstrip("/")
    same = [module.path for module in project.modules if module.path.rpartition("/")[2] == name]
    return beside == path or (beside not in same and len(same) == 1)


_SERVES = frozenset(
    {"gunicorn", "uwsgi", "pyuwsgi", "waitress", "mod-wsgi", "hypercorn", "bjoern", "gunicorn-h1c"}
)


def needs_a_server(project: Project) -> bool:
    """Return whether what the app needs where it runs names a server made for it."""
    return any(pin.name in _SERVES for pin in project.pins)


def has_old_flask(project: Project) -> bool:
    """Return whether a file holds Flask below 2.3, which still reads ``FLASK_ENV``."""
    return any(pin.name == "flask" and _OLD_FLASK.match(pin.spec) for pin in project.pins)


_OLD_FLASK = lazy(r"(?:==|~=|<=?|\^|===)\s*(?:0|1|2\.[0-2])(?:\.|\b)|<\s*2\.3(?:\.0)?\b")


def is_for_production(deployment: Deployment) -> bool:
    """Return whether a deployment file is neither for tests or development nor a sample."""
    if context_of(deployment.path) == "tests":
        return False
    own = environment_of_file(deployment.path)
    sample = is_sample(deployment.path) or says_development(deployment)
    return own in (None, "production") and not sample


_RUN_BY_PYTHON = lazy(r"\bflask\b[^&|;]*\brun\b|\bpython3? (?!-m)")
_ADDS = lazy(r"\b(pip3?|install|apk|apt-get|uv|poetry) ")
_ON = frozenset({"1", "true", "yes", "on", "t", "y"})


def is_not_read(deployment: Deployment, project: Project) -> bool:
    """Return whether it is a `.env` or `.flaskenv`, which gives the server no console."""
    if deployment.kind != "env":
        return False
    others = [other for other in project.deployments if is_for_production(other)]
    variables = (variable for other in others for variable in other.variables)
    if any(v.name == "FLASK_SKIP_DOTENV" and v.value.lower() in _ON for v in variables):
        return True
    texts = [command.text for other in others for command in other.commands]
    commands = [text for text in texts if not _ADDS.search(text)]
    served = any(WSGI_SERVERS.search(text) for text in commands) or needs_a_server(project)
    return served and not any(_RUN_BY_PYTHON.search(text) for text in commands)
