"""Every row of the attack gallery: it works on the bare app and fails on the wrapped one."""

from __future__ import annotations

import pytest
from flask_versions import rotates

from examples.attacks import discover

ENTRIES = discover()
TRIED = [
    pytest.param(entry, id=entry.id, marks=[rotates] if entry.id == "key-rotation" else [])
    for entry in ENTRIES
]
ROWS = """
session-replay-logout session-replay-clear session-replay-password rehash-keeps-devices strong-xff
strong-permanent strong-misspelt mobile-roaming cookie-flags cookie-forge guess-account guess-race
guess-200 spray-ips spray-accounts spray-ipv6 spray-name reset-own xff-per-guess workers login-csrf
logout-img next-redirect legacy-hash plain-http xfp-spoof proxy-undeclared view-csp no-headers
cached-page test-suite rollback
remember-replay-logout remember-theft remember-two-tabs remember-other-browser password-behind
remember-10-years remember-strong session-idle adopt-forged change-as-rehash store-poison
toss-old-name ws-hijack session-fixation session-renew-blind sessions-unlimited deactivated-user
store-apart key-rotation debug-live host-redirect host-reset login-page-cached vary-cookie
log-inject csp-poison csp-rollout state-csrf csrf-basic
guess-decoy guess-method guess-abort guess-otp spray-alias reset-lookalike reset-flood device-theft
lock-victim empty-key memory-flood store-down
"""


def test_no_row_is_lost() -> None:
    """The rows that the project promises are all there."""
    found = {entry.id for entry in ENTRIES}

    assert set(ROWS.split()) <= found


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_bare(entry, target) -> None:
    """Without the wrapper the attack succeeds; a promise is kept or broken as the row says."""
    outcome = entry.attack(target("bare"))

    assert outcome.succeeded is entry.row.expected("bare"), outcome.evidence


@pytest.mark.parametrize("wrap", ["late", "early"])
@pytest.mark.parametrize("entry", TRIED)
def test_wrapped(entry, wrap, target) -> None:
    """With the wrapper the attack fails, honest people get in, and every promise is kept.

    Wrapped late on the embedded store, early in memory where the row allows: the stores have a
    suite of their own over all of their operations.
    """
    store = "memory" if wrap == "early" and entry.row.memory else "embedded"
    outcome = entry.attack(target("wrapped", wrap, store))

    assert outcome.succeeded is entry.row.expected("wrapped"), outcome.evidence


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_row_says_what_it_is(entry) -> None:
    """A row's module explains itself and names its id."""
    text = __import__(entry.attack.__module__, fromlist=["x"]).__doc__

    assert f"`{entry.id}`" in text
    assert entry.row.title
