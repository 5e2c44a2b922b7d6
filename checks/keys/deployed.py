"""The variables that deployment files set to secrets, whatever the format of the file."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Iterator

from checks.facts.deployment import Deployment
from checks.facts.settings import Entry, SettingsFile
from checks.facts.source import Spot
from checks.keys.words import is_secret_name, literal_of, uri_password, uri_user_and_host
from checks.lazy import lazy
from checks.project import Project
from checks.records import NamedTuple


class Deployed(NamedTuple):
    """A secret that a deployment file holds."""

    name: str
    """The variable's name."""
    value: str
    """The literal. Never print it."""
    spot: Spot
    via: str
    """For people: ``ENV``, ``environment``, ``Secret`` ..."""
    is_default: bool = False
    """Whether it is what ``${NAME:-value}`` falls back on."""
    in_address: bool = False
    """Whether it is the password inside an address such as ``postgres://shop:pw@db``."""
    user: str = ""
    """Whose it is, by that address."""
    host: str = ""
    """Where it leads, with the port."""


def deployed(project: Project) -> Iterator[Deployed]:
    """Yield every secret of the deployment files, each place once."""
    seen: set[tuple[Spot, str]] = set()
    for name, value, spot, via in _variables(project):
        secret = _secret(name, value, spot, via)
        if secret is not None and (spot, name) not in seen:
            seen.add((spot, name))
            yield secret


def _secret(name: str, value: str, spot: Spot, via: str) -> Deployed | None:
    literal, is_default = literal_of(value)
    address = literal if is_default else value
    in_address = uri_password(address)
    if in_address:
        user, host = uri_user_and_host(address, in_address)
        return Deployed(name, in_address, spot, via, is_default, True, user, host)
    if literal and is_secret_name(name) and "://" not in literal:
        return Deployed(name, literal, spot, via, is_default)
    return None


_Variable = tuple[str, str, Spot, str]


def _variables(project: Project) -> Iterator[_Variable]:
    for deployment in project.deployments:
        if deployment.source.context == "tests":
            continue
        for variable in deployment.variables:
            yield variable.name, variable.value, variable.spot, variable.via
        yield from _commands(deployment)
    for file in project.settings_files:
        if file.kind == "yaml" and file.source.context != "tests":
            yield from _manifest(file)
            yield from _lists(file)
    for module in project.modules:
        if module.path.rsplit("/", 1)[-1].startswith("gunicorn"):
            for assignment in module.top.assignments:
                if getattr(assignment.target, "id", "") == "raw_env":
                    value = project.evaluate(assignment.value, module.top)
                    for text in value.value if isinstance(value.value, tuple) else ():
                        name, _, rest = str(text).partition("=")
                        yield name, rest, module.source.spot(assignment.value), "gunicorn raw_env"


_ASSIGNED = lazy(
    r"(?:^|&&|;|\s(?:-e|--env|--env-vars|export|env|--build-arg|--set-env))[ =]*"
    r"([A-Z][A-Z0-9_]*)=(\"[^\"]*\"|'[^']*'|[^\s;&|\"']+)"
)


def _commands(deployment: Deployment) -> Iterator[_Variable]:
    """Yield what ``gunicorn -e NAME=value`` and ``NAME=value flask run`` hand over."""
    for command in deployment.commands:
        if deployment.kind == "docker" and _built(deployment, command.spot):
            continue
        for name, value in _ASSIGNED.findall(command.text):
            yield name, value, command.spot, "command"


def _built(deployment: Deployment, spot: Spot) -> bool:
    """Return whether a Dockerfile runs the command while it builds, not in the container."""
    return deployment.source.lines[spot.line - 1].lstrip().upper().startswith("RUN")


_PAIR = lazy(r"[\"']?([A-Za-z_]\w*)[\"']?\s*[:=]\s*(\"[^\"]*\"|'[^']*'|[^\s,\]}\"']+)")
_HOLDERS = ("environment", "env", "variables", "args", "envs", "env_variables")


def _lists(file: SettingsFile) -> Iterator[_Variable]:
    """Yield ``environment: {KEY: value}``, anchored blocks, and keys that CI systems use."""
    for entry in file.entries:
        parts = entry.key.split(".")
        text = str(entry.value)
        if parts[-1] in _HOLDERS and text[:1] in "{[":
            for name, value in _PAIR.findall(text):
                yield name, value, entry.spot, "environment"
        elif any(part in ("variables", "args", "env_variables") for part in parts[:-1]):
            yield parts[-1], text, entry.spot, _holder(parts)
        elif len(parts) > 1 and parts[0].startswith("x-"):
            yield parts[-1], text, entry.spot, "environment"


def _holder(parts: list[str]) -> str:
    return next(part for part in parts if part in _HOLDERS)


def _manifest(file: SettingsFile) -> Iterator[_Variable]:
    """Yield the data of Kubernetes' Secret and ConfigMap manifests."""
    ends = [n for n, line in enumerate(file.source.lines, 1) if line.startswith("---")]
    kinds: dict[int, str] = {}
    for entry in file.entries:
        if entry.key == "kind":
            kinds[bisect_right(ends, entry.spot.line)] = str(entry.value)
    if not {"Secret", "ConfigMap"}.intersection(kinds.values()):
        return
    for entry in file.entries:
        holder, _, name = entry.key.partition(".")
        kind = kinds.get(bisect_right(ends, entry.spot.line), "")
        if kind not in ("Secret", "ConfigMap") or not name or "." in name:
            continue
        if holder == "stringData" or (holder == "data" and kind == "ConfigMap"):
            yield name, str(entry.value), entry.spot, kind
        elif holder == "data":
            yield name, _decoded(entry), entry.spot, kind


def _decoded(entry: Entry) -> str:
    """Return what the base64 of a Secret's ``data`` says, or an empty text if it is none."""
    try:
        return base64.b64decode(str(entry.value), validate=True).decode("utf-8").strip()
    except (binascii.Error, UnicodeDecodeError):
        return ""
