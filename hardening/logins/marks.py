"""What an app says of its own views with `Hardening.login_view`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, get_args

from hardening.errors import ConfigurationError
from hardening.logins.words import Kind

Mark = Kind | Literal["none"]
MARKS: Final[tuple[str, ...]] = (*get_args(Kind), "none")
_MOST_WRAPPERS = 20  # around one view; a bound on what a strange one can cost


class Marks:
    """The marked views of every app that one `Hardening` wraps."""

    def __init__(self) -> None:
        self._marks: dict[object, Mark] = {}
        self.version = 0
        """Changes whenever a view is marked."""

    def put(self, view: object, kind: Mark) -> None:
        """Mark a view function, a view class or an endpoint.

        Raises:
            ConfigurationError: there is no such kind.
        """
        self.check(kind)
        self._marks[view] = kind
        self.version += 1

    def check(self, kind: Mark) -> None:
        """Refuse a kind that does not exist, as `put` does."""
        if kind not in MARKS:
            raise ConfigurationError("login_view", f"{kind!r} is no kind", map(repr, MARKS))

    def of(self, views: Mapping[str, object]) -> dict[str, Mark]:
        """Return the endpoints of `views` that are marked, and as what."""
        if not self._marks:
            return {}
        found: dict[str, Mark] = {}
        for endpoint, view in views.items():
            for part in (endpoint, *_parts(view)):
                if (mark := self._mark(part)) is not None:
                    found[endpoint] = mark
                    break
        return found

    def _mark(self, part: object) -> Mark | None:
        try:
            return self._marks.get(part)
        except TypeError:  # a view that cannot be hashed cannot be marked either
            return None


def _parts(view: object) -> Iterator[object]:
    """Yield a view, its class, and what its decorators put themselves around."""
    current: object = view
    for _ in range(_MOST_WRAPPERS):
        if current is None:
            return
        yield current
        yield getattr(current, "view_class", None)
        current = getattr(current, "__wrapped__", None)
