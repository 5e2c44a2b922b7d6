"""Write docs/rules/: one page for each rule and an index, from what discovery finds.

    python tools/build_docs.py            writes the pages
    python tools/build_docs.py --check    exits 1 where a page is not as it would be written

The pages are never edited by hand: a rule's page is its module's docstring.
"""

from __future__ import annotations

import argparse
import sys
from inspect import cleandoc
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # runs from a checkout, installed or not

from checks.reports.shared.rulebook import asvs_link, cwe_link  # noqa: E402  # needs the path
from checks.rule import Meta, Rule  # noqa: E402  # needs the path
from checks.rules import discover  # noqa: E402  # needs the path


def pages(rules: tuple[Rule, ...]) -> dict[str, str]:
    """Return the text of every file of docs/rules by its name."""
    written = {f"{rule.id}.md": _page(rule) for rule in rules}
    return {"README.md": _index(rules), **written}


def _index(rules: tuple[Rule, ...]) -> str:
    lines = [
        "# Rules",
        "",
        "Made from the rules' own pages by `tools/build_docs.py`; not edited by hand.",
        "",
        "| Rule | Severity | Audience | What is wrong |",
        "| --- | --- | --- | --- |",
    ]
    for rule in rules:
        meta = rule.meta
        lines.append(
            f"| [{rule.id}]({rule.id}.md) | {meta.severity} | {meta.audience} "
            f"| {meta.summary.replace('|', chr(92) + '|')} |"
        )
    mended = ", ".join(f"[{rule.id}]({rule.id}.md)" for rule in rules if rule.meta.mended)
    lines += ["", f"[`--fix`](../audit.md#mending) mends findings of {mended}."]
    return "\n".join(lines) + "\n"


def _page(rule: Rule) -> str:
    meta = rule.meta
    asvs = ", ".join(f"[ASVS {requirement}]({asvs_link(requirement)})" for requirement in meta.asvs)
    return (
        f"# {rule.id}\n\n"
        f"**{meta.summary[:1].upper()}{meta.summary[1:]}.** Severity {meta.severity}, "
        f"confidence {meta.confidence}, audience {meta.audience}; "
        f"[CWE-{meta.cwe}]({cwe_link(meta.cwe)}), {asvs}.\n\n"
        f"{_mended(meta)}"
        f"{cleandoc(rule.page).strip()}\n"
    )


def _mended(meta: Meta) -> str:
    return f"**Mended by `--fix`.** {meta.mended}\n\n" if meta.mended else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    arguments = parser.parse_args()
    folder = ROOT / "docs" / "rules"
    wanted = pages(discover())
    present = {path.name for path in folder.glob("*.md")}
    stale = sorted(present - wanted.keys())
    stale += sorted(
        name
        for name, text in wanted.items()
        if name not in present or (folder / name).read_text(encoding="utf-8") != text
    )
    if arguments.check:
        for name in stale:
            print(f"docs/rules/{name} is not what tools/build_docs.py writes")
        return 1 if stale else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in present - wanted.keys():
        (folder / name).unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    print(f"{len(wanted)} pages in docs/rules")
    return 0


if __name__ == "__main__":
    sys.exit(main())
