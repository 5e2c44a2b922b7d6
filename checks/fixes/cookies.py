"""Attributes of cookies that are switched on again: for the rules about both cookies."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.python import PRODUCTION, held_by_heirs, is_name, is_of_production, value_at
from checks.fixes.surroundings import Surroundings
from checks.lazy import lazy

_OFF = lazy(r"\w+_(SECURE|HTTPONLY) is off \(")
# What a project says that is served over https.
_SERVED = (
    r"^\s*ssl_certificate\b|^\s*listen\s+\S*443\b|PREFERRED_URL_SCHEME\W+https|"
    r"_COOKIE_SECURE['\"\]]*\s*[=:]\s*(?:True|true)|Strict-Transport-Security|\bssl_context\s*=|"
    r"letsencrypt|certbot"
)
_FALSE = {"false": "true", "False": "True"}


def switched_on(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edit that sets ``Secure`` or ``HttpOnly`` to true where it is false.

    A cookie with ``Secure`` is not sent over plain http: where people may use the app over it,
    as they do in development, nobody would stay logged in.
    """
    match = _OFF.match(finding.message)
    if match is None:
        raise UnsafeError("it depends on how the app is used")
    if not file.is_python:
        start, end = file.span(finding)
        on = _FALSE.get(file.text[start:end])
        if on is None or file.kind not in ("json", "toml", "yaml"):
            raise UnsafeError("it is written in a way that is not mended")
        _refuse(match[1], project, production=PRODUCTION.search(file.path) is not None)
        return [Edit(start, end, on)]
    node = value_at(finding, file)
    if not is_name(node, "False"):
        raise UnsafeError("the value is made elsewhere")
    if match[1] == "SECURE" and held_by_heirs(node, file, project):
        raise UnsafeError("a class for development or tests inherits it")
    _refuse(match[1], project, production=is_of_production(node, file))
    return [file.tree.replaced(node, "True")]


def _refuse(attribute: str, project: Surroundings, *, production: bool) -> None:
    if attribute == "SECURE" and not project.https and not (production and project.says(_SERVED)):
        raise UnsafeError("nothing says that the app is used over https only")
