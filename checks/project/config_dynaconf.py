"""The files and variables that Dynaconf reads into an app's configuration."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.facts.python import Module, Scope
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.project.evaluate import Evaluator

_MAKERS = ("FlaskDynaconf", "Dynaconf", "LazySettings")
_FILES = lazy(
    r"^(settings_files?|secrets|preload|includes?|settings_module|settings_file)(_for_dynaconf)?$",
    re.IGNORECASE,
)
_PREFIX = lazy(r"^(envvar_prefix|global_env)(_for_dynaconf)?$", re.IGNORECASE)
# What it looks for where no file is named: by its documentation, in this order.
_USUAL = tuple(
    f"{name}.{ending}"
    for name in ("settings", ".secrets")
    for ending in ("toml", "yaml", "yml", "json")
)


@dataclass(slots=True, eq=False, repr=False)
class Dynaconf:
    """What one call sets up."""

    spot: Spot
    files: list[str] = field(default_factory=list)
    """Paths as written, or the usual names."""
    prefix: str = "DYNACONF_"
    """Of the variables of the environment."""


def dynaconf(module: Module, evaluator: Evaluator) -> Iterator[Dynaconf]:
    """Yield what Dynaconf is told in a file."""
    for call, scope in module.calls(*_MAKERS):
        called = evaluator.names.called(call, scope) or ""
        if called.startswith("dynaconf."):
            yield _told(call, scope, called, evaluator)


def _told(call: ast.Call, scope: Scope, called: str, evaluator: Evaluator) -> Dynaconf:
    found = Dynaconf(scope.spot(call))
    if called.endswith("FlaskDynaconf"):
        found.prefix = "FLASK_"
    for keyword in call.keywords:
        value = evaluator.evaluate(keyword.value, scope).value
        texts = value if isinstance(value, tuple) else (value,)
        given = [text for text in texts if isinstance(text, str)]
        if keyword.arg and _FILES.match(keyword.arg):
            found.files += [name for text in given for name in re.split(r"[,;]\s*", text) if name]
        elif keyword.arg and _PREFIX.match(keyword.arg) and given:
            found.prefix = f"{given[0]}_"
    if not found.files:
        found.files.extend(_USUAL)
    return found
