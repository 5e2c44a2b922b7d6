"""Patterns that are compiled when they are first used.

Most projects give many rules nothing to look at: compiling the patterns of all of them took a
fourth of the time until an audit begins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, AnyStr

_USES = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split", "pattern", "flags")


class _Lazy:
    """Stands for a pattern, and has its methods as attributes once one was asked for."""

    __slots__ = ("_flags", "_text", *_USES)

    def __init__(self, text: Any, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name not in _USES:
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        for use in _USES:
            setattr(self, use, getattr(compiled, use))
        return getattr(compiled, name)


def _lazy(text: Any, flags: int = 0) -> Any:
    return _Lazy(text, flags)


if TYPE_CHECKING:

    def lazy(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """Return what `re.compile` does, compiled at first use.

        Its methods are to be called: functions of `re` take no such pattern.
        """
        raise NotImplementedError

else:
    lazy = _lazy
