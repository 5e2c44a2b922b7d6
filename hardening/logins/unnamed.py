"""Logins that name nobody: a site with one password, or fields whose names are not known.

Both send the same, so they are told apart by who came in. Until two people have, the form
guards one account. After that its failures may be anybody's: they are counted for each network,
so that a stranger cannot use up what everybody shares, and an event names the setting that
makes accounts of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hardening.logins.identify import Account, account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardening.context import Context

NOBODY: Final = ""  # the name that `flask hardening unlock ""` lifts the limits of


class Unnamed:
    """The logins of one app that name nobody.

    Args:
        context: the wrapped app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._first: str | None = None
        self._several = False

    def account(self) -> Account:
        """Return what such a login is charged to."""
        found = account(self._context.app, NOBODY)
        return Account(found.name, found.key, several=self._several)

    def came_in(self, accounts: Sequence[Account], user_id: str, endpoint: str | None) -> None:
        """Note who came in by a login that was charged to `accounts`."""
        if self._several or self.account() not in accounts:
            return
        if self._first is None:
            self._first = user_id
        elif user_id != self._first:
            self._several = True
            self._context.report(
                "login_name_unknown", "warning", endpoint=endpoint, setting="identifier_fields"
            )
