"""Whether the app's own pages bear a violation out: the same source, loaded for the same purpose.

An image that a visitor put into a page is no reason to let that host's scripts run.
"""

from __future__ import annotations

from hardening.csp.pages import Found
from hardening.csp.violations import Violation

# What a page's tags show of each directive. Fonts and connections come from style sheets and
# scripts, which have more power than they: a host that may run scripts may be connected to.
# Nothing in a page shows who frames it or what its base is.
_KINDS = {
    "script-src": ("script",),
    "style-src": ("style",),
    "img-src": ("image",),
    "font-src": ("style", "connection"),
    "connect-src": ("script", "connection"),
    "worker-src": ("script",),
    "media-src": ("media",),
    "object-src": ("object",),
    "frame-src": ("frame",),
    "child-src": ("frame",),
    "form-action": ("form",),
    "manifest-src": ("manifest",),
}


def shows(violation: Violation, found: Found) -> bool:
    """Return whether `found`, what the app's own pages load, accounts for `violation`."""
    kinds = _KINDS.get(violation.directive, ())
    return any((kind, violation.source) in found for kind in kinds)
