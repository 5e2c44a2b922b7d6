"""What the cookies and headers that the app sent say."""

from __future__ import annotations

from collections.abc import Iterator

from checks.live.facts import Cookie, Facts
from checks.live.verdict import Verdict, absent

_MONTH_S = 30 * 24 * 60 * 60
_SAFE_SITES = ("Lax", "Strict")


def cookies(facts: Facts) -> Iterator[Verdict]:
    """Yield what is said of the cookies of sessions and of remembered users."""
    sent = facts.cookies("session")
    if sent and (lacks := _lacks(sent)):
        message = f"The session cookie is sent without {lacks}." if facts.keeps_sessions() else ""
        yield Verdict(
            "session-cookie-insecure", True, absent, f"sent without {lacks}", message, "medium"
        )
    elif sent:
        because = "sent with Secure, HttpOnly and SameSite"
        yield Verdict("session-cookie-insecure", False, absent, because)
    yield from _remembered(facts)


def _remembered(facts: Facts) -> Iterator[Verdict]:
    if not facts.login or facts.guarded("remember"):
        return
    sent = facts.cookies("remember")
    if sent and (lacks := _lacks(sent)):
        message = f"The remember cookie is sent without {lacks}."
        yield Verdict(
            "remember-cookie-insecure", True, absent, f"sent without {lacks}", message, "medium"
        )
    elif not sent:
        settings = facts.settings
        http_only = settings.get("REMEMBER_COOKIE_HTTPONLY", True) is True
        same_site = str(settings.get("REMEMBER_COOKIE_SAMESITE")).capitalize()
        safe = settings.get("REMEMBER_COOKIE_SECURE") is True and same_site in _SAFE_SITES
        if safe and http_only:
            because = "the loaded configuration sets Secure and SameSite"
        else:
            because = "the loaded configuration leaves out Secure or SameSite"
        yield Verdict("remember-cookie-insecure", not (safe and http_only), absent, because)
    lasts = facts.login.get("remember_s")
    if isinstance(lasts, int):
        because = f"it lasts for {lasts // 86_400} days"
        yield Verdict("remember-cookie-unbounded", lasts > _MONTH_S, absent, because)


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


def transport(facts: Facts, proxy: bool, claimed: bool) -> Iterator[Verdict]:
    """Yield what is said of HTTPS and of the content policy.

    Args:
        facts: about the loaded app.
        proxy: whether something in front of the app makes HTTPS mandatory.
        claimed: whether the sources say that the app does.
    """
    plain, secure = facts.pages("http"), facts.pages("https")
    if plain and not proxy:
        redirects = all(answer.to_https for answer in plain)
        announced = secure and all("strict-transport-security" in a.headers for a in secure)
        if redirects or announced:
            because = "http is redirected" if redirects else "HSTS is sent"
            yield Verdict("https-not-enforced", False, absent, because)
        elif not any(answer.to_https for answer in plain):
            because = "http is answered, and no HSTS is sent"
            # Of what the sources leave to a proxy the app knows nothing.
            message = "HTTPS is not mandatory in the app as it was loaded." if claimed else ""
            yield Verdict("https-not-enforced", True, absent, because, message, "medium")
    pages = [answer for answer in secure if answer.html]
    if pages:
        policies = ["content-security-policy" in answer.headers for answer in pages]
        if all(policies):
            yield Verdict("content-policy-missing", False, absent, "it is sent")
        elif not any(policies):
            yield Verdict("content-policy-missing", True, absent, "none is sent")
