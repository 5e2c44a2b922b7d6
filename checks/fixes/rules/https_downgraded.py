"""Old versions of TLS taken out of nginx, and https where a scheme is named."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.python import literal_text, respelled, value_at
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import cst
from checks.lazy import lazy

_OLD = lazy(r"nginx speaks (?P<names>.+), which is broken\.")
_DIRECTIVE = lazy(r"ssl_protocols(?P<given>(?:[ \t]+[\w.]+)+)[ \t]*;")
_ACTION = lazy(r"(?i:\baction)\s*=\s*[\"']?(?P<scheme>http)://")
_NEW = ("TLSv1.2", "TLSv1.3")


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edits; a scheme is only changed where HTTPS is mandatory anyway."""
    told = _OLD.fullmatch(finding.message)
    if told is not None and file.kind == "nginx":
        old = told["names"].split(", ")
        lines = [finding.line, *(p.line for p in finding.related if p.path == file.path)]
        return [_protocols(line, old, file) for line in lines if line is not None]
    if finding.message.startswith("This form is sent to the site's own host"):
        return [_action(finding, file, project)]
    if not file.is_python:
        raise UnsafeError("it depends on the servers")
    node = value_at(finding, file)
    if not isinstance(node, cst.SimpleString) or literal_text(node) != "http":
        raise UnsafeError("it is written in a way that is not mended")
    if not project.https:
        raise UnsafeError("nothing says that the app is used over https only")
    return [file.tree.replaced(node, respelled(node, "https"))]


def _action(finding: Finding, file: File, project: Surroundings) -> Edit:
    """Return the edit of the address that a form's tag names."""
    found = [*_ACTION.finditer(file.text, *file.span(finding))]
    if len(found) != 1:
        raise UnsafeError("it is written in a way that is not mended")
    if not project.https:
        raise UnsafeError("nothing says that the app is used over https only")
    return Edit(*found[0].span("scheme"), "https")


def _protocols(line: int, old: list[str], file: File) -> Edit:
    """Return the edit of the one directive in a line that leaves at least one version."""
    start, end = file.whole_line(line)
    found = [*_DIRECTIVE.finditer(file.text, start, end)]
    if len(found) != 1:
        raise UnsafeError("it is written in a way that is not mended")
    kept = [word for word in found[0]["given"].split() if word not in old]
    if not any(word in _NEW for word in kept):
        raise UnsafeError("no version would be left")
    return Edit(*found[0].span("given"), " " + " ".join(kept))
