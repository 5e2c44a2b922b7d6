"""Finds the app as ``flask run`` does, and tells what went wrong without telling a secret."""

from __future__ import annotations

import importlib
import os
import re
import sys
import traceback
from types import ModuleType

from flask import Flask
from flask.cli import (
    NoAppException,
    find_app_by_string,
    find_best_app,
    load_dotenv,
    prepare_import,
)
from flask.helpers import get_load_dotenv

from hardening.live.refusal import REFUSED

_OS = (os.__file__, "<frozen os>")  # whose mapping of the environment is the only one to be told


class NotLoadedError(Exception):
    """The app could not be loaded."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, without any value that the app uses."""


def load(name: str) -> Flask:
    """Return the app that `name` means, such as ``shop.wsgi:app`` or ``shop:create_app()``.

    Raises:
        NotLoadedError: there is none, or it raises.
    """
    # An app that serves itself when it is imported does not, then.
    os.environ["FLASK_RUN_FROM_CLI"] = "true"
    sys.argv[:] = ["flask"]  # more would be read by apps that parse it
    root = os.getcwd()
    if get_load_dotenv():
        load_dotenv()
    path, attribute = (*re.split(r":(?![\\/])", name, maxsplit=1), None)[:2]
    try:
        module = _imported(prepare_import(str(path)))
        return find_best_app(module) if attribute is None else find_app_by_string(module, attribute)
    except NoAppException as error:
        raise NotLoadedError(f"there is no app: {error.message}") from None
    except BaseException as error:  # noqa: BLE001  # whatever an app raises, or SystemExit
        raise NotLoadedError(told(error, root)) from None


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise NoAppException(f"no module is called {name}") from None
        raise


def told(error: BaseException, root: str) -> str:
    """Return what kind of error it is and where: a message may hold a password.

    Args:
        error: what the app raised.
        root: the audited folder; lines outside of it are not told.
    """
    named = _name(error)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if below(frame.filename, root)]
    if not own:
        return f"it raises {named}"
    return f"it raises {named} in line {own[-1].lineno} of {below(own[-1].filename, root)}"


def _name(error: BaseException) -> str:
    kind = type(error).__name__
    if isinstance(error, SystemExit):
        return f"{kind}, which ends the process,"
    if isinstance(error, OSError) and error.strerror == REFUSED:
        return f"{kind} (the audit refused it to reach out, to start a program or to write)"
    if isinstance(error, ImportError) and error.name:
        return f"{kind} ({error.name})"
    if isinstance(error, KeyError) and error.__traceback__ is not None:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        if frame.filename in _OS and error.args and isinstance(error.args[0], str):
            return f"{kind} (the environment has no {error.args[0]})"
    return kind


def below(file: str, root: str) -> str | None:
    """Return `file` relative to `root`, or None where it is not the project's own."""
    path = os.path.relpath(os.path.realpath(file), os.path.realpath(root))
    parts = path.split(os.sep)
    if parts[0] == os.pardir or "site-packages" in parts or not os.path.isfile(file):
        return None
    return path.replace(os.sep, "/")
