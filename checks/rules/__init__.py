"""The rules: each module beside this file is one; other distributions may add theirs.

To add a rule, add ``what_is_wrong.py`` here and its test; nothing else is edited. Installed
distributions add rules with the entry-point group ``flask_hardening.rules``: the entry point's
name is the rule's id, its value a module like those here.
"""

from __future__ import annotations

import inspect
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType

from checks.errors import AuditError
from checks.rule import Meta, Rule

GROUP = "flask_hardening.rules"


class RuleError(AuditError):
    """A rule module is not one; the message names the module and what it lacks."""


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
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
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
    return Rule(name, meta, inspect.cleandoc(page), check)


def _add(found: dict[str, Rule], rule: Rule, module: ModuleType) -> None:
    if rule.id in found:
        raise RuleError(f"{module.__name__}: there is a rule {rule.id} already")
    found[rule.id] = rule
