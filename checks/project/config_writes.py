"""The writes of one app's configuration, as they are found, and what becomes of each."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.contexts import is_sample
from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.project.config_branches import branches
from checks.project.config_order import replaced
from checks.project.config_reading import condition
from checks.project.configuration import Environment, Setting
from checks.project.evaluate import Evaluator
from checks.project.evaluated import UNKNOWN, Evaluated, one_of
from checks.project.fallbacks import stands_in
from checks.records import NamedTuple


class Place(NamedTuple):
    """Where a write takes effect: its own statement, or the call that loads it."""

    scope: Scope
    node: ast.AST
    receiver: str
    """The app's expression, such as ``app``: writes to different ones replace nothing."""
    certain: bool = True
    """Whether it replaces what was there: ``setdefault`` and loaders do not for sure."""


class Origin(NamedTuple):
    """Where a written value comes from, beyond its own place."""

    environment: Environment | None = None
    loaded_by: Spot | None = None
    guessed: bool = False
    """It looks like configuration, and nothing seems to load it."""
    fallback: bool = False
    """The environment may replace it, as in a pydantic class."""
    file: str | None = None
    """A file that is read over it: what stands there wins."""


def _replaced(setting: Setting, place: Place, later: Place, other: Setting) -> bool:
    if later.node is place.node or other.written is None:
        return False
    if all(isinstance(each.value.value, str | bytes) for each in (setting, other)):
        return False  # two texts: both are in the source, and which one was meant is not known
    return replaced(place.node, later.node, other.written[0], setting.key, place.scope)


class Writes:
    """Keeps writes and tells which of them stay."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Take what evaluates the written expressions."""
        self.evaluator = evaluator
        self._kept: list[tuple[Setting, Place | None, Origin]] = []
        self._loads: dict[Scope, list[tuple[int, str]]] = {}

    def loads(self, scope: Scope, line: int, method: str) -> None:
        """Remember that a loader such as ``from_pyfile`` runs in `line` of `scope`."""
        self._loads.setdefault(scope, []).append((line, method))

    def has_key(self) -> bool:
        """Return whether the app is given a secret key where it is made."""
        return any(
            setting.key == "SECRET_KEY" and place is not None for setting, place, _ in self._kept
        )

    def add(
        self,
        key: str,
        value: ast.expr,
        node: ast.AST,
        scope: Scope,
        via: str,
        place: Place | None,
        origin: Origin | None = None,
    ) -> None:
        """Keep one write.

        Args:
            key: what is set.
            value: the expression.
            node: the statement or call it stands in.
            scope: where the expression stands.
            via: how it is written, for people.
            place: where it takes effect; None where nothing seems to load it.
            origin: of what is loaded.
        """
        origin = origin if origin is not None else Origin()
        environment = origin.environment or condition(node, scope)
        if environment is None and place is not None and place.node is not node:
            environment = condition(place.node, place.scope)
        worth = self._value(key, value, node, scope, fallback=origin.fallback)
        sample = scope.module.sample_of or self._sample_of(worth)
        if sample:
            of = "" if via.startswith("module ") else f"{via} of "
            via = f"{of}the sample for {sample}"
        setting = Setting(
            key=key,
            value=worth,
            spot=scope.spot(value),
            statement=scope.spot(node),
            via=via,
            context=scope.module.source.context,
            environment=environment,
            loaded_by=origin.loaded_by,
            confidence="low" if origin.guessed or sample else "high",
            sample_of=sample,
            written=(value, scope),
        )
        for each in self._branches(setting):
            self._kept.append((each, place, origin))

    def _sample_of(self, worth: Evaluated) -> str:
        """Return what file stands in for where a value comes from a sample: ``config.KEY``."""
        path = worth.spot.path if worth.spot is not None else ""
        if not is_sample(path):
            return ""
        modules = self.evaluator.names.modules.values()
        return next((module.sample_of for module in modules if module.path == path), "")

    def _branches(self, setting: Setting) -> list[Setting]:
        """Return one write for each text that a branch gives the name which is written."""
        if setting.value is not UNKNOWN or setting.written is None:
            return [setting]
        found = []
        for value, node, scope in branches(*setting.written, self.evaluator.names):
            worth = self._value(setting.key, value, node, scope, fallback=False)
            text = isinstance(worth.value, str | bytes) and worth.value
            if text and worth.kind in ("literal", "fallback"):
                environment = setting.environment or condition(node, scope)
                spot = worth.spot or scope.spot(value)
                each = setting._replace(value=worth, spot=spot, environment=environment)
                found.append(each._replace(written=(value, scope)))
        return found or [setting]

    def settings(self) -> Iterator[Setting]:
        """Yield what is kept, with the loader that may replace it, without what is replaced."""
        certain: dict[tuple[Scope, str, str], list[tuple[Place, Setting]]] = {}
        for setting, place, _ in self._kept:
            if place is not None and place.certain and setting.written is not None:
                own = certain.setdefault((place.scope, place.receiver, setting.key), [])
                own.append((place, setting))
        for setting, place, origin in self._kept:
            if place is None:
                yield setting
                continue
            later = certain.get((place.scope, place.receiver, setting.key), ())
            if not any(_replaced(setting, place, *other) for other in later):
                yield setting._replace(overridden_by=origin.file or self._later_loader(place))

    def always_loaded(self, things: set[Scope]) -> None:
        """Let what the only loaded class sets count everywhere, whatever its name says.

        Args:
            things: the scopes of the class and its bases.
        """
        for index, (setting, place, origin) in enumerate(self._kept):
            inside = setting.written is not None and setting.written[1] in things
            if inside and place is not None and setting.environment == "development":
                via = f"{setting.via}, which the app always loads"
                setting = setting._replace(environment=None, via=via)
                self._kept[index] = (setting, place, origin)

    def _later_loader(self, place: Place) -> str | None:
        """Return the last loader behind `place` that may replace what was set there."""
        line = getattr(place.node, "lineno", 1)
        later = [pair for pair in self._loads.get(place.scope, ()) if pair[0] > line]
        return max(later)[1] if later else None

    def _value(
        self, key: str, value: ast.expr, node: ast.AST, scope: Scope, *, fallback: bool
    ) -> Evaluated:
        evaluated = self.evaluator.evaluate(value, scope)
        if fallback and evaluated.kind == "literal":
            evaluated = evaluated._replace(kind="fallback", variable=key)
        elif fallback and evaluated.kind == "generated" and evaluated.variable is None:
            evaluated = evaluated._replace(variable=key)
        if isinstance(value, ast.Name) and evaluated is UNKNOWN:
            evaluated = self._one_of_several(value, scope)
        if evaluated.kind == "literal" and stands_in(node, key, scope):
            evaluated = evaluated._replace(kind="fallback", variable=None)
        return evaluated

    def _one_of_several(self, value: ast.Name, scope: Scope) -> Evaluated:
        """Return a literal if one of several assignments of `value` in sight is one."""
        return one_of(
            [
                self.evaluator.evaluate(binding.value, scope)
                for binding in self.evaluator.names.bindings(value.id, scope)
                if binding.kind == "value"
            ]
        )
