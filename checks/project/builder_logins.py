"""The login page of Flask-AppBuilder, which counts its tries only if it is told to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name

if TYPE_CHECKING:
    from checks.project import Project, Site

# Those of its ways to log in that take a password: as constants, and by their numbers.
_BY_PASSWORD = ("AUTH_DB", "AUTH_LDAP")
_NUMBERS = (1, 2)


def builder_login(project: Project, site: Site) -> tuple[ast.Call, Scope] | None:
    """Return where `site` makes its ``AppBuilder``, if nothing tells it to count logins.

    None where it knows users by another service, or where its settings cannot be read.
    """
    made = next(
        (
            (call, scope)
            for module in site.modules
            for call, scope in module.calls("AppBuilder")
            if (project.names.called(call, scope) or "").startswith("flask_appbuilder.")
        ),
        None,
    )
    if made is None:
        return None
    configuration = project.configuration(site)
    told = configuration.production("AUTH_RATE_LIMITED")
    if any(not setting.value.is_literal(False) for setting in told):
        return None
    if not told and configuration.unknown_sources():
        return None
    for setting in configuration.production("AUTH_TYPE"):
        name = last_name(setting.written[0]) if setting.written else ""
        if name not in _BY_PASSWORD and setting.value.value not in _NUMBERS:
            return None
    return made
