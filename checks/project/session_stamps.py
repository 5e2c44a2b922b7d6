"""Whether a new password ends the sessions that are open: by an alternative id, stamp or record."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.routes import View

if TYPE_CHECKING:
    from checks.project import Project, Site

# Names that nothing else is called by.
_STAMPS = lazy(
    r"fs_uniquifier|alternative_id|alternate_id|session_stamp|security_stamp|"
    r"session_version|(?<![a-z_])auth_version|token_version|session_nonce|session_hash|"
    r"auth_token_hash|password_stamp|password_version|"
    # not ``"session_token": credentials["SessionToken"]``, as cloud services have them
    r"(?:def |\.|session\[[\"'])(?:[a-z]+_)*session_tokens?\b(?!=)|"
    r"\bsession_tokens? *[:=] *(?:Mapped|(?:\w+\.)?(?:Column|mapped_column|\w+Field)\()"
)
_DECLARED = lazy(r"session_tokens? *[:=]")
# What a session holds, beside who it is, to be compared at each request.
_IN_SESSION = lazy(
    r"session(\.get\(|\.pop\(|\[) *['\"]"
    r"(?!\w*(confirm|was_|once|check|verif|require|need|prompt|fail|reset|forgot|recover|enc_|oidc))"
    r"\w*(stamp|version|pw|pass(?!key)|changed|hash|nonce|epoch|"
    r"login_time|logged_in_at|issued|auth_time|"
    r"(current|active|login|auth|user)_?session_?(id|key))"
)
_ENDS = lazy(
    r"^_*(revoke|invalidate|delete|destroy|clear|remove|kill|expire|end|purge|flush|drop|reset|"
    r"rotate|regenerate|refresh|renew|log_?out|sign_?out)_*(the_|all_?|every_?|other_?|old_?|user_?"
    r"s?_?|active_?)*(session|login|device|everywhere|all|others|uniquifier|stamp|alternative_id)s?"
    r"(_for_user|_of_user|_by_user|_id)?$|^(log|sign)_?out_?(all|others|everywhere)|^set_uniquifier$|"
    # ``delete_ui_user_old_sessions``, ``add_revoked_sessions``
    r"^(?!\w*(expired|stale|inactive|idle))\w*(revoke|invalidate|delete|destroy|terminate|purge)\w*_sessions$"
)
_WRITES = lazy(r"(stamp|nonce|session\w*|alternative_id|uniquifier|version)$")
_PLAIN_ID = frozenset(
    ["id", "uid", "pk", "user_id", "userid", "email", "username", "name", "login",
     "nickname", "oid", "self", "uuid", "mail", "user_name", "account_id", "key"]
)  # fmt: skip
# What most users keep for good: ``public_id``, ``guid``.
_ID = lazy(
    r"^(?!\w*(?:session|alternat|auth))(?:\w*_)?(?:id|pk|uid|guid|uuid|name|identifier|mail|email)$"
)
_USERS = lazy(r"[Uu]ser|[Aa]ccount|[Mm]ember|[Pp]erson|[Aa]dmin|[Dd]ocument|^dict$")
# Not where a comment keeps what the app once had.
_KEPT_BY = lazy(
    r"^[ \t]*(?:from|import)[ \t]+(?:flask_security|flask_user|flask_multipass)\b", re.MULTILINE
)


def ties_sessions(site: Site, project: Project) -> bool:
    """Return whether anything in `site` ties a session to more than the user's id."""
    modules = set(site.modules)
    for module in site.modules:
        text = module.source.text
        stamp = _STAMPS.search(text)
        if (
            (stamp and not _is_idle(stamp.group(), site))
            or _IN_SESSION.search(text)
            or _KEPT_BY.search(text)
        ):
            return True
        if "def get_id(" in text and any(
            method.name == "get_id" and _says_more(method.node, cls, site)
            for cls in module.classes()
            if _may_log_in(cls)
            for method in cls.children
        ):
            return True
    for model in project.identity.models:
        if model.scope.module in modules:
            get_id = project.names.method_of(model.name, "get_id")
            if get_id is not None and _says_more(get_id.node, model.scope, site):
                return True
    return False


def _is_idle(stamp: str, site: Site) -> bool:
    """Return whether all there is of a token of sessions is the column: nothing compares it."""
    if not _DECLARED.match(stamp):
        return False
    return sum(module.source.text.count("session_token") for module in site.modules) == 1


def _may_log_in(cls: Scope) -> bool:
    """Return whether a class with a ``get_id`` is one of users; tasks and rules have one, too."""
    bases = [last_name(base) for base in getattr(cls.node, "bases", ())]
    members = cls.bindings.keys() & {"is_authenticated", "is_active", "check_password"}
    return bool(members) or any(map(_USERS.search, (cls.name, *bases)))


def _says_more(get_id: ast.AST, cls: Scope, site: Site) -> bool:
    """Return whether ``get_id`` gives another attribute than the ones that users always have.

    An id that a method of the class or other code writes anew, such as a uuid, is another one; a
    ``public_id`` that stays the same is none. A user that is a document has keys instead:
    ``self["auth_token"]``.
    """
    attributes = {name.strip("_") for part in ast.walk(get_id) for name in _names(part)}
    renewed = {
        assignment.target.attr.strip("_")
        for method in cls.children
        if method.name != "__init__"
        for assignment in method.assignments
        if isinstance(assignment.target, ast.Attribute)
    }
    usual = _PLAIN_ID - (renewed & {"uuid", "key"})
    more = {name for name in attributes if name.islower()} - usual - _TEXTS
    return any(name in renewed or not _ID.search(name) or _is_renewed(name, site) for name in more)


def _is_renewed(name: str, site: Site) -> bool:
    """Return whether code of `site` gives a user that exists another `name`."""
    written = re.compile(rf"(?<!\bself)\.{name}\s*=[^=]")  # as many as apps have such users
    return any(
        name in module.source.text and written.search(module.source.text) for module in site.modules
    )


def _names(part: ast.AST) -> tuple[str, ...]:
    """Return the attribute or key that `part` reads."""
    if isinstance(part, ast.Attribute):
        return (part.attr,) if part.attr != "get" else ()
    key: ast.AST | None = part.slice if isinstance(part, ast.Subscript) else None
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.args:
        key = part.args[0] if part.func.attr == "get" else None
    return (key.value,) if isinstance(key, ast.Constant) and isinstance(key.value, str) else ()


_TEXTS = frozenset(["encode", "decode", "format", "hex", "get_id", "to_string", "str"])


def ends_sessions(view: View, project: Project) -> bool:
    """Return whether `view` ends other sessions itself, or logs out who changed the password.

    A logout here ends one session only; it counts where it is told to end them all.
    """
    for scope in project.reach.of(view.function):
        for call in scope.calls:
            func = call.func
            name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            if _ENDS.search(name) and name != "logout_user":
                return True
            if name in ("delete", "delete_many", "remove") and "session" in ast.unparse(
                func
            ).lower().replace("db.session", ""):
                return True
        for assignment in scope.assignments:
            target = assignment.target
            if isinstance(target, ast.Attribute) and _WRITES.search(target.attr):
                return True
    return False
