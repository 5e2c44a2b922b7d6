"""Whether a deployment file says, to people, that it is no deployment: for developers, a sample."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from checks.facts.deployment import Deployment
from checks.facts.settings import SettingsFile
from checks.lazy import lazy

# Looked for in comments only: what a value says of itself is no reason to believe the file.
_COMMENT = lazy(r"^[ \t]*#(?P<text>.*)$|[ \t]#[ \t](?P<behind>.*)$", re.MULTILINE)
_SAYS = lazy(
    r"\b(?:local )?dev(?:elopment)? (?:use |purposes? |setup |environment )?only\b|"
    r"\b(?:only|just|meant|intended|solely) for (?:local )?dev(?:elopment)?\b|"
    r"\b(?:not|never) (?:be )?(?:for|in|used? (?:this |it )?in|suited for|meant for) production\b|"
    r"\bdo(?: not|n't) use (?:this |it )?(?:config(?:uration)? |file )?in production\b",
    re.IGNORECASE,
)
_SAMPLE = lazy(
    r"\bthis (?:file )?is (?:only |just )?an? (?:example|sample|template)\b|"
    r"^\W*(?:an? )?(?:example|sample) (?:docker[- ]?)?"
    r"(?:compose|config\w*|deployment|\.?env|settings)\b|\bcopy this (?:file )?(?:to|as|into)\b",
    re.IGNORECASE,
)
# The project itself, mounted over what the image holds: ``- .:/app`` and ``- ../:/code:z``.
_MOUNTED = lazy(r"^[ \t]*-[ \t]*['\"]?(?:\.{1,2}/?|\$\{?PWD\}?/?):/[^\n]*$", re.MULTILINE)
# An image of a developer's own: ``dockerfile: docker/Dockerfile.dev``.
_BUILT = lazy(
    r"^[ \t]+dockerfile:[ \t]*['\"]?[^\n#]*[\w/][._-]dev(?:el|elop|elopment)?['\"]?[ \t]*(?:#|$)|"
    r"^[ \t]+dockerfile:[ \t]*['\"]?(?:[^\n#]*[/._-])?dev(?:elopment)?[./_-]\w",
    re.MULTILINE | re.IGNORECASE,
)
# Catches all mail, and shows it to whoever comes: nobody runs one beside an app that sends mail.
_CATCHES_MAIL = lazy(
    r"^[ \t]+image:[ \t]*['\"]?[^\n#]*\b"
    r"(?:mailpit|mailhog|mailcatcher|maildev|mailslurper|smtp4dev|inbucket|fake-?smtp)",
    re.MULTILINE | re.IGNORECASE,
)
# What tells the app, or people, that it runs on a developer's machine: ``EQ_DEV_MODE=true``,
# ``VERSION=local-dev``. What Flask itself reads is judged by rules, and excuses nothing.
_TELLS_APP = lazy(r"^(?!FLASK_)(?:\w+_)?DEV(?:ELOPER|ELOPMENT)?(?:_?MODE|_LOGGING)$", re.IGNORECASE)
_TELLS_PEOPLE = lazy(
    r"^(?:local[-_ ](?:dev|development)|dev(?:elopment)?[-_ ]local)$", re.IGNORECASE
)
# ``env_file: app.env``, and lists of such.
_ENV_FILES = lazy(
    r"^[ \t]+env_file:[ \t]*(?P<one>[^\s#][^\n#]*)?"
    r"(?P<many>(?:\n[ \t]+-[ \t]*(?:path:[ \t]*)?[^\s#][^\n#]*)*)",
    re.MULTILINE,
)
_CALLED = lazy(r"(?:^|[/_.-])dev(?:el|elop|eloper|elopers|elopment)?(?=[/_.-])")
_ON = frozenset({"1", "true", "yes", "on"})
_KINDS = ("compose", "docker", "env")


def says_development(deployment: Deployment) -> bool:
    """Return whether the file says that it is for development, or not to be used.

    It says so in a comment, or by the image for developers that its services are built from.
    """
    if deployment.kind not in _KINDS:
        return False
    if deployment.kind == "compose" and _BUILT.search(deployment.source.text) is not None:
        return True
    return any(
        _SAYS.search(match["text"] or match["behind"] or "") is not None
        for match in _COMMENT.finditer(deployment.source.text)
    )


def is_called_after_development(path: str) -> bool:
    """Return whether a file or its folder is: ``config/development.py``, ``dev/settings.py``.

    Not ``devices.py``, nor ``local_settings.py``, which is how each installation has its own.
    """
    return _CALLED.search(path.lower()) is not None


def says_sample(deployment: Deployment) -> bool:
    """Return whether a comment says that the file is to be copied and filled in."""
    return deployment.kind in _KINDS and any(
        _SAMPLE.search(match["text"] or match["behind"] or "") is not None
        for match in _COMMENT.finditer(deployment.source.text)
    )


def mounts_the_project(deployment: Deployment) -> bool:
    """Return whether the app runs from the developer's folder, and not from its image."""
    return deployment.kind == "compose" and _MOUNTED.search(deployment.source.text) is not None


def catches_mail(deployment: Deployment) -> bool:
    """Return whether the file starts a server that shows all mail instead of delivering it."""
    return deployment.kind == "compose" and _CATCHES_MAIL.search(deployment.source.text) is not None


def tells_development(deployment: Deployment) -> bool:
    """Return whether a variable of a compose file says that the app runs where it is developed."""
    return deployment.kind == "compose" and any(
        _TELLS_PEOPLE.search(variable.value) is not None
        or (variable.value.lower() in _ON and _TELLS_APP.search(variable.name) is not None)
        for variable in deployment.variables
    )


def runs_at_a_desk(deployment: Deployment) -> bool:
    """Return whether what else a compose file does is done by developers only.

    It mounts the project, catches all mail, or tells the app that it is being developed.
    """
    return (
        mounts_the_project(deployment) or catches_mail(deployment) or tells_development(deployment)
    )


def env_files_at_a_desk(files: Iterable[SettingsFile]) -> frozenset[str]:
    """Return the files of variables that only compose files for a developer's machine name."""
    named: dict[str, list[bool]] = {}
    for file in files:
        text = file.source.text
        if file.kind != "yaml" or "env_file" not in text:
            continue
        desk = any(pattern.search(text) is not None for pattern in (_MOUNTED, _CATCHES_MAIL))
        for match in _ENV_FILES.finditer(text):
            listed = (line.strip().lstrip("- ") for line in match["many"].splitlines())
            for path in (match["one"] or "", *listed):
                plain = path.removeprefix("path:").strip(" '\"[]")
                whole = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), plain))
                named.setdefault(whole, []).append(desk)
    return frozenset(path for path, desks in named.items() if all(desks))
