"""Debug mode is on.

What it does
------------
Reports debug mode that reaches more than development and tests: `app.run(debug=True)`,
`app.debug = True`, `DEBUG` in the configuration or its classes, `FLASK_DEBUG` and
`FLASK_ENV=development` in a Dockerfile, compose file, manifest, unit file, Procfile, uWSGI file,
entry script, `fly.toml` and the like or `.flaskenv`, `os.environ["FLASK_DEBUG"] = "1"`, and
`flask --debug run` in their commands. A text given to `app.run(debug=...)`, such as
`os.environ.get("DEBUG", "False")`, is true whatever it says. What only a variable turns
off is on by default, unless the variable says where the app runs. In a class, file or branch for
development, or a file with a comment that it is for development only, it is right. What a switch of
the configuration turns on that is off by default is right.

Left to `--strict` is what starts no server that outsiders reach: `app.run(debug=True)` in a file
that no deployment runs, where a command starts gunicorn or the like, or the requirements name it;
`.env` and `.flaskenv` there, and `FLASK_ENV` in them unless a file holds Flask below 2.3; classes
for staging; samples whose comment says to switch it off, or whose app another server starts; a
profiler's run of the app, the start of an example's, a command of the command line, and a function
such as `run_dev()` that only the file itself calls when it is run. Where the code itself starts a
server without a debugger, such as gevent's or CherryPy's, every setting is left to it, too. What
the app itself has in its configuration is a lesser matter where another server starts it.

Why it is bad
-------------
In debug mode an error page holds an interactive console of the server, behind a PIN that an
attacker can work out from files and names of the machine, and shows source and variables to
everybody.

Bad
---
```python
from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    app.run(debug=True)
```

Good
----
```python
from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    app.run()
```

How to fix
----------
Take the switch out of the code and start development with `flask run --debug`.

References
----------
- https://cwe.mitre.org/data/definitions/489.html
- https://flask.palletsprojects.com/en/stable/debugging/
- OWASP ASVS 5.0, requirement 13.4.2
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.deployment import Deployment
from checks.facts.python import Scope
from checks.finding import Audience, Confidence, Finding, Severity
from checks.found import found
from checks.lazy import lazy
from checks.local_only import is_called_after_development, runs_at_a_desk
from checks.project import Project
from checks.project.by_hand import (
    by_hand,
    is_a_command,
    is_for_development,
    is_profiled,
    is_run,
)
from checks.project.config_reading import condition
from checks.project.configuration import Setting, environment_of
from checks.project.environment_writes import environment_writes
from checks.project.evaluated import Evaluated
from checks.project.fill_in import options_of
from checks.project.own_server import (
    has_old_flask,
    is_for_production,
    is_not_read,
    is_put_right,
    is_script,
    served_by_another,
    starts_flasks_own,
    starts_without_debugger,
)
from checks.project.sites import is_flask
from checks.project.switches import is_asked_for, is_by_default
from checks.project.texts import is_always_text
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=489,
    asvs=("13.4.2",),
    summary="debug mode switched on",
    why="An error page then gives an attacker a console on the server.",
    fix="Remove the switch and start development with flask run --debug.",
    bandit="B808",
    mended=(
        "Takes `debug=True` out of `run(...)`, sets `DEBUG` to false, and takes the switch "
        "out of Dockerfiles, compose files and commands, where nothing else asks whether "
        "debug mode is on."
    ),
)

_ON = frozenset({"1", "true", "yes", "on", "t", "y"})
# Says where the app runs, and not what it does there.
_PLACE = lazy(r"(^|_)(ENV|ENVIRONMENT|MODE|STAGE|PROD\w*|DEV\w*)($|_)")
_COMMAND = lazy(r"\bflask\b[^&|;]*\s--debug\b")
_STARTERS = frozenset(
    {"werkzeug.serving.run_simple", "flask_script.Server", "flask_script.commands.Server"}
)
_STAGING = lazy(r"\bclass (?:\w*_)?(?:Staging|Stage|Review|Preview|Sandbox)", re.IGNORECASE)
_LATER = lazy(r"\b(?:prod\w*|deploy\w*|live|public\w*)\b", re.IGNORECASE)
_RUNNERS = ("run", "run_simple", "Server")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that switches debug mode on."""
    taken: set[tuple[str, int]] = set()  # what a start gets: switched on there, and told there
    for module in project.modules:
        if module.source.context != "tests":
            for call, scope in module.calls(*_RUNNERS):
                yield from _run(call, scope, project, taken)
    for setting in project.settings("DEBUG", "FLASK_DEBUG"):
        if setting.value.is_literal(True) and setting.reaches_production:
            if setting.written is not None and _is_opted_into(*setting.written, project):
                continue
            if (setting.spot.path, setting.spot.line) not in taken:
                yield _setting(setting, project)
        elif setting.reaches_production and is_by_default(setting, True, project):
            variable = setting.value.variable or "a variable"
            message = f"Debug mode is on unless {variable} switches it off ({setting.via})."
            yield found(RULE, message, setting.spot, severity="medium", confidence="medium")
    yield from _in_code(project)
    for deployment in project.deployments:
        if is_for_production(deployment):
            yield from _deployed(deployment, project)


def _setting(setting: Setting, project: Project) -> Finding:
    """Return what to say of a literal in the configuration."""
    confidence: Confidence | None = "medium" if setting.confidence == "low" else None
    message = f"Debug mode is switched on by {setting.via}."
    lower: Severity | None = "medium" if setting.sample_of else None
    apart = bool(_STAGING.search(setting.via)) or is_called_after_development(setting.spot.path)
    apart = apart or (bool(setting.sample_of) and _says_desk(setting, project))
    apart = apart or (setting.written is not None and is_for_development(setting.written[1]))
    if starts_without_debugger(project):
        message += " The server that the code starts gives no console by it."
        lower, apart = "low", True
    elif served_by_another(project, setting.spot.path):
        run = setting.written is not None and is_run(*setting.written)
        if run or not starts_flasks_own(project):
            message += " The deployed app is started by another server."
            apart = apart or run or bool(setting.sample_of)
            lower = "low" if apart else "medium"  # which gives no console by it
    return found(
        RULE, message, setting.spot, severity=lower, confidence=confidence,
        audience="strict" if apart else None,
    )  # fmt: skip


def _says_desk(setting: Setting, project: Project) -> bool:
    """Return whether the line of a sample, or the one above, says to switch it off later."""
    module = next((m for m in project.modules if m.path == setting.spot.path), None)
    line = setting.spot.line
    said = module.source.lines[max(line - 2, 0) : line] if module is not None else []
    return any("#" in text and _LATER.search(text.partition("#")[2]) is not None for text in said)


def _in_code(project: Project) -> Iterator[Finding]:
    """Yield ``os.environ["FLASK_DEBUG"] = "1"`` before the app is imported."""
    for written in environment_writes(project, "FLASK_DEBUG"):
        statement, scope = written.statement, written.scope
        if written.value.lower() in _ON and not _is_chosen(statement.node, scope):
            message = "Debug mode is switched on by FLASK_DEBUG, set in the code."
            yield found(RULE, message, scope.spot(statement.value))


def _is_chosen(node: ast.AST, scope: Scope) -> bool:
    """Return whether the file must be started by hand for it, or be in another environment."""
    return condition(node, scope) is not None or is_run(node, scope)


def _is_opted_into(node: ast.AST, scope: Scope, project: Project) -> bool:
    """Return whether only a switch that is off by default gets there, or a profiler beside it."""
    if is_profiled(scope, project):
        return True
    site = next((site for site in project.app_sites if site.owns(scope.module.path)), None)
    return site is not None and is_asked_for(node, scope, site, project)


def _run(
    call: ast.Call, scope: Scope, project: Project, taken: set[tuple[str, int]]
) -> Iterator[Finding]:
    for keyword in options_of(call, scope):
        if keyword.arg not in ("debug", "use_debugger"):
            continue
        value = project.evaluate(keyword.value, scope)
        on = value.is_literal(True)
        text = not on and is_always_text(keyword.value, scope, project)
        unless = "" if on or text else _by_default(value)
        if not on and not text and not unless:
            continue
        if _starts_an_app(call.func, scope, project):
            message = f"The app is started with {keyword.arg}=True."
            if text:
                message = f"{keyword.arg} is given a text, and any text is true, also 'False'."
            elif unless:
                message = f"The app is started with {keyword.arg}=True unless {unless} says no."
            apart = by_hand(call.func, scope, project)
            lower: Severity | None = None
            started = is_run(call, scope) or is_script(call, scope, project) or is_a_command(scope)
            if started and served_by_another(project, scope.module.path):
                message += " The deployed app is started by another server."
                lower, apart = "low", True
            if value.spot is not None:
                taken.add((value.spot.path, value.spot.line))
            own: Audience | None = "strict" if apart else None
            yield found(RULE, message, scope.spot(keyword.value), severity=lower, audience=own)


def _by_default(value: Evaluated) -> str:
    """Return the variable without which a switch is on, ``""`` for one that says where it runs."""
    variable = value.variable or ""
    on = value.kind == "fallback" and value.value in (True, 1) and type(value.value) in (bool, int)
    return variable if on and not _PLACE.search(variable) else ""


def _starts_an_app(func: ast.expr, scope: Scope, project: Project) -> bool:
    if isinstance(func, ast.Name):
        return project.names.qualified(func, scope) in _STARTERS
    if not isinstance(func, ast.Attribute):
        return False
    made_by = project.names.type_of(func.value, scope)
    if is_flask(made_by, project.names) or made_by in (
        "flask_socketio.SocketIO",
        "werkzeug.serving",
    ):
        return True
    owner = func.value
    text = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    return text in ("app", "application", "flask_app", "socketio") and not (
        made_by or ""
    ).startswith(("uvicorn", "fastapi", "dash", "bottle", "sanic"))


def _deployed(deployment: Deployment, project: Project) -> Iterator[Finding]:
    # .env and .flaskenv are read by ``flask run`` only: development, as a rule.
    severity: Severity = "medium" if deployment.kind == "env" else "high"
    # Who mounts the project over what the image holds works on it there, as a rule.
    apart = runs_at_a_desk(deployment) or is_put_right(deployment, project)
    apart = apart or is_not_read(deployment, project)
    own: Audience | None = "strict" if apart else None
    newer = deployment.kind == "env" and not has_old_flask(project)
    for variable in deployment.variables:
        if environment_of(variable.stage) in ("development", "testing"):
            continue
        value = variable.value.lower()
        if variable.name == "FLASK_DEBUG" and value in _ON:
            message = f"Debug mode is switched on by FLASK_DEBUG ({variable.via})."
            yield found(RULE, message, variable.spot, severity=severity, audience=own)
        elif variable.name == "FLASK_ENV" and value == "development":
            message = f"Flask before 2.3 is in debug mode by FLASK_ENV ({variable.via})."
            yield found(
                RULE, message, variable.spot, severity="medium", confidence="medium",
                audience="strict" if newer else own,
            )  # fmt: skip
    for command in deployment.commands:
        staged = environment_of(command.stage) in (None, "production")
        if staged and _COMMAND.search(command.text):
            message = "The app is started with flask --debug."
            yield found(RULE, message, command.spot, severity=severity, audience=own)
