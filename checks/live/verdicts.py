"""What the facts say of the rules: which findings hold, which do not, and what nobody saw yet."""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.live.around import forms, limits, views, wrapped
from checks.live.facts import Facts
from checks.live.sent import cookies, transport
from checks.live.verdict import Verdict, of_any, was_read

_WEAK = {
    "published": "is published",
    "short": "is shorter than 32 bytes",
    "predictable": "is a pattern or a sentence",
}
_KEPT = "Wrap the app with harden(app), or keep sessions on the server and end them at the logout."
_UNSET = "Leave FLASK_DEBUG out where the app is served, and load it here as it is served."


def verdicts(facts: Facts, *, proxy: bool, claimed: bool = False) -> Iterator[Verdict]:
    """Yield what `facts` say, of whatever app a finding is.

    Nothing is refuted, and no cookie or header judged, of an app that debugs or is tested: there
    protections are off that are on where it is served.

    Args:
        facts: about the loaded app.
        proxy: whether something in front of the app makes HTTPS mandatory.
        claimed: whether the sources say that the app does.
    """
    yield from _modes(facts)
    yield from _keys(facts)
    yield from views(facts)
    yield from _sessions(facts)
    yield from _incomplete(facts)
    if facts.like_production:
        yield from wrapped(facts)
        yield from cookies(facts)
        yield from transport(facts, proxy, claimed)
        yield from limits(facts)
        yield from forms(facts)


def _modes(facts: Facts) -> Iterator[Verdict]:
    loaded = "the app as it was loaded"
    if facts.data.get("debug") is True:
        message = "Debug mode is on in the app as it was loaded."
        yield Verdict("debug-enabled", True, was_read(facts), loaded, message, "medium", _UNSET)
    if facts.data.get("testing") is True:
        message = "Testing mode is on in the app as it was loaded."
        yield Verdict("testing-enabled", True, was_read(facts), loaded, message, "medium")
    elif facts.login.get("disabled") is True:
        message = "Logins are switched off in the app as it was loaded."
        yield Verdict("login-disabled", True, was_read(facts), loaded, message)


def _keys(facts: Facts) -> Iterator[Verdict]:
    key, read = facts.key(), was_read(facts)
    if not key:
        return
    if key.get("kind") is None:
        if facts.login:
            message = "The app as it was loaded has no secret key."
            yield Verdict("secret-key-missing", True, was_read(facts), "no key", message)
        return
    if facts.like_production:
        yield Verdict("secret-key-missing", False, _absent_key, "a key is set")
    weak = _WEAK.get(str(key.get("weakness")))
    if weak is not None:
        message = f"The secret key that the app was loaded with {weak}."
        # Another weakness is that of another key.

        def same(finding: Finding) -> bool:
            return read(finding) and weak in finding.message

        yield Verdict("secret-key-guessable", True, same, f"the key {weak}", message, "medium")
    for old in key.get("fallbacks", ()) if isinstance(key.get("fallbacks"), list) else ():
        bad = _WEAK.get(str(old.get("weakness"))) if isinstance(old, dict) else None
        if bad is not None:
            message = f"An old secret key that the app was loaded with {bad}."
            yield Verdict("secret-key-fallbacks", True, was_read(facts), bad, message, "medium")
            return


def _absent_key(finding: Finding) -> bool:
    return "nothing sets SECRET_KEY" in finding.message


def _incomplete(facts: Facts) -> Iterator[Verdict]:
    if not facts.hardening:
        return
    mode, off = facts.hardening.get("mode"), facts.hardening.get("off")
    if mode != "enforce":
        message = f"The wrapper is in mode {mode} in the app as it was loaded, and stops nothing."
        yield Verdict("hardening-incomplete", True, of_any, f"mode {mode}", message)
    elif isinstance(off, list) and off:
        names = ", ".join(map(str, off))
        message = f"The wrapper works without these guards: {names}."
        yield Verdict("hardening-incomplete", True, of_any, f"without {names}", message)


def _sessions(facts: Facts) -> Iterator[Verdict]:
    protection = facts.login.get("protection")
    if facts.login and not facts.guarded("sessions") and protection not in ("basic", "strong"):
        message = "Session protection is off in the app as it was loaded."
        yield Verdict("session-protection-off", True, was_read(facts), "it is off", message)
    if facts.session.get("renewed") is False:
        message = "The session cookie is the same before and after the login."
        yield Verdict("session-fixation", True, of_any, "it stayed the same", message)
    ends = facts.session.get("logout")
    logout = [view for view in facts.views if view.endpoint == ends]

    def at_logout(finding: Finding) -> bool:
        return any(view in logout for view in facts.at(finding.path, finding.line))

    copies = {
        "replayed": "A copy of the session cookie works after the logout.",
        "remembered": "A copy of the remember cookie works after the logout.",
    }
    for name, message in copies.items():
        if facts.session.get(name) is True:
            yield Verdict(
                "session-not-ended", True, at_logout, "it was tried", message, None, _KEPT,
                at=next(iter(logout), None),
            )  # fmt: skip
