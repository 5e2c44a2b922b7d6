"""What ``--app`` and ``--login`` ask for, and what is refused of it."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Mapping

from checks.errors import UsageError
from checks.records import NamedTuple

PASSWORD = "FLASK_HARDENING_LOGIN_PASSWORD"  # noqa: S105  # the name of a variable
_CHOICES = "MODULE, MODULE:ATTRIBUTE, MODULE:FACTORY or MODULE:FACTORY('argument')"
_COLON = r":(?![\\/])"  # as Flask cuts it, so that C:\app.py is one file


class Asked(NamedTuple):
    """One app to load."""

    app: str
    """As given, such as ``shop.wsgi:app``."""
    login: str | None = None
    """Whom to log in as."""
    password: str | None = None
    """From the environment; never shown."""


def asked(app: str | None, login: str | None, environment: Mapping[str, str]) -> Asked:
    """Return what the command line asks for.

    Args:
        app: the value of ``--app``.
        login: the value of ``--login``.
        environment: where the password is.

    Raises:
        UsageError: a value is malformed, or the password is missing.
    """
    if app is None:
        raise UsageError("--login: there is no app to log in to; choices: --app with it")
    if sys.platform == "win32":
        raise UsageError("--app: needs Linux or macOS; choices: an audit without it")
    if not _is_app(app):
        raise UsageError(f"--app: {app!r} names no app; choices: {_CHOICES}")
    if login is None:
        return Asked(app)
    if not login:
        raise UsageError(f"--login: {login!r} names no user; choices: a name that the app knows")
    password = environment.get(PASSWORD)
    if not password:
        raise UsageError(f"--login: {PASSWORD} is not set; choices: the user's password in it")
    return Asked(app, login, password)


def _is_app(text: str) -> bool:
    module, *attribute = re.split(_COLON, text, maxsplit=1)
    if attribute and not _is_attribute(attribute[0].strip()):
        return False
    is_path = module.endswith(".py") or os.sep in module
    return is_path or all(part.isidentifier() for part in module.split("."))


def _is_attribute(text: str) -> bool:
    """Return whether Flask would take `text` for a name or a call with literals."""
    try:
        node = ast.parse(text, mode="eval").body
        if isinstance(node, ast.Call):
            for value in (*node.args, *(keyword.value for keyword in node.keywords)):
                ast.literal_eval(value)
            node = node.func
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(node, ast.Name)
