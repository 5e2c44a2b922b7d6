"""Which new passwords are held to a length outside of the form that takes them."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from checks.facts.python import Scope
from checks.passwords.study import Study
from checks.project.routes import View


class Judges:
    """The functions that ask how long or how good a password is, and for which forms they do."""

    def __init__(self, study: Study) -> None:
        """Take the study of the project."""
        self.study = study
        self.project = study.project
        self._of_all: set[object] = set()
        self._functions: dict[object, set[Scope]] = defaultdict(set)

    def add(self, scope: Scope) -> None:
        """Note a function that asks."""
        site = self.study.site(scope)
        if scope in self._view_functions or (
            scope.kind == "function" and scope.enclosing_class is None
        ):
            self._functions[site].add(scope)
        else:
            self._of_all.add(site)  # a model or a service, which anything may run

    def judge(self, form: Scope) -> bool:
        """Return whether something may ask it of what `form` takes.

        What the views that use the form run is looked at; where no view names it, anything that
        asks in the same app counts.
        """
        site = self.study.site(form)
        if site in self._of_all:
            return True
        functions = self._functions.get(site)
        if not functions:
            return False
        views = self._users(form)
        return not views or any(self._reaches(view, functions) for view in views)

    def reached_from(self, view: View) -> bool:
        """Return whether `view` may run something that asks, or a model may ask it."""
        site = self.study.site(view.function)
        return site in self._of_all or self._reaches(view, self._functions.get(site, set()))

    def _reaches(self, view: View, functions: set[Scope]) -> bool:
        """Return whether `view` runs one of `functions`, or another one that stands beside it.

        What judges may be handed on in a list, of which nobody can tell where it is called.
        """
        ran = self.project.reach.of(view.function)
        helpers = {function.module for function in functions} - {view.module}
        return not functions.isdisjoint(ran) or any(scope.module in helpers for scope in ran)

    @cached_property
    def _view_functions(self) -> set[Scope]:
        return {view.function for view in self.project.views}

    def _users(self, form: Scope) -> list[View]:
        """Return the views that make an object of `form`, in a method beside them, too."""
        made_in = {
            scope
            for module in self.project.vocabulary.files(form.name)
            for call, scope in module.calls(form.name)
            if self.study.names.called(call, scope) == form.full_name
        }
        classes = {scope.enclosing_class for scope in made_in} - {None}
        return [
            view
            for view in self.project.views
            if view.function in made_in or (view.cls is not None and view.cls in classes)
        ]
