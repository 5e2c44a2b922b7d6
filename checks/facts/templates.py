"""Jinja and HTML templates: forms with what they hold, scripts, and what Jinja does in them."""

from __future__ import annotations

import re
from functools import cached_property

from checks.facts.markup import Tag, between, tags, without_comments, without_scripts
from checks.facts.source import Source, Spot
from checks.lazy import lazy
from checks.records import NamedTuple

__all__ = ["Block", "Form", "Printed", "Tag", "Template", "extract"]

_TOKEN = lazy(r"csrf|xsrf|hidden_tag[(}]|quick_form\(|_seasurf|nonce\b", re.IGNORECASE)
_ALL_FIELDS = lazy(
    r"\{%-?\s*for\s+\w+\s+in\s+\w*form\w*(?:\.\w*fields\w*)?(?:\(\))?\s*(?:if|-?%)|"
    r"\{\{-?\s*\w*form\w*\s*(?:\(\))?\s*(?:\|[^}]{0,200})?\}\}",
    re.IGNORECASE,
)
_PASSWORD = lazy(
    r"\{\{[^}]{0,300}\bform\.\w*(?:password|passwd|pwd)(?!_?(?:hint|error|reset))", re.IGNORECASE
)
_PRINTED = lazy(r"\{\{(?P<said>(?:[^}]|\}(?!\})){0,2000}+)\}\}")
_SAFE = lazy(r"\|\s*safe\b")
_ESCAPING_OFF = lazy(r"\{%-?\s*autoescape\s+(?:false|False|0|off)\s*-?%\}")
_ESCAPING_ON = lazy(r"\{%-?\s*endautoescape\b")
_NAMED = lazy(
    r"\{%[-+]?\s*(?P<kind>extends|include|import|from)\s+(?P<names>\[[^\]%]*\]|\"[^\"%]*\"|'[^'%]*'|[^%]{1,200}?)"
    r"(?:\s[^%]{0,300})?[-+]?%\}"
)
_MACRO = (
    lazy(r"\{%-?\s*macro\s+(\w+)\s*\([^%]{0,2000}%\}"),
    lazy(r"\{%-?\s*endmacro"),
)
_LOOP = lazy(r"\{%-?\s*for\s+([\w,\s()]{1,80}?)\s+in\s+([^%]{1,300}+)%\}")
_SET = lazy(r"\{%-?\s*set\s+(\w+)\s*=\s*([^%]{1,300}+)%\}")
_QUOTED = lazy(r"\"([^\"]+)\"|'([^']+)'")


class Form(NamedTuple):
    """One ``<form>`` element."""

    tag: Tag
    fields: tuple[Tag, ...]
    """Its ``input``, ``select``, ``textarea`` and ``button`` tags."""
    text: str
    """Everything between the tags, template expressions included."""

    @property
    def method(self) -> str:
        """``get`` or ``post`` or another, in lower case; the default is ``get``."""
        return self.tag.attributes.get("method", "").strip().lower() or "get"

    @property
    def action(self) -> str:
        """The ``action`` as written, ``""`` for the page itself."""
        return self.tag.attributes.get("action", "").strip()

    @property
    def has_token(self) -> bool:
        """Whether it carries a CSRF token by any usual spelling in its own text."""
        return bool(_TOKEN.search(self.text) or _ALL_FIELDS.search(self.text))

    @property
    def has_password(self) -> bool:
        """Whether it asks for a password."""
        return any(f.attributes.get("type", "").lower() == "password" for f in self.fields) or (
            _PASSWORD.search(self.text) is not None
        )


class Printed(NamedTuple):
    """One ``{{ expression }}``."""

    expression: str
    """What stands between the braces, filters included."""
    spot: Spot


class Block(NamedTuple):
    """What stands between ``{% autoescape false %}`` and its end."""

    text: str
    spot: Spot
    """Where the block begins."""

    @property
    def printed(self) -> tuple[str, ...]:
        """The expressions that it prints, filters included."""
        return tuple(match["said"].strip("-+ \n\t") for match in _PRINTED.finditer(self.text))


class Template:
    """The facts of one template, worked out when they are first asked for."""

    def __init__(self, source: Source) -> None:
        """Take the template's text."""
        self.source = source

    @property
    def path(self) -> str:
        """Relative to the audit's root, with ``/``."""
        return self.source.path

    @cached_property
    def text(self) -> str:
        """The text with comments blanked."""
        return without_comments(self.source.text)

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """Form, field, link, script and meta tags outside the code of scripts."""
        return tuple(tags(without_scripts(self.text), self.source))

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Its forms; one that is never closed goes on to the next, or to the end."""
        found: list[Form] = []
        opened: Tag | None = None
        fields: list[Tag] = []
        for tag in self.tags:
            if tag.name == "form":
                if opened is not None:
                    found.append(self._form(opened, fields, tag.start))
                opened = None if tag.closing else tag
                fields = []
            elif opened is not None and not tag.closing and tag.name in _FIELDS:
                fields.append(tag)
        if opened is not None:
            found.append(self._form(opened, fields, len(self.text)))
        return tuple(found)

    def _form(self, opened: Tag, inside: list[Tag], end: int) -> Form:
        own = opened.attributes.get("id")
        outside = [tag for tag in self.tags if tag.attributes.get("form") == own] if own else []
        text = self.text[opened.end : end]
        for tag in outside:
            text += self.text[tag.start : tag.end]
        return Form(opened, (*inside, *outside), text)

    @cached_property
    def links(self) -> tuple[Tag, ...]:
        """Its ``a`` tags."""
        return tuple(tag for tag in self.tags if tag.name == "a" and not tag.closing)

    @cached_property
    def scripts(self) -> tuple[Tag, ...]:
        """Its ``script`` tags."""
        return tuple(tag for tag in self.tags if tag.name == "script" and not tag.closing)

    @cached_property
    def safe(self) -> tuple[Printed, ...]:
        """What it prints through ``|safe``."""
        return tuple(
            Printed(match["said"].strip("-+ \n\t"), self.source.offset_spot(*match.span()))
            for match in _PRINTED.finditer(self.text if _SAFE.search(self.text) else "")
            if _SAFE.search(match["said"])
        )

    @cached_property
    def escaping_off(self) -> tuple[Block, ...]:
        """Its ``{% autoescape false %}`` blocks; one that is not closed goes on to the end."""
        found = []
        for match in _ESCAPING_OFF.finditer(self.text):
            end = _ESCAPING_ON.search(self.text, match.end())
            text = self.text[match.end() : end.start() if end is not None else len(self.text)]
            found.append(Block(text, self.source.offset_spot(*match.span())))
        return tuple(found)

    @cached_property
    def uses(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What it extends, includes and imports: (tag, literal names); no names where computed."""
        return tuple(
            (match["kind"], tuple(a or b for a, b in _QUOTED.findall(match["names"])))
            for match in _NAMED.finditer(self.text if "{%" in self.text else "")
        )

    @cached_property
    def macros(self) -> dict[str, str]:
        """The bodies of its macros by name."""
        return {a[1]: self.text[a.end() : b.start()] for a, b in between(self.text, *_MACRO)}

    @cached_property
    def variables(self) -> dict[str, str]:
        """What loops and ``{% set %}`` give names to, by name; the loop's own part of a pair."""
        found: dict[str, str] = {}
        for match in (*_LOOP.finditer(self.text), *_SET.finditer(self.text)):
            for name in re.findall(r"\w+", match[1]):
                found.setdefault(name, match[2].strip("- \n\t"))
        return found

    @cached_property
    def sends_token(self) -> bool:
        """Whether a script or a ``meta`` of it hands a CSRF token to scripts."""
        return bool(_SENT.search(self.text))


_FIELDS = frozenset({"input", "select", "textarea", "button"})
_SENT = lazy(
    r"X-?CSRF-?Token|X-XSRF|X-CSRF|<meta[^>]{0,80}csrf|csrf_?(?:token|nonce)[\"']?\s*[:=]",
    re.IGNORECASE,
)


def extract(source: Source) -> Template:
    """Return the facts of a template."""
    return Template(source)
