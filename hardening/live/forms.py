"""The form of a page that asks for a name and a password, as a browser would fill it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

# What the field for a user's name is called, likeliest first.
_NAMED = ("user", "login", "email", "e-mail", "account", "identifier", "name")
_KEPT = ("hidden", "submit")


@dataclass(slots=True)
class Form:
    """One form of a page."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    """What it sends as it is: hidden fields and the first button."""
    texts: list[str] = field(default_factory=list)
    """The names of fields to type into, in order."""
    passwords: list[str] = field(default_factory=list)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    """The names of boxes to tick, and what they send."""

    def filled(self, user: str, password: str) -> dict[str, str]:
        """Return what the form sends for this user, with every box ticked."""
        likely = [name for word in _NAMED for name in self.texts if word in name.lower()]
        name = (likely or self.texts)[0]
        typed = {name: user, **dict.fromkeys(self.passwords, password)}
        return {**self.fields, **dict(self.boxes), **typed}


def login_form(text: str) -> Form | None:
    """Return the first form of a page that asks for one password and for a name, or None."""
    for form in forms(text):
        if len(form.passwords) == 1 and form.texts:
            return form
    return None


def forms(text: str) -> list[Form]:
    """Return all forms of a page."""
    reader = _Reader()
    reader.feed(text)
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.found.append(self._open)
        elif self._open is not None and tag in ("input", "button") and given.get("name"):
            self._field(self._open, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None

    @staticmethod
    def _field(form: Form, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text" if tag == "input" else "submit").lower()
        name, value = given["name"], given.get("value", "")
        if kind == "password":
            form.passwords.append(name)
        elif kind in ("text", "email", "tel"):
            form.texts.append(name)
        elif kind == "checkbox":
            form.boxes.append((name, value or "on"))
        elif kind in _KEPT:
            form.fields.setdefault(name, value)
