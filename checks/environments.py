"""What is known of a setting in the environments that the running app is not in."""

from __future__ import annotations

from checks.project import Project, Site
from checks.project.configuration import Environment, Setting

_OTHERS: tuple[Environment, ...] = ("development", "testing")


def elsewhere(project: Project, site: Site, *keys: str) -> str:
    """Return ``; development: SECRET_KEY is a literal, config.py:8`` and the like, or no text.

    Args:
        project: the audited project.
        site: the app.
        keys: of its configuration.
    """
    found = []
    for environment in _OTHERS:
        settings = [
            setting
            for setting in project.configuration(site).of(*keys)
            if setting.environment == environment and setting.context != "tests"
        ]
        for key in keys:
            last = next((s for s in reversed(settings) if s.key == key), None)
            if last is not None:
                place = f"{last.spot.path}:{last.spot.line}"
                found.append(f"; {environment}: {key} is {worth(last)}, {place}")
    return "".join(found)


def worth(setting: Setting) -> str:
    """Return what a setting is set to, for people: never the value of a text."""
    value = setting.value
    if value.kind == "literal":
        if value.value is True or value.value is False:
            return "on" if value.value else "off"
        return "empty" if value.value in (None, "", b"") else "a literal"
    return {
        "environment": "read from the environment",
        "fallback": "a literal unless the environment sets it",
        "generated": "made anew in each process",
    }.get(value.kind, "not decided: its value depends on what only a run tells")
