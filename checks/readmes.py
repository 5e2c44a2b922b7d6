"""Folders of which a README says that what lies there is to try the app out, or to develop it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.facts.source import Source
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Files

# What leaves no doubt, whatever else the README speaks of.
_SAYS = lazy(
    r"\b(?:do not|don't|never|not to be|should not be|must not be|not)\W{1,4}used? "
    r"(?:this |these |it |them )?(?:\w+ )?(?:for|in|on)\W{1,4}production\b|"
    r"\bnot (?:meant |intended |suited |suitable |ready )?for (?:use in )?production\b|"
    r"^\W*(?:this|these|here) (?:\w+ ){0,2}(?:is|are|contains?|holds?|shows?) (?:just |only )?"
    r"(?:an |a )?(?:examples?|samples?|demos?|demonstrations?) "
    r"(?:of|for|on|setup|deployment|how)\b|"
    r"\b(?:for|in) (?:local )?(?:development|demonstration|demo|testing)"
    r"(?: (?:and|or) \w+)?(?: purposes?)? only\b",
    re.MULTILINE | re.IGNORECASE,
)
# What does only where nothing is said of a deployment.
_HINTS = lazy(
    r"\bset(?:ting)?[ -]?up (?:an? |the |your )?(?:local )?(?:dev|development|test|testing|demo)"
    r" (?:environment|setup|server|stack|instance)\b",
    re.IGNORECASE,
)
_SERIOUS = lazy(r"\bproduction\b|\bprod\b|\bdeploy", re.IGNORECASE)


def says_apart(text: str) -> bool:
    """Return whether the README `text` says that nothing beside it is deployed."""
    if _SAYS.search(text) is not None:
        return True
    return _HINTS.search(text) is not None and _SERIOUS.search(text) is None


def set_apart(files: Files) -> frozenset[str]:
    """Take deployment files in folders whose README says so for examples, and return their paths.

    The project's own README speaks of the whole project, and is not asked.
    """
    folders = tuple(f"{source.path.rpartition('/')[0]}/" for source in files.readmes)
    if not folders:
        return frozenset()
    found: set[str] = set()
    sources: list[Source] = [deployment.source for deployment in files.deployments]
    sources += [file.source for file in files.settings]
    for source in sources:
        if source.path.startswith(folders):
            found.add(source.path)
            if source.context == "app":
                source.context = "example"
    return frozenset(found)
