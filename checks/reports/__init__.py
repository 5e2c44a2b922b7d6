"""Report formats: each module beside this file is one, found by its name.

To add a format, add `<format>.py` with `render(outcome) -> str` and its test; ``--format``
offers it from then on. What formats share is in `checks.reports.shared`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from checks.errors import UsageError
from checks.finding import Outcome


def formats() -> tuple[str, ...]:
    """Return the names of the formats, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.ispkg))


def render(name: str, outcome: Outcome, *, colour: bool = False) -> str:
    """Return `outcome` in the format `name`; only that format's module is imported.

    Args:
        name: one of `formats`.
        outcome: what the audit found.
        colour: whether to colour the text for a terminal; formats without colours ignore it.

    Raises:
        UsageError: there is no such format, or what it needs is not installed.
    """
    if name not in formats():
        raise UsageError(f"--format: unknown format {name!r}; choices: {', '.join(formats())}")
    draw = import_module(f"{__name__}.{name}").render
    code = draw.__code__
    takes_colour = "colour" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    text: str = draw(outcome, colour=colour) if takes_colour else draw(outcome)
    return text
