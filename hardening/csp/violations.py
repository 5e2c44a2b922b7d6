"""What browsers report: both forms of a report, read into directive and blocked source.

A report is a stranger's word. Nothing of it is kept but a directive that exists and a source in
its shortest form: no path, no query, no address of the page, no sample of its code.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from hardening.csp.directives import SOURCED
from hardening.csp.sources import source_of
from hardening.hosts import Host

OLD = "application/csp-report"  # report-uri
NEW = "application/reports+json"  # Reporting-Endpoints
MOST_AT_ONCE = 50  # reports of one request that are looked at
# What is blocked without an address. Others, of Trusted Types for one, have no source to allow.
KEYWORDS = frozenset({"inline", "eval", "wasm-eval"})


class Violation(NamedTuple):
    """Something that the content policy blocked, or would block."""

    directive: str
    """The directive that a policy would name, such as ``script-src``."""
    source: str
    """An origin, a scheme such as ``data:``, ``'self'``, or one of `KEYWORDS`."""


def read(kind: str, body: bytes, own: Collection[Host]) -> Iterator[Violation]:
    """Yield what `body` reports.

    Args:
        kind: its media type, `OLD` or `NEW`.
        body: JSON.
        own: the app's hosts, as the browser names them.

    Raises:
        ValueError: it is no JSON of that form.
    """
    try:
        parsed = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if kind == OLD:
        if not isinstance(parsed, dict) or not isinstance(parsed.get("csp-report"), dict):
            raise ValueError("not a report")
        report = parsed["csp-report"]
        directive = report.get("effective-directive") or report.get("violated-directive")
        yield from _violation(directive, report.get("blocked-uri"), own)
        return
    reports = parsed if isinstance(parsed, list) else [parsed]
    for report in reports[:MOST_AT_ONCE]:
        if not isinstance(report, dict) or not isinstance(report.get("body"), dict):
            raise ValueError("not a report")
        if report.get("type") == "csp-violation":
            inner = report["body"]
            yield from _violation(inner.get("effectiveDirective"), inner.get("blockedURL"), own)


def _violation(directive: Any, blocked: Any, own: Collection[Host]) -> Iterator[Violation]:
    if not isinstance(directive, str) or not isinstance(blocked, str):
        return
    # Level 2 put the whole directive there, with its sources.
    words = directive.lower().split(maxsplit=1)
    name = words[0].removesuffix("-elem").removesuffix("-attr") if words else ""
    word = blocked.strip().lower()
    source = word if word in KEYWORDS else source_of(blocked, own)
    if word in ("", "self"):  # Level 2 says so for inline code, and for the page itself
        source = "inline" if name in ("script-src", "style-src") else None
    if name in SOURCED and source is not None:
        yield Violation(name, source)
