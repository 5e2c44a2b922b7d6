"""Puts what the app shows beside what its sources say."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from checks.facts.source import Spot, decode_python
from checks.finding import Finding, LeftOut, Outcome, Protection
from checks.fingerprints import fingerprinted
from checks.found import found
from checks.lazy import lazy
from checks.live.facts import Facts
from checks.live.verdict import Verdict
from checks.live.verdicts import verdicts
from checks.options import Options
from checks.rules import discover
from checks.suppress import Suppressions

_DEF = lazy(r"\s*(?:async\s+)?def\b")  # below its decorators, where Python counts from
ROWS = {
    "https-not-enforced": "https",
    "session-cookie-insecure": "session-cookie",
    "remember-cookie-insecure": "remember-cookie",
    "login-not-limited": "login-limit",
    "csrf-missing": "csrf",
    "secret-key-missing": "secret-key",
    "secret-key-guessable": "secret-key",
}


def merged(outcome: Outcome, facts: Facts, options: Options) -> tuple[Outcome, list[LeftOut]]:
    """Return `outcome` with what `facts` confirm, add and refute, and what they refute.

    Args:
        outcome: what the sources say.
        facts: about the loaded app.
        options: what was asked for.
    """
    proxy = options.tool.https == "proxy"
    claimed = any(row.name == "https" and row.state == "present" for row in outcome.posture)
    told = list(verdicts(facts, proxy=proxy, claimed=claimed and outcome.apps < 2))
    findings = list(outcome.findings)
    new: list[tuple[Verdict, str]] = []
    left: dict[int, LeftOut] = {}
    stands: list[Verdict] = []
    for verdict in told:
        about = [at for at, one in enumerate(findings) if _is_about(verdict, one, outcome, facts)]
        if not verdict.holds:
            left |= {at: _left_out(findings[at], verdict) for at in about if at not in left}
        elif about:
            for at in about:
                findings[at] = findings[at]._replace(seen=("source", "live"))
        elif verdict.message:
            new.append((verdict, verdict.message))
        # That something is missing matters only where a finding says so.
        if about or verdict.message or not verdict.holds:
            stands.append(verdict)
    kept = [one for at, one in enumerate(findings) if at not in left or "live" in one.seen]
    gone = [left[at] for at in sorted(left) if "live" not in findings[at].seen]
    made, texts = _made(new, facts, outcome, options)
    whole = outcome._replace(
        findings=tuple(sorted((*kept, *made), key=_order)),
        sources={**outcome.sources, **texts},
        posture=_posture(outcome, stands, facts),
    )
    return whole, gone


def _is_about(verdict: Verdict, finding: Finding, outcome: Outcome, facts: Facts) -> bool:
    """Return whether `verdict` says something of `finding`, which may be another app's."""
    if finding.rule != verdict.rule or finding.context != "app":
        return False
    own = outcome.apps < 2 or finding.path in facts.loaded
    return own and verdict.about(finding) and (verdict.holds or finding.suppressed is None)


def _left_out(finding: Finding, verdict: Verdict) -> LeftOut:
    return LeftOut(finding.rule, finding.path, finding.line, finding.message, verdict.because)


def _made(
    new: Iterable[tuple[Verdict, str]], facts: Facts, outcome: Outcome, options: Options
) -> tuple[list[Finding], dict[str, str]]:
    """Return findings that only the app shows, and the texts of the files that they point at."""
    metas = {rule.id: rule.meta for rule in discover()}
    texts: dict[str, str] = {}
    made = []
    for verdict, message in new:
        rule = verdict.rule
        if (options.select and rule not in options.select) or rule in options.ignore:
            continue
        spot = _spot(verdict, facts, outcome, texts)
        finding = found(metas[rule], message, spot, fix=verdict.fix, confidence=verdict.confidence)
        made.append(
            finding._replace(rule=rule, seen=("live",), column=None, end_line=None, end_column=None)
        )
    made.sort(key=_order)
    ours = fingerprinted(made, texts)
    return Suppressions(texts, options.suppress).applied(ours), texts


def _spot(verdict: Verdict, facts: Facts, outcome: Outcome, texts: dict[str, str]) -> Spot | None:
    """Return the line of the view or of the app, None for what is not in the project."""
    view = verdict.at
    if view is not None and _text(view.path, outcome, texts):
        lines = texts[view.path].split("\n")[view.line - 1 : view.end_line]
        heads = (at for at, line in enumerate(lines) if _DEF.match(line))
        return Spot(view.path, view.line + next(heads, 0))
    made = facts.made
    return Spot(*made) if made is not None and _text(made[0], outcome, texts) else None


def _text(path: str, outcome: Outcome, texts: dict[str, str]) -> bool:
    """Put the text of a file into `texts`; return whether there is one."""
    if path not in texts:
        with suppress(OSError, SyntaxError, UnicodeDecodeError):
            known = outcome.sources.get(path)
            if known is None:
                with open(os.path.join(outcome.root, path), "rb") as file:
                    known = decode_python(file.read())
            texts[path] = known
    return path in texts


def _order(finding: Finding) -> tuple[object, ...]:
    place = (finding.path or "", finding.line or 0, finding.column or 0)
    return (*place, finding.rule, finding.message)


def _posture(outcome: Outcome, told: Iterable[Verdict], facts: Facts) -> tuple[Protection, ...]:
    """Return the protections as the app has them, where it is the only one."""
    rows = {row.name: row for row in outcome.posture}
    if outcome.apps > 1 or not facts.like_production:
        return outcome.posture
    for verdict in told:
        name = ROWS.get(verdict.rule)
        if name is not None and verdict.of_all:
            rows[name] = _row(name, not verdict.holds, verdict.because)
    if facts.hardening:
        mode = facts.hardening.get("mode")
        rows["hardening"] = _row("hardening", mode == "enforce", f"mode {mode}")
    return tuple(rows[name] for name in sorted(rows))


def _row(name: str, present: bool, evidence: str) -> Protection:
    return Protection(name, "present" if present else "absent", f"{evidence} (seen live)")
