"""Which of a project's files say something to the audit, told by their names."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal[
    "python", "template", "env", "toml", "json", "yaml", "ini", "docker", "procfile", "nginx"
]

_BY_NAME: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(pattern), kind)  # type: ignore[misc]  # the pairs below are kinds
    for pattern, kind in (
        (r"\.flaskenv|\.env(\..+)?|.+\.env", "env"),
        (r".+\.(py|pyw|wsgi)", "python"),
        (r".+\.(html?|jinja2?|j2|xhtml)", "template"),
        (r".+\.toml", "toml"),
        (r".+\.json", "json"),
        (r".+\.ya?ml", "yaml"),
        (r"(dockerfile|containerfile)(\..+)?|.+\.(dockerfile|containerfile)", "docker"),
        (r"procfile(\..+)?", "procfile"),
        (r".*nginx.*\.conf|.+\.nginx|nginx\.conf(\..+)?", "nginx"),
        (r".+\.ini", "ini"),
    )
)

# Whether leaving a file of this kind out could hide what somebody asked for. Data files in
# these formats are common and large, and almost never a configuration.
ESSENTIAL: frozenset[Kind] = frozenset({"python", "template", "env", "docker", "procfile", "nginx"})


def kind_of(name: str) -> Kind | None:
    """Return what kind of file `name` (without its folder) is, None where we never read it."""
    lowered = name.lower()
    for pattern, kind in _BY_NAME:
        if pattern.fullmatch(lowered):
            return kind
    return None
