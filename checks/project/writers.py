"""Who may write what the database holds: the views that store what is sent under a name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.routes import View
from checks.project.said_admin import says_admin
from checks.project.siblings import is_protected

if TYPE_CHECKING:
    from checks.project import Project

Writers = Literal["strangers", "staff", "nobody"]

_SENT = lazy(r"\bforms?\b|\.data\b|\brequest\.|\bpayload\b|\bargs\[|get_json\(")
_LOOKS_UP = lazy(r"filter|get|find|read|first|one|exists|count|render|url_for|where|select|order")
# Whoever has an account fills these in, or whoever visits the site.
_OF_PEOPLE = lazy(
    r"^(?:current_?)?(?:user|author|member|profile|requester|customer|visitor|guest|applicant|sender|"
    r"commenter|reviewer|poster|comment|reply|review|feedback|enquiry|inquiry)s?$"
)
_BY_PEOPLE = lazy(
    r"(?:^|[ _])(?:comment|bio|biography|about_me|signature|reply|review|feedback|nick_?name|"
    r"(?:user|first|last|full|display|screen)_?name|(?:shipping|billing|mailing)?_?address)s?$"
)
_FIELD = lazy(r"(?:Field|CKEditor\w*)\(")
_FILLS = frozenset({"populate_obj", "update_by_form", "from_form"})
# Words of which names for what only some accounts may do are made.
_ROLE = lazy(
    r"admin|operator|superuser|super_user|staff|moderat|role|permission|privileg|owner|manager|editor|"
    r"author(?!i)|can_|has_access|acl",
)
_NAMES = lazy(r"^\w+|\.(?!get\()\w+")
_WRITES = lazy(r"\s*(?:insert|update|replace)\s", re.IGNORECASE)
_ANY = lazy(
    r"^(?:self|obj|object|item|row|record|entry|instance|entity|data|model|new|old|current)$"
)
_MAKERS = ("create_user", "add_user", "register_user", "new_user")
_CALLERS = 20
_SHORT = 3  # letters of a name that says nothing: ``p``, ``c``


class WhoWrites:
    """Tells who fills a field of the models; every answer is kept."""

    def __init__(self, project: Project) -> None:
        """Take the project."""
        self.project = project
        self._kept: dict[str, Writers] = {}

    def of(self, said: str) -> Writers:
        """Return who may store what is sent as `said`, such as ``comment.text``.

        ``strangers`` where a view does that anybody may use, or everybody with an account where
        people make their accounts themselves; ``staff`` where all such views are for roles or an
        administration; ``nobody`` where a model has the field and no view is seen to fill it.
        """
        found = self._kept.get(said)
        if found is None:
            found = self._kept[said] = self._of(*_owner_and_field(said))
        return found

    def _of(self, owner: str, attribute: str) -> Writers:
        if _OF_PEOPLE.search(owner) or _BY_PEOPLE.search(f"{owner} {attribute}"):
            return "strangers"
        scopes = set(self._writing(owner, attribute))
        views = [
            view
            for view in self.project.views
            if view.methods != {"GET"} and scopes.intersection(self.project.reach.of(view.function))
        ]
        if not views:
            return "strangers" if self._is_part else "nobody"
        return "staff" if all(map(self._is_staffs, views)) else "strangers"

    @cached_property
    def _is_part(self) -> bool:
        """Return whether only a part of an app is there, with no view that changes anything."""
        return all(view.methods == {"GET"} for view in self.project.views)

    @cached_property
    def _joined(self) -> bool:
        """Whether people make their accounts themselves, or nothing here tells who makes them."""
        if any(login.kind == "register" for login in self.project.logins) or any(
            setting.value.is_literal(True)
            for setting in self.project.settings("SECURITY_REGISTERABLE")
        ):
            return True
        models = [model.scope.name for model in self.project.identity.models]
        return not any(
            module.calls(*models, *_MAKERS)
            for module in self.project.modules
            if module.source.context == "app"
        )

    def _is_staffs(self, view: View) -> bool:
        guard = self.project.guards.of(view)
        if not is_protected(view, self.project):
            return says_admin(view) and bool(view.methods - {"GET"})
        if says_admin(view) or _ROLE.search(guard.lower()):
            return True
        if any(
            _ROLE.search(ast.unparse(d.node).lower()) for d in view.decorators if not d.is_route
        ):
            return True
        return not self._joined

    def _writing(self, owner: str, attribute: str) -> Iterator[Scope]:
        """Yield the functions that store what is sent under `attribute`."""
        modules = [m for m in self.project.vocabulary.files(attribute) if m.source.context == "app"]
        for module in modules:
            for scope in module.scopes:
                if scope.kind != "function":
                    continue
                for value in _stored(scope, owner, attribute):
                    if self._is_sent(value, scope):
                        yield scope
                    yield from self._handing_on(value, scope)
        for module in modules:
            for call, scope in module.calls("execute", "executemany", "text"):
                if _writes_column(call, attribute):
                    yield scope
        forms = {cls.name for module in modules for cls in module.classes() if _has(cls, attribute)}
        for module in self.project.modules if forms else ():
            for _, scope in module.calls(*_FILLS):
                if any(last_name(other.func) in forms for other in scope.calls):
                    yield scope

    def _handing_on(self, value: ast.expr, scope: Scope) -> Iterator[Scope]:
        """Yield who calls the method `scope` with what was sent, where `value` is a parameter.

        ``job.reply(form.message.data)``: which class the job has is not always to be told.
        """
        given = value.id if isinstance(value, ast.Name) else ""
        if scope.enclosing_class is None or given not in {a.arg for a in scope.parameters()}:
            return
        name = scope.enclosing_class.name if scope.name == "__init__" else scope.name
        for module in self.project.vocabulary.files(name):
            for call, caller in module.calls(name)[:_CALLERS]:
                told = [*call.args, *(k.value for k in call.keywords if k.arg in (given, None))]
                if any(_SENT.search(ast.unparse(part)) for part in told):
                    yield caller

    def _is_sent(self, value: ast.expr, scope: Scope) -> bool:
        if isinstance(value, ast.Constant):
            return False
        if _SENT.search(ast.unparse(value)):
            return True
        for module in self.project.vocabulary.files(scope.name):
            for _, caller in module.calls(scope.name)[:_CALLERS]:
                self.project.flow(caller)  # what it calls is run with its arguments
        return any(origin.kind == "request" for origin in self.project.flow(scope).at(value))


def _owner_and_field(said: str) -> tuple[str, str]:
    """Return the last two names of an expression: ``post`` and ``body`` of ``post.body|trim``."""
    path = said.partition("|")[0].strip()
    names = [part.removeprefix(".") for part in _NAMES.findall(path)]
    return (names[-2].lower(), names[-1]) if len(names) > 1 else ("", "".join(names))


def _has(cls: Scope, attribute: str) -> bool:
    """Return whether a form class has a field of this name."""
    return any(
        binding.value is not None and _FIELD.search(ast.unparse(binding.value))
        for binding in cls.bindings.get(attribute, ())
    )


def _stored(scope: Scope, owner: str, attribute: str) -> Iterator[ast.expr]:
    """Yield what is assigned to `attribute`, or given for it to what makes an `owner`."""
    for assignment in scope.assignments:
        target = assignment.target
        told = isinstance(target, ast.Attribute) and target.attr == attribute
        if isinstance(target, ast.Subscript):
            told = getattr(target.slice, "value", None) == attribute
        if told and isinstance(target, ast.Attribute | ast.Subscript):
            base = last_name(target.value)
            if _ANY.search(base) or _alike(base, owner):
                yield assignment.value
    for call in scope.calls:
        if not _makes(call, owner):
            continue
        yield from (k.value for k in call.keywords if k.arg == attribute)
        for part in call.args:
            if isinstance(part, ast.Dict):
                pairs = zip(part.keys, part.values, strict=True)
                yield from (v for k, v in pairs if getattr(k, "value", None) == attribute)


def _makes(call: ast.Call, owner: str) -> bool:
    """Return whether `call` may make or change an `owner`: ``BlogPost(...)`` a ``post``."""
    func = call.func
    name = last_name(func)
    if _LOOKS_UP.match(name):
        return False
    if isinstance(func, ast.Attribute) and not name[:1].isupper():
        name = last_name(func.value)  # ``Post.create(...)``, ``db.posts.insert_one({...})``
    return _alike(name, owner)


def _alike(name: str, owner: str) -> bool:
    """Return whether `name` may be called after an `owner`, or one of them says nothing."""
    said, owner = name.lower().replace("_", ""), owner.replace("_", "").rstrip("s")
    return len(owner) < _SHORT or len(said) < _SHORT or owner in said or said in owner


def _writes_column(call: ast.Call, column: str) -> bool:
    """Return whether `call` runs SQL that writes `column`."""
    text = getattr(call.args[0], "value", None) if call.args else None
    return (
        isinstance(text, str)
        and _WRITES.match(text) is not None
        and re.search(rf"\b{re.escape(column)}\b", text) is not None
    )
