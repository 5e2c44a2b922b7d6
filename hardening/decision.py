"""What a guard decides; `hardening.hooks` carries it out, or only logs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hardening.events import Level

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """A request that must not reach the app's view.

    In enforce mode it becomes an HTTP error that the app's own error handlers may render, or
    a redirect or page of our own; in observe mode only its event is emitted.
    """

    guard: str
    """The guard's name in ``Policy.guards``."""
    status: int
    """The HTTP status: 403, 429, 503, or that of `location` or `body`."""
    event: str
    """The event's name."""
    reason: str
    """One sentence for the person who sees the error page."""
    level: Level = "warning"
    """How urgent the event is."""
    location: str | None = None
    """Where to redirect instead of showing an error."""
    body: str | None = None
    """A complete page to answer with instead of the app's error page."""
    content_type: str = "text/html; charset=utf-8"
    """What `body` is."""
    error: HTTPException | None = None
    """What to raise instead of Werkzeug's own exception for `status`."""
    headers: tuple[tuple[str, str], ...] = ()
    """Added to the response even where the app renders the error, such as ``Retry-After``."""
    details: Mapping[str, object] = field(default_factory=dict)
    """For the event; never a secret."""
