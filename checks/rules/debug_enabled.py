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
development, or a file with a comment that it is for development only, it is right. A `.flaskenv`
is left to strict audits where gunicorn or the like serves the app, which does not read it, as are
a profiler's run of the app, the start of an example's, and a function such as `run_dev()` that
only the file itself calls when it is run. Where the code itself starts a server without a debugger,
such as gevent's or CherryPy's, or the deployment starts gunicorn or the like, and nothing starts
Flask's own, the setting is a minor matter. What a switch of the configuration turns on that is off
by default is right.

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

from checks.contexts import context_of, is_sample
from checks.facts.deployment import Deployment
from checks.facts.python import Scope, last_name
from checks.finding import Audience, Confidence, Finding, Severity
from checks.found import found
from checks.lazy import lazy
from checks.local_only import runs_at_a_desk, says_development
from checks.project import Project
from checks.project.config_reading import condition, words
from checks.project.configuration import environment_of, environment_of_file
from checks.project.environment_writes import environment_writes
from checks.project.evaluated import Evaluated
from checks.project.fill_in import options_of
from checks.project.own_server import (
    WSGI_SERVERS,
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
_DEVELOPMENT = lazy(
    r"_?((run|start|serve|main)_?)?(local(ly|host)?|dev|devel|develop|development|debug)"
    r"(_?(run|server|main|app))?$"
)
_SERVES_DEVELOPERS = lazy(
    r"_?((run|start|serve|cmd|do)_?)?(dev|devel|development|debug|test)_?server$"
)
_FOR_DEVELOPERS = lazy(
    r"\b(?:development|debug(?:ging)?|demo) server\b|"
    r"\b(?:for|in) (?:(?:local|interactive|manual),? )*"
    r"(?:development|debugging|testing|demo(?:nstration)?)\b(?! and production)",
    re.IGNORECASE,
)
_COMMAND = lazy(r"\bflask\b[^&|;]*\s--debug\b")
_STARTERS = frozenset(
    {"werkzeug.serving.run_simple", "flask_script.Server", "flask_script.commands.Server"}
)
_PROFILERS = frozenset(
    {
        "werkzeug.middleware.profiler.ProfilerMiddleware", "cProfile.Profile", "profile.Profile",
        "werkzeug.contrib.profiler.ProfilerMiddleware",
    }
)  # fmt: skip
_RUNNERS = ("run", "run_simple", "Server")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that switches debug mode on."""
    for module in project.modules:
        if module.source.context != "tests":
            for call, scope in module.calls(*_RUNNERS):
                yield from _run(call, scope, project)
    for setting in project.settings("DEBUG", "FLASK_DEBUG"):
        if setting.value.is_literal(True) and setting.reaches_production:
            if setting.written is not None and _is_opted_into(*setting.written, project):
                continue
            confidence: Confidence | None = "medium" if setting.confidence == "low" else None
            message = f"Debug mode is switched on by {setting.via}."
            lower: Severity | None = "medium" if setting.sample_of else None
            if starts_without_debugger(project):
                message += " The server that the code starts gives no console by it."
                lower = "low"
            elif served_by_another(project, setting.spot.path):
                run = setting.written is not None and _is_run(*setting.written)
                if run or not starts_flasks_own(project):
                    message += " The deployed app is started by another server."
                    lower = "low" if run or lower else "medium"  # which gives no console by it
            by_hand = setting.written is not None and _is_for_development(setting.written[1])
            yield found(
                RULE, message, setting.spot, severity=lower, confidence=confidence,
                audience="strict" if by_hand else None,
            )  # fmt: skip
        elif setting.reaches_production and is_by_default(setting, True, project):
            variable = setting.value.variable or "a variable"
            message = f"Debug mode is on unless {variable} switches it off ({setting.via})."
            yield found(RULE, message, setting.spot, severity="medium", confidence="medium")
    yield from _in_code(project)
    for deployment in project.deployments:
        if _is_for_production(deployment):
            yield from _deployed(deployment, project)


def _in_code(project: Project) -> Iterator[Finding]:
    """Yield ``os.environ["FLASK_DEBUG"] = "1"`` before the app is imported."""
    for written in environment_writes(project, "FLASK_DEBUG"):
        statement, scope = written.statement, written.scope
        if written.value.lower() in _ON and not _is_chosen(statement.node, scope):
            message = "Debug mode is switched on by FLASK_DEBUG, set in the code."
            yield found(RULE, message, scope.spot(statement.value))


def _is_chosen(node: ast.AST, scope: Scope) -> bool:
    """Return whether the file must be started by hand for it, or be in another environment."""
    return condition(node, scope) is not None or _is_run(node, scope)


def _is_opted_into(node: ast.AST, scope: Scope, project: Project) -> bool:
    """Return whether only a switch that is off by default gets there, or a profiler beside it."""
    if any(project.names.called(call, scope) in _PROFILERS for call in scope.calls):
        return True
    site = next((site for site in project.app_sites if site.owns(scope.module.path)), None)
    return site is not None and is_asked_for(node, scope, site, project)


def _is_run(node: ast.AST, scope: Scope) -> bool:
    """Return whether `node` stands under ``if __name__ == "__main__"``."""
    above = (outer for outer in scope.module.ancestors(node) if isinstance(outer, ast.If))
    return any("__name__" in words(outer.test) for outer in above)


def _run(call: ast.Call, scope: Scope, project: Project) -> Iterator[Finding]:
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
            by_hand = _is_for_development(scope) or _is_tried(call.func, scope, project)
            by_hand = by_hand or _says_development(scope) or _is_demo(call.func, scope, project)
            own: Audience | None = "strict" if by_hand else None
            lower: Severity | None = None
            started = _is_run(call, scope) or is_script(call, scope, project)
            if started and served_by_another(project, scope.module.path):
                message += " The deployed app is started by another server."
                lower = "low"
            yield found(RULE, message, scope.spot(keyword.value), severity=lower, audience=own)


def _by_default(value: Evaluated) -> str:
    """Return the variable without which a switch is on, ``""`` for one that says where it runs."""
    variable = value.variable or ""
    on = value.kind == "fallback" and value.value in (True, 1) and type(value.value) in (bool, int)
    return variable if on and not _PLACE.search(variable) else ""


def _is_for_development(scope: Scope) -> bool:
    """Return whether `scope` says so by its name, and somebody has to ask for it by hand.

    Such as ``@cli.command() def dev():``, or ``local_main()`` where the file itself is run.
    """
    if _SERVES_DEVELOPERS.match(scope.name) is not None:
        return True
    if _DEVELOPMENT.match(scope.name) is None:
        return False
    calls = scope.module.calls(scope.name)
    return any(
        last_name(getattr(decorator, "func", decorator)) == "command"
        for decorator in scope.decorators
    ) or (bool(calls) and all(_is_run(call, where) for call, where in calls))


def _says_development(scope: Scope) -> bool:
    """Return whether the file begins with a text that says that it is for developers."""
    tree = scope.module.top.node
    text = ast.get_docstring(tree) if isinstance(tree, ast.Module) else None
    return text is not None and _FOR_DEVELOPERS.search(text) is not None


def _is_tried(func: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether what starts is profiled right there, or the app of an example."""
    if any(project.names.called(call, scope) in _PROFILERS for call in scope.calls):
        return True
    app = func.value if isinstance(func, ast.Attribute) else None
    for binding in project.names.bindings(app.id, scope) if isinstance(app, ast.Name) else ():
        if isinstance(binding.value, ast.Call):
            made = project.names.callee(binding.value, scope)
            module = made.module if made is not None else None
        else:
            stem = (binding.target or "").rpartition(".")[0]
            module = project.names.find_module(stem, scope.module) if stem else None
        if module is not None and module.source.context == "example":
            return scope.module.source.context != "example"
    return False


def _is_demo(func: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether a file that is called a demonstration starts an app of another file."""
    stem = scope.module.path.rpartition("/")[2].removesuffix(".py")
    if stem not in ("demo", "run_demo", "demo_server", "demo_app"):
        return False
    return all(scope.module is not home.module for site in project.sites for _, home in site.apps)


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


def _is_for_production(deployment: Deployment) -> bool:
    if context_of(deployment.path) == "tests":
        return False
    own = environment_of_file(deployment.path)
    sample = is_sample(deployment.path) or says_development(deployment)
    return own in (None, "production") and not sample


def _deployed(deployment: Deployment, project: Project) -> Iterator[Finding]:
    # .env and .flaskenv are read by ``flask run`` only: development, as a rule.
    severity: Severity = "medium" if deployment.kind == "env" else "high"
    # Who mounts the project over what the image holds works on it there, as a rule.
    apart = runs_at_a_desk(deployment) or is_put_right(deployment, project)
    apart = apart or _is_not_read(deployment, project)
    own: Audience | None = "strict" if apart else None
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
                RULE, message, variable.spot, severity="medium", confidence="medium", audience=own
            )
    for command in deployment.commands:
        staged = environment_of(command.stage) in (None, "production")
        if staged and _COMMAND.search(command.text):
            message = "The app is started with flask --debug."
            yield found(RULE, message, command.spot, severity=severity, audience=own)


_FLASK_RUN = lazy(r"\bflask\b[^&|;]*\brun\b|\bpython3? (?!-m)")

_INSTALLS = lazy(r"\b(pip3?|install|apk|apt-get|uv|poetry) ")


def _is_not_read(deployment: Deployment, project: Project) -> bool:
    """Return whether it is a `.flaskenv`, which the server of production does not read."""
    if not deployment.path.endswith(".flaskenv"):
        return False
    others = [other for other in project.deployments if _is_for_production(other)]
    variables = (variable for other in others for variable in other.variables)
    if any(v.name == "FLASK_SKIP_DOTENV" and v.value.lower() in _ON for v in variables):
        return True
    texts = [command.text for other in others for command in other.commands]
    commands = [text for text in texts if not _INSTALLS.search(text)]
    served = any(WSGI_SERVERS.search(text) for text in commands)
    return served and not any(_FLASK_RUN.search(text) for text in commands)
