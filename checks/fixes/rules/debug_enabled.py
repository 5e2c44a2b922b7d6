"""Debug mode left to ``flask run --debug`` and ``FLASK_DEBUG=1``, which start it for one run."""

from __future__ import annotations

import re

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.python import argument_of, held_by_heirs, is_name, value_at, without
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import Tree, cst

_STARTED = ("debug", "use_debugger")
# Code that asks whether debug mode is on; what is handed on as ``debug=app.debug`` does not.
_ASKS = (
    r"^(?!.*\bdebug\s*=\s*[\w.]*\b(?:config|debug)\b).*(?:"
    r"\b(?:app|application|current_app)\.debug\b(?!\s*=[^=])|"
    r"\bconfig(?:\.get\(|\[)\s*['\"]DEBUG['\"]\s*[\]),](?!\s*=[^=])|"
    r"\b(?!logging\b|logger\b|log\b)\w+\.DEBUG\b(?!\s*=[^=])|"
    r"\bimport[ \t]+[^\n#]*\bDEBUG\b)"
)
# What behaves otherwise without it: redirects to https, files that are built, jobs that are
# started by the reloader alone.
_FOLLOWS = (
    r"^[ \t]*(?:from|import)[ \t]+(?:flask_(?:assets|talisman|sslify|debugtoolbar|static_digest|"
    r"vite\w*|webpack\w*|minify)|webassets)\b|WERKZEUG_RUN_MAIN|is_running_from_reloader"
)
_ENV_ASKED = r"FLASK_ENV|\b(?:app|current_app)\.env\b|config\W+ENV\b"
_DEPLOYED = ("docker", "yaml", "procfile", "systemd", "supervisor", "ini", "toml", "json", "script")
_ON = r"(?P<quote>[\"']?)(?P<value>(?i:1|true|yes|on|t|y))(?P=quote)(?![\w.-])"
_DEBUG = rf"\bFLASK_DEBUG(?:=|[ \t]+|[\"']?[ \t]*[:=][ \t]*){_ON}"
_ENV = (
    r"\bFLASK_ENV(?:=|[ \t]+|[\"']?[ \t]*[:=][ \t]*)"
    r"(?P<quote>[\"']?)(?P<value>development)(?P=quote)(?![\w.-])"
)
_SWITCH = r"(?P<value>[ \t]+--debug)(?![\w=-])|(?P<listed>\"--debug\"[ \t]*,[ \t]*)"


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edits that switch debug mode off where it is switched on."""
    if project.python_says(_FOLLOWS):
        raise UnsafeError("parts of the app behave otherwise outside of debug mode")
    if file.is_python:
        return _python(finding, file, project)
    if file.kind not in _DEPLOYED:
        raise UnsafeError("flask run reads it, for development as a rule")
    if "FLASK_ENV" in finding.message:
        if project.python_says(_ENV_ASKED):
            raise UnsafeError("the code asks for FLASK_ENV")
        return _deployed(finding, file, _ENV, "production")
    if "FLASK_DEBUG" in finding.message:
        if project.python_says("FLASK_DEBUG"):
            raise UnsafeError("the code asks for FLASK_DEBUG")
        return _deployed(finding, file, _DEBUG, "0")
    return _deployed(finding, file, _SWITCH, "")


def _python(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    tree = file.tree
    node = value_at(finding, file)
    if not is_name(node, "True"):
        raise UnsafeError("the value is made elsewhere")
    if project.python_says(_ASKS):
        raise UnsafeError("other code asks whether debug mode is on")
    if any(n.value == "DEBUG" and _is_read(n, tree) for n in tree.all(cst.Name)):
        raise UnsafeError("other code asks whether debug mode is on")
    argument = argument_of(node, tree)
    if finding.message.startswith("The app is started with"):
        return [without(node, _STARTED, tree)]
    if argument is None and held_by_heirs(node, file, project):
        raise UnsafeError("a class for development or tests inherits it")
    return [tree.replaced(node, "False")]


def _is_read(name: cst.Name, tree: Tree) -> bool:
    """Return whether a name is no target, and neither an attribute nor the name of an argument."""
    above = tree.parent(name)
    if isinstance(above, cst.Arg):
        return above.value is name
    if isinstance(above, cst.AnnAssign):
        return above.target is not name
    return not isinstance(above, cst.AssignTarget | cst.Attribute)


def _deployed(finding: Finding, file: File, pattern: str, off: str) -> list[Edit]:
    start, end = file.span(finding)
    start, end = file.line(start)[0], file.line(end)[1]
    # The spot of a Dockerfile's instruction is its first line.
    while file.kind == "docker" and file.text[start:end].rstrip().endswith("\\"):
        following = file.after_line(end)
        if following <= end or following >= len(file.text):
            break
        end = file.line(following)[1]
    found = [*re.compile(pattern).finditer(file.text, start, end)]
    if len(found) != 1:
        raise UnsafeError("it is written in a way that is not mended")
    name = "value" if found[0]["value"] is not None else "listed"
    return [Edit(*found[0].span(name), off)]
