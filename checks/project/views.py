"""What is known of one view: its function, rules, methods and what is around it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from checks.facts.python import Module, Scope
from checks.facts.source import Spot
from checks.records import NamedTuple


class Decorator(NamedTuple):
    """One decorator of a view, or a wrapper around it in ``add_url_rule``."""

    name: str | None
    """Qualified, such as ``flask_login.login_required``; None if unknown."""
    node: ast.expr
    spot: Spot
    is_route: bool
    """Whether it registers the view (``@app.route`` and its kin)."""


@dataclass(slots=True, eq=False, repr=False)
class View:
    """A function that answers requests, with all its rules."""

    function: Scope
    """The view function, or the method of a view class."""
    rules: tuple[str | None, ...]
    """URL rules as written, without a blueprint's prefix; None where one is not a literal."""
    methods: frozenset[str]
    """Upper case; ``GET`` if nothing is said. ``HEAD`` and ``OPTIONS`` are left out."""
    endpoint: str
    """The name Flask gives it, without the blueprint's."""
    decorators: tuple[Decorator, ...]
    """Top first: the last one is applied first."""
    router: str | None = None
    """The variable it is registered on, such as ``app`` or ``auth``."""
    cls: Scope | None = None
    """The view class, if it is a method of one."""
    group: str | None = None
    """The app, blueprint or API it is registered on, as the dotted name of the variable that
    holds it where it is made; the same in every file."""
    through: tuple[Scope, ...] = ()
    """The methods of base classes that hand the request to this one."""

    @property
    def spot(self) -> Spot:
        """The name line of the function."""
        return self.function.spot()

    @property
    def module(self) -> Module:
        """The file it stands in."""
        return self.function.module

    def decorated_with(self, *names: str) -> Decorator | None:
        """Return the first decorator of one of these qualified names."""
        return next((d for d in self.decorators if d.name in names), None)

    def below_route(self, decorator: Decorator) -> bool:
        """Return whether `decorator` is applied before the view is registered, as it must be."""
        position = self.decorators.index(decorator)
        return not any(d.is_route for d in self.decorators[position + 1 :])
