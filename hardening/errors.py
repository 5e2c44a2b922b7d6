"""Every exception that this package raises on purpose."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["ConfigurationError", "HardeningError", "StoreError"]


class HardeningError(Exception):
    """The root of all exceptions of `hardening`."""


class ConfigurationError(HardeningError):
    """A setting that is unknown, of the wrong kind or out of range; refused at start.

    Attributes:
        key: the setting's name as the caller wrote it.
        problem: what is wrong with it.
        choices: what would have been accepted, in words.
    """

    def __init__(self, key: str, problem: str, choices: Iterable[str] | str = ()) -> None:
        self.key = key
        self.problem = problem
        self.choices = choices if isinstance(choices, str) else ", ".join(choices)
        message = f"{key}: {problem}"
        if self.choices:
            message += f"; choose from: {self.choices}"
        super().__init__(message)

    def under(self, prefix: str) -> ConfigurationError:
        """Return the same refusal for the setting's name in an app's configuration."""
        return ConfigurationError(prefix + self.key.upper(), self.problem, self.choices)


class StoreError(HardeningError):
    """The store could not be opened, read or written; the cause is chained."""
