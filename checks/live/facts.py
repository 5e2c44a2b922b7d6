"""The facts about a loaded app, as its process told them.

What comes from there was made beside the app's own code: nothing of it is taken for granted, and
whatever has another shape than it should is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.records import NamedTuple


class View(NamedTuple):
    """One function that answers requests."""

    endpoint: str
    path: str
    line: int
    end_line: int
    guard: str
    """What keeps strangers out, or ``""``."""
    perhaps: str
    """A wrapper or a hook that may, or ``""``."""


class Cookie(NamedTuple):
    """One cookie as it was sent."""

    kind: str
    """``session``, ``remember`` or ``other``."""
    secure: bool
    httponly: bool
    samesite: str | None


class Answer(NamedTuple):
    """One answer."""

    what: str
    """``own`` (a page of the audit's), ``login``, ``start`` or ``missing``."""
    scheme: str
    status: int
    to_https: bool
    html: bool
    headers: frozenset[str]
    """Names, in lower case."""
    cookies: tuple[Cookie, ...]


class Facts:
    """What is known of one app.

    Args:
        data: the document that the process wrote.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        made = _table(data.get("made"))
        path, line = made.get("path"), made.get("line")
        self.made = (path, line) if isinstance(path, str) and isinstance(line, int) else None
        """The file and line in which the app is made, if that is in the project."""
        self.loaded = frozenset(_texts(data.get("loaded")))
        """The project's files that were imported or read."""
        self.settings = _table(data.get("settings"))
        self.login = _table(data.get("login"))
        """Flask-Login's settings; empty without a login manager."""
        self.hardening = _table(data.get("hardening"))
        """How the app is wrapped; empty if it is not."""
        self.session = _table(_table(data.get("pages")).get("session"))
        """What a login showed; empty where there was none."""
        self.extensions = frozenset(_texts(data.get("extensions")))
        self.databases = tuple(_texts(data.get("databases")))
        self.views = tuple(_views(data.get("views")))
        answers = _table(data.get("pages")).get("answers")
        self.answers = tuple(_answer(_table(row)) for row in _list(answers))

    @property
    def like_production(self) -> bool:
        """Whether the app runs as it would be served: debugging and tests relax protections."""
        return self.data.get("debug") is False and self.data.get("testing") is False

    @property
    def was_asked(self) -> bool:
        """Whether requests were sent."""
        return bool(self.answers)

    def key(self) -> dict[str, Any]:
        """Return how good the secret key is; empty where that is not known."""
        return _table(self.data.get("key"))

    def limited(self, endpoint: str) -> bool | None:
        """Return whether Flask-Limiter limits a view; None where that is not known."""
        found = _table(self.data.get("limited")).get(endpoint)
        return found if isinstance(found, bool) else None

    def guarded(self, guard: str) -> bool:
        """Return whether ``harden`` enforces `guard`."""
        known = self.hardening.get("mode") == "enforce"
        return known and guard not in _texts(self.hardening.get("off"))

    def at(self, path: str | None, line: int | None) -> list[View]:
        """Return the views whose function stands at a line, the innermost ones."""
        if path is None or line is None:
            return []
        found = [v for v in self.views if v.path == path and v.line <= line <= v.end_line]
        least = min((view.end_line - view.line for view in found), default=0)
        return [view for view in found if view.end_line - view.line == least]

    def cookies(self, kind: str) -> list[Cookie]:
        """Return the cookies of a kind that were sent over https, logins included."""
        sent = [c for a in self.answers if a.scheme == "https" for c in a.cookies]
        sent += [_cookie(_table(row)) for row in _list(self.session.get("cookies"))]
        return [cookie for cookie in sent if cookie.kind == kind]

    def keeps_sessions(self) -> bool:
        """Return whether the app itself has use for a session cookie."""
        own = (c for answer in self.answers if answer.what != "own" for c in answer.cookies)
        return bool(self.login) or any(cookie.kind == "session" for cookie in own)

    def pages(self, scheme: str) -> list[Answer]:
        """Return the answers over `scheme` that are no failures of the app."""
        return [a for a in self.answers if a.scheme == scheme and a.status < 400]


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [each for each in _list(value) if isinstance(each, str)]


def _views(value: object) -> Iterator[View]:
    for row in map(_table, _list(value)):
        path, line, end = row.get("path"), row.get("line"), row.get("end_line")
        if isinstance(path, str) and isinstance(line, int) and isinstance(end, int):
            texts = [str(row.get(name, "")) for name in ("endpoint", "guard", "perhaps")]
            yield View(texts[0], path, line, end, texts[1], texts[2])


def _answer(row: dict[str, Any]) -> Answer:
    status = row.get("status")
    cookies = [_table(each) for each in _list(row.get("cookies"))]
    return Answer(
        what=str(row.get("what")),
        scheme=str(row.get("scheme")),
        status=status if isinstance(status, int) else 500,
        to_https=row.get("to_https") is True,
        html=row.get("html") is True,
        headers=frozenset(map(str, _table(row.get("headers")))),
        cookies=tuple(_cookie(each) for each in cookies if each.get("deleted") is False),
    )


def _cookie(row: dict[str, Any]) -> Cookie:
    same_site = row.get("samesite")
    return Cookie(
        kind=str(row.get("kind")),
        secure=row.get("secure") is True,
        httponly=row.get("httponly") is True,
        samesite=same_site if isinstance(same_site, str) else None,
    )
