"""What a row of the gallery is, and what trying it can find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ._target import Target

Side = Literal["bare", "wrapped"]


@dataclass(frozen=True)
class Row:
    """What one row claims."""

    title: str
    """One line: what the attacker does, or what honest people must be able to do."""
    kind: Literal["attack", "promise"] = "attack"
    """An attack must succeed bare and fail wrapped; a promise must be kept wrapped."""
    bare_keeps: bool = True
    """Promises only: whether it is kept without the wrapper (else hand-made stacks break it)."""
    memory: bool = True
    """Whether the row makes sense on a store in one process's memory."""

    def expected(self, side: Side) -> bool:
        """Return what `Outcome.succeeded` has to be on one side."""
        if side == "bare":
            return self.kind == "attack" or self.bare_keeps
        return self.kind == "promise"


@dataclass(frozen=True)
class Outcome:
    """What trying a row on one app came to."""

    succeeded: bool
    """Whether the attacker got there; for a promise, whether it was kept."""
    evidence: str
    """One sentence: what was seen."""


@dataclass(frozen=True)
class Entry:
    """A row with its id and its script."""

    id: str
    row: Row
    attack: Callable[[Target], Outcome]


class HonestUseError(Exception):
    """An attack was refused, but so was somebody who should have been let in."""


def require(condition: object, otherwise: str) -> None:
    """Check what honest users need, whatever the attack came to.

    Args:
        condition: what has to be true.
        otherwise: what is wrong if it is not.

    Raises:
        HonestUseError: it is not true.
    """
    if not condition:
        raise HonestUseError(otherwise)
