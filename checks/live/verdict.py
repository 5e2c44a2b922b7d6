"""One thing that the facts say of one rule, and of which of its findings."""

from __future__ import annotations

from collections.abc import Callable

from checks.finding import Confidence, Finding
from checks.live.facts import Facts, View
from checks.records import NamedTuple

# What findings about something that is missing everywhere begin with; other findings are about
# what a file says, which another configuration may load.
ABSENT = "Nothing "


class Verdict(NamedTuple):
    """One thing that the facts say of one rule."""

    rule: str
    holds: bool
    """Whether what the rule looks for is there: else its findings do not hold."""
    about: Callable[[Finding], bool]
    """Whether it is said of a finding of the rule."""
    because: str
    """What was seen, in a few words."""
    message: str = ""
    """Of a new finding, where no finding of the sources says it; none is made without one."""
    confidence: Confidence | None = None
    """Of the new finding, if not the rule's own."""
    fix: str | None = None
    """Of the new finding, if not the rule's own."""
    at: View | None = None
    """The view of the new finding, if it is not the app's."""
    of_all: bool = True
    """Whether it is said of the app, and not of single views."""


def of_any(finding: Finding) -> bool:
    """Return True: the verdict is about all findings of its rule."""
    return True


def absent(finding: Finding) -> bool:
    """Return whether a finding misses something everywhere."""
    return finding.message.startswith(ABSENT)


def was_read(facts: Facts) -> Callable[[Finding], bool]:
    """Return whether a finding is in a file that the app had to do with: others set nothing."""
    return lambda finding: finding.path in facts.loaded
