"""Limits how often a one-time code may be tried: at a second factor, or a reset by code.

A code has six digits, and no password field shows that it is guessed. So what counts is the page
(see `detect`; or a half-made login in the session) and a field that holds a code. It is charged
to whoever is waiting: the half-made login in the session, else the user who is logged in, else
the name that was sent, else the token; and to the network, which nobody can choose anew with
every guess. A code that logs in, or confirms a login, gives all of it back.

Fails open to the view, with limits of this process while the store is down.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hardening.logins.budgets import kind_of
from hardening.logins.identify import account_in_waiting, fields_of, read
from hardening.logins.pending import waits, who, words_of
from hardening.logins.refusals import OTHER, too_many
from hardening.sessions.keys import peek

if TYPE_CHECKING:
    from flask import Flask, Request

    from hardening.context import Context
    from hardening.decision import Refusal
    from hardening.logins.budgets import Budgets
    from hardening.logins.counting import Counters
    from hardening.logins.detect import Endpoints
    from hardening.logins.identify import Account
    from hardening.logins.networks import Networks
    from hardening.state import State
    from hardening.storage.base import Grant

_NOTE: Final = "code"  # the key in `State.notes`
_MOST_TOKEN = 200  # characters that count


def _whole_words(pattern: str) -> str:
    return rf"(?:^|_)(?:{pattern})(?:_|$)"


_FACTOR = (
    r"mfa|2fa|tfa|otp|totp|hotp|two_?(?:factor|step)|second_?(?:factor|step)|multi_?factor"
    r"|one_?time|passcode|authenticator|backup_?codes?|recovery_?codes?|u2f|webauthn|passkey"
)
# Compiled by `re` at its first use, as most processes start without one.
# Pages that may be about a code; fields that hold one; fields that do not.
_LIKELY_PAGE = _whole_words(
    r"verify|verification|challenge|confirm|confirmation|validate|code|pin|reset|forgot|recover"
)
_SURE_FIELD = _whole_words(
    _FACTOR + r"|(?:verification|security|sms|email|auth|login|access|confirmation|mfa)_?code"
)
_LIKELY_FIELD = _whole_words(r"code|pin|digits?|digit_?\d+")
_NO_FIELD = _whole_words(r"csrf|xsrf|zip|postal|country|area|promo|coupon|discount|remember|trust")
_TOKEN = _whole_words(r"(?:mfa|2fa|otp|pre_?auth|challenge|pending|login|session|reset)?_?token")


class Codes:
    """The one-time codes of one app.

    Args:
        context: the wrapped app.
        endpoints: tells what pages are.
        budgets: what a code is charged to.
        counters: where it is counted.
        networks: where requests come from.
    """

    def __init__(
        self,
        context: Context,
        endpoints: Endpoints,
        budgets: Budgets,
        counters: Counters,
        networks: Networks,
    ) -> None:
        self._context = context
        self._endpoints = endpoints
        self._budgets = budgets
        self._counters = counters
        self._networks = networks
        self._pages: dict[str, str] = {}  # endpoint -> sure, likely, or nothing: by its code

    def before(self, request: Request, state: State) -> Refusal | None:
        """Count a code before its view sees it; return why it must not, or None."""
        endpoint = request.endpoint
        if endpoint is None:
            return None
        # What a login leaves behind in the session is no half-made one.
        half = not state.user_id_at_open and waits(state.session)
        page = self._pages.get(endpoint)
        if page is None:
            page = self._pages[endpoint] = self._judge(request, endpoint)
        if not page and not half:
            return None
        found = dict(fields_of(request))
        if not _holds_code(found, sure=page == "sure" or half):
            return None
        if page != "sure" and not half and state.user_id_at_open and not _sure(found):
            return None  # a voucher, say, of somebody who is logged in
        waiting, shared = self._waiting(request, state, found, half=half)
        charges = self._budgets.of_code(waiting, self._networks.of(state), shared=shared)
        reservation = self._counters.reserve(charges.claims)
        if reservation.refused_by is not None:
            limit, wait = kind_of(reservation.refused_by), reservation.retry_after_s or 0.0
            return too_many(self._context.app, request, limit, wait, (waiting,), OTHER)
        state.notes[_NOTE] = (reservation.grants, charges.own[waiting.key])
        return None

    def counted(self, state: State) -> bool:
        """Return whether this request was counted as a code."""
        return _NOTE in state.notes

    def after(self, state: State) -> None:
        """Give back what a right code took; a wrong one is not seen, so the rest counts."""
        noted: tuple[tuple[Grant, ...], tuple[bytes, ...]] | None = state.notes.pop(_NOTE, None)
        if noted is None:
            return
        user = None if state.session is None else peek(state.session, "_user_id")
        came_in = state.logged_in is not None and not state.remembered
        if came_in or state.confirmed or user not in (None, state.user_id_at_open):
            grants, own = noted
            self._counters.clear(own)
            self._counters.refund([grant for grant in grants if grant.key not in own])

    def _judge(self, request: Request, endpoint: str) -> str:
        """Return whether a page is about codes: ``sure``, ``likely``, or neither."""
        rule = request.url_rule
        path = "" if rule is None else re.sub(r"<[^>]*>", "", rule.rule)
        if "code" in self._endpoints.kinds(endpoint):
            return "sure"
        words = [words_of(endpoint.rpartition(".")[2]), words_of(path)]
        kinds = self._endpoints.kinds(endpoint)
        likely = "reset" in kinds or any(re.search(_LIKELY_PAGE, word) for word in words)
        return "likely" if likely else ""

    def _waiting(
        self, request: Request, state: State, found: dict[str, str], *, half: bool
    ) -> tuple[Account, bool]:
        """Return whose code this is, and whether anybody may name that account."""
        app: Flask = self._context.app
        kept = who(state.session)
        if half and kept is not None:
            return account_in_waiting(app, f"session {kept}"), False
        if state.user_id_at_open:
            return account_in_waiting(app, f"user {state.user_id_at_open}"), False
        names = read(request, self._context.policy.identifier_fields).names
        if names:
            return account_in_waiting(app, f"name {names[0]}"), True
        if kept is not None:
            return account_in_waiting(app, f"session {kept}"), False
        tokens = [
            text for name, text in found.items() if text and re.search(_TOKEN, words_of(name))
        ]
        if tokens:
            return account_in_waiting(app, f"token {tokens[0][:_MOST_TOKEN]}"), False
        return account_in_waiting(app, f"network {state.client.network}"), False


def _holds_code(found: dict[str, str], *, sure: bool) -> bool:
    for name, text in found.items():
        words = words_of(name)
        if not text or re.search(_NO_FIELD, words):
            continue
        if re.search(_SURE_FIELD, words) or re.search(_LIKELY_FIELD, words):
            return True
        if sure and re.search(_TOKEN, words):
            return True
    return False


def _sure(found: dict[str, str]) -> bool:
    return any(text and re.search(_SURE_FIELD, words_of(name)) for name, text in found.items())
