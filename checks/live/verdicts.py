"""What the facts say of the rules: which findings hold, which do not, and what nobody saw yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checks.finding import Confidence, Finding
from checks.live.facts import Cookie, Facts, View
from checks.records import NamedTuple

_MONTH_S = 30 * 24 * 60 * 60
# What findings about something that is missing everywhere begin with; other findings are about
# what a file says, which another configuration may load.
ABSENT = "Nothing "
_SAFE_SITES = ("Lax", "Strict")


class Verdict(NamedTuple):
    """One thing that the facts say of one rule."""

    rule: str
    holds: bool
    """Whether what the rule looks for is there: else its findings do not hold."""
    about: Callable[[Finding], bool]
    """Whether it is said of a finding of the rule."""
    because: str
    """What was seen, in a few words."""
    message: str = ""
    """Of a new finding, where no finding of the sources says it; none is made without one."""
    confidence: Confidence | None = None
    """Of the new finding, if not the rule's own."""
    fix: str | None = None
    """Of the new finding, if not the rule's own."""
    at: View | None = None
    """The view of the new finding, if it is not the app's."""
    of_all: bool = True
    """Whether it is said of the app, and not of single views."""


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
    yield from _views(facts)
    yield from _sessions(facts)
    yield from _incomplete(facts)
    if facts.like_production:
        yield from _wrapped(facts)
        yield from _cookies(facts)
        yield from _transport(facts, proxy, claimed)
        yield from _limits(facts)
        yield from _forms(facts)


def _any(finding: Finding) -> bool:
    return True


def _absent(finding: Finding) -> bool:
    return finding.message.startswith(ABSENT)


_KEPT = "Wrap the app with harden(app), or keep sessions on the server and end them at the logout."
_UNSET = "Leave FLASK_DEBUG out where the app is served, and load it here as it is served."


def _modes(facts: Facts) -> Iterator[Verdict]:
    loaded = "the app as it was loaded"
    if facts.data.get("debug") is True:
        message = "Debug mode is on in the app as it was loaded."
        yield Verdict("debug-enabled", True, _any, loaded, message, "medium", _UNSET)
    if facts.data.get("testing") is True:
        message = "Testing mode is on in the app as it was loaded."
        yield Verdict("testing-enabled", True, _any, loaded, message, "medium")
    elif facts.login.get("disabled") is True:
        message = "Logins are switched off in the app as it was loaded."
        yield Verdict("login-disabled", True, _any, loaded, message)


_WEAK = {
    "published": "is published",
    "short": "is shorter than 32 bytes",
    "predictable": "is a pattern or a sentence",
}


def _keys(facts: Facts) -> Iterator[Verdict]:
    key = facts.key()
    if not key:
        return
    if key.get("kind") is None:
        if facts.login:
            message = "The app as it was loaded has no secret key."
            yield Verdict("secret-key-missing", True, _any, "no key", message)
        return
    if facts.like_production:
        yield Verdict("secret-key-missing", False, _absent_key, "a key is set")
    weak = _WEAK.get(str(key.get("weakness")))
    if weak is not None:
        message = f"The secret key that the app was loaded with {weak}."
        # Another weakness is that of another key.
        yield Verdict(
            "secret-key-guessable", True, lambda f: weak in f.message, f"the key {weak}", message,
            "medium",
        )  # fmt: skip
    for old in key.get("fallbacks", ()) if isinstance(key.get("fallbacks"), list) else ():
        bad = _WEAK.get(str(old.get("weakness"))) if isinstance(old, dict) else None
        if bad is not None:
            message = f"An old secret key that the app was loaded with {bad}."
            yield Verdict("secret-key-fallbacks", True, _any, bad, message, "medium")
            return


def _absent_key(finding: Finding) -> bool:
    return "nothing sets SECRET_KEY" in finding.message


# The rules that a guard of ``harden`` satisfies, whatever the sources look like.
_GUARDS = {
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


def _wrapped(facts: Facts) -> Iterator[Verdict]:
    sent = set()  # what the app really sent is judged by that
    if facts.cookies("session"):
        sent.add("session-cookie-insecure")
    if facts.pages("http"):
        sent.add("https-not-enforced")
    for rule, guard in _GUARDS.items():
        if facts.guarded(guard) and rule not in sent:
            yield Verdict(rule, False, _any, f"harden enforces {guard}")


def _incomplete(facts: Facts) -> Iterator[Verdict]:
    if not facts.hardening:
        return
    mode, off = facts.hardening.get("mode"), facts.hardening.get("off")
    if mode != "enforce":
        message = f"The wrapper is in mode {mode} in the app as it was loaded, and stops nothing."
        yield Verdict("hardening-incomplete", True, _any, f"mode {mode}", message)
    elif isinstance(off, list) and off:
        names = ", ".join(map(str, off))
        message = f"The wrapper works without these guards: {names}."
        yield Verdict("hardening-incomplete", True, _any, f"without {names}", message)


def _views(facts: Facts) -> Iterator[Verdict]:
    def guarded(finding: Finding) -> bool:
        found = facts.at(finding.path, finding.line)
        return _asks_nobody(finding) and bool(found) and all(view.guard for view in found)

    def open_to_all(finding: Finding) -> bool:
        found = facts.at(finding.path, finding.line)
        return bool(found) and not any(view.guard or view.hook for view in found)

    if facts.like_production:
        yield Verdict("view-unprotected", False, guarded, "a login is asked for around it")
    yield Verdict(
        "view-unprotected", True, lambda f: _asks_nobody(f) and open_to_all(f), "nothing around it"
    )
    yield Verdict("login-required-ineffective", True, open_to_all, "nothing around it")


def _asks_nobody(finding: Finding) -> bool:
    """Return whether `view-unprotected` misses a login, and no role or right."""
    return " asks nobody " in finding.message


def _sessions(facts: Facts) -> Iterator[Verdict]:
    protection = facts.login.get("protection")
    if facts.login and not facts.guarded("sessions") and protection not in ("basic", "strong"):
        message = "Session protection is off in the app as it was loaded."
        yield Verdict("session-protection-off", True, _any, "it is off", message)
    if facts.session.get("renewed") is False:
        message = "The session cookie is the same before and after the login."
        yield Verdict("session-fixation", True, _any, "it stayed the same", message)
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


def _cookies(facts: Facts) -> Iterator[Verdict]:
    sent = facts.cookies("session")
    if sent and (lacks := _lacks(sent)):
        message = f"The session cookie is sent without {lacks}." if facts.keeps_sessions() else ""
        yield Verdict("session-cookie-insecure", True, _absent, f"sent without {lacks}", message)
    elif sent:
        because = "sent with Secure, HttpOnly and SameSite"
        yield Verdict("session-cookie-insecure", False, _absent, because)
    yield from _remembered(facts)


def _remembered(facts: Facts) -> Iterator[Verdict]:
    if not facts.login or facts.guarded("remember"):
        return
    sent = facts.cookies("remember")
    if sent and (lacks := _lacks(sent)):
        message = f"The remember cookie is sent without {lacks}."
        yield Verdict("remember-cookie-insecure", True, _absent, f"sent without {lacks}", message)
    elif not sent:
        settings = facts.settings
        http_only = settings.get("REMEMBER_COOKIE_HTTPONLY", True) is True
        same_site = str(settings.get("REMEMBER_COOKIE_SAMESITE")).capitalize()
        safe = settings.get("REMEMBER_COOKIE_SECURE") is True and same_site in _SAFE_SITES
        if safe and http_only:
            because = "the loaded configuration sets Secure and SameSite"
        else:
            because = "the loaded configuration leaves out Secure or SameSite"
        yield Verdict("remember-cookie-insecure", not (safe and http_only), _absent, because)
    lasts = facts.login.get("remember_s")
    if isinstance(lasts, int):
        because = f"it lasts for {lasts // 86_400} days"
        yield Verdict("remember-cookie-unbounded", lasts > _MONTH_S, _absent, because)


def _lacks(cookies: list[Cookie]) -> str:
    """Return what a cookie lacks at least once, ``""`` if nothing."""
    lacks = []
    if not all(cookie.secure for cookie in cookies):
        lacks.append("Secure")
    if not all(cookie.httponly for cookie in cookies):
        lacks.append("HttpOnly")
    if any(cookie.samesite is None for cookie in cookies):
        lacks.append("SameSite")
    return " and ".join(lacks)


def _transport(facts: Facts, proxy: bool, claimed: bool) -> Iterator[Verdict]:
    plain, secure = facts.pages("http"), facts.pages("https")
    if plain and not proxy:
        redirects = all(answer.to_https for answer in plain)
        announced = secure and all("strict-transport-security" in a.headers for a in secure)
        if redirects or announced:
            because = "http is redirected" if redirects else "HSTS is sent"
            yield Verdict("https-not-enforced", False, _absent, because)
        elif not any(answer.to_https for answer in plain):
            because = "http is answered, and no HSTS is sent"
            # Of what the sources leave to a proxy the app knows nothing.
            message = "HTTPS is not mandatory in the app as it was loaded." if claimed else ""
            yield Verdict("https-not-enforced", True, _absent, because, message, "medium")
    pages = [answer for answer in secure if answer.html]
    if pages:
        policies = ["content-security-policy" in answer.headers for answer in pages]
        if all(policies):
            yield Verdict("content-policy-missing", False, _absent, "it is sent")
        elif not any(policies):
            yield Verdict("content-policy-missing", True, _absent, "none is sent")


def _limits(facts: Facts) -> Iterator[Verdict]:
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


def _forms(facts: Facts) -> Iterator[Verdict]:
    if facts.guarded("cross_site"):
        return
    on = ("WTF_CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT")
    if "csrf" not in facts.extensions:
        yield Verdict("csrf-missing", True, _absent, "no CSRFProtect is there")
    elif all(facts.settings.get(name) is not False for name in on):
        yield Verdict("csrf-missing", False, _absent, "CSRFProtect is there")
