"""Files of systemd, supervisor, hosting services and entry scripts, read as deployments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from checks.facts.deployment import Command, Deployment, Variable
from checks.facts.settings import SettingsFile, unquoted
from checks.facts.source import Source, Spot
from checks.lazy import lazy

_SETTING = lazy(r"^\s*(?P<key>[A-Za-z]\w*)\s*=\s*(?P<text>.*?)\s*$")
_PAIR = lazy(r"""([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,"']*)""")
_HOSTS = lazy(r"(?:.*/)?(?:fly|nixpacks|railway|app)\.(?:toml|json)")
_STARTS = ("cmd", "startCommand", "command", "web", "app", "release_command")
_EXPORT = lazy(r"^(?:export\s+)?([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|[^\s;&|]*)\s*$")


def unit(source: Source) -> Deployment:
    """Return what a unit file of systemd says: ``Environment`` and ``ExecStart``."""
    variables: list[Variable] = []
    commands: list[Command] = []
    for key, text, spot in _settings(source):
        if key == "Environment":
            # ``Environment="A=1" "B=2"``: the quotes are around the pair.
            plain = re.sub(r"([\"'])([A-Za-z_]\w*=)(.*?)\1", r"\2\1\3\1", text)
            variables += [Variable(n, unquoted(v), spot, key) for n, v in _PAIR.findall(plain)]
        elif key == "ExecStart":
            commands.append(Command(text.lstrip("-@:+!"), spot))
    return Deployment(source, "systemd", tuple(variables), tuple(commands))


def supervisor(source: Source) -> Deployment:
    """Return what a configuration of supervisor says: ``environment`` and ``command``."""
    variables: list[Variable] = []
    commands: list[Command] = []
    for key, text, spot in _settings(source):
        if key == "environment":
            variables += [Variable(n, unquoted(v), spot, key) for n, v in _PAIR.findall(text)]
        elif key == "command":
            commands.append(Command(text, spot))
    return Deployment(source, "supervisor", tuple(variables), tuple(commands))


def script(source: Source) -> Deployment:
    """Return what the entry script of a container does whatever its arguments are.

    Lines that are indented stand in a condition, as a rule, and are left out.
    """
    variables: list[Variable] = []
    commands: list[Command] = []
    for number, line in enumerate(source.lines, 1):
        if not line.strip() or line[0] in " \t#":
            continue
        match = _EXPORT.match(line)
        if match is None:
            commands.append(Command(line.strip(), source.line_spot(number)))
        else:
            start, end = match.start(2) + 1, match.end(2) + 1
            spot = Spot(source.path, number, start, number, max(end, start + 1))
            variables.append(Variable(match[1], unquoted(match[2]), spot, "the entry script"))
    return Deployment(source, "script", tuple(variables), tuple(commands))


def hosting(file: SettingsFile) -> Deployment | None:
    """Return what ``fly.toml``, ``nixpacks.toml``, ``railway.toml`` or ``app.json`` says."""
    if not _HOSTS.fullmatch(file.path):
        return None
    name = file.path.rsplit("/", 1)[-1]
    variables = []
    for entry in file.entries:
        parts = entry.key.split(".")
        if {"env", "variables"}.intersection(parts[:-1]):
            variables.append(Variable(parts[-1], str(entry.value), entry.spot, name))
    commands = []
    for key, text, spot in _settings(file.source) if file.kind == "toml" else ():
        if key in _STARTS:
            commands.append(Command(unquoted(text), spot))
    if file.kind == "json":
        variables += _described(file.source, name)
    return Deployment(file.source, "hosting", tuple(variables), tuple(commands))


def _described(source: Source, via: str) -> Iterator[Variable]:
    """Yield ``"env": {"NAME": {"value": "x"}}`` of Heroku's ``app.json``."""
    described = json.loads(source.text).get("env")
    for name, what in described.items() if isinstance(described, dict) else ():
        value = what.get("value") if isinstance(what, dict) else None
        if isinstance(value, str) and not what.get("generator"):
            place = source.text.find(f'"{name}"')
            yield Variable(name, value, source.offset_spot(place, place + len(name) + 2), via)


def _settings(source: Source) -> Iterator[tuple[str, str, Spot]]:
    """Yield ``key=value`` lines, with those joined that end in a backslash."""
    lines = source.lines
    number = 0
    while number < len(lines):
        match = _SETTING.match(lines[number])
        first, number = number, number + 1
        if match is None:
            continue
        text = match["text"]
        while text.endswith("\\") and number < len(lines):
            text = f"{text[:-1].rstrip()} {lines[number].strip()}"
            number += 1
        end = len(lines[first].rstrip()) + 1
        yield (
            match["key"],
            text,
            Spot(source.path, first + 1, match.start("text") + 1, first + 1, end),
        )
