"""Views that lack the protection which most views beside them have."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from checks.facts.lines import own_text
from checks.facts.nodes import walk
from checks.facts.python import last_name
from checks.lazy import lazy
from checks.naming import snaked
from checks.project.account_views import changes_account
from checks.project.admin_views import is_handed_on
from checks.project.effects import changed_by
from checks.project.followed import works_out
from checks.project.guards import lets_anybody_in
from checks.project.inner_guards import calls_guard
from checks.project.logins import SIGN_IN, SIGN_OUT, shows_login
from checks.project.nobodies import has_nobody
from checks.project.public_names import named_public
from checks.project.registrations import is_registration
from checks.project.routes import View
from checks.project.said_admin import administers, says_admin, sends_to_admin
from checks.project.said_changes import says_that_it_changes
from checks.project.strangers import turns_strangers_away
from checks.project.stubs import is_page, is_shell, is_stub, sends_on, told
from checks.project.switched import is_switched
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

Kind = Literal["changes", "admin", "personal", "reads"]

_PICTURES = lazy(r"(?:^|[\W_])(?:image|img|picture|pic|photo|avatar|thumb|icon|logo)")
# What may be open on purpose, or what the app is about: a protected sibling says the same then.
_SUBJECT = lazy(
    r"(?:^|[\W_])(assets?|media|contacts?|docs?|share[ds]?|checkout|carts?|basket|tasks?|workers?|"
    r"donat\w*|pay|payments?|calendars?)(?=$|[\W_])",
    re.IGNORECASE,
)
# What visitors of a site give it without an account, by the name of the function alone.
_OF_VISITORS = lazy(
    r"^(suggest|rate|(post|submit|add|leave|send|give|save)_(an?_)?(rating|review|suggestion|opinion|"
    r"survey|inquiry|enquiry|question|complaint|request|answer))$",
    re.IGNORECASE,
)
_SECRET_PARAMETER = lazy(
    r"token|secret|signature|hash|uuid|nonce|otp|(^|_)(key|code|sig)$", re.IGNORECASE
)
_LOGGED_IN = lazy(
    r"(?<!db\.)\bsession\b|current_user|\bg\.\w*user|logged_in|is_authenticated|authed"
)
_BODY = frozenset({"form", "files", "json", "get_json", "data", "get_data", "values"})
# At a glance, before the tree is looked at.
_READS = lazy(r"request\s*\.\s*(?:form|files|json|get_json|data|get_data|values)\b")
_ASKING = lazy(
    r"search|query|find|list|get|fetch|load|show|view|filter|select2?_|typeahead|datatable|count|calc\w*|convert|predict|detect|"
    r"recommend|suggest|complete|lookup|diff|compare|parse|test|chat|ask|estimate|compute|quote|"
    r"recent|latest|newest|popular|trending|availab|exists|(?:^|_)top_",
    re.IGNORECASE,
)
# What a class of an API is called that is asked by POST because the question is long.
_ASKED = lazy(
    r"(?:Info|Search|Query|Stats|Statistics|Lookup|Comparison|Preview|Estimate)(?:$|API|View|Resource)|"
    r"^(?:Search|Query|Find|Lookup|Compare|Count|Calculate|Convert|Predict|Estimate)(?=$|[A-Z])"
)
_FILE = lazy(r"\.(?:css|js|png|jpe?g|gif|svg|ico|webp|woff2?|map)$")  # a part of a page
_MANY = 6  # views with the same decorator, from where on one without it was forgotten
_HARMLESS = frozenset(
    ["is_authenticated", "is_anonymous", "is_active", "get_id", "can", "has_role", "is_admin",
     "locale", "lang", "language", "timezone", "theme", "is_administrator"]
)  # fmt: skip


class Exposed(NamedTuple):
    """A view that lacks the protection of its siblings."""

    view: View
    kind: Kind
    sibling: View
    """A protected view beside it, the most alike first."""
    guard: str
    """What protects the sibling."""
    sure: bool
    """Whether the siblings do the same kind of thing."""
    told: bool
    """Whether names, methods or addresses say what it does, as those of its siblings."""


def exposed_views(project: Project, views: Sequence[View]) -> Iterator[Exposed]:
    """Yield the unprotected views among `views`, in order, whose siblings are protected."""
    groups: dict[str, list[View]] = {}
    for view in views:
        groups.setdefault(view.group or view.module.name, []).append(view)
    _open_classes_to_files(groups, project)
    everywhere = [view for view in views if is_protected(view, project)]
    for group in groups.values():
        asked = [view for view in group if is_protected(view, project)]
        exposed = [
            (view, kind)
            for view in group
            if not project.guards.of(view) and (kind := kind_of(view, project)) is not None
        ]
        if not asked:  # a whole blueprint is open: on purpose, unless it administers
            exposed = [(view, kind) for view, kind in exposed if _is_grave(view, kind)]
            asked = everywhere
        if not exposed:
            forgotten = _forgotten(group, project)
            if forgotten is not None:
                yield forgotten
            continue
        alike = [view for view in asked if _kind(view, project) is not None]
        # Most of those that do such things are protected: these were forgotten, not opened.
        if not asked or _count(view for view, _ in exposed) > _count(alike or asked):
            continue
        for view, kind in exposed:
            sibling = nearest(view, alike or asked)
            sure = kind == "changes" and len(exposed) * 3 <= len(alike)
            said = _says(view, kind, asked)
            yield Exposed(view, kind, sibling, project.guards.of(sibling), sure, said)


def _is_grave(view: View, kind: Kind) -> bool:
    """Return whether `view` is for few people, wherever it stands."""
    if says_admin(view) or changes_account(view):
        return True
    return kind == "changes" and sends_to_admin(view)


def _says(view: View, kind: Kind, asked: Iterable[View]) -> bool:
    """Return whether `view` says of itself that it is what it was found to be."""
    if kind == "changes":
        return _is_grave(view, kind) or says_that_it_changes(view, asked)
    return kind != "admin" or (not is_page(view) and administers(view, asked))


def _count(views: Iterable[View]) -> int:
    """Return how many functions and classes `views` are: a class is forgotten as a whole."""
    return len({view.cls or view.function for view in views})


def _forgotten(group: Sequence[View], project: Project) -> Exposed | None:
    """Return the only view of `group` without the decorator that all others have, if it looks
    something up by what its address holds.

    What only reads may be open on purpose; not where many siblings, that read by the same
    parameters among them, were each given the same decorator by hand.
    """
    guards = [(view, project.guards.of(view)) for view in group]
    by_hand = [(view, guard) for view, guard in guards if guard.startswith("@")]
    known = {arg.arg for view, _ in by_hand for arg in view.function.parameters()}
    known -= {"self", "slug"}  # what is called by a slug has an address for everybody
    rest = [view for view, guard in guards if not guard and not is_public(view, project, known)]
    if len(by_hand) < _MANY or len({guard for _, guard in by_hand}) > 1 or len(rest) != 1:
        return None
    view = rest[0]
    if not known.intersection(arg.arg for arg in view.function.parameters()):
        return None
    reading = [other for other, _ in by_hand if "GET" in other.methods]
    if not reading:
        return None
    told = not any(_FILE.search(rule or "") for rule in view.rules)
    return Exposed(view, "reads", nearest(view, reading), by_hand[0][1], sure=False, told=told)


def _open_classes_to_files(groups: dict[str, list[View]], project: Project) -> None:
    """Put the views of a class none of which is protected beside the other views of the file.

    A blueprint may be open on purpose; a class that holds one or two exposed methods says nothing.
    """
    for name, group in list(groups.items()):
        cls = project.names.scope_of(name)
        if cls is None or cls.kind != "class":
            continue
        if not any(is_protected(view, project) for view in group):
            groups.setdefault(cls.module.name, []).extend(groups.pop(name))
    for cls_name in list(groups):
        cls = project.names.scope_of(cls_name)
        if cls is not None and cls.kind == "class" and cls.module.name in groups:
            groups[cls.module.name] += [v for v in groups[cls_name] if is_protected(v, project)]


def kind_of(
    view: View, project: Project, known: Collection[str] = (), *, addressed: bool = False
) -> Kind | None:
    """Return why `view` should not be open, or None if it may be.

    Args:
        view: the view to look at.
        project: what it belongs to.
        known: parameters that are no secret, whatever they are called.
        addressed: whether views at the same address are not open.
    """
    if (
        is_public(view, project, known, addressed=addressed)
        or _does_nothing(view)
        or _shows_pictures(view)
    ):
        return None
    if is_handed_on(view, project):
        return None
    return _kind(view, project)


def _does_nothing(view: View) -> bool:
    """Return whether nothing is left of a view but its name, or a page for all addresses."""
    return is_stub(view.function) or is_shell(view) or sends_on(view)


def _shows_pictures(view: View) -> bool:
    """Return whether a view hands out pictures of public pages by their names, and no more."""
    words = " ".join([view.function.name, *(rule or "" for rule in view.rules)])
    body = told(view.function)
    if view.methods & {"POST", "PUT", "PATCH", "DELETE"} or not _PICTURES.search(words):
        return False
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None
    return isinstance(value, ast.Call) and last_name(value.func) == "send_from_directory"


def is_public(
    view: View, project: Project, known: Collection[str] = (), *, addressed: bool = False
) -> bool:
    """Return whether `view` is meant for people who are not logged in.

    Args:
        view: the view to look at.
        project: what it belongs to.
        known: parameters that are no secret, whatever they are called.
        addressed: whether views at the same address are not, so that its words say nothing.
    """
    words = [view.function.name, view.endpoint, *(rule or "" for rule in view.rules)]
    if view.cls is not None:
        words.append(snaked(view.cls.name))
    words.append(view.module.name.rpartition(".")[2].replace("auth", ""))
    words = [re.sub(r"<[^>]*>", "", word) for word in words]
    by_name = not addressed and named_public(view.function.name, words)
    if by_name or _is_apart(words, view, project):
        return True
    if _OF_VISITORS.search(view.function.name) or shows_login(view, project.logins):
        return True
    if any(lets_anybody_in(decorator.node) for decorator in view.decorators):
        return True
    rules = " ".join(rule or "" for rule in view.rules)
    names = [*re.findall(r"<(?:[^<>:]+:)?(\w+)>", rules)]
    names += [arg.arg for arg in view.function.parameters()]
    names = [name for name in names if name not in known]
    for call in view.function.calls:
        names += [str(arg.value) for arg in call.args[:1] if isinstance(arg, ast.Constant)]
    if any(_SECRET_PARAMETER.search(name) for name in names):
        return True  # whoever knows the link may
    for call, scope in project.reach.calls(view.function):
        called = project.names.called(call, scope)
        if called in SIGN_IN or called in SIGN_OUT:
            return True
        if last_name(call.func) in _LOGGING_IN and called not in _READING:
            return True
    return is_switched(view) or is_registration(view, project)


_LOGGING_IN = frozenset(
    ["login_user", "logout_user", "create_access_token", "set_password", "loads", "parse_token"]
)
# Has the name of what reads a signed token, and reads anything.
_READING = frozenset(
    f"{module}.loads" for module in ("json", "flask.json", "simplejson", "ujson", "orjson", "yaml",
                                     "pickle", "marshal", "toml", "tomllib", "dill", "msgpack")
)  # fmt: skip


def _is_apart(words: list[str], view: View, project: Project) -> bool:
    """Return whether `words` name something public that no protected sibling is about."""
    said = {match.rstrip("s").lower() for word in words for match in _SUBJECT.findall(word)}
    if not said:
        return False
    for other in project.views:
        if other is not view and other.group == view.group and project.guards.of(other):
            text = " ".join([other.function.name, *(rule or "" for rule in other.rules)])
            said -= {match.rstrip("s").lower() for match in _SUBJECT.findall(text)}
    return bool(said)


def is_protected(view: View, project: Project) -> bool:
    """Return whether only those who are logged in get into `view`, at all."""
    guard = project.guards.of(view)
    if guard != "its own condition":
        return bool(guard)
    return calls_guard(view, project) or any(
        isinstance(statement, ast.If)
        and _LOGGED_IN.search(ast.unparse(statement.test))
        and turns_strangers_away(view.function.node)
        for statement in view.function.body
    )


def _kind(view: View, project: Project) -> Kind | None:
    if changed_by(view.function, project.reach) is not None or _takes_only(view, project):
        return "changes"
    if says_admin(view):
        return "admin"
    return "personal" if _uses_current_user(view, project) else None


def _takes_only(view: View, project: Project) -> bool:
    """Return whether `view` answers no GET and reads what is sent to it, a search left out."""
    if "GET" in view.methods or _ASKING.search(view.function.name):
        return False
    if view.cls is not None and _ASKED.search(view.cls.name):
        return False
    if _READS.search(own_text(view.function)) is None or works_out(view.function, project):
        return False
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in _BODY
        and last_name(node.value) == "request"
        for node in walk(view.function.node)
    )


def _uses_current_user(view: View, project: Project) -> bool:
    """Return whether the view reads what only a user has from ``current_user``."""
    if "current_user" not in own_text(view.function):
        return False
    for scope in view.function.within():
        for node in walk(scope.node):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "current_user"
                and node.attr not in _HARMLESS
                and not has_nobody(project, node.attr)
            ):
                return project.names.qualified(node.value, scope) == "flask_login.current_user"
    return False


def nearest(view: View, others: list[View]) -> View:
    """Return the one of `others` that is most alike: same class, same file, nearest line."""

    def distance(other: View) -> tuple[bool, bool, int]:
        return (
            other.cls is not view.cls,
            other.module is not view.module,
            abs(other.spot.line - view.spot.line),
        )

    return min(others, key=distance)
