"""Settings files: ``.env``, TOML, JSON and the simple YAML of deployments.

Each gives `Entry` values: a key, what it is set to, and where. Only scalars are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from checks.facts.source import Source, Spot
from checks.lazy import lazy
from checks.records import NamedTuple


class Entry(NamedTuple):
    """One ``key = value`` of a settings file."""

    key: str
    """As written; nested keys are joined with dots."""
    value: object
    """Text, number, truth value or None. May be a secret: never print it."""
    spot: Spot
    """Where the value stands, or its line."""


class SettingsFile(NamedTuple):
    """The entries of one file, in order."""

    source: Source
    kind: str
    """``env``, ``toml``, ``json``, ``yaml`` or ``ini``."""
    entries: tuple[Entry, ...]

    @property
    def path(self) -> str:
        """Relative to the audit's root, with ``/``."""
        return self.source.path


def extract(source: Source, kind: str) -> SettingsFile:
    """Return the entries of a settings file.

    Raises:
        ValueError: the file is not in its format.
    """
    return SettingsFile(source, kind, tuple(_READERS[kind](source)))


_ENV_LINE = lazy(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*?)[ \t]*$")


def env_lines(source: Source) -> Iterator[Entry]:
    """Yield the entries of lines such as ``export KEY="value"  # comment``."""
    for number, line in enumerate(source.lines, 1):
        match = _ENV_LINE.match(line)
        if match:
            text = match.group(2)
            value = unquoted(text)
            start = match.start(2) + 1
            spot = Spot(source.path, number, start, number, start + max(1, len(text)))
            yield Entry(match.group(1), value, spot)


def unquoted(text: str) -> str:
    """Return `text` without its quotes, or without a comment after it."""
    if len(text) >= 2 and text[0] in "'\"":
        end = text.find(text[0], 1)
        if end > 0:
            return text[1:end]
    return re.sub(r"(^|[ \t])#.*$", "", text).strip()


def _toml(source: Source) -> Iterator[Entry]:
    import tomllib  # only where there is such a file

    yield from _located(source, _flat(tomllib.loads(source.text)))


_MOST_JSON = 256 * 1024  # characters: a longer file is data or translations, no configuration


def _json(source: Source) -> Iterator[Entry]:
    if len(source.text) > _MOST_JSON:
        return
    try:
        data = json.loads(source.text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if isinstance(data, dict):
        yield from _located(source, _flat(data))


_CONFIG_KEY = lazy(r"[A-Z][A-Z0-9_]*")
_MAX_ENTRIES = 500  # keys located in one file; a configuration has a few dozen


def _flat(data: dict[str, object]) -> Iterator[tuple[str, object]]:
    stack: list[tuple[str, object]] = [("", data)]
    while stack:
        name, value = stack.pop()
        if isinstance(value, dict):
            inner = [(f"{name}.{key}" if name else str(key), item) for key, item in value.items()]
            stack.extend(reversed(inner))
        elif value is None or isinstance(value, str | int | float | bool):
            yield name, value


def _located(source: Source, entries: Iterator[tuple[str, object]]) -> Iterator[Entry]:
    """Find each key's place in the text: parsers of these formats do not tell it.

    Only keys that Flask would take, in capitals, and so few that searching stays cheap.
    """
    wanted = [pair for pair in entries if _CONFIG_KEY.fullmatch(pair[0].rsplit(".", 1)[-1])]
    for name, value in wanted[:_MAX_ENTRIES]:
        key = re.escape(name.rsplit(".", 1)[-1])
        match = re.search(
            rf"""(["']?)\b{key}\b\1\s*[=:]\s*([^\n]*?)\s*,?\s*(?:\n|$)""", source.text
        )
        if match and match.group(2):
            spot = source.offset_spot(match.start(2), match.end(2))
        else:
            spot = source.line_spot(1)
        yield Entry(name, value, spot)


_YAML_PAIR = lazy(r"^(\s*)(-\s+)?([\"']?[\w.$-]+[\"']?)\s*[:=]\s*(.*?)\s*$")


_ANCHOR = lazy(r"&[\w.-]+")


def yaml_lines(source: Source) -> Iterator[Entry]:
    """Yield ``key: value`` and ``- KEY=value`` pairs with their outer keys, by indentation.

    Enough for compose files and manifests; a list item's ``name``/``value`` pair (Kubernetes)
    becomes an entry of that name.
    """
    outer: list[tuple[int, str]] = []
    named: str | None = None
    for number, line in enumerate(source.lines, 1):
        match = _YAML_PAIR.match(line)
        if not match or line.lstrip().startswith("#"):
            continue
        indent = len(match.group(1)) + len(match.group(2) or "")
        key = match.group(3).strip("\"'")
        text = match.group(4)
        while outer and outer[-1][0] >= indent:
            outer.pop()
        if not unquoted(text) or _ANCHOR.fullmatch(text):
            outer.append((indent, key))
            continue
        value = unquoted(text)
        if match.group(2) and text.endswith(("'", '"')) and not text.startswith(("'", '"')):
            value = value.rstrip("'\"")
        spot = Spot(source.path, number, match.start(4) + 1, number, match.end(4) + 1)
        if key in ("name", "key"):  # of Kubernetes and of Render
            named = value
        elif key == "value" and named is not None:
            key, named = named, None
        yield Entry(".".join([*(name for _, name in outer), key]), value, spot)


def _ini(source: Source) -> Iterator[Entry]:
    for number, line in enumerate(source.lines, 1):
        match = re.match(r"\s*([\w.-]+)\s*[=:]\s*(.*?)\s*$", line)
        if match and not line.lstrip().startswith(("#", ";")):
            start = match.start(2) + 1
            spot = Spot(source.path, number, start, number, start + max(1, len(match.group(2))))
            yield Entry(match.group(1), match.group(2), spot)


_READERS = {"env": env_lines, "toml": _toml, "json": _json, "yaml": yaml_lines, "ini": _ini}
