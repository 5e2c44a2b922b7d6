"""What is around the views of the app: logins, limits, tokens, and the guards of ``harden``."""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.live.facts import Facts
from checks.live.verdict import Verdict, absent, of_any

# The rules that a guard of ``harden`` satisfies, whatever the sources look like.
GUARDS = {
    "https-not-enforced": "transport",
    "session-cookie-insecure": "cookies",
    "remember-cookie-insecure": "remember",
    "remember-cookie-unbounded": "remember",
    "login-not-limited": "throttle",
    "login-timing": "timing",
    "csrf-missing": "cross_site",
    "form-token-missing": "cross_site",
    "session-protection-off": "sessions",
    "session-not-ended": "sessions",
    "session-fixation": "sessions",
    "logout-by-get": "cross_site",
}


def wrapped(facts: Facts) -> Iterator[Verdict]:
    """Yield what the guards of ``harden`` take care of."""
    sent = set()  # what the app really sent is judged by that
    if facts.cookies("session"):
        sent.add("session-cookie-insecure")
    if facts.pages("http"):
        sent.add("https-not-enforced")
    for rule, guard in GUARDS.items():
        if facts.guarded(guard) and rule not in sent:
            yield Verdict(rule, False, of_any, f"harden enforces {guard}")


def views(facts: Facts) -> Iterator[Verdict]:
    """Yield what is said of views that strangers may or may not use."""

    def guarded(finding: Finding) -> bool:
        found = facts.at(finding.path, finding.line)
        return _asks_nobody(finding) and bool(found) and all(view.guard for view in found)

    def open_to_all(finding: Finding) -> bool:
        found = facts.at(finding.path, finding.line)
        return bool(found) and not any(view.guard or view.perhaps for view in found)

    if facts.like_production:
        yield Verdict("view-unprotected", False, guarded, "a login is asked for around it")
    yield Verdict(
        "view-unprotected", True, lambda f: _asks_nobody(f) and open_to_all(f), "nothing around it"
    )
    yield Verdict("login-required-ineffective", True, open_to_all, "nothing around it")


def _asks_nobody(finding: Finding) -> bool:
    """Return whether `view-unprotected` misses a login, and no role or right."""
    return " asks nobody " in finding.message


def limits(facts: Facts) -> Iterator[Verdict]:
    """Yield what Flask-Limiter is known to do."""

    def known(finding: Finding) -> list[bool | None]:
        places = [(finding.path, finding.line), *((p.path, p.line) for p in finding.related)]
        views = [view for path, line in places for view in facts.at(path, line)]
        return [facts.limited(view.endpoint) for view in views]

    def limited(finding: Finding) -> bool:
        # One that is there and does not hold, for every worker counts its own, is there still.
        found = known(finding) if "; looked for " in finding.message else []
        return bool(found) and all(found)

    def free(finding: Finding) -> bool:
        found = known(finding)
        return bool(found) and all(each is False for each in found)

    rule = "login-not-limited"
    yield Verdict(rule, False, limited, "Flask-Limiter limits it", of_all=False)
    if not facts.guarded("throttle"):
        off = "limiter" in facts.extensions and facts.settings.get("RATELIMIT_ENABLED") is False
        message = "Flask-Limiter is switched off in the app as it was loaded." if off else ""
        because = "no limit of Flask-Limiter"
        yield Verdict(rule, True, free, because, message, "medium", of_all=False)


def forms(facts: Facts) -> Iterator[Verdict]:
    """Yield what is said of tokens against requests of other sites."""
    if facts.guarded("cross_site"):
        return
    on = ("WTF_CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT")
    if "csrf" not in facts.extensions:
        yield Verdict("csrf-missing", True, absent, "no CSRFProtect is there")
    elif all(facts.settings.get(name) is not False for name in on):
        yield Verdict("csrf-missing", False, absent, "CSRFProtect is there")
