"""The rules: each module beside this file is one; other distributions may add theirs.

To add a rule, add ``what_is_wrong.py`` here and its test; nothing else is edited. Installed
distributions add rules with the entry-point group ``flask_hardening.rules``: the entry point's
name is the rule's id, its value a module like those here.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING

from checks.errors import AuditError
from checks.rule import Meta, Rule

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "flask_hardening.rules"


class RuleError(AuditError):
    """A rule module is not one; the message names the module and what it lacks."""


@lru_cache(maxsize=1)
def ids() -> tuple[str, ...]:
    """Return the id of every rule, sorted, without loading ours."""
    names = [info.name.replace("_", "-") for info in iter_modules(__path__)]
    return tuple(sorted({*names, *(point.name for point in offered())}))


@lru_cache(maxsize=1)
def offered() -> tuple[EntryPoint, ...]:
    """Return the entry points by which other distributions add rules, sorted by name."""
    if not _any_offered():
        return ()
    from importlib.metadata import entry_points  # a tenth of what a small audit takes

    return tuple(sorted(entry_points(group=GROUP), key=lambda point: point.name))


def _any_offered() -> bool:
    """Return whether an installed distribution may name our group, read as plain bytes."""
    for place in sys.path:
        try:
            entries = [entry.path for entry in os.scandir(place or ".") if _is_metadata(entry.name)]
        except NotADirectoryError:
            return True  # an archive: what is in it is not looked for here
        except OSError:
            continue
        for entry in entries:
            try:
                with open(os.path.join(entry, "entry_points.txt"), "rb") as stream:
                    if GROUP.encode() in stream.read():
                        return True
            except OSError:
                continue
    return False


def _is_metadata(name: str) -> bool:
    return name.endswith((".dist-info", ".egg-info", "EGG-INFO", ".egg"))


@lru_cache(maxsize=1)
def discover() -> tuple[Rule, ...]:
    """Return every rule, sorted by id.

    Raises:
        RuleError: a module lacks a page, `RULE` or `check`, or two have one id.
    """
    found: dict[str, Rule] = {}
    for info in iter_modules(__path__):
        module = import_module(f"{__name__}.{info.name}")
        _add(found, rule_of(module, info.name.replace("_", "-")), module)
    for point in offered():
        try:
            module = point.load()
        except Exception as error:  # somebody else's code: name it, whatever it does
            raise RuleError(
                f"rule {point.name} ({point.value}) cannot be loaded: {error}"
            ) from error
        _add(found, rule_of(module, point.name), module)
    return tuple(found[name] for name in sorted(found))


def rule_of(module: ModuleType, name: str) -> Rule:
    """Return the rule that `module` is.

    Args:
        module: a module with a docstring, `RULE` and `check`.
        name: the rule's id.

    Raises:
        RuleError: something is missing; the message names the module.
    """
    meta = getattr(module, "RULE", None)
    check = getattr(module, "check", None)
    page = module.__doc__ or ""
    if not isinstance(meta, Meta):
        raise RuleError(f"{module.__name__} has no RULE = Meta(...)")
    if not callable(check):
        raise RuleError(f"{module.__name__} has no function check(project)")
    if not page.strip():
        raise RuleError(f"{module.__name__} has no docstring, which is the rule's page")
    return Rule(name, meta, page.strip(), check)


def _add(found: dict[str, Rule], rule: Rule, module: ModuleType) -> None:
    if rule.id in found:
        raise RuleError(f"{module.__name__}: there is a rule {rule.id} already")
    found[rule.id] = rule
