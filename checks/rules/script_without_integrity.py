"""A script of another host is run unchecked.

What it does
------------
Reports `<script src="https://...">` (also `//host/...`) of other hosts without an `integrity`
attribute, in templates and in pages within Python files. Scripts that their makers change at
will, such as those of payment, map, captcha and statistics services, cannot be pinned and are
not reported.

Why it is bad
-------------
Whoever controls that host, or its network, runs code in every page of the app that loads the
script, the login included.

Bad
---
```html
<!-- file: templates/base.html -->
<script src="https://code.jquery.com/jquery-3.7.1.min.js"></script>
```

Good
----
```html
<!-- file: templates/base.html -->
<script src="https://code.jquery.com/jquery-3.7.1.min.js"
        integrity="sha256-/JqT3SQfawRcv/BIHPThkBvs0OEvtFFmqPF/lYI/Cxo="
        crossorigin="anonymous"></script>
```

How to fix
----------
Serve the script from your own `static` folder, or add `integrity` and `crossorigin`.

References
----------
- https://cwe.mitre.org/data/definitions/353.html
- https://developer.mozilla.org/en-US/docs/Web/Security/Subresource_Integrity
- OWASP ASVS 5.0, requirement 3.6.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=353,
    asvs=("3.6.1",),
    summary="script of another host without an integrity hash",
    why="Whoever controls that host runs code in the pages of the app.",
    fix="Serve the script from your own static folder, or add integrity and crossorigin.",
    audience="strict",
)

_FOREIGN = lazy(r"^(?:https?:)?//(?P<host>[\w.-]+)(?P<path>[^\s?#]*)", re.IGNORECASE)
_OWN = lazy(r"^(localhost|127\.|0\.0\.0\.0)")
# Services whose scripts change without notice: a pinned hash would break the page.
_CHANGING = lazy(
    r"(^|\.)(js\.stripe\.com|checkout\.stripe\.com|paypal\.com|paypalobjects\.com|braintreegateway\.com|"
    r"squareup\.com|razorpay\.com|paddle\.com|googletagmanager\.com|google-analytics\.com|"
    r"googlesyndication\.com|googleadservices\.com|recaptcha\.net|hcaptcha\.com|"
    r"challenges\.cloudflare\.com|cloudflareinsights\.com|connect\.facebook\.net|"
    r"platform\.twitter\.com|platform\.linkedin\.com|apis\.google\.com|accounts\.google\.com|"
    r"maps\.googleapis\.com|maps\.google\.com|www\.google\.com|www\.gstatic\.com|disqus\.com|"
    r"intercom\.io|hotjar\.com|segment\.com|mixpanel\.com|plausible\.io|matomo\.cloud|"
    r"fonts\.googleapis\.com|use\.typekit\.net|kit\.fontawesome\.com|polyfill\.io|"
    r"browser-update\.org|buttons\.github\.io)$",
    re.IGNORECASE,
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each script tag that loads unchecked code."""
    for template in project.pages.templates:
        if "//" not in template.text:
            continue
        for tag in template.scripts:
            source = _FOREIGN.match(tag.attributes.get("src", "").strip())
            if source is None or _OWN.match(source["host"]) or _CHANGING.search(source["host"]):
                continue
            if not tag.attributes.get("integrity", "").strip():
                message = f"The script of {source['host']} is run whatever it has become."
                yield found(RULE, message, tag.spot)
