"""Whether the deployment files start several processes of the app."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_GUNICORN = lazy(r"\b(?:gunicorn|uvicorn|hypercorn)\b[^&|;]*?\s(?:-w|--workers)[ =]?(\d+|\$)")
_UWSGI = lazy(r"\buwsgi\b[^&|;]*?\s(?:-p|--processes|--workers)[ =](\d+)")


def several_workers(project: Project) -> str:
    """Return how the app is started as several processes, for people, or an empty text."""
    for deployment in project.deployments:
        for command in deployment.commands:
            match = _GUNICORN.search(command.text) or _UWSGI.search(command.text)
            if match and (match.group(1) == "$" or int(match.group(1)) > 1):
                return f"{command.spot.path} starts several workers"
        for variable in deployment.variables:
            if variable.name in ("WEB_CONCURRENCY", "GUNICORN_WORKERS") and _over_one(
                variable.value
            ):
                return f"{variable.spot.path} starts several workers"
    for file in project.settings_files:
        for entry in file.entries if file.kind == "ini" else ():
            if entry.key in ("processes", "workers") and _over_one(str(entry.value)):
                return f"{file.path} starts several workers"
    for module in project.modules:
        if module.path.rsplit("/", 1)[-1].startswith("gunicorn"):
            for assignment in module.top.assignments:
                target = assignment.target
                if isinstance(target, ast.Name) and target.id == "workers":
                    value = project.evaluate(assignment.value, module.top)
                    if value.kind != "literal" or _over_one(str(value.value)):
                        return f"{module.path} starts several workers"
    return ""


def _over_one(text: str) -> bool:
    return text.strip().isdigit() and int(text) > 1
