"""Configuration in JSON and TOML files that the app loads, and variables Flask reads itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.facts.settings import SettingsFile
from checks.facts.source import Spot
from checks.project.configuration import Loader, Setting, environment_of
from checks.project.evaluate import Evaluated

_USUAL = ("config.json", "config.toml", "settings.json", "settings.toml")


def file_settings(
    files: Iterable[SettingsFile],
    loaded: list[tuple[str, Spot]],
    loaders: list[Loader],
    *,
    alone: bool,
) -> Iterator[Setting]:
    """Yield what the settings files give to one site.

    Args:
        files: the project's settings files.
        loaded: names of files that the site loads, with the loading call.
        loaders: every loading call of the site.
        alone: whether it is the only site, so that a file nothing loads by name is its own.
    """
    calls = dict(loaded)
    prefixed = next((ld.spot for ld in loaders if ld.method == "from_prefixed_env"), None)
    for file in files:
        name = file.path.rsplit("/", 1)[-1]
        if file.kind in ("json", "toml"):
            if name in calls or (alone and name in _USUAL):
                yield from _entries(file, name, calls.get(name))
        elif file.kind == "env" and prefixed is not None:
            yield from _prefixed(file, name, prefixed)


def _entries(file: SettingsFile, name: str, loaded_by: Spot | None) -> Iterator[Setting]:
    for entry in file.entries:
        key = entry.key.rsplit(".", 1)[-1]
        if key.isupper():
            yield Setting(
                key=key,
                value=Evaluated("literal", entry.value, entry.spot),
                spot=entry.spot,
                statement=entry.spot,
                via=f"file {file.path}",
                context=file.source.context,
                environment=environment_of(entry.key.rpartition(".")[0] or name),
                loaded_by=loaded_by,
                confidence="high" if loaded_by is not None else "low",
            )


def _prefixed(file: SettingsFile, name: str, loaded_by: Spot) -> Iterator[Setting]:
    for entry in file.entries:
        if entry.key.startswith("FLASK_") and len(entry.key) > len("FLASK_"):
            yield Setting(
                key=entry.key.removeprefix("FLASK_"),
                value=Evaluated("literal", _parsed(str(entry.value)), entry.spot),
                spot=entry.spot,
                statement=entry.spot,
                via=f"file {file.path}",
                context=file.source.context,
                environment=environment_of(name),
                loaded_by=loaded_by,
            )


def _parsed(text: str) -> object:
    # from_prefixed_env reads values as JSON and keeps what is not JSON as text.
    return {"true": True, "false": False, "null": None}.get(text, text)
