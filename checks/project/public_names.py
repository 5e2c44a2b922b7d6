"""Whether a view is open on purpose, by what it and its addresses are called."""

from __future__ import annotations

import re
from collections.abc import Iterable

from checks.lazy import lazy

__all__ = ["named_public"]

# What is open on purpose, by the words that views and rules for it are made of.
_PUBLIC = lazy(
    r"(^|[\W_])(log_?(in|out|off|on)|sign_?(in|up|out|on)|regist\w*|reset\w*|forg[oe]t\w*|recover\w*|"
    r"lost|confirm\w*|activat\w*|verif\w*|validat\w*|authori[sz]e\w*|auth|oauth\w*|oidc|saml|sso|"
    r"acs|callback|token\w*|refresh|2fa|mfa|otp|totp|webauthn|webhooks?|hooks?|ipn|notify|"
    r"notifications?_hook|stripe|paypal|alipay|paytm|omise|razorpay|mollie|return_ur[il]|twilio|"
    r"telegram|slack|health\w*|ping|status|metrics|ready|"
    r"alive|version|robots|sitemap|favicon|static|bower_components|node_modules|feedback|"
    r"newsletter\w*|subscri\w*|unsubscri\w*|search|lang\w*|locale|language|theme|currenc\w+|cookies?|consent|"
    r"setup|install\w*|initial\w*|bootstrap|init_?db|first_?run|onboarding|wizard|about|faq|terms|"
    r"privacy|imprint|help|openapi|swagger|rss|feed|atom|public\w*|guest\w*|"
    r"anonymous|demo|captcha|csp\w*|report_?csp|track\w*|click|pixel|beacon|analytics|invit\w*|"
    r"join|rsvp|apply|preview|graphql|errors?|maintenance|cron|internal|probe|create_?account|new_?account|new_?user|new_?password|set_?password|"
    r"choose_?password|impress\w*|connect|heartbeat|seed|sign|unlock|manifest|"
    r"upload_?hook|github|gitlab|google|facebook|ical|embed\w*|"
    r"current_?user|who_?am_?i|well_known|discovery|jwks|capabilit\w*|userinfo|introspect|revoke|mailgun|sns|inbound)"
    r"($|[\W_])",
    re.IGNORECASE,
)
# Pages that are open to be read; who changes one is another matter.
_PAGE = lazy(
    r"(?:^|(?<=[\W_]))(?:about|faq|terms|privacy|imprint|help|rss|feed|sitemap|robots)(?=$|[\W_])"
)
_CHANGES = lazy(r"^_*(?:edit|update|delete|remove|create|add|save|change|set)_")


def named_public(function: str, words: Iterable[str]) -> bool:
    """Return whether a view is called like one for people who are not logged in.

    Args:
        function: the name of its function.
        words: that, its endpoint and its addresses, without their parameters.
    """
    if _CHANGES.match(function):
        words = [_PAGE.sub("", word) for word in words]
    return any(_PUBLIC.search(word) for word in words)
