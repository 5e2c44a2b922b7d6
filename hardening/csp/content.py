"""The content policy that an app's settings and a view's own wishes come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Stands for the nonce where one belongs; a header with it is a template, never sent as it is.
NONCE = "'nonce-{}'"
GROUP = "hardening"  # the name of our endpoint in Reporting-Endpoints

DEFAULT: Mapping[str, str] = {  # ASVS 3.4.3, 3.4.6
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
    "form-action": "'self'",
}
_ELEMENTS = ("script-src", "style-src")
_NONCED = (*_ELEMENTS, "script-src-elem", "style-src-elem")
_REPORTS = ("report-uri", "report-to")

Changes = Mapping[str, str | Sequence[str] | None]  # as in the setting


def changed(policy: Mapping[str, str], changes: Changes | None) -> dict[str, str]:
    """Return `policy` with directives replaced; those whose sources are None are left out."""
    merged = {**policy, **(changes or {})}
    return {
        directive: sources if isinstance(sources, str) else " ".join(sources)
        for directive, sources in merged.items()
        if sources is not None
    }


def nonced(policy: Mapping[str, str]) -> dict[str, str]:
    """Return `policy` with `NONCE` among the sources of scripts and styles.

    Where it names none, those of ``default-src`` are what browsers go by; without either,
    everything is allowed and a nonce would only take away. ``'none'`` was meant.
    """
    found = dict(policy)
    for directive in _ELEMENTS:
        if directive not in found and "default-src" in found:
            found[directive] = found["default-src"]
    for directive in _NONCED:
        if directive in found and found[directive] != "'none'":
            found[directive] += f" {NONCE}"
    return found


def reporting(policy: Mapping[str, str], uri: str, *, secure: bool) -> dict[str, str]:
    """Return `policy` with our collector at `uri`, unless the app names one of its own.

    Args:
        policy: directives and their sources.
        uri: the collector's path.
        secure: whether the browser surely came over https.
    """
    if any(directive in policy for directive in _REPORTS):
        return dict(policy)
    found = {**policy, "report-uri": uri}
    # Firefox and Safari know only the first. Chromium prefers the second, and over plain http
    # drops the report for it, since the Reporting API needs https.
    return {**found, "report-to": GROUP} if secure else found
