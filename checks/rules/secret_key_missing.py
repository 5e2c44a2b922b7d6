"""Nothing sets a secret key.

What it does
------------
Looks, in an app that uses sessions, flashed messages, Flask-Login or CSRF tokens, for whatever
could set `SECRET_KEY`: assignments, configuration classes and files, loaders and the
environment. If there is nothing, or only an empty value, it makes one finding for the app. An
app that loads a configuration the audit cannot read is not reported.

Why it is bad
-------------
Without a key Flask cannot sign the session: the first page that writes to it fails, and no
login lasts. Under pressure somebody then types a short key into the source.

Bad
---
```python
from flask import Flask, session

app = Flask(__name__)

@app.get("/")
def visits():
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])
```

Good
----
```python
import os

from flask import Flask, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]

@app.get("/")
def visits():
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])
```

How to fix
----------
Make a key with `flask-hardening secret-key`, give it to the app in its environment, and read it
there. `app.config.from_prefixed_env()` reads it from `FLASK_SECRET_KEY`.

References
----------
- https://cwe.mitre.org/data/definitions/1188.html
- https://flask.palletsprojects.com/en/stable/config/#SECRET_KEY
- OWASP ASVS 5.0, requirement 13.3.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site
from checks.project.configuration import Setting
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="medium",
    cwe=1188,
    asvs=("13.3.1",),
    summary="no secret key for the sessions",
    why="Sessions and logins fail until somebody sets a key, often a bad one in haste.",
    fix="Read a random key from the environment before the app serves requests.",
)

_KEY = lazy(r"SECRET_KEY|secret_key")
_USES = lazy(r"\bsession\b|\bflash\b|LoginManager|CSRFProtect|CsrfProtect|FlaskForm")
_USED = {
    "flask.session": "sessions",
    "flask.flash": "flashed messages",
    "flask_login.LoginManager": "Flask-Login",
    "flask_wtf.CSRFProtect": "CSRF tokens",
    "flask_wtf.CsrfProtect": "CSRF tokens",
    "flask_wtf.FlaskForm": "CSRF tokens",
}
# What may bring a key of its own, or an app that is already configured.
_READS = ("update", "from_mapping", "from_object", "from_pyfile", "from_json", "from_file",
          "from_envvar", "from_prefixed_env")  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each app that needs a key and gets none."""
    for site in project.app_sites:
        settings = project.configuration(site).production("SECRET_KEY")
        if settings and all(_is_empty(setting) for setting in settings):
            if not project.configuration(site).unknown_sources():
                yield _empty(settings[0], site)
        elif not settings and not _may_be_set(project, site):
            use = _use(project, site)
            if use is not None:
                yield _nothing(*use, site)


def _is_empty(setting: Setting) -> bool:
    value = setting.value
    empty = value.kind == "literal" and value.value in (None, "", b"")
    return empty and setting.overridden_by is None and setting.confidence == "high"


def _may_be_set(project: Project, site: Site) -> bool:
    """Return whether anything could set the key in a way that is not understood."""
    if project.configuration(site).unknown_sources():
        return True
    examples = [module for module in project.modules if module.source.context == "example"]
    if any(_KEY.search(module.source.text) for module in (*site.modules, *examples)):
        return True  # a library's examples show how its users set it
    return any(
        _takes_unknown(call, scope, project)
        for module in site.modules
        for call, scope in module.calls(*_READS)
    )


def _takes_unknown(call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether ``app.config.update(values)`` and the like take what is not written there."""
    func = call.func
    if not isinstance(func, ast.Attribute):
        return False
    owner = func.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    if "conf" not in name.lower():
        return False
    if func.attr == "from_object" and len(call.args) == 1:
        return not _is_read(call.args[0], scope, project)
    return any(not isinstance(arg, ast.Dict) for arg in call.args) or any(
        keyword.arg is None for keyword in call.keywords
    )


def _is_read(node: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether `node` is a class or module of the project, all of which was read.

    A parameter is what its default says if nobody hands over anything else.
    """
    names = project.names
    if isinstance(node, ast.Call):
        node = node.func  # an object of the class
    if isinstance(node, ast.Name) and node.id in scope.bindings and scope.kind == "function":
        bindings = scope.bindings[node.id]
        default = bindings[0].value if len(bindings) == 1 else None
        if bindings[0].kind != "param" or default is None:
            return False
        called = [call for module in project.modules for call, _ in module.calls(scope.name)]
        given = any(call.args or call.keywords for call in called)
        return not given and _is_read(default, scope.parent or scope, project)
    text = project.evaluate(node, scope).value
    name = text if isinstance(text, str) else names.qualified(node, scope)
    if not name:
        return False
    known = names.scope_of(name)
    if known is not None and known.kind == "class":
        return all(base in ("object", "builtins.object") or names.scope_of(base) is not None
                   for base in names.bases(known.full_name))  # fmt: skip
    return name in names.modules


def _use(project: Project, site: Site) -> tuple[str, Spot] | None:
    """Return what needs the key first, and where."""
    for module in site.modules:
        if module.source.context != site.context or not _USES.search(module.source.text):
            continue
        for name, bindings in module.top.bindings.items():
            imported = any(binding.kind == "import" for binding in bindings)
            meant = project.names.qualified(ast.Name(name), module.top) if imported else None
            if meant in _USED:
                for scope in module.saying(re.compile(rf"\b{re.escape(name)}\b")):
                    if scope is not module.top or meant.endswith(("Manager", "Protect")):
                        return _USED[meant], scope.spot()
    return None


def _nothing(what: str, where: Spot, site: Site) -> Finding:
    return found(
        RULE,
        f"The app uses {what}, and nothing sets SECRET_KEY; looked for assignments, "
        "configuration classes, files, loaders and the environment.",
        site.anchor,
        related=[(where, f"{what} are used here" if what.endswith("s") else f"{what} is used")],
    )


def _empty(setting: Setting, site: Site) -> Finding:
    return found(
        RULE,
        "The secret key is empty, and nothing else sets it.",
        setting.spot,
        related=[(site.anchor, "the app is made here")],
    )
