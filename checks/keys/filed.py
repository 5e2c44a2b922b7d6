"""Credentials in YAML and INI files that the app's own code reads by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.contexts import is_sample
from checks.facts.settings import Entry, SettingsFile
from checks.keys.credential import Credential, is_given, is_real
from checks.keys.words import is_secret_name, is_signing_name, uri_password
from checks.lazy import lazy
from checks.project import Project
from checks.project.configuration import environment_of_file

_PARSES = {
    "yaml": lazy(r"\byaml\.|\bYAML\(|OmegaConf|anyconfig|strictyaml"),
    "ini": lazy(r"ConfigParser|configparser|ConfigObj|configobj"),
}
_NO = ("false", "no", "off", "0")
# What a file of settings is called; of others, only the keys that sign are looked at.
_WORDS_IN_NAME = lazy(r"config|setting|app|conf|prod|database|db", re.IGNORECASE)
# Tools keep settings of their own in such files.
_OF_TOOLS = lazy(
    r"(^|/)(alembic|tox|pytest|setup|mypy|babel|logging|log|docker-compose|compose|\.\w+|"
    r"mkdocs|codecov|environment|locale|lang|messages|translations?|swagger|openapi)[^/]*$|"
    r"(^|/)(\.\w+|tests?|docs?|examples?|samples?|fixtures|migrations|k8s|kubernetes|helm|charts?|ansible|deploy\w*|i18n)/"
)


def filed(project: Project) -> Iterator[Credential]:
    """Yield the passwords and keys of each such file that is no sample."""
    for file in project.settings_files:
        if file.kind in _PARSES and _is_read(file, project):
            plain = _WORDS_IN_NAME.search(file.path.rpartition("/")[2]) is None
            development = environment_of_file(file.path) in ("development", "testing")
            off = {e.key.rpartition(".")[0] for e in file.entries if _is_off(e)}
            for entry in file.entries:
                if off and any(entry.key.startswith(f"{part}.") for part in off):
                    continue  # what is switched off has a sample of its settings beside it
                name, text = entry.key.rpartition(".")[2], entry.value
                if not isinstance(text, str):
                    continue
                if plain:
                    if is_signing_name(name) and is_given(text) and _is_asked_for(name, project):
                        yield Credential("setting", name, entry.spot, development=development)
                elif uri_password(text):
                    yield Credential("address", name, entry.spot, development=development)
                elif is_secret_name(name) and is_real(text):
                    yield Credential("setting", name, entry.spot, development=development)


def _is_off(entry: Entry) -> bool:
    """Return whether an entry of a table switches the table off: ``enable: False``."""
    table, _, name = entry.key.rpartition(".")
    value = str(entry.value).lower()
    return bool(table) and name.lower() in ("enable", "enabled") and value in _NO


def _is_read(file: SettingsFile, project: Project) -> bool:
    """Return whether a Python file names this one as a text, and reads files of that kind."""
    name = file.path.rpartition("/")[2]
    # A folder of templates may hold what the app itself reads, if it has a name of its own.
    sample = is_sample(file.path if _WORDS_IN_NAME.search(name) else name)
    if file.source.context != "app" or sample or _OF_TOOLS.search(file.path):
        return False
    quoted = re.compile(rf"[\"'/]{re.escape(name)}[\"']")
    return any(
        module.source.context == "app"
        and _PARSES[file.kind].search(module.source.text)
        and quoted.search(module.source.text)
        for module in project.vocabulary.files(name)
    )


def _is_asked_for(name: str, project: Project) -> bool:
    """Return whether the app reads a setting of this name: ``conf.get("web", "SECRET_KEY")``."""
    # A line may be a megabyte long, and each bracket in it begins anew.
    before = r"(?:\bget\(|\[)[^)\]\n]{0,200}"
    asked = re.compile(rf"{before}[\"']{re.escape(name)}[\"']", re.IGNORECASE)
    return any(
        module.source.context == "app" and asked.search(module.source.text)
        for spelled in {name, name.upper()}
        for module in project.vocabulary.files(spelled)
    )
