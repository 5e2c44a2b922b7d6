"""What to do about the reports: a policy that allows what the app's own pages load.

A proposal is for somebody to read, not to be put in force unread: what visitors can put into a
page is among what the page loads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hardening.csp.content import DEFAULT, Changes, changed
from hardening.csp.evidence import shows
from hardening.csp.pages import Found
from hardening.csp.records import Kept30Days

# Where a policy does not name a directive, browsers go by these (CSP level 3, section 6.8).
_FALLBACKS = {
    "frame-src": ("child-src", "default-src"),
    "worker-src": ("child-src", "script-src", "default-src"),
    "form-action": (),
    "base-uri": (),
    "frame-ancestors": (),
}
_ADVICE = {
    ("script-src", "inline"): (
        'scripts inside pages: Policy(csp_nonce=True) and <script nonce="{{ csp_nonce() }}">; '
        "handlers such as onclick become addEventListener"
    ),
    ("style-src", "inline"): (
        'styles inside pages: Policy(csp_nonce=True) and <style nonce="{{ csp_nonce() }}">; '
        "style attributes become classes"
    ),
    ("script-src", "eval"): "eval or new Function: 'unsafe-eval' would allow it to everybody",
    ("script-src", "wasm-eval"): "WebAssembly: add 'wasm-unsafe-eval' if the app uses it",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One violation, and what becomes of it."""

    directive: str
    source: str
    since: str
    """When it was first reported, UTC."""
    in_pages: bool
    """Whether the app's own pages load it."""
    advice: str | None = None
    """What to do about one that has no source to allow."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was reported, and the policy to try next."""

    seen: tuple[Seen, ...]
    policy: Mapping[str, str]
    """The setting ``csp_policy``; the present policy where nothing is to be added."""
    added: Mapping[str, tuple[str, ...]]
    """What is new in it."""
    endpoints: tuple[str, ...]
    """Whose pages were looked at. Others may load what is missing here."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "seen": [{name: getattr(one, name) for name in Seen.__slots__} for one in self.seen],
            "policy": dict(self.policy),
            "added": {directive: list(sources) for directive, sources in self.added.items()},
            "endpoints": list(self.endpoints),
        }

    def as_lines(self) -> list[str]:
        """Return it for people."""
        own = [one for one in self.seen if one.in_pages]
        advised = [one for one in self.seen if not one.in_pages and one.advice]
        foreign = [one for one in self.seen if not one.in_pages and not one.advice]
        if not self.seen:
            return ["no browser reported anything"]
        lines = [f"pages of {len(self.endpoints)} endpoints were looked at"]
        for title, group in (
            ("reported, and loaded by your pages:", own),
            ("reported, not in your pages (check before you allow any of it):", foreign),
        ):
            if group:
                lines += ["", title]
                lines += [f"  {one.directive:<16} {one.source}" for one in group]
        if advised:
            lines += ["", "reported, with no source to allow:"]
            lines += [f"  {one.directive:<16} {one.source}: {one.advice}" for one in advised]
        if not self.added:
            return [*lines, "", "nothing to add to the policy"]
        lines += ["", "proposed; read it before you use it:", "  Policy(csp_policy={"]
        lines += [f"      {name!r}: {self.policy[name]!r}," for name in self.added]
        return [*lines, "  })"]


def propose(
    kept: Iterable[Kept30Days],
    found: Found,
    endpoints: Iterable[str],
    changes: Changes | None,
) -> Proposal:
    """Return what follows from the reports.

    Args:
        kept: the violations that browsers reported.
        found: what the app's own pages load.
        endpoints: whose pages were looked at.
        changes: the present setting ``csp_policy``.
    """
    policy = changed(DEFAULT, changes)
    seen: list[Seen] = []
    added: dict[str, list[str]] = {}
    for one in kept:
        directive, source = one.violation
        in_pages = shows(one.violation, found)
        since = datetime.fromtimestamp(one.since, UTC).isoformat(timespec="seconds")
        seen.append(Seen(directive, source, since, in_pages, _ADVICE.get((directive, source))))
        sources = _present(policy, directive)
        if in_pages and source not in sources:
            policy[directive] = " ".join([*(s for s in sources if s != "'none'"), source])
            added.setdefault(directive, []).append(source)
    return Proposal(
        tuple(seen),
        policy,
        {directive: tuple(sources) for directive, sources in added.items()},
        tuple(sorted(endpoints)),
    )


def _present(policy: Mapping[str, str], directive: str) -> list[str]:
    for name in (directive, *_FALLBACKS.get(directive, ("default-src",))):
        if name in policy:
            return policy[name].split()
    return []
