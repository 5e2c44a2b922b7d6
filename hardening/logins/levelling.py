"""Makes every failing login do the same work, so that its time tells nobody who exists.

An app looks a name up, and hashes the password only if there is somebody to compare it with. So
before the answer to a failing login leaves, the work is done that this one has left out. The
measure is what the app's stored hashes cost (`hardening.logins.census`): one new hash, and one
of each older kind that logins still meet. An account with a cheap old hash is brought up to that
as well as a name that does not exist. It is work and not sleep, which would show under load.

Successful logins are not touched: they are told apart anyway. Refused ones (429) neither: no
hash is computed for any name. What an app checks with a function that we do not see cannot be
levelled; where a login shows that, the event ``login_check_unseen`` says so once, and no work is
added, since it would not hide anything.

Fails open: the answer leaves as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hardening.logins.census import Census, levelled
from hardening.logins.identify import MOST_BODY_BYTES
from hardening.logins.typed import typed_passwords
from hardening.passwords import hasher
from hardening.passwords.dummy import spend
from hardening.passwords.gate import BusyError
from hardening.passwords.legacy import works_of
from hardening.passwords.work import Work

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.state import State

_UNREAD = "no password of anybody"  # stands for one in a body that is too large to be read


class Levelling:
    """What the failing logins of one app have left undone.

    Args:
        context: the wrapped app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.census = Census(context)
        # Endpoints of the app: bounded by its code.
        self._checked: set[str] = set()
        self._refused_with_400: set[str] = set()
        self._told: set[tuple[str, str]] = set()

    def after(self, request: Request, state: State, response: Response, endpoint: str) -> None:
        """Learn from the login at `endpoint`, and do what it has left undone if it failed."""
        if state.checks:
            self._learn(state, endpoint)
        if state.logged_in is not None and not state.remembered:
            self._let_in(request, state, endpoint)
        elif not state.busy and self._failed(state, response, endpoint):
            self._level(request, state, response, endpoint)

    def _learn(self, state: State, endpoint: str) -> None:
        """Take in what the checks of this request cost."""
        self._checked.add(endpoint)
        known = [work for check in state.checks for work in works_of(check.stored)]
        for work in known:
            if not levelled(work) and work != self._new():
                self._tell("login_timing_uneven", endpoint, kind=str(work.family[0]))
        self.census.saw([work for work in known if levelled(work)], endpoint)

    def _let_in(self, request: Request, state: State, endpoint: str) -> None:
        """Find out whether `endpoint` checks passwords where nobody sees it."""
        if (
            state.checks
            or endpoint in self._checked
            or ("login_check_unseen", endpoint) in self._told
        ):
            return
        if typed_passwords(request):
            self.census.saw_none(endpoint)
            self._tell("login_check_unseen", endpoint)

    def _failed(self, state: State, response: Response, endpoint: str) -> bool:
        """Return whether this is the answer to a failing login that another might look like."""
        status = response.status_code
        if status == 429 or status >= 500:
            return False
        if state.checks:
            if status == 400:
                self._refused_with_400.add(endpoint)
            return True
        if status == 400 and endpoint not in self._refused_with_400:
            return False  # a form without its token; nobody's name was looked up
        if state.user_id_at_open and 300 <= status < 400:
            return False  # somebody who is logged in, and is sent on from the login page
        return endpoint in self._checked or endpoint not in self.census.unseen()

    def _level(self, request: Request, state: State, response: Response, endpoint: str) -> None:
        passwords = [check.password for check in state.checks[-1:]] or self._typed(request)
        if not passwords:
            return
        texts = list(hasher.spellings(passwords[0]))
        missing = list(self._missing(state, len(texts)))
        if not missing:
            return
        if not self._context.enforcing:
            kinds = sorted({str(work.family[0]) for work in missing})
            self._tell("login_timing_uneven", endpoint, kind=", ".join(kinds))
            return
        if response.status_code == 400 and state.attempt is not None and not state.checks:
            state.attempt.verdict = "failure"  # or work would be had for nothing
        try:
            for work in missing:
                spend(work, texts[0])
        except BusyError as error:
            self._too_busy(response, error)

    def _typed(self, request: Request) -> list[str]:
        length = request.content_length
        if length is not None and length > MOST_BODY_BYTES:
            return [_UNREAD]
        return typed_passwords(request)[:1]

    def _missing(self, state: State, times: int) -> Iterator[Work]:
        """Yield what this request has not done of what every failing login does.

        Args:
            state: of the request.
            times: how many spellings of its password are tried on a hash.
        """
        done: Counter[tuple[str | int, ...]] = Counter()
        for work in state.work:
            done[work.family] += work.units
        for work in self._target():
            left = work.units * times - done[work.family]
            while left > 0:
                part = min(left, work.units)
                yield Work(work.family, part)
                left -= part

    def _target(self) -> Iterator[Work]:
        """Yield what every failing login does: a new hash, and whatever else is met."""
        works = {work.family: work for work in self.census.works()}
        new = self._new()
        if self._context.policy.guards_on("passwords"):
            known = works.get(new.family)
            works[new.family] = new if known is None else max(known, new)
        yield from works.values()

    def _new(self) -> Work:
        return hasher.work_of_new(hasher.cost_of(self._context))

    def _too_busy(self, response: Response, error: BusyError) -> None:
        """Answer as if it had been raised in the view, where a known name's check meets it."""
        app = self._context.app
        page = app.make_response(app.handle_user_exception(error))
        response.status_code = page.status_code
        response.set_data(page.get_data())
        response.content_type = page.content_type
        response.headers.pop("Location", None)
        response.headers["Retry-After"] = page.headers.get("Retry-After", str(error.retry_after))

    def _tell(self, event: str, endpoint: str, **details: object) -> None:
        if (event, endpoint) not in self._told:
            self._told.add((event, endpoint))
            self._context.report(event, "warning", endpoint=endpoint, **details)
