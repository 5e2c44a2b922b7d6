"""Deployment files: the variables they set and the commands they run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts.commands import yaml_commands
from checks.facts.settings import SettingsFile, unquoted
from checks.facts.source import Source, Spot
from checks.lazy import lazy
from checks.records import NamedTuple


class Variable(NamedTuple):
    """An environment variable that a deployment gives the app."""

    name: str
    value: str
    """May be a secret: never print it."""
    spot: Spot
    """Where the value stands, or its line."""
    via: str
    """For people: ``ENV``, ``ARG``, ``environment``, ``.flaskenv`` ..."""
    stage: str = ""
    """The name of the Dockerfile's stage it stands in."""


class Command(NamedTuple):
    """A command that a deployment runs, as one line of text."""

    text: str
    spot: Spot
    stage: str = ""
    """The name of the Dockerfile's stage it stands in."""


class Directive(NamedTuple):
    """One nginx directive."""

    name: str
    args: tuple[str, ...]
    block: tuple[str, ...]
    """Names of the blocks around it, outermost first, such as ``("http", "server")``."""
    block_id: int
    """Tells the blocks of one file apart: the offset where the innermost one begins."""
    spot: Spot


class Deployment(NamedTuple):
    """What one deployment file says."""

    source: Source
    kind: str
    """``docker``, ``compose``, ``procfile``, ``nginx``, ``env``, ``ini``, ``systemd`` ..."""
    variables: tuple[Variable, ...] = ()
    commands: tuple[Command, ...] = ()
    directives: tuple[Directive, ...] = ()

    @property
    def path(self) -> str:
        """Relative to the audit's root, with ``/``."""
        return self.source.path


def extract(source: Source, kind: str) -> Deployment:
    """Return the facts of a Dockerfile, Procfile or nginx configuration."""
    if kind == "docker":
        return _docker(source)
    if kind == "procfile":
        return _procfile(source)
    if kind in ("caddy", "apache"):
        return Deployment(source, kind)
    return Deployment(source, "nginx", directives=tuple(_directives(source)))


def from_settings(file: SettingsFile) -> Deployment | None:
    """Return what a settings file means as a deployment, or None if it is none."""
    if file.kind == "env":
        via = file.path.rsplit("/", 1)[-1]
        variables = [Variable(e.key, str(e.value), e.spot, via) for e in file.entries]
        return Deployment(file.source, "env", tuple(variables))
    if file.kind == "yaml":
        return _compose(file)
    if file.kind == "ini":
        return _uwsgi(file)
    return None


_HOLDERS = frozenset({"environment", "env", "env_variables", "envVars"})


def _compose(file: SettingsFile) -> Deployment:
    maps = any(entry.key == "kind" and entry.value == "ConfigMap" for entry in file.entries)
    heroku = file.path.rsplit("/", 1)[-1] == "heroku.yml"
    variables = []
    commands = [Command(text, spot) for text, spot in yaml_commands(file.source)]
    for entry in file.entries:
        parts = entry.key.split(".")
        if _HOLDERS.intersection(parts[:-1]):
            variables.append(Variable(parts[-1], str(entry.value), entry.spot, "environment"))
        elif maps and parts[0] == "data" and len(parts) == 2:
            variables.append(Variable(parts[-1], str(entry.value), entry.spot, "ConfigMap"))
        elif parts[-1] == "run" or (heroku and parts[0] == "run"):
            commands.append(Command(str(entry.value), entry.spot))
    return Deployment(file.source, "compose", tuple(variables), tuple(commands))


def _uwsgi(file: SettingsFile) -> Deployment:
    variables = []
    for entry in file.entries:
        name, _, value = str(entry.value).partition("=")
        if entry.key == "env" and value:
            variables.append(Variable(name.strip(), value.strip(), entry.spot, "uwsgi env"))
    return Deployment(file.source, "ini", tuple(variables))


def _docker(source: Source) -> Deployment:
    variables: list[Variable] = []
    commands: list[Command] = []
    stage = entry = ""
    for number, text in _instructions(source):
        word, _, rest = text.strip().partition(" ")
        spot = source.line_spot(number)
        word, rest = word.upper(), rest.strip()
        if word == "FROM":
            stage, entry = _stage(rest), ""
        elif word in ("ENV", "ARG"):
            variables += [Variable(n, v, spot, word, stage) for n, v in _pairs(rest)]
        elif word in ("CMD", "ENTRYPOINT", "RUN"):
            command = _unlisted(rest)
            if word == "CMD" and rest.startswith("["):
                command = f"{entry} {command}".strip()  # what is started gets it as arguments
            if word == "ENTRYPOINT":
                entry = command if rest.startswith("[") else ""
            commands.append(Command(command, spot, stage))
    return Deployment(source, "docker", tuple(variables), tuple(commands))


def _stage(text: str) -> str:
    """Return ``build`` for ``python:3.12 AS build``."""
    words = text.split()
    return words[2] if len(words) > 2 and words[1].lower() == "as" else ""


def _instructions(source: Source) -> Iterator[tuple[int, str]]:
    """Yield Dockerfile instructions with continuation lines joined, and their first line."""
    start, parts = 0, list[str]()
    for number, line in enumerate(source.lines, 1):
        if line.lstrip().startswith("#"):
            continue
        start = start or number
        parts.append(line.rstrip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            yield start, " ".join(parts)
            start, parts = 0, []
    if parts:
        yield start, " ".join(parts)


_PAIR = lazy(r"""([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)""")


def _pairs(text: str) -> list[tuple[str, str]]:
    if "=" in text.split(" ", 1)[0]:
        return [(name, unquoted(value)) for name, value in _PAIR.findall(text)]
    name, _, value = text.partition(" ")
    return [(name, unquoted(value.strip()))]


def _unlisted(text: str) -> str:
    """Return ``["flask", "run"]`` as ``flask run``."""
    if text.startswith("["):
        return " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
    return text


def _procfile(source: Source) -> Deployment:
    variables: list[Variable] = []
    commands: list[Command] = []
    for number, line in enumerate(source.lines, 1):
        name, colon, command = line.partition(":")
        if not colon or not re.fullmatch(r"[\w-]+", name.strip()):
            continue
        spot = source.line_spot(number)
        commands.append(Command(command.strip(), spot))
        variables += [Variable(n, v, spot, "Procfile") for n, v in _leading(command)]
    return Deployment(source, "procfile", tuple(variables), tuple(commands))


def _leading(command: str) -> Iterator[tuple[str, str]]:
    for word in command.split():
        match = re.fullmatch(r"([A-Za-z_]\w*)=(.*)", word)
        if match:
            yield match.group(1), unquoted(match.group(2))
        elif word not in ("env", "export"):
            return


_TOKEN = lazy(r"""#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[{};]|[^\s{};]+""")


_LEVELS = 20  # blocks in blocks that are told; nginx knows four


def _directives(source: Source) -> Iterator[Directive]:
    blocks: list[tuple[str, int]] = []
    words: list[str] = []
    start = 0
    for match in _TOKEN.finditer(source.text):
        text = match.group()
        if text.startswith("#"):
            continue
        if text not in ("{", "}", ";"):
            start = start if words else match.start()
            words.append(unquoted(text))
            continue
        if words:
            names = tuple(name for name, _ in blocks[:_LEVELS])
            inside = blocks[-1][1] if blocks else 0
            spot = source.offset_spot(start, match.start())
            yield Directive(words[0], tuple(words[1:]), names, inside, spot)
        if text == "{":
            blocks.append((words[0] if words else "", match.start()))
        elif text == "}" and blocks:
            blocks.pop()
        words = []
