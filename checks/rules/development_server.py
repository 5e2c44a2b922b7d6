"""Flask's development server serves the world.

What it does
------------
Reports deployment files that start the app with `flask run`, or with a Python file that calls
`app.run()`, and a `DebuggedApplication` that is left around the app. `app.run()` by itself, in a
file that nothing deploys, is the near miss.

Why it is bad
-------------
The server is not made to withstand anybody: one slow client or large request occupies it, it has
no limits, and one variable turns its debugger into a console for everybody.

Bad
---
```python
# file: app.py
from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    app.run(host="0.0.0.0")
```
```dockerfile
# file: Dockerfile
FROM python:3.12
COPY app.py .
CMD ["python", "app.py"]
```

Good
----
```python
# file: app.py
from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    app.run()
```
```dockerfile
# file: Dockerfile
FROM python:3.12
COPY app.py .
CMD ["gunicorn", "app:app"]
```

How to fix
----------
Start the app with gunicorn, uWSGI, Waitress or another server that is made for it.

References
----------
- https://cwe.mitre.org/data/definitions/489.html
- https://flask.palletsprojects.com/en/stable/deploying/
- OWASP ASVS 5.0, requirement 13.4.2
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set

from checks.contexts import context_of
from checks.facts.deployment import Command, Deployment
from checks.facts.python import Module, Scope
from checks.finding import Audience, Finding
from checks.found import found
from checks.lazy import lazy
from checks.local_only import runs_at_a_desk, says_development
from checks.project import Project
from checks.project.config_reading import condition, words
from checks.project.configuration import environment_of, environment_of_file
from checks.project.own_server import is_put_right
from checks.project.sites import is_flask
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=489,
    asvs=("13.4.2",),
    summary="development server in production",
    why="The server is made for one developer: a slow client stops it, and it has no limits.",
    fix="Start the app with gunicorn, uWSGI, Waitress or another server made for it.",
)

_FLASK_RUN = lazy(r"(?:^|[\s/&;|'\"])flask\b[^&|;]*\srun\b")
# By Python, or a file that says in its first line that Python runs it.
_PYTHON = lazy(
    r"(?:\bpython[\d.]*\s+(?:-[uOBs]+\s+)*|(?:^|[;&|]|\bexec\s)\s*)(?P<file>[\w./-]+\.py)(?![\w.])"
)
# What a script with several commands is told to do, and what of it starts the server.
_TOLD = lazy(r"['\"\],\s]+(?P<what>[a-z][\w:-]*)")
_STARTS = lazy(r"run|serve|start|dev|prod|live|debug|ssl|web|api|app|main|conf|^up$", re.IGNORECASE)
_PYTHON_MODULE = lazy(r"\bpython[\d.]*\s+(?:-[uOBs]+\s+)*-m\s+(?P<module>[\w.]+)")
_DEBUGGING = lazy(r"(^|[^a-z])(debug|dev|devel|develop|development)(?=$|[^a-z])", re.I)
_KINDS = ("docker", "compose", "procfile", "systemd", "supervisor", "script", "hosting")

# Not ``healthcare.py`` or ``ping_pong.py``.
_WATCHED = lazy(
    r"(?:(?:health|liveness|readiness|live|ready)(?:z|_?(?:checks?|checker|probe))?|heart_?beat|ping|"
    r"metrics|prometheus(?:_\w+)?|(?:\w+_)?exporter)(?:_?(?:server|app|endpoint|service|api))?\.py$"
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each deployed development server, and for each debugger left in."""
    commands = [
        (command, deployment)
        for deployment in project.deployments
        if deployment.commands and _deploys(deployment)
        for command in deployment.commands
        if environment_of(command.stage) in (None, "production")
    ]
    asked = project.modules if commands else ()
    runners = {module.path: module for module in asked if _runs(module, project)}
    every = {module.path for module in asked}
    for command, deployment in commands:
        # Who mounts the project over what the image holds works on it there, as a rule.
        desk = runs_at_a_desk(deployment) or is_put_right(deployment, project)
        own: Audience | None = "strict" if desk else None
        yield from _command(command, runners, every, own)
    for module in project.modules:
        if module.source.context == "tests":
            continue
        for call, scope in module.calls("DebuggedApplication"):
            called = project.names.called(call, scope) or ""
            if condition(call, scope) in ("development", "testing"):
                continue
            if called.startswith("werkzeug."):
                message = "Werkzeug's debugger is put around the app."
                at_home = environment_of_file(module.path) == "development"
                yield found(
                    RULE,
                    message,
                    scope.spot(call),
                    severity="low" if at_home else "high",
                    audience="strict" if at_home else None,
                )


def _deploys(deployment: Deployment) -> bool:
    name = deployment.path.rsplit("/", 1)[-1]
    own = environment_of_file(deployment.path) in (None, "production")
    own = own and name.lower() != "procfile.windows"  # Heroku's, for trying it out on a desk
    workflow = ".github/" in deployment.path or "ci" in name.lower().split(".")
    return (
        deployment.kind in _KINDS
        and own
        and not workflow
        and context_of(deployment.path) != "tests"
        and not says_development(deployment)
    )


def _runs(module: Module, project: Project) -> bool:
    """Return whether running the file starts Flask's own server."""
    return any(
        (
            is_flask(project.names.type_of(getattr(call.func, "value", None), scope), project.names)
            or (project.names.called(call, scope) or "") == "werkzeug.serving.run_simple"
        )
        and not _is_for_debugging(call, scope)
        for call, scope in module.calls("run", "run_simple")
    )


def _is_for_debugging(call: ast.Call, scope: Scope) -> bool:
    """Return whether `call` stands where debugging is asked for, and another server elsewhere."""
    inner: ast.AST = call
    for outer in scope.module.ancestors(call):
        if isinstance(outer, ast.If) and inner in outer.body and outer.orelse:
            asked = " ".join(words(outer.test))
            return _DEBUGGING.search(asked) is not None and " not " not in f" {asked} "
        inner = outer
    return False


def _serves(text: str, end: int) -> bool:
    """Return whether what a script is told after `end` may start the server."""
    told = _TOLD.match(text, end)
    return told is None or _STARTS.search(told["what"]) is not None


def _command(
    command: Command, runners: dict[str, Module], every: Set[str], own: Audience | None
) -> Iterator[Finding]:
    text = command.text
    if _FLASK_RUN.search(text):
        yield found(RULE, "The app is deployed with flask run.", command.spot, audience=own)
        return
    match = next((m for m in _PYTHON.finditer(text) if _serves(text, m.end())), None)
    file = match["file"].removeprefix("./") if match else ""
    named = _PYTHON_MODULE.search(text)
    if named:
        file = named["module"].replace(".", "/") + ".py"
    beside = f"{command.spot.path.rpartition('/')[0]}/{file}".lstrip("/")
    same = [path for path in every if path.rpartition("/")[2] == file]
    if beside not in runners and (beside in every or len(same) > 1):
        return  # which of them is meant is not known, or another file that starts nothing
    for path, module in runners.items():
        if beside in runners and path != beside:
            continue
        if file and (path == file or path.endswith("/" + file) or file.endswith("/" + path)):
            message = f"The app is deployed by running {path}, which starts Flask's own server."
            started = [(module.source.line_spot(1), "this file")]
            if _WATCHED.match(path.rpartition("/")[2]):
                own = "strict"  # tells a load balancer that something else is alive
            yield found(RULE, message, command.spot, related=started, audience=own)
            return
