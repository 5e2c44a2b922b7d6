"""Which counters one login attempt is charged to, and what a refusing one is called.

A counter's key begins with a letter that says what it counts:

- ``p`` one account from one network; ``a`` one account; ``n`` one network; ``d`` one account
  from one known device; ``s`` the whole site;
- ``c`` codes for one account; ``r`` registrations, resets and codes from one network; ``m``
  mails asked for one account.

An account is a name that was sent, or the stored hash that a password was checked against.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from hardening.settings import Limit, parse_limits
from hardening.storage.base import Claim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardening.logins.devices import Device
    from hardening.logins.identify import Account
    from hardening.policy import Policy

Kind = Literal["pair", "account", "address", "device", "site", "code", "requests", "mail"]

ALARM: Final = Limit(1000, 300)  # failures of the whole site in 5 minutes: PyPI
ALARM_KEY: Final = b"s"

_KINDS: Final[dict[bytes, Kind]] = {
    b"p": "pair",
    b"a": "account",
    b"n": "address",
    b"d": "device",
    b"s": "site",
    b"c": "code",
    b"r": "requests",
    b"m": "mail",
}
MAIL: Final = (Limit(5, 3600), Limit(20, 86400))  # resets for one name an hour, a day: our own
_SITE = Claim(ALARM_KEY, ALARM.amount, ALARM.window_s, counts_only=True)
_UNREAD = b"body not read"  # one name for all logins whose body is too large to be one


class Charges(NamedTuple):
    """The claims of one attempt."""

    claims: tuple[Claim, ...]
    own: dict[bytes, tuple[bytes, ...]]
    """For each account's key the counters that its own success clears."""


class Budgets:
    """Builds claims from the policy's limits, which are parsed once."""

    def __init__(self, policy: Policy) -> None:
        self._pair = parse_limits(policy.limit_pair)
        self._account = parse_limits(policy.limit_account)
        self._address = parse_limits(policy.limit_address)
        self.pair_window_s = max(limit.window_s for limit in self._pair)

    def of_attempt(self, accounts: Sequence[Account], network: bytes | None) -> Charges:
        """Return what an attempt from an unknown device is charged to.

        Args:
            accounts: those that the request names; empty: only `network` and the site count.
            network: where it comes from, hashed; None where a proxy hides it.
        """
        claims: list[Claim] = []
        own: dict[bytes, tuple[bytes, ...]] = {}
        for account in accounts:
            shared = account.several and network is not None
            mine = [] if shared else self._of_account(account.key)
            if network is not None:
                mine += self.of_pair(account.key, network)
            claims += mine
            own[account.key] = tuple(claim.key for claim in mine)
        if network is not None:
            claims += _windows(b"n", network, self._address)
        claims.append(_SITE)
        return Charges(tuple(claims), own)

    def of_known_device(
        self, accounts: Sequence[Account], network: bytes | None, device: Device
    ) -> Charges:
        """Return what an attempt from `device` is charged to: only its own budget, so that
        nobody else can use it up. Its success clears the other counters all the same."""
        claims: list[Claim] = []
        own: dict[bytes, tuple[bytes, ...]] = {}
        elsewhere = self.of_attempt(accounts, network).own
        for account in accounts:
            mine = _windows(b"d", account.key + device.id, self._pair)
            claims += mine
            own[account.key] = (*(claim.key for claim in mine), *elsewhere[account.key])
        return Charges((*claims, _SITE), own)

    def of_check(
        self, stored: Account, network: bytes | None, device: Device | None, *, paid: bool
    ) -> Charges:
        """Return what one password check is charged to.

        Args:
            stored: the account of the hash that it was given.
            network: where it comes from, hashed; None where a proxy hides it.
            device: the known device of that account, or None.
            paid: whether the request has paid for its network already.
        """
        if device is not None:
            mine = _windows(b"d", stored.key + device.id, self._pair)
        else:
            mine = self._of_account(stored.key)
            if network is not None:
                mine += self.of_pair(stored.key, network)
        claims = list(mine)
        if not paid:
            if network is not None and device is None:
                claims += _windows(b"n", network, self._address)
            claims.append(_SITE)
        return Charges(tuple(claims), {stored.key: tuple(claim.key for claim in mine)})

    def of_code(self, waiting: Account, network: bytes | None, *, shared: bool) -> Charges:
        """Return what one code is charged to.

        Args:
            waiting: whose code it is.
            network: as above.
            shared: whether anybody may name that account; then strangers share a larger
                budget, so that they cannot use up the owner's.
        """
        limits = self._account if shared else self._pair
        claims = _windows(b"c", waiting.key, limits)
        if network is not None:
            if shared:
                claims += _windows(b"c+", waiting.key + network, self._pair)
            claims += _windows(b"r", network, self._address)
        own = tuple(claim.key for claim in claims if claim.key[:1] == b"c")
        return Charges(tuple(claims), {waiting.key: own})

    def of_mail(self, named: Sequence[Account], network: bytes | None) -> Charges:
        """Return what a registration, or a mail that is asked for, is charged to."""
        claims = [claim for each in named for claim in _windows(b"m", each.key, MAIL)]
        if network is not None:
            claims += _windows(b"r", network, self._address)
        return Charges(tuple(claims), {})

    def of_unread(self, network: bytes | None) -> Charges:
        """Return what an attempt with a body too large for a login is charged to: all of them
        share one account's window, or padding would be a way around that limit."""
        claims = _windows(b"a", _UNREAD, self._account)
        if network is not None:
            claims += _windows(b"n", network, self._address)
        return Charges((*claims, _SITE), {})

    def of_pair(self, account: bytes, network: bytes) -> list[Claim]:
        """Return the claims on one account from one network."""
        return _windows(b"p", account + network, self._pair)

    def account_keys(self, account: bytes) -> list[bytes]:
        """Return the keys that count one account over all networks."""
        return [claim.key for claim in self._of_account(account)]

    def free_attempts(self) -> int:
        """Return how many failures one account has before its delays begin."""
        return self._account[0].amount

    def _of_account(self, account: bytes) -> list[Claim]:
        first, *more = self._account
        delayed = Claim(b"a0" + account, first.amount, first.window_s, delays=True)
        return [delayed, *_windows(b"a+", account, more)]


def kind_of(key: bytes) -> Kind:
    """Return what the counter with this key counts."""
    return _KINDS[key[:1]]


def _windows(letter: bytes, name: bytes, limits: Sequence[Limit]) -> list[Claim]:
    return [
        Claim(b"%s%d%s" % (letter, number, name), limit.amount, limit.window_s)
        for number, limit in enumerate(limits)
    ]
