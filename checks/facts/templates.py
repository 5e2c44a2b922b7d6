"""Jinja and HTML templates: forms with what they hold, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.source import Source, Spot


@dataclass(frozen=True, slots=True)
class Tag:
    """One HTML tag."""

    name: str
    """Lower case."""
    attributes: dict[str, str]
    """Names in lower case; template expressions in values are kept as written."""
    spot: Spot


@dataclass(frozen=True, slots=True)
class Form:
    """One ``<form>`` element."""

    tag: Tag
    fields: tuple[Tag, ...]
    """Its ``input``, ``select``, ``textarea`` and ``button`` tags."""
    text: str
    """Everything between the tags, template expressions included."""

    @property
    def method(self) -> str:
        """``get`` or ``post`` or another, in lower case; the default is ``get``."""
        return self.tag.attributes.get("method", "get").strip().lower()

    @property
    def action(self) -> str:
        """The ``action`` as written, ``""`` for the page itself."""
        return self.tag.attributes.get("action", "").strip()

    @property
    def has_token(self) -> bool:
        """Whether it carries a CSRF token by any usual spelling."""
        return bool(_TOKEN.search(self.text))

    @property
    def has_password(self) -> bool:
        """Whether it asks for a password."""
        return any(f.attributes.get("type", "").lower() == "password" for f in self.fields) or (
            re.search(r"\{\{[^}]*\bform\.\w*password", self.text) is not None
        )


@dataclass(frozen=True, slots=True)
class Template:
    """The facts of one template."""

    source: Source
    forms: tuple[Form, ...]
    links: tuple[Tag, ...]
    """Its ``a`` tags."""

    @property
    def path(self) -> str:
        """Relative to the audit's root, with ``/``."""
        return self.source.path


_TOKEN = re.compile(r"csrf|hidden_tag\(|quick_form\(|_seasurf|render_form", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->|\{#.*?#\}", re.DOTALL)
_TAG = re.compile(
    r"<(/?)(form|input|select|textarea|button|a)\b((?:[^<>\"'{]|\{(?!\{)|\{\{[^}]*\}\}|\"[^\"]*\"|'[^']*')*)>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"([A-Za-z_:][\w:.-]*)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|(?:\{\{[^}]*\}\}|[^\s\"'>{]|\{(?!\{))+))?",
    re.DOTALL,
)


def extract(source: Source) -> Template:
    """Return the forms and links of a template."""
    # Comments are blanked, not cut, so that offsets stay those of the file.
    text = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), source.text)
    forms: list[Form] = []
    links: list[Tag] = []
    opened: tuple[Tag, int] | None = None
    fields: list[Tag] = []
    for match in _TAG.finditer(text):
        closing, name = match.group(1), match.group(2).lower()
        if name == "form":
            if opened is not None:
                forms.append(Form(opened[0], tuple(fields), text[opened[1] : match.start()]))
            opened = None if closing else (_tag(source, match), match.end())
            fields = []
        elif not closing and name == "a":
            links.append(_tag(source, match))
        elif not closing and opened is not None:
            fields.append(_tag(source, match))
    if opened is not None:
        forms.append(Form(opened[0], tuple(fields), text[opened[1] :]))
    return Template(source, tuple(forms), tuple(links))


def _tag(source: Source, match: re.Match[str]) -> Tag:
    attributes = {
        name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(match.group(3))
    }
    spot = source.offset_spot(match.start(), match.end())
    return Tag(match.group(2).lower(), attributes, spot)
