"""Patterns that are compiled when they are first used.

Most projects give many rules nothing to look at: compiling the patterns of all of them took a
fourth of the time until an audit begins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

__all__ = ["lazy"]

_USES = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split", "pattern", "flags")


class _Lazy:
    """Stands for a pattern, and has its methods as attributes once one was asked for.

    The methods are to be called: functions of `re` take no such pattern.
    """

    __slots__ = ("_flags", "_text", *_USES)

    def __init__(self, text: Any, flags: int = 0) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name not in _USES:
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        for use in _USES:
            setattr(self, use, getattr(compiled, use))
        return getattr(compiled, name)


if TYPE_CHECKING:
    from re import compile as lazy
else:
    lazy = _Lazy
