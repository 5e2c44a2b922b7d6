"""What a file of settings is for, told by its name and folder, and whether anything names it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.facts.python import Module
from checks.lazy import lazy
from checks.project.configuration import Environment, environment_of

if TYPE_CHECKING:
    from checks.project.sites import Site

# Not ``devices.py``: settings that say in their name that nobody deploys them.
_FOR_DESKS = lazy(r"(^|_)(dev|devel|development|debug|test|tests|testing)(_|$)")
# One of a folder of settings, whose classes are all called alike.
_ENVIRONMENT_FILE = lazy(
    r"(?:settings?|config(?:s|uration)?|conf|environments?)/"
    r"_?(dev|devel|development|prod|production|staging|local|test|testing)(?:_?base)?\.py$"
)


def of_file(path: str) -> Environment | None:
    """Return the environment that ``settings/dev.py`` is for."""
    match = _ENVIRONMENT_FILE.search(path)
    return environment_of(match[1]) if match is not None else None


def handed_on(owner: Module) -> Environment | None:
    """Return the environment that ``development_settings.py`` is for, which another file imports.

    ``local_settings.py`` is each installation's.
    """
    stem = owner.path.rpartition("/")[2].removesuffix(".py").lower()
    return environment_of(stem) if _FOR_DESKS.search(stem) is not None else None


def of_folder(folder: str) -> Environment | None:
    """Return the environment that ``config/production/`` is for; not every ``test`` folder."""
    name = folder.rsplit("/", 1)[-1].lower()
    known = ("prod", "production", "dev", "development", "staging", "local")
    return environment_of(name) if name in known else None


def is_named(module: Module, site: Site) -> bool:
    """Return whether an import, or a text, of another file of `site` may name `module`."""
    stem = re.escape(module.path.rpartition("/")[2].removesuffix(".py"))
    imported = rf"^[ \t]*(?:import|from)\b[^\n]*\b(?<!logging\.){stem}\b"
    text = rf"[\"'](?:[\w./]*[./])?{stem}(?:\.\w+)?[\"']"
    named = re.compile(f"{imported}|{text}", re.MULTILINE)
    return any(named.search(other.source.text) for other in site.modules if other is not module)
