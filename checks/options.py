"""The audited project's own settings: ``[tool.flask-hardening]`` of its pyproject.toml."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from checks.errors import UsageError
from checks.finding import SEVERITIES
from checks.lazy import lazy
from checks.records import NamedTuple
from checks.suppress import Configured
from checks.toolconfig import ToolOptions

Progress = Callable[[str], None]
"""Called with a sentence at each step."""
FailOn = Literal["high", "medium", "low", "never"]
FAIL_ON: tuple[FailOn, ...] = (*SEVERITIES, "never")
_BANDIT_ID = lazy("B[0-9]{3}")
_LONGEST_S = 600
TABLE = "tool.flask-hardening"


class Options(NamedTuple):
    """What one run was asked for; the command line wins over the file."""

    select: tuple[str, ...] = ()
    """Only these rules; empty: all."""
    ignore: tuple[str, ...] = ()
    """Not these rules."""
    exclude: tuple[str, ...] = ()
    """Globs of files to leave out, as in a ``.gitignore``."""
    fail_on: FailOn = "medium"
    """The least severity that makes the run exit 1."""
    strict: bool = False
    """Whether rules for careful shops report too."""
    format: tuple[str, ...] = ()
    """``FORMAT`` or ``FORMAT:FILE``; empty: text."""
    suppress: tuple[Configured, ...] = ()
    """Findings suppressed by rule and path."""
    bandit: bool = False
    """Whether bandit's tests run too."""
    bandit_config: str | None = None
    """The file with bandit's own settings, if there are any."""
    baseline: str | None = None
    """A file of findings to hide."""
    since: str | None = None
    """A revision: only files that have changed since are reported about."""
    python: str | None = None
    """The Python that the project runs on, such as ``3.9``; None: the one that runs the audit."""
    app_timeout_s: int = 30
    """Seconds within which ``--app`` has to be loaded and asked."""
    tool: ToolOptions = ToolOptions()
    """What rules ask for."""


def is_bandit(name: str) -> bool:
    """Return whether `name` is the id of a test of bandit's, such as ``B105``."""
    return _BANDIT_ID.fullmatch(name) is not None


def find_file(root: str) -> Path | None:
    """Return the pyproject.toml of the project that `root` is in, or None.

    Looks in `root` and above it, up to the repository's top.
    """
    folder = Path(root).resolve()
    for place in (folder, *folder.parents):
        if (place / "pyproject.toml").is_file():
            return place / "pyproject.toml"
        if (place / ".git").exists():
            return None
    return None


def read_options(file: Path | None, *, rules: Collection[str], formats: Collection[str]) -> Options:
    """Return the settings that `file` holds.

    Args:
        file: a pyproject.toml, or another TOML file with the same table or only its keys.
        rules: the known rule ids.
        formats: the known report formats.

    Raises:
        UsageError: the file is unreadable or no TOML, or a key or value is wrong; the message
            names file, key, value and choices.
    """
    if file is None:
        return Options()
    import tomllib  # takes longer than the rest of a run over a few files that has no such file

    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        if b"flask-hardening" not in file.read_bytes():
            return Options()  # somebody else's broken file is not ours to refuse
        raise UsageError(f"{file}: no valid TOML: {error}") from error
    table = data.get("tool", {})
    table = table.get("flask-hardening") if isinstance(table, dict) else None
    if table is None:
        table = {} if file.name == "pyproject.toml" else data
    if not isinstance(table, dict):
        raise UsageError(f"{file}: {TABLE} must be a table")
    options = _checked(str(file), table, rules, formats)
    tools = data.get("tool")
    if file.name == "pyproject.toml" and isinstance(tools, dict):
        theirs = isinstance(tools.get("bandit"), dict)
        options = options._replace(bandit_config=str(file) if theirs else None)
    return options


def _checked(
    file: str, table: Mapping[str, Any], rules: Collection[str], formats: Collection[str]
) -> Options:
    options = Options()
    for key, value in table.items():
        if key not in _KEYS:
            raise UsageError(f"{file}: unknown key {key!r}; choices: {', '.join(sorted(_KEYS))}")
        options = _KEYS[key](options, _Value(file, key, value, rules, formats))
    return options


class _Value(NamedTuple):
    file: str
    key: str
    value: Any
    rules: Collection[str]
    formats: Collection[str]

    def wrong(self, choices: str) -> UsageError:
        return UsageError(f"{self.file}: {self.key} = {self.value!r}; choices: {choices}")

    def texts(self) -> tuple[str, ...]:
        found = [self.value] if isinstance(self.value, str) else self.value
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.wrong("a list of texts")
        return tuple(found)

    def rule_ids(self) -> tuple[str, ...]:
        found = self.texts()
        if any(item not in self.rules and not is_bandit(item) for item in found):
            raise self.wrong(", ".join(sorted(self.rules)))
        return found

    def choice(self, *choices: str) -> Any:
        if self.value not in choices:
            raise self.wrong(", ".join(choices))
        return self.value

    def format_names(self) -> tuple[str, ...]:
        found = self.texts()
        if any(item.partition(":")[0] not in self.formats for item in found):
            raise self.wrong(", ".join(sorted(self.formats)))
        return found

    def suppressions(self) -> tuple[Configured, ...]:
        found = self.value if isinstance(self.value, list) else [self.value]
        for item in found:
            texts = item.values() if isinstance(item, dict) else ()
            if not isinstance(item, dict) or set(item) != {"rule", "path", "reason"}:
                raise self.wrong("tables with the keys rule, path and reason")
            if not all(isinstance(text, str) and text.strip() for text in texts):
                raise self.wrong("texts that are not empty for rule, path and reason")
            if item["rule"] not in self.rules and not is_bandit(item["rule"]):
                raise self.wrong(", ".join(sorted(self.rules)))
        return tuple(Configured(**item) for item in found)

    def beside(self) -> str:
        """Return a path that is written relative to the configuration file's folder."""
        if not isinstance(self.value, str) or not self.value:
            raise self.wrong("a path, relative to this file")
        return os.path.relpath(Path(self.file).parent / self.value)

    def seconds(self) -> int:
        if not isinstance(self.value, int) or self.value not in range(1, _LONGEST_S + 1):
            raise self.wrong(f"a whole number of seconds from 1 to {_LONGEST_S}")
        return int(self.value)

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("true, false")
        return self.value


_KEYS: dict[str, Callable[[Options, _Value], Options]] = {
    "select": lambda o, v: o._replace(select=v.rule_ids()),
    "ignore": lambda o, v: o._replace(ignore=v.rule_ids()),
    "exclude": lambda o, v: o._replace(exclude=v.texts()),
    "fail-on": lambda o, v: o._replace(fail_on=v.choice(*FAIL_ON)),
    "strict": lambda o, v: o._replace(strict=v.truth()),
    "format": lambda o, v: o._replace(format=v.format_names()),
    "suppress": lambda o, v: o._replace(suppress=v.suppressions()),
    "bandit": lambda o, v: o._replace(bandit=v.truth()),
    "baseline": lambda o, v: o._replace(baseline=v.beside()),
    "app-timeout": lambda o, v: o._replace(app_timeout_s=v.seconds()),
    "https": lambda o, v: o._replace(tool=o.tool._replace(https=v.choice("app", "proxy"))),
}
