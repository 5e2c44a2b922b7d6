"""What limits how often a view may be tried, and why a limiter that is there does not count."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project.counters import counts
from checks.project.extensions import Extension
from checks.project.routes import View
from checks.project.workers import several_workers
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project, Site

_LIMITS = frozenset({"flask_limiter.Limiter.limit", "flask_limiter.Limiter.shared_limit"})
_EXEMPT = "flask_limiter.Limiter.exempt"
_FOR_ALL = ("default_limits", "application_limits")
_FOR_ALL_KEYS = (
    "RATELIMIT_DEFAULT", "RATELIMIT_DEFAULTS", "RATELIMIT_GLOBAL", "RATELIMIT_APPLICATION",
)  # fmt: skip
_STORAGE_KEYS = ("RATELIMIT_STORAGE_URI", "RATELIMIT_STORAGE_URL")
# ``app.config[ConfigVars.STORAGE_URI] = ...``: the key is a constant of the library.
_STORED_BY = lazy(r"config\[[\w.]*\.STORAGE_UR[IL]\]")
_SENT = lazy(r"\brequest\.(headers|cookies|args)\b")
_KNOWN = lazy(
    r"remote_addr|get_remote_address|current_user|\bsession\b|\bg\.|form|json|ip\b|ip['\"]|cf-|"
    r"authorization|api[-_]?key|token|jwt|identity",
    re.IGNORECASE,
)
_FORGED = lazy(r"x-forwarded-for|x-real-ip|client-ip|forwarded", re.IGNORECASE)


class Limits(NamedTuple):
    """The limits of one app."""

    broken: tuple[str, ...]
    """Why each limiter that is there counts as none, such as ``is never initialised``."""
    by_view: dict[View, str]
    """For every view that was asked about: what limits it; ``""`` where nothing does."""

    def reaching(self, view: View) -> str:
        """Return what limits `view`, or ``""``."""
        return self.by_view.get(view, "")


def limits_of(project: Project, site: Site, views: list[View]) -> Limits:
    """Return which of `views` of `site` anything limits.

    Args:
        project: the audited project.
        site: one of its apps.
        views: views of that app.
    """
    broken: list[str] = []
    working: list[Extension] = []
    for extension in project.extensions(site, "limiter"):
        reason = _broken(extension, project, site)
        if reason:
            broken.append(reason)
        else:
            working.append(extension)
    asked = _Asked(project, site, tuple(working), bool(broken) and not working)
    by_view = {view: asked.what(view) for view in views}
    if any(asked.is_exempt(view) for view in views):
        broken.append("a limiter that the view is exempted from")
    if any(d.name in _LIMITS and not v.below_route(d) for v in views for d in v.decorators):
        broken.append("a limit above the route, which no request meets")
    return Limits(tuple(dict.fromkeys(broken)), by_view)


class _Asked:
    """Answers for one view at a time; what holds for all of them is found once."""

    def __init__(
        self, project: Project, site: Site, working: tuple[Extension, ...], useless: bool
    ) -> None:
        self.project = project
        self.site = site
        self.useless = useless
        self.everywhere = self._everywhere(working)
        self.on_objects = tuple(self._on_objects())
        self.hooks = tuple(self._hooks())

    def what(self, view: View) -> str:
        if self.project.guarded(self.site, "throttle"):
            return "harden"
        return self._limiter(view) or self._by_hand(view) or nginx(self.project, view)

    def is_exempt(self, view: View) -> bool:
        return any(d.name == _EXEMPT for d in view.decorators) or any(
            exempt and self._is_of(name, view) for exempt, name in self.on_objects
        )

    def _limiter(self, view: View) -> str:
        if self.useless:
            return ""
        own = any(d.name in _LIMITS and view.below_route(d) for d in view.decorators)
        inside = any(
            self.project.names.called(call, scope) in (*_LIMITS, "flask_limiter.Limiter.check")
            for call, scope in self.project.reach.calls(view.function)
        )
        if own or inside:
            return "a limit of Flask-Limiter"
        if self.is_exempt(view):
            return ""
        if any(not exempt and self._is_of(name, view) for exempt, name in self.on_objects):
            return "a limit of Flask-Limiter on its blueprint"
        return self.everywhere

    def _is_of(self, name: str, view: View) -> bool:
        return name in (view.router, view.function.name)

    def _everywhere(self, working: tuple[Extension, ...]) -> str:
        for extension in working:
            if any(_says_something(extension.options.get(name)) for name in _FOR_ALL):
                return "default limits of Flask-Limiter"
        settings = self.project.configuration(self.site).production(*_FOR_ALL_KEYS)
        if working and any(not setting.value.is_literal("") for setting in settings):
            return "default limits of Flask-Limiter"
        return ""

    def _on_objects(self) -> Iterator[tuple[bool, str]]:
        """Yield (exempt, name) for ``limiter.limit(...)(x)`` and ``limiter.exempt(x)``."""
        names = self.project.names
        for module in self.site.modules:
            for call, scope in (*module.calls(""), *module.calls("exempt")):
                if len(call.args) != 1 or not isinstance(call.args[0], ast.Name | ast.Attribute):
                    continue
                target = call.args[0]
                name = target.id if isinstance(target, ast.Name) else target.attr
                if isinstance(call.func, ast.Call):
                    if names.called(call.func, scope) in _LIMITS:
                        yield False, name
                elif names.called(call, scope) == _EXEMPT:
                    yield True, name

    def _hooks(self) -> Iterator[tuple[str | None, Scope]]:
        """Yield what runs before requests and counts: (blueprint variable or None, function)."""
        names, reach = self.project.names, self.project.reach
        for module in self.site.modules:
            for function in module.functions():
                for decorator in function.decorators:
                    router = _before(decorator)
                    if router and any(counts(scope) for scope in reach.of(function)):
                        yield router if _is_blueprint(decorator) else None, function
        for module in self.site.modules:
            for call, scope in module.calls("before_request", "before_app_request"):
                router = _before(call.func)
                if router and call.args:
                    hook = names.scope_of(names.qualified(call.args[0], scope))
                    if hook is not None and any(counts(s) for s in reach.of(hook)):
                        yield None, hook

    def _by_hand(self, view: View) -> str:
        if any(router is None or router == view.router for router, _ in self.hooks):
            return "a count before each request"
        names, reach = self.project.names, self.project.reach
        for decorator in view.decorators:
            if decorator.is_route:
                continue
            word = (decorator.name or ast.unparse(decorator.node)).split("(")[0]
            if re.search(r"limit|throttl|lockout|brute", word, re.IGNORECASE):
                return "its own limit" if not word.startswith("flask_limiter.") else ""
            function = names.scope_of(decorator.name)
            if function is not None and any(counts(scope) for scope in reach.of(function)):
                return "its own limit"
        if any(counts(scope) for scope in reach.of(view.function)):
            return "a count in the view"
        return ""


def _before(node: ast.expr) -> str:
    """Return ``bp`` for ``bp.before_request``, else an empty text."""
    if isinstance(node, ast.Attribute) and node.attr in ("before_request", "before_app_request"):
        return node.value.id if isinstance(node.value, ast.Name) else node.attr
    return ""


def _is_blueprint(node: ast.expr) -> bool:
    name = _before(node)
    return isinstance(node, ast.Attribute) and node.attr == "before_request" and "app" not in name


def _says_something(node: ast.expr | None) -> bool:
    empty = isinstance(node, ast.List | ast.Tuple) and not node.elts
    return (
        node is not None and not empty and not (isinstance(node, ast.Constant) and not node.value)
    )


def _broken(extension: Extension, project: Project, site: Site) -> str:
    """Return why this limiter counts as none, or an empty text."""
    if extension.initialised is None:
        return "a Limiter that is built and never initialised"
    configuration = project.configuration(site)
    enabled = configuration.production("RATELIMIT_ENABLED")
    off = [setting for setting in enabled if setting.value.is_literal(False)]
    by_default = [
        setting
        for setting in enabled
        if setting.value.kind == "fallback" and str(setting.value.value).lower() in _OFF
    ]
    given = project.evaluate(extension.options.get("enabled"), extension.scope)
    if given.is_literal(False) or (off and len(off) == len(enabled)):
        return "a Limiter that is switched off"
    if by_default:
        return "a Limiter that is off unless the environment switches it on"
    if _keyed_by_client(extension, project):
        return "a Limiter that counts by a header the client sends"
    if _in_memory(extension, project, site):
        workers = several_workers(project)
        if workers:
            return f"a Limiter that counts in memory:// while {workers}"
    return ""


_OFF = ("false", "0", "no", "off", "none")


def _keyed_by_client(extension: Extension, project: Project) -> bool:
    key = extension.options.get("key_func")
    for arg in extension.built.args[:2] if key is None else ():
        if _is_function(arg, extension.scope, project):
            key = arg
    if key is None:
        return False
    qualified = project.names.qualified(key, extension.scope)
    if qualified == "flask_limiter.util.get_ipaddr":  # reads X-Forwarded-For itself
        return True
    function = project.names.scope_of(qualified)
    node: ast.AST | None = key if isinstance(key, ast.Lambda) else None
    if function is not None and function.kind == "function":
        node = function.node
    return node is not None and (
        _is_chosen(node)
        or any(
            (
                isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and _FORGED.fullmatch(part.value.removeprefix("HTTP_").replace("_", "-"))
            )
            or (isinstance(part, ast.Attribute) and part.attr == "access_route")
            for part in ast.walk(node)
        )
    )


def _is_chosen(function: ast.AST) -> bool:
    """Return whether a key function looks at nothing but a header, cookie or argument.

    Headers that name an address are left out: a proxy may set them.
    """
    text = ast.unparse(function)
    return bool(_SENT.search(text)) and not _KNOWN.search(text)


def _is_function(node: ast.expr, scope: Scope, project: Project) -> bool:
    qualified = project.names.qualified(node, scope) or ""
    function = project.names.scope_of(qualified)
    return (
        isinstance(node, ast.Lambda)
        or qualified.startswith("flask_limiter.util")
        or (function is not None and function.kind == "function")
    )


def _in_memory(extension: Extension, project: Project, site: Site) -> bool:
    for name in ("storage_uri", "storage_url", "storage"):
        if name in extension.options:
            value = project.evaluate(extension.options[name], extension.scope)
            return value.kind in ("literal", "fallback") and str(value.value).startswith("memory:")
    configuration = project.configuration(site)
    settings = configuration.production(*_STORAGE_KEYS)
    if not settings:
        return not configuration.unknown_sources() and not any(
            _STORED_BY.search(module.source.text) for module in site.modules
        )
    return all(
        setting.value.kind in ("literal", "fallback")
        and str(setting.value.value).startswith("memory:")
        for setting in settings
    )


def nginx(project: Project, view: View) -> str:
    """Return ``limit_req of nginx`` if an nginx file limits the place of `view`, else ``""``."""
    for deployment in project.deployments:
        path: list[tuple[str, tuple[str, ...]]] = []
        for directive in deployment.directives:
            del path[len(directive.block) :]
            if directive.name == "limit_req" and _covers(path, view):
                return "limit_req of nginx"
            path += [("", ())] * (len(directive.block) - len(path))
            path.append((directive.name, directive.args))
    return ""


def _covers(path: list[tuple[str, tuple[str, ...]]], view: View) -> bool:
    places = [args[-1] for name, args in path if name == "location" and args]
    if not places:
        return True
    place = places[-1].strip("^$~=").rstrip("/").replace("\\", "")
    if not place or place == "/":
        return True
    return (
        any(
            rule is not None and (rule.startswith(place) or place.endswith(rule.rstrip("/")))
            for rule in view.rules
        )
        or view.function.name.lower() in place.lower()
    )
