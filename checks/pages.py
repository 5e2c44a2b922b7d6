"""The rules as text: what ``explain`` and ``rules`` print."""

from __future__ import annotations

from collections.abc import Iterable

from checks.rule import Rule


def explain(rule: Rule) -> str:
    """Return the page of `rule` under a header with its metadata."""
    from inspect import cleandoc  # an audit explains nothing

    meta = rule.meta
    facts = [
        ("severity", meta.severity),
        ("confidence", meta.confidence),
        ("audience", meta.audience),
        ("weakness", f"CWE-{meta.cwe}"),
        ("standard", ", ".join(f"ASVS 5.0 {requirement}" for requirement in meta.asvs) or "none"),
        ("in short", meta.summary),
        ("why", meta.why),
        ("fix", meta.fix),
    ]
    if meta.mended:
        facts.append(("--fix", meta.mended))
    width = max(len(name) for name, _ in facts)
    header = "\n".join(f"  {name:<{width}}  {value}" for name, value in facts)
    return f"{rule.id}\n\n{header}\n\n{cleandoc(rule.page).strip()}\n"


def listing(rules: Iterable[Rule]) -> str:
    """Return one line for each of `rules`: id, severity, audience, summary."""
    rows = [("rule", "severity", "audience", "what is wrong")]
    rows += [(rule.id, rule.meta.severity, rule.meta.audience, rule.meta.summary) for rule in rules]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "".join(
        f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]}\n"
        for row in rows
    )
