"""Samples of configuration files that are not there: what everybody copies into their place.

``config.py.example`` beside code that loads ``config.py`` is what the app runs with, or what it
runs with after somebody changed a line or two. So the sample takes the place of the file that
is missing, and what it sets says that it is a sample.
"""

from __future__ import annotations

import re

from checks.facts.python import Module, module_name
from checks.lazy import lazy

_MARKS = r"(?:examples?|samples?|dist|default|template|tmpl|tpl|skel(?:eton)?|orig)"
_PLAIN = r"(?:examples?|samples?|dist|template|tmpl|tpl|skel(?:eton)?)"
_SETTINGS = r"(?:[\w-]*?(?:config|configuration|settings|secrets?|production))"
# ``config.py.example``, and ``config.example`` without an ending.
_BEHIND = lazy(rf"(?P<real>.+\.(?:py|cfg))[._-]{_MARKS}|(?P<stem>{_SETTINGS})\.{_MARKS}", re.I)
# ``config.example.py``, ``settings-sample.py`` and ``sample_config.py``.
_INSIDE = lazy(
    rf"(?P<stem>{_SETTINGS})[._-]{_PLAIN}(?P<end>\.(?:py|cfg))|"
    rf"{_PLAIN}[._-](?P<rest>{_SETTINGS}\.(?:py|cfg))",
    re.I,
)
# What another program fills in before anybody loads the file.
_FILLED = lazy(r"\{\{|\{%|\$\{|@[A-Z_]+@|%[A-Z_]+%|<%|<[^<>]+>$")


def is_copied(name: str) -> bool:
    """Return whether the file `name`, without its folder, is no Python before it is copied."""
    return _BEHIND.fullmatch(name) is not None


def copied_to(path: str) -> str | None:
    """Return the path that the sample at `path` is to be copied to; None if it is no sample."""
    folder, slash, name = path.rpartition("/")
    match = _BEHIND.fullmatch(name)
    if match is not None:
        return folder + slash + (match["real"] or match["stem"] + ".py")
    match = _INSIDE.fullmatch(name)
    if match is not None:
        return folder + slash + (match["rest"] or match["stem"] + match["end"])
    return None


def is_filled_in(value: object) -> bool:
    """Return whether `value`, of a sample, is a place that a program fills in."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return isinstance(text, str) and _FILLED.search(text) is not None


def in_place(modules: list[Module]) -> list[Module]:
    """Return `modules` with samples in the place of what is missing, named like that.

    Samples that are no Python before they are copied are left out where the file is there.
    """
    found = []
    taken = {module.name for module in modules if not module.sample_of}
    for module in modules:
        real = copied_to(module.path)
        if real is not None:
            name, _ = module_name(real)
            if name not in taken:
                taken.add(name)
                module.name, module.sample_of = name, real
            elif is_copied(module.path.rpartition("/")[2]):
                continue
        found.append(module)
    return found
