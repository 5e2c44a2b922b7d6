"""The pages of an app: templates by name, what they are made of, and which view shows them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from checks.facts.python import Scope
from checks.facts.templates import Form, Template
from checks.lazy import lazy
from checks.project.inline import INLINE, inline_templates
from checks.project.routes import View
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project, Site

RENDERERS = ("render_template", "stream_template", "render_template_string", "render")
_MAX_PARTS = 40  # templates that one page is made of
_URL_FOR = lazy(r"url_for\(\s*[\"']([\w.:]+)[\"']")


class Rendering(NamedTuple):
    """One call that shows a template."""

    call: ast.Call
    scope: Scope
    name: str
    """The template's name as written."""

    @property
    def given(self) -> dict[str, ast.expr]:
        """What the template is given, by name."""
        return {k.arg: k.value for k in self.call.keywords if k.arg is not None}


class Pages:
    """Answers about templates; found when first asked for."""

    def __init__(self, project: Project) -> None:
        """Take the project whose templates and views they are."""
        self.project = project

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """Every template file outside tests, and every page that stands in Python files."""
        inline = [
            template
            for module in self.project.vocabulary.files(*INLINE)
            if module.source.context != "tests"
            for template in inline_templates(module)
        ]
        files = [t for t in self.project.templates if t.source.context != "tests"]
        return (*files, *inline)

    @cached_property
    def _by_last(self) -> dict[str, list[Template]]:
        found: dict[str, list[Template]] = {}
        for template in self.project.templates:
            found.setdefault(template.path.rpartition("/")[2], []).append(template)
        return found

    def named(self, name: str, near: str = "") -> list[Template]:
        """Return the template files that `name` may mean.

        Args:
            name: as ``render_template`` and ``{% include %}`` have it, or relative.
            near: path of the file that names it, for relative names.
        """
        parts = [part for part in name.split("/") if part not in ("", ".", "..")]
        same_last = self._by_last.get(parts[-1], []) if parts else []
        # A loader may put a folder of another name before what stands on disk: shorten.
        for first in range(len(parts) if same_last else 0):
            tail = "/" + "/".join(parts[first:])
            fits = [t for t in same_last if f"/{t.path}".endswith(tail)]
            if fits:
                return _nearest(fits, near)
        return []

    def parts(self, template: Template) -> list[Template]:
        """Return `template` and what it extends, includes and imports, nearest first."""
        found = [template]
        for part in found:
            for _, names in part.uses:
                for name in names:
                    near = self.named(name, part.path)
                    found += [other for other in near if other not in found]
            if len(found) > _MAX_PARTS:
                break
        return found

    @cached_property
    def _above(self) -> dict[Template, list[Template]]:
        found: dict[Template, list[Template]] = {}
        for template in self.project.templates:
            for kind, names in template.uses:
                for name in names if kind in ("extends", "include") else ():
                    for part in self.named(name, template.path):
                        found.setdefault(part, []).append(template)
        return found

    def above(self, template: Template) -> list[Template]:
        """Return `template` and the ones that extend or include it, nearest first."""
        found = [template]
        for part in found:
            found += [other for other in self._above.get(part, ()) if other not in found]
            if len(found) > _MAX_PARTS:
                break
        return found

    @cached_property
    def macros(self) -> dict[str, list[str]]:
        """The bodies of all macros by name."""
        found: dict[str, list[str]] = {}
        for template in self.project.templates:
            for name, body in template.macros.items():
                found.setdefault(name, []).append(body)
        return found

    @cached_property
    def renderings(self) -> tuple[Rendering, ...]:
        """Every call that shows a template whose name can be told."""
        return tuple(self._renderings())

    def _renderings(self) -> Iterator[Rendering]:
        for module in self.project.modules:
            if module.source.context == "tests":
                continue
            for call, scope in module.calls(*RENDERERS):
                for name in self._names(call.args[0] if call.args else None, scope):
                    yield Rendering(call, scope, name)

    def _names(self, node: ast.expr | None, scope: Scope) -> Iterable[str]:
        if isinstance(node, ast.IfExp):
            return (*self._names(node.body, scope), *self._names(node.orelse, scope))
        if isinstance(node, ast.List | ast.Tuple):
            return [name for each in node.elts for name in self._names(each, scope)]
        value = self.project.evaluate(node, scope).value if node is not None else None
        return (value,) if isinstance(value, str) and "\n" not in value else ()

    @cached_property
    def _rendered(self) -> dict[Template, list[Rendering]]:
        found: dict[Template, list[Rendering]] = {}
        for rendering in self.renderings:
            for template in self.named(rendering.name, rendering.scope.module.path):
                found.setdefault(template, []).append(rendering)
        return found

    def shown_by(self, template: Template) -> list[Rendering]:
        """Return the calls that show `template`, by itself or as part of another."""
        return [r for part in self.above(template) for r in self._rendered.get(part, ())]

    @cached_property
    def _views(self) -> dict[Scope, View]:
        return {view.function: view for view in self.project.views}

    def view_of(self, scope: Scope | None) -> View | None:
        """Return the view that `scope` is, or stands in."""
        while scope is not None:
            if scope in self._views:
                return self._views[scope]
            scope = scope.parent
        return None

    def targets(self, form: Form, template: Template) -> list[View]:
        """Return the views that `form` is sent to, as far as can be told."""
        named = _URL_FOR.search(form.action)
        if named is not None:
            last = named[1].rpartition(".")[2].rpartition(":")[2]
            views = self.project.views
            alike = [view for view in views if last in (view.endpoint, view.function.name)]
            prefix = named[1].rpartition(".")[0]
            own = [view for view in alike if prefix and _is_of(prefix, view)]
            return own if len(alike) > 1 and own else alike
        if form.action in ("", "#", ".", "?") or "request." in form.action:
            shown = [self.view_of(r.scope) for r in self.shown_by(template)]
            if template.path.endswith(".py"):
                shown += [self.view_of(scope) for scope in self._around(template)]
            return [view for view in shown if view is not None]
        path = form.action.split("?")[0].rstrip("/") or "/"
        return [
            view
            for view in self.project.views
            if any(rule is not None and (rule.rstrip("/") or "/") == path for rule in view.rules)
        ]

    def _around(self, template: Template) -> list[Scope]:
        """Return the functions in which an inline page stands."""
        line = template.text[: len(template.text) - len(template.text.lstrip())].count("\n") + 1
        return [
            view.function
            for view in self.project.views
            if view.module.path == template.path
            and view.function.node.lineno <= line <= (view.function.node.end_lineno or 0)  # type: ignore[union-attr]  # a function has lines
        ]

    def site_of(self, template: Template) -> Site | None:
        """Return the app that `template` most likely belongs to: the nearest by folder."""
        sites = self.project.sites
        owner = self.project.site_of(template.path)
        if owner is not None or not sites:
            return owner
        folders = template.path.split("/")[:-1]
        return max(sites, key=lambda site: _shared(folders, site.anchor.path.split("/")[:-1]))


def _nearest(templates: list[Template], near: str) -> list[Template]:
    """Return those of `templates` that have most folders in common with the file `near`."""
    if len(templates) < 2 or not near:
        return templates
    folders = near.split("/")[:-1]
    counts = [_shared(folders, template.path.split("/")[:-1]) for template in templates]
    return [t for t, count in zip(templates, counts, strict=True) if count == max(counts)]


def _shared(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _is_of(prefix: str, view: View) -> bool:
    """Return whether a view's file or blueprint is called like the first part of ``main.index``."""
    names = (view.module.name.rpartition(".")[2], view.router or "")
    return any(
        name in (prefix, f"{prefix}_bp", f"{prefix}_blueprint", f"bp_{prefix}") for name in names
    )
