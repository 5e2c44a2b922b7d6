"""What the guards know about the request at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import request

if TYPE_CHECKING:
    from flask import Request

    from hardening.client import Client

ENVIRON_KEY = "hardening.state"
LATE_KEY = "hardening.late"  # holds `State.late`, which the WSGI entry makes


@dataclass(slots=True, eq=False)
class NewHash:
    """An upgrade of a stored hash, computed when it is first asked for: that costs as a login."""

    make: Callable[[], str | None] = field(repr=False)
    """Computes it; None where that was not possible."""
    _made: str | None = field(default=None, init=False, repr=False)

    @property
    def value(self) -> str | None:
        """The hash, the same each time. Never logged."""
        if self._made is None:
            self._made = self.make()
        return self._made


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """One verification that the app did through a function that we adopted."""

    stored: str = field(repr=False)
    """The hash it was given. Never logged."""
    password: str = field(repr=False)
    """The password it was given. Never logged; dropped with the request."""
    ok: bool
    """What the verification answered."""
    upgrade: NewHash | None = field(default=None, repr=False)
    """An upgrade of `stored` that verifies the same password, if it should be written."""

    @property
    def new_hash(self) -> str | None:
        """What `upgrade` is, computed now if it was not before. Never logged."""
        return None if self.upgrade is None else self.upgrade.value


class State:
    """One request's facts and what happened in it; made in ``open_session``.

    Args:
        client: who asks.
        cookies_secured: see there.
        late: see there.
    """

    # What most requests leave as it is stands in the class: setting it each time costs more than
    # all of a page's reading of it.

    def __init__(
        self,
        client: Client,
        cookies_secured: bool = False,
        late: list[tuple[str, str]] | None = None,
    ) -> None:
        self.client = client
        self.cookies_secured = cookies_secured
        self.late = late
        self.checks: list[PasswordCheck] = []
        self.produced: list[str] = []
        self.work: list[Any] = []
        self.extra_headers: list[tuple[str, str]] = []
        self.notes: dict[str, Any] = {}

    client: Client
    """Who asks."""
    cookies_secured: bool
    """Whether our cookie names and attributes hold for this request."""
    plain_name: bool = False
    """Whether the session cookie came under the app's plain name where ours is in force."""
    login: bool = False
    """Whether this request goes to a login endpoint."""
    logout: bool = False
    """Whether this request goes to a logout endpoint."""
    kinds: frozenset[str] | None = None
    """What kind of page the endpoint is (`hardening.kinds`), once somebody asked."""
    page: bool = False
    """Whether this request only asks for a page that has nothing to do with logging in."""
    exempt: frozenset[str] = frozenset()
    """Guards that `Hardening.exempt` switched off for this view."""
    dispatched: bool = False
    """Whether this is a request that the app serves, not a test's look at its session."""
    found: Any = None
    """The live session record (`hardening.sessions.registry.Found`), once looked up."""
    adopted: bool = False
    """Whether the session was let in without a record, as in a test suite."""
    plain_token: bool = False
    """Whether the remember cookie came under the app's plain name where ours is in force."""
    token: str | None = None
    """The remember token that the browser sent. Never logged."""
    unrecorded: bool = False
    """Whether the session is from before the wrap, and is to get a record."""
    rotate: Any = None
    """The remember token's record, if its validator is to be replaced with this response."""
    family: str | None = None
    """The selector that a new session shares with its remember token."""
    session: Any = None
    """The app's session as it was opened; a look at it here does not count as the app's own."""
    sid_at_open: str | None = None
    """The session id that the browser sent."""
    user_id_at_open: str | None = None
    """The user that the session named when it was opened."""
    csrf_at_open: Any = None
    """The CSRF key that the session held when it was opened."""
    user_used: bool = False
    """Whether the app looked at the current user."""
    user: Any = None
    """The user object that the guard let in, if any."""
    logged_in: Any = None
    """The user object that ``login_user`` or a remember cookie let in during this request."""
    remembered: bool = False
    """Whether `logged_in` came from a remember cookie."""
    confirmed: bool = False
    """Whether ``confirm_login`` was called."""
    renew: bool = False
    """Whether the session is to move to a new id, because all others of its user were ended."""
    session_read: bool | None = None
    """Whether the app read the session (`hardening.cache.session_was_read`); None: unknown."""
    checks: list[PasswordCheck]
    """Password verifications seen, oldest first."""
    produced: list[str]
    """Password hashes that adopted functions made during this request. Never logged."""
    work: list[Any]
    """What hashing this request has done (`hardening.passwords.work.Work`)."""
    waited_s: float = 0.0
    """Seconds that it has waited for a place to hash in."""
    busy: bool = False
    """Whether a password could not be looked at, since too many others were being hashed."""
    attempt: Any = None
    """What the throttle reserved for this request (`hardening.logins.throttle.Attempt`)."""
    finished: bool = False
    """Whether the response has been finished."""
    refused: bool = False
    """Whether a guard refused this request."""
    late: list[tuple[str, str]] | None
    """Headers that the WSGI entry puts behind the response's own; None: there is no entry."""
    header_names: tuple[object, int, frozenset[str]] | None = None
    """The response's headers, how many and which (`hardening.present`), once somebody asked."""
    extra_headers: list[tuple[str, str]]
    """Headers that a refusal wants on the response, whoever renders it."""
    notes: dict[str, Any]
    """What a guard keeps from its `before` to its `after` step, under its own name."""


def present_request() -> Request:
    """Return the request object itself: every look through Flask's proxy costs a microsecond."""
    present: Request = request._get_current_object()  # type: ignore[attr-defined]  # LocalProxy
    return present


def state_of(request: Request) -> State | None:
    """Return the state of `request`, or None outside a wrapped app."""
    found = request.environ.get(ENVIRON_KEY)
    return found if isinstance(found, State) else None
