"""Which of a project's files say something to the audit, told by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from checks.lazy import lazy

Kind = Literal[
    "python", "template", "env", "toml", "json", "yaml", "ini", "docker", "procfile", "nginx",
    "pins", "mail", "pyconfig", "systemd", "supervisor", "script", "caddy", "apache",
    "sql", "readme",
]  # fmt: skip


def _compiled(pairs: Iterable[tuple[str, Kind]]) -> tuple[tuple[re.Pattern[str], Kind], ...]:
    return tuple((lazy(pattern), kind) for pattern, kind in pairs)


# Samples that are to be copied; what they are copied to is told by `checks.project.config_samples`.
_COPIED = r"(examples?|samples?|dist|default|template|tmpl|tpl|skel(eton)?|orig)"
_BY_NAME = _compiled(
    (
        (r"\.flaskenv|\.env(\..+)?|.+\.env", "env"),
        (r".*(requirements|constraints).*\.(txt|in|pip|lock)", "pins"),
        (r"pipfile|(pipfile|poetry|uv|pdm)\.lock|pylock(\..+)?\.toml|setup\.cfg", "pins"),
        (r"(?!pyvenv\.).+\.cfg", "pyconfig"),
        (
            rf".+\.(py|cfg)[._-]{_COPIED}|.*(config|configuration|settings|secrets)\.{_COPIED}",
            "pyconfig",
        ),
        (r".*nginx.*\.conf(\..+)?|(.+\.)?nginx", "nginx"),
        (r"(dockerfile|containerfile)(\..+)?|.+\.(dockerfile|containerfile)", "docker"),
        (r"procfile(\..+)?", "procfile"),
        (r"caddyfile(\..+)?|.+\.caddy(file)?", "caddy"),
        (r"\.htaccess|.*(apache|httpd|vhost).*\.conf", "apache"),
        (r".*supervisor.*\.conf", "supervisor"),
        (r"(docker[-_])?(entrypoint|boot)([-_.].+)?\.sh", "script"),
    )
)

# Kinds that the end of a name tells, if its beginning does not tell another.
_BY_END: dict[str, Kind] = {
    "py": "python", "pyw": "python", "wsgi": "python",
    "html": "template", "htm": "template", "xhtml": "template",
    "jinja": "template", "jinja2": "template", "j2": "template",
    "toml": "toml", "json": "json", "yaml": "yaml", "yml": "yaml",
    "service": "systemd", "ini": "ini", "sql": "sql",
}  # fmt: skip
# Files that projects have many of, and that are never read.
_NEVER = frozenset(
    ["css", "gif", "ico", "jpeg", "jpg", "js", "jsx", "less", "map", "mo", "png", "po", "pot",
     "pyc", "scss", "svg", "ts", "tsx", "ttf", "woff", "woff2"]
)  # fmt: skip
# Beginnings that tell more than the end does, of what has a kind by its end and of what has none.
_FIRST = (".env", "pylock.")
_ODD = ("dockerfile.", "containerfile.", "procfile.", "caddyfile.", "readme")

# Files whose folder tells what their own name does not.
_BY_PATH = _compiled(
    (
        (r"(.*/)?(requirements?|reqs|dependencies)/[^/]+\.(txt|in|pip)", "pins"),
        (r"(.*/)?[^/]*nginx[^/]*/(.*/)?[^/]+\.conf(\.[^/]+)?", "nginx"),
        (r"(.*/)?sites-(available|enabled)/[^/]+", "nginx"),
        (r"(.*/)?nginx/(?!readme|license|makefile|entrypoint)[a-z0-9_\-]+", "nginx"),
        (r"(.*/)?[^/]*(apache|httpd)[^/]*/(.*/)?[^/]+\.conf(\.[^/]+)?", "apache"),
        (r"(.+/)readme(\.(md|rst|txt))?", "readme"),  # the project's own speaks of all of it
        (r"(.*/)?([^/]*templates?|e?mails?)/(.*/)?[^/]+\.(txt|text|eml)", "mail"),
    )
)

_ENDS = (".txt", ".text", ".eml", ".in", ".pip")

# Whether leaving a file of this kind out could hide what somebody asked for. Data files in
# these formats are common and large, and almost never a configuration.
ESSENTIAL: frozenset[Kind] = frozenset({"python", "template", "env", "docker", "procfile", "nginx"})


def kind_of(name: str, folder: str = "") -> Kind | None:
    """Return what kind of file `name` is, None where we never read it.

    Args:
        name: without its folder.
        folder: where it lies, with ``/``; tells some kinds whose names say nothing.
    """
    lowered = name.lower()
    stem, _, end = lowered.rpartition(".")
    # Most files end here: to try all patterns takes twenty times as long.
    plain = stem and not lowered.startswith(_FIRST) and "nginx" not in lowered
    if plain and "sites-" not in folder:
        if end in _BY_END:
            return _BY_END[end]
        if end in _NEVER and not lowered.startswith(_ODD):
            return None
    for pattern, kind in _BY_NAME:
        if pattern.fullmatch(lowered):
            return kind
    if stem and end in _BY_END:
        return _BY_END[end]
    told = lowered.endswith(_ENDS) or ".conf" in lowered or "sites-" in folder
    told = told or lowered.startswith("readme")
    if not told and ("." in lowered or not folder.lower().endswith("nginx")):
        return None  # cheaper than the patterns below; most files end here
    path = f"{folder.lower()}/{lowered}" if folder else lowered
    return next((kind for pattern, kind in _BY_PATH if pattern.fullmatch(path)), None)
