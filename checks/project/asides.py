"""Apps beside the app: installers and tools that somebody starts on a machine of their own."""

from __future__ import annotations

from collections.abc import Sequence

from checks.project.sites import Site
from checks.project.tool_folders import is_aside


def aside(sites: Sequence[Site]) -> frozenset[str]:
    """Return the files of apps that only tools make, where there is an app besides.

    What is found there is for careful shops: such an app runs once, for one person. What such a
    folder holds of the app itself, and a project that is all tools, is judged like everything.

    Args:
        sites: those that are not all tests or examples.
    """
    made = [scope.module.path for site in sites for _, scope in site.apps]
    folders = tuple({path.rpartition("/")[0] + "/" for path in made if is_aside(path)})
    if len(folders) == 0 or all(map(is_aside, made)):
        return frozenset()
    paths = (module.path for site in sites for module in site.modules)
    return frozenset(path for path in paths if path.startswith(folders))
