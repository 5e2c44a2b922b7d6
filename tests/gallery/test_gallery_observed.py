"""Mode observe: every row comes out as on the bare app, and what would be done is logged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.attacks import discover
from examples.attacks._row import Entry
from examples.attacks._target import Target

# For each attack, the events that enforcing it would have given; one of them at least has to come.
EVENTS = {
    # Enforcing changes these silently; observing says once what it would have changed.
    "cached-page": {"page_cacheable"},
    "login-page-cached": {"page_cacheable"},
    "vary-cookie": {"vary_missing"},
    "cookie-flags": {"cookie_unprotected"},
    "toss-old-name": {"cookie_unprotected"},
    "no-headers": {"headers_missing"},
    "legacy-hash": {"password_upgrade_due"},
    # Enforcing refuses to start; observing starts.
    "strong-misspelt": {"setting_refused"},
    "adopt-forged": {"session_not_adopted"},
    "change-as-rehash": {"session_expired"},
    "csrf-basic": {"malicious_csrf"},
    "cookie-forge": {"login_refused_weak_key", "session_use_after_expire"},
    "debug-live": {"insecure_transport"},
    "deactivated-user": {"session_expired"},
    "enumerate-429": {"excess_rate_limit_exceeded"},
    "enumerate-time": {"login_timing_uneven"},
    "device-theft": {"excess_rate_limit_exceeded"},
    "empty-key": {"excess_rate_limit_exceeded", "client_address_unknown"},
    "guess-abort": {"excess_rate_limit_exceeded"},
    "guess-decoy": {"excess_rate_limit_exceeded"},
    "guess-method": {"excess_rate_limit_exceeded"},
    "guess-otp": {"excess_rate_limit_exceeded"},
    "lock-victim": {"authn_login_fail"},
    "reset-flood": {"excess_rate_limit_exceeded"},
    "reset-lookalike": {"excess_rate_limit_exceeded"},
    "spray-alias": {"excess_rate_limit_exceeded"},
    "memory-flood": {"authn_login_fail"},
    "store-down": {"store_down"},
    "guess-200": {"excess_rate_limit_exceeded"},
    "guess-account": {"excess_rate_limit_exceeded"},
    "guess-race": {"excess_rate_limit_exceeded"},
    "host-redirect": {"insecure_transport"},
    "log-inject": {"authn_login_fail"},
    "hash-bomb": {"password_hash_refused"},
    "login-csrf": {"malicious_csrf"},
    "logout-img": {"malicious_csrf"},
    "next-redirect": {"open_redirect_blocked"},
    "pass-the-hash": {"password_hash_submitted"},
    "password-behind": {"session_expired"},
    "plain-http": {"insecure_transport"},
    "reset-own": {"excess_rate_limit_exceeded"},
    "session-idle": {"session_use_after_expire"},
    "session-renew-blind": {"session_use_after_expire"},
    "session-replay-clear": {"session_use_after_expire"},
    "session-replay-logout": {"session_use_after_expire"},
    "session-replay-password": {"session_expired"},
    "sessions-unlimited": {"session_expired"},
    "spray-accounts": {"excess_rate_limit_exceeded"},
    "spray-ips": {"excess_rate_limit_exceeded"},
    "spray-ipv6": {"excess_rate_limit_exceeded"},
    "spray-name": {"excess_rate_limit_exceeded"},
    "state-csrf": {"malicious_csrf"},
    "strong-permanent": {"session_use_after_expire"},
    "strong-xff": {"session_not_fresh"},
    "ws-hijack": {"malicious_csrf"},
    "xff-per-guess": {"excess_rate_limit_exceeded"},
    "xfp-spoof": {"insecure_transport"},
}
# A remember cookie of the app's own is the same on every device and at every login. Tokens that
# could be told apart are ours, and observing gives nobody a cookie of ours.
_NO_TOKENS = "observing issues no remember tokens, so there is none to judge"
UNSEEN = {
    "hash-flood": "observing lets as many hash at once as come, so nobody waits",
    "csp-poison": "observing sends no policy, so no browser reports and nothing is proposed",
    "host-reset": "Flask's own TRUSTED_HOSTS refuses it; `status` says while that is not set",
    "remember-10-years": _NO_TOKENS,
    "remember-other-browser": _NO_TOKENS,
    "remember-replay-logout": _NO_TOKENS,
    "remember-theft": _NO_TOKENS,
    "session-fixation": "enforcing gives no event either: an id is new after every login",
    "workers": "its events stay in gunicorn's processes; guess-race sees the same one in this one",
}


@pytest.fixture
def observed(tmp_path: Path) -> Iterator[Target]:
    """A bare app with a wrapper that only observes."""
    yield Target("bare", tmp_path, observe=True)
    Target.close()


@pytest.mark.parametrize("entry", discover(), ids=lambda entry: entry.id)
def test_observed(entry: Entry, observed: Target) -> None:
    """The attack succeeds, or the promise is broken, just as without the wrapper."""
    outcome = entry.attack(observed)

    assert outcome.succeeded is entry.row.expected("bare"), outcome.evidence

    named = {event.get("event") for event in observed.events}

    assert entry.row.kind == "promise" or entry.id in UNSEEN or named & EVENTS.get(entry.id, set())
    assert all(event["mode"] == "observe" for event in observed.events if "event" in event)
    assert "guard_failed" not in named


def test_every_attack_is_listed() -> None:
    """Each attack has its event, or the reason why there is none."""
    attacks = {entry.id for entry in discover() if entry.row.kind == "attack"}

    assert attacks - EVENTS.keys() - UNSEEN.keys() == set()
