"""Everything that reaches ``app.config``, by whatever spelling and from whatever file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Literal

from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.finding import Confidence, Context
from checks.project.evaluated import Evaluated
from checks.records import NamedTuple

Environment = Literal["production", "development", "testing"]


class Setting(NamedTuple):
    """One write of one key of the app's configuration."""

    key: str
    """As Flask has it, such as ``SECRET_KEY``."""
    value: Evaluated
    """What is written, as far as it can be told."""
    spot: Spot
    """Where the value stands."""
    statement: Spot
    """The whole assignment or call."""
    via: str
    """How it is written, for people: ``app.config["X"]``, ``class ProductionConfig`` ..."""
    context: Context
    """Context of the file it stands in."""
    environment: Environment | None = None
    """Which environment it is for, by the name of its class, file or condition; None for all."""
    loaded_by: Spot | None = None
    """The call that loads the class or file; None for a direct write, or if nothing loads it."""
    confidence: Confidence = "high"
    """``low`` for a class or file that looks like configuration but nothing seems to load."""
    overridden_by: str | None = None
    """The loader that runs later and may replace it, such as ``from_pyfile``."""
    sample_of: str = ""
    """The path that its file is to be copied to, for a sample of a file that is missing."""
    written: tuple[ast.expr, Scope] | None = None
    """The expression and where it stands, for what Python writes."""

    @property
    def reaches_production(self) -> bool:
        """Whether the running app may have it: not for tests or development alone."""
        return self.context != "tests" and self.environment in (None, "production")


class Loader(NamedTuple):
    """A call that loads configuration, such as ``from_pyfile``."""

    method: str
    """Such as ``from_pyfile``."""
    spot: Spot
    """The call."""
    resolved: bool
    """Whether what it loads was found among the audited files."""


class Configuration(NamedTuple):
    """The configuration of one site."""

    settings: tuple[Setting, ...]
    """Every write, sorted by place and key."""
    loaders: tuple[Loader, ...]
    """Every loading call, sorted by place."""

    def of(self, *keys: str) -> list[Setting]:
        """Return the writes of any of `keys`, in order."""
        return [setting for setting in self.settings if setting.key in keys]

    def production(self, *keys: str) -> list[Setting]:
        """Return the writes of `keys` that the running app may have."""
        return [setting for setting in self.of(*keys) if setting.reaches_production]

    def unknown_sources(self) -> list[Loader]:
        """Return loaders whose contents could not be read: an absence is then less sure."""
        return [loader for loader in self.loaders if not loader.resolved]


def environment_of(name: str) -> Environment | None:
    """Return the environment that a class, file or variable of this name is for."""
    lowered = name.lower()
    for word, environment in _WORDS:
        if word in lowered:
            return environment
    return None


def environment_of_file(path: str) -> Environment | None:
    """Return the environment that a deployment file is for, by its name or its folder's.

    Compose reads ``docker-compose.override.yml`` by itself where one develops, and Gitpod and
    dev containers are workspaces.
    """
    *folders, name = path.lower().split("/")
    plain = name.replace("docker", "")
    if ".override." in name and "compose" in name:
        return "development"
    own = environment_of(plain)
    if own is None:
        named = (folder for folder in reversed(folders) if folder in _FOLDERS)
        return environment_of(next(named, ""))
    return own


_FOLDERS = frozenset(
    {
        "dev", "development", "local", "test", "tests", "testing", "prod", "production", "staging",
        ".devcontainer", "devel", "vagrant",
    }
)  # fmt: skip
_WORDS: tuple[tuple[str, Environment], ...] = (
    ("prod", "production"),
    ("staging", "production"),
    ("heroku", "production"),
    ("test", "testing"),
    ("dev", "development"),
    ("local", "development"),
    ("debug", "development"),
    ("gitpod", "development"),
    ("docker", "production"),
)


def ordered(settings: Iterable[Setting]) -> Iterator[Setting]:
    """Yield `settings` sorted by place and key, each once."""
    seen = set()
    for setting in sorted(settings, key=lambda s: (s.spot, s.key, s.via)):
        mark = (setting.spot, setting.key, setting.environment)
        if mark not in seen:
            seen.add(mark)
            yield setting
