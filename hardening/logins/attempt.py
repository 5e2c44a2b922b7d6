"""One login attempt, from its reservation until its response is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hardening.decision import Refusal
    from hardening.logins.budgets import Charges
    from hardening.logins.devices import Device
    from hardening.logins.identify import Account
    from hardening.logins.verdict import Verdict
    from hardening.storage.base import Grant


@dataclass(slots=True, eq=False)
class Attempt:
    """What was reserved for one request; kept in `State.attempt`."""

    accounts: tuple[Account, ...]
    """Those that the request names."""
    network: bytes | None
    charges: Charges
    grants: tuple[Grant, ...]
    device: Device | None
    linked: Account | None = None
    """The stored hash that the name led to before: reserved along with it."""
    met: bool = False
    """Whether the first password check was charged; it pays for no network, as the name did."""
    right: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    """Stored hashes whose check answered yes, each with its own counters."""
    wrong: set[bytes] = field(default_factory=set)
    """Counters of checks that answered no: their units stay, whatever else became of it."""
    checked: list[Account] = field(default_factory=list)
    """The stored hashes that were looked at."""
    probe: Refusal | None = None
    """Why it was refused, where it may still reach a check of a new password's hash."""
    user: Any = None
    """Who logged in."""
    verdict: Verdict | None = None
    """What the app itself said of it, through `Throttle.failed` or `succeeded`."""
