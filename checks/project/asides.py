"""Apps beside the app: installers, tools and examples, which somebody starts by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checks.facts.python import Module
from checks.lazy import lazy
from checks.project.sites import Site
from checks.project.tool_folders import is_aside

_FEW = 3  # apps that one project has besides an example; more are a collection of apps


def aside(sites: Sequence[Site]) -> frozenset[str]:
    """Return the files of apps that only tools make, where there is an app besides.

    What is found there is for careful shops: such an app runs once, for one person. What such a
    folder holds of the app itself, and a project that is all tools, is judged like everything.

    Args:
        sites: those that are not all tests or examples.
    """
    modules = [scope.module for site in sites for _, scope in site.apps]
    made = [module.path for module in modules]
    examples = {module.path for module in modules if _is_an_example(module)}
    others = [path for path in made if path not in examples]
    examples = {path for path in examples if _is_beside(path, others)}
    if all(path in examples or is_aside(path) for path in made):
        return frozenset()
    found = frozenset(examples)
    folders = tuple({path.rpartition("/")[0] + "/" for path in made if is_aside(path)})
    if folders:
        paths = (module.path for site in sites for module in site.modules)
        found |= {path for path in paths if path.startswith(folders)}
    return found


def _is_beside(path: str, others: Sequence[str]) -> bool:
    """Return whether one of a few `others` lies in the folder of `path`, above it or below it.

    An app in a folder of its own is told apart from apps in folders beside that one, and one of
    many files that are apps by themselves belongs to no other.
    """
    folder = _folder(path)
    near = [o for o in others if _folder(o).startswith(folder) or folder.startswith(_folder(o))]
    return 0 < len(near) <= _FEW


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _is_an_example(module: Module) -> bool:
    """Return whether the file begins with a text that says that it is an example."""
    return _EXAMPLE.match(module.source.text) is not None


# How somebody may use the project from an app of their own.
_EXAMPLE = lazy(
    r"(?:#[^\n]*\n|\s)*[rR]?(?P<quote>\"{3}|'{3})\W*"
    r"(?:this (?:file |script |module |app |application )?(?:is|shows|demonstrates) |here is )?"
    r"(?:just |only )?(?:an? |the )?(?:\w+ )?(?:example|demo|demonstration|sample)"
    r"(?: (?:app|application|client|script|code))?"
    r" (?:on|of|for|that|how|showing|using|which|to)\b",
    re.IGNORECASE,
)
