"""The audited project as rules see it: every file's facts, resolved together.

A rule gets a `Project` and asks it. It never opens a file. What to ask for:

``project.sites``
    The apps. A rule about something that is absent makes one finding for each site, at
    ``site.anchor``, unless ``project.wrapped(site)`` already takes care of it.
``project.settings("SECRET_KEY")``, ``project.configuration(site)``
    Every write of the configuration, over all apps or of one: what is written badly is asked
    of the first, what is missing of ``configuration(site).production(...)``.
``project.extensions(site)``
    Talisman, Limiter and other extensions, with options and whether they are initialised.
``project.guarded(site, "transport")``
    Whether ``harden`` in enforce mode has that guard on for the site.
``project.views``
    Every `View`: rules, methods, decorators in order, function scope.
``project.logins``, ``project.reach``
    The views around logging in, and which project functions a function may run.
``project.guards.of(view)``
    What keeps strangers out of a view, or ``""``: decorators, hooks, its own conditions.
``project.identity``
    Login managers and their settings, user loaders, user models with columns.
``project.modules``, ``module.calls("redirect")``, ``module.saying(pattern)``
    Python facts: calls by name (aliases included) and scopes whose lines say something, both far
    cheaper than ``module.scopes`` and resolving everything in them; a `Scope` has ``calls``,
    ``assignments``, ``comparisons``, ``returns``.
``project.vocabulary.files("request", "environ")``, ``.saying(said)``
    The Python files in which a word has such a text in it; the scopes whose lines say something,
    in all files. Cheaper again than asking every module for its text.
``project.names.called(call, scope)``, ``.qualified(node, scope)``, ``.callee(call, scope)``
    What a name means across files; see `checks.project.meanings` for how names are written.
``project.evaluate(node, scope)``
    The literal, environment read or fallback that an expression is worth.
``project.flow(function).at(node)``
    What an expression is made from (`Origin`): typed passwords, client data, hashes.
``project.templates``, ``project.settings_files``, ``project.deployments``
    The other kinds of files.
``project.pins``, ``project.mails``, ``project.schemas``
    Versions that requirement and lock files name; templates of plain text; SQL files.
``project.pages``, ``project.csrf(site)``
    Templates with what they are made of and which view shows them; what protects an app's
    views against requests that other sites cause.

Findings are made with `checks.found.found`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from checks.contexts import is_sample
from checks.facts.deployment import Deployment
from checks.facts.pins import Pin
from checks.facts.python import Module, Scope
from checks.facts.settings import SettingsFile
from checks.facts.source import Source
from checks.facts.templates import Template
from checks.finding import NotAudited
from checks.project.account_changes import Change, find_changes
from checks.project.config_files import file_settings
from checks.project.config_python import PythonConfiguration
from checks.project.config_samples import in_place
from checks.project.configuration import Configuration, Setting, ordered
from checks.project.csrf import Csrf
from checks.project.evaluate import Evaluator
from checks.project.evaluated import Evaluated
from checks.project.extensions import Extension, Wrapped, find_extensions, wrapped_by
from checks.project.flow import Flows
from checks.project.flow_run import Flow
from checks.project.guards import Guards
from checks.project.identity import Identity, find_identity
from checks.project.left_out import left_out
from checks.project.login_calls import LoginCalls
from checks.project.logins import LoginView, find_logins
from checks.project.names import Names
from checks.project.origins import Origins
from checks.project.pages import Pages
from checks.project.reach import Reach
from checks.project.routes import Routes, View
from checks.project.sites import Site, find_sites
from checks.project.sources import Sources
from checks.project.trial_views import is_for_trials
from checks.project.vocabulary import Vocabulary
from checks.readmes import set_apart
from checks.suppress import Remark
from checks.toolconfig import ToolOptions

__all__ = ["Project", "Site", "View"]


@dataclass(slots=True, eq=False, repr=False)
class Files:
    """The facts of the audited files, by kind, each sorted by path."""

    modules: list[Module] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    settings: list[SettingsFile] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    """What requirement and lock files say of versions."""
    mails: list[Template] = field(default_factory=list)
    """Templates of plain text, as mails have."""
    schemas: list[Source] = field(default_factory=list)
    """SQL files that declare tables with a column for a password."""
    readmes: list[Source] = field(default_factory=list)
    """Those that say that what lies beside them is no deployment."""
    not_audited: list[NotAudited] = field(default_factory=list)


class Project:
    """Facts of all files, resolved together on demand."""

    def __init__(self, files: Files, options: ToolOptions | None = None) -> None:
        """Take the files' facts.

        Args:
            files: what was extracted.
            options: the tool's settings that rules need, such as ``https = "proxy"``.
        """
        self.options = options if options is not None else ToolOptions()
        self.modules: Sequence[Module] = in_place(files.modules)
        self.templates: Sequence[Template] = files.templates
        self.settings_files: Sequence[SettingsFile] = files.settings
        self.deployments: Sequence[Deployment] = files.deployments
        self.pins: Sequence[Pin] = files.pins
        self.mails: Sequence[Template] = files.mails
        self.schemas: Sequence[Source] = files.schemas
        self.set_apart = set_apart(files)
        """The paths of deployment files that are none, by the README of their folder."""
        self.not_audited: Sequence[NotAudited] = files.not_audited
        self.names = Names({module.name: module for module in self.modules}, self.modules)
        self.evaluator = Evaluator(self.names)
        self._flows = Flows(Sources(self.evaluator))
        self.remarks: Sequence[Remark] = ()
        """The suppressions and what they did, for the rules that judge late."""
        self.kept: dict[str, Any] = {}
        """What modules that import this one work out once for a project, by their names."""
        self._configurations: dict[Site, Configuration] = {}
        self._extensions: dict[Site, list[Extension]] = {}
        self._csrf: dict[Site, Csrf] = {}

    def undecided(self) -> list[NotAudited]:
        """Return where values were not followed to their end so far, and why."""
        unread = [
            NotAudited(module.path, f"{name} in line {line} is no Python that this version parses")
            for module in self.modules
            for name, line in module.unread
        ]
        return unread + [
            NotAudited(
                function.module.path,
                f"{function.qualname or 'the module'} is code {kind}: where its values go "
                "is not decided",
            )
            for function, kind in self._flows.cut.items()
        ]

    @cached_property
    def variables(self) -> dict[str, list[str]]:
        """What deployment files outside tests set environment variables to, by name.

        A sample that everybody copies and changes, such as ``sample.env``, sets nothing.
        """
        found: dict[str, list[str]] = {}
        for deployment in self.deployments:
            if deployment.source.context != "tests" and not is_sample(deployment.path):
                for variable in deployment.variables:
                    found.setdefault(variable.name, []).append(variable.value)
        return found

    @cached_property
    def parts(self) -> tuple[Site, ...]:
        """The sites; or, where no app is among the files, one without an app that has them all."""
        return find_sites(self.modules, self.names)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """The apps, sorted by where they are made; empty for a library without one."""
        return tuple(site for site in self.parts if site.apps)

    @cached_property
    def app_sites(self) -> tuple[Site, ...]:
        """The sites that are not all tests or examples."""
        return tuple(site for site in self.sites if site.context == "app")

    @cached_property
    def views(self) -> tuple[View, ...]:
        """Every view, sorted by place; those that only debugging and tests get left out."""
        found = Routes(self.modules, self.evaluator).find()
        kept = (view for view in found if view.module not in self.left_out)
        return tuple(view for view in kept if not is_for_trials(view))

    @cached_property
    def left_out(self) -> frozenset[Module]:
        """Files of views that no app has, and what only those import."""
        return left_out(self.modules, self.names, self.vocabulary)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Which Python files have which words."""
        return Vocabulary(self.modules)

    @cached_property
    def pages(self) -> Pages:
        """Templates by name, what they are made of, and which view shows them."""
        return Pages(self)

    @cached_property
    def reach(self) -> Reach:
        """Which project functions run when one is called."""
        return Reach(self.names)

    @cached_property
    def guards(self) -> Guards:
        """What keeps strangers out of views."""
        return Guards(self)

    @cached_property
    def logins(self) -> tuple[LoginView, ...]:
        """The views that log in, register, reset a password or ask for a code."""
        return find_logins(self.views, self.reach, self.names)

    @cached_property
    def account_changes(self) -> tuple[Change, ...]:
        """Where views change a password, an e-mail address or a second factor."""
        return find_changes(self)

    @cached_property
    def login_calls(self) -> LoginCalls:
        """What the calls of login functions do: check, hash, log in."""
        return LoginCalls(self)

    @cached_property
    def identity(self) -> Identity:
        """Login managers, loaders and user models."""
        return find_identity(self.modules, self.evaluator)

    def evaluate(self, node: ast.expr | None, scope: Scope) -> Evaluated:
        """Return what the expression `node` in `scope` is worth, as far as it can be told."""
        return self.evaluator.evaluate(node, scope)

    def flow(self, function: Scope) -> Flow:
        """Return what the expressions of `function` are made from."""
        return self._flows.of(function)

    def run_with(self, function: Scope, given: dict[int | str, Origins]) -> None:
        """Let `function` be called with arguments made from `given`, for what `flow` says of it.

        Args:
            function: a project function that no call is seen to reach.
            given: origins by position (``self`` counted) or keyword.
        """
        self._flows.call(function, given)

    def flows_seen(self) -> list[Scope]:
        """Return the scopes that `flow` was asked for, and those that they call, by place."""
        return self._flows.seen()

    def made_from(self, origins: Origins) -> Origins:
        """Return `origins` with all that hashes and encodings among them were made from."""
        return self._flows.calls.made_from(origins)

    def settings(self, *keys: str) -> Iterator[Setting]:
        """Yield the writes of these configuration keys in all apps, those of tests left out.

        Without any app among the files, what they would give to one.
        """
        for site in self.parts:
            if site.context != "tests":
                yield from self.configuration(site).of(*keys)

    def site_of(self, path: str) -> Site | None:
        """Return the site that the Python file at `path` belongs to."""
        return next((site for site in self.sites if site.owns(path)), None)

    def configuration(self, site: Site) -> Configuration:
        """Return everything that reaches the configuration of `site`."""
        found = self._configurations.get(site)
        if found is None:
            python = PythonConfiguration(site, self.evaluator, self.variables)
            written = python.collect()
            loading = python.loading
            files = file_settings(
                self.settings_files, loading.files, loading.prefixes, alone=len(self.parts) == 1
            )
            settings = tuple(ordered([*written, *files]))
            loaders = tuple(sorted(loading.loaders, key=lambda loader: loader.spot))
            found = self._configurations[site] = Configuration(settings, loaders)
        return found

    def extensions(self, site: Site, *names: str) -> list[Extension]:
        """Return the extensions of `site`, only those of these short names if any are given."""
        found = self._extensions.get(site)
        if found is None:
            found = find_extensions(site.modules, self.names)
            self._extensions[site] = found
        return [extension for extension in found if not names or extension.name in names]

    def initialised(self, site: Site, *names: str) -> list[Extension]:
        """Return those of `extensions` that are tied to an app."""
        return [e for e in self.extensions(site, *names) if e.initialised is not None]

    def csrf(self, site: Site) -> Csrf:
        """Return what protects the views of `site` against requests that other sites cause."""
        return self._csrf.setdefault(site, Csrf(self, site))

    def wrapped(self, site: Site) -> Wrapped | None:
        """Return how ``harden`` wraps the app of `site`, or None."""
        found = wrapped_by(self.extensions(site), self.evaluator)
        return found.configured(self.configuration(site)) if found is not None else None

    def guarded(self, site: Site, guard: str) -> bool:
        """Return whether ``harden`` enforces `guard` for the app of `site`."""
        wrapped = self.wrapped(site)
        return wrapped is not None and guard not in wrapped.guards_off
