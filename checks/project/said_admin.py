"""Whether a view belongs to the administration of an app, by what it and its file are called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from checks.facts.python import last_name
from checks.lazy import lazy
from checks.project.routes import View

__all__ = ["administers", "says_admin", "sends_to_admin"]

_ADMIN = lazy(r"(^|[\W_])(admin\w*|manage|management|moderat\w*|superuser)($|[\W_])", re.I)
# Who belongs to what, and may do what, is for those who administer it.
_MEMBERSHIP = lazy(
    r"_*(add|remove|delete|del|grant|revoke|assign|set|change)_((users?|members?)_(to|from|in|of)_\w+|"
    r"(user_?)?(roles?|permissions?|groups?_members?)(_(to|from|of|for)_\w+)?)$",
    re.IGNORECASE,
)
_ADMIN_PAGE = lazy(r"[\"']/admin(?=[/\"'])|(?:flask\.)?url_for\([\"']admin[._]")
_VARIABLE = lazy(r"<[^>]*>")


def says_admin(view: View) -> bool:
    """Return whether the names of `view` or of its file say that it administers."""
    if _MEMBERSHIP.match(view.function.name):
        return True
    return bool(_own_words(view) or _words(view.module.name.rpartition(".")[2]))


def sends_to_admin(view: View) -> bool:
    """Return whether `view`, once it is done, sends to a page of the administration."""
    return any(
        last_name(call.func) == "redirect"
        and bool(call.args)
        and _ADMIN_PAGE.match(ast.unparse(call.args[0])) is not None
        for call in view.function.calls
    )


def administers(view: View, asked: Iterable[View]) -> bool:
    """Return whether `view`, which `says_admin`, is no page about those who administer.

    What manages or moderates something may be one; not where views that say the same of
    themselves are `asked`.
    """
    said = _own_words(view)
    if any(word.startswith(("admin", "superuser")) for word in said):
        return True
    if _words(view.module.name.rpartition(".")[2]) & {"admin", "superuser"}:
        return True
    others = {word for other in asked for word in _own_words(other)} if said else set()
    return not said.isdisjoint(others) or _MEMBERSHIP.match(view.function.name) is not None


def _own_words(view: View) -> set[str]:
    return _words(*(rule or "" for rule in view.rules), view.router or "", view.function.name)


def _words(*texts: str) -> set[str]:
    said = (_ADMIN.search(_VARIABLE.sub("", text)) for text in texts)
    return {match[2].lower() for match in said if match is not None}
