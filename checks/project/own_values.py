"""What a view does to lists and dictionaries of its own, which changes nothing for anybody."""

from __future__ import annotations

import re

from checks.lazy import lazy

__all__ = ["without_local_lists", "without_own_dicts"]

_LOCAL_LIST = lazy(
    r"^[ \t]+(\w+)(?: *:[^=\n]+)? *= *(?:\[|\{|list\(|dict\(|set\(|defaultdict\(|OrderedDict\()",
    re.M,
)
_FILLED = lazy(r"\b(\w+)(?:\[[^\]\n]*\])*\.(?:append|remove|update|insert)\(")
_COPY = lazy(r"^[ \t]+(\w+)(?: *:[^=\n]+)? *= *[^\n]*(?:\.to_dict\(|\.copy\(\)$|\bdict\()", re.M)


def without_local_lists(text: str) -> str:
    """Return a function's source without what only fills the lists that it makes itself."""
    own = set(_LOCAL_LIST.findall(text))
    for line in re.findall(r"^\s+(?:global|nonlocal) (.+)", text, re.M):
        own -= set(re.findall(r"\w+", line))
    return _FILLED.sub(lambda match: "" if match[1] in own else match[0], text)


def without_own_dicts(text: str) -> str:
    """Return a function's source without what is put into its own copy of what was sent."""
    own = set(_COPY.findall(text))
    return re.sub(r"\b(\w+)\.update\(", lambda m: "" if m[1] in own else m[0], text)
