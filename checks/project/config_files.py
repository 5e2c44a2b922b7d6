"""Configuration in JSON and TOML files that the app loads, and variables Flask reads itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.facts.settings import SettingsFile
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.local_only import env_files_at_a_desk
from checks.project.config_loading import FileLoad
from checks.project.config_paths import meant
from checks.project.configuration import Setting, environment_of
from checks.project.evaluated import Evaluated

# Dynaconf puts such a value together from variables and other settings.
_MADE_UP = lazy(r"@(?:format|jinja|get|read_file|vault|merge_unique)\b")
_USUAL = ("config.json", "config.toml", "settings.json", "settings.toml")


def file_settings(
    files: Sequence[SettingsFile],
    loads: list[FileLoad],
    prefixes: list[tuple[str, Spot]],
    *,
    alone: bool,
) -> Iterator[Setting]:
    """Yield what the settings files give to one site.

    Args:
        files: the project's settings files.
        loads: the files that the site loads, with the loading call.
        prefixes: of the variables that the site reads, with the reading call.
        alone: whether it is the only site, so that a file nothing loads by name is its own.
    """
    readable = {file.path: file for file in files if file.kind in ("json", "toml", "yaml")}
    loaded: dict[str, FileLoad] = {}
    for load in loads:
        for path in meant(readable, load.parts, load.spot.path):
            loaded.setdefault(path, load)
    for path, file in readable.items():
        name = path.rsplit("/", 1)[-1]
        if path in loaded or (alone and name in _USUAL):
            yield from _entries(file, name, loaded.get(path))
    variables = [file for file in files if file.kind == "env"] if prefixes else []
    desk = env_files_at_a_desk(files) if variables else ()
    for file in variables:
        for setting in _prefixed(file, prefixes):
            at_home = setting.environment is None and file.path in desk
            yield setting._replace(environment="development") if at_home else setting


def _entries(file: SettingsFile, name: str, load: FileLoad | None) -> Iterator[Setting]:
    live = {e.key for e in file.entries if load is not None and load.any_case}
    for entry in file.entries:
        if f"production.{entry.key.removeprefix('default.')}" in live:
            continue  # of Dynaconf's environments, the running app has that one
        key = entry.key.rsplit(".", 1)[-1]
        if load is not None and load.any_case and entry.key.count(".") < 2:
            key = key.upper()
        if key.isupper():
            yield Setting(
                key=key,
                value=_evaluated(entry.value, file.kind, entry.spot),
                spot=entry.spot,
                statement=entry.spot,
                via=f"file {file.path}",
                context=file.source.context,
                environment=environment_of(entry.key.rpartition(".")[0] or name),
                loaded_by=load.spot if load is not None else None,
                confidence="high" if load is not None else "low",
            )


def _prefixed(file: SettingsFile, prefixes: list[tuple[str, Spot]]) -> Iterator[Setting]:
    name = file.path.rsplit("/", 1)[-1]
    for entry in file.entries:
        for prefix, loaded_by in prefixes:
            key = entry.key.removeprefix(prefix)
            if not key or key == entry.key:
                continue
            yield Setting(
                key=key,
                value=Evaluated("literal", _parsed(str(entry.value)), entry.spot),
                spot=entry.spot,
                statement=entry.spot,
                via=f"file {file.path}",
                context=file.source.context,
                environment=environment_of(name),
                loaded_by=loaded_by,
            )


def _evaluated(value: object, kind: str, spot: Spot) -> Evaluated:
    if isinstance(value, str) and _MADE_UP.match(value):
        return Evaluated("unknown", None, spot)
    return Evaluated("literal", _scalar(value, kind), spot)


def _scalar(value: object, kind: str) -> object:
    """Return what YAML makes of a plain word; our own reading keeps all values as texts."""
    if kind != "yaml" or not isinstance(value, str):
        return value
    known = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False,
             "null": None, "~": None}  # fmt: skip
    lowered = value.lower()
    return known[lowered] if lowered in known else int(value) if value.isdecimal() else value


def _parsed(text: str) -> object:
    # from_prefixed_env reads values as JSON and keeps what is not JSON as text.
    return {"true": True, "false": False, "null": None}.get(text, text)
