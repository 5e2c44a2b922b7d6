"""A finding's name that stays when lines move, for baselines and code hosts.

Made of the rule, the file and the text of the offending lines without their spacing, never of
line numbers. Equal ones in a file are told apart by their order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from checks.finding import Finding

_HEX = 24  # characters: 96 bits, so that findings of any project differ


def fingerprinted(findings: Iterable[Finding], texts: Mapping[str, str]) -> list[Finding]:
    """Return `findings`, which are sorted, with their fingerprints.

    Args:
        findings: sorted by path and line, so that occurrence numbers are stable.
        texts: the files' texts by path.
    """
    lines: dict[str, list[str]] = {}
    seen: dict[str, int] = {}
    done = []
    for finding in findings:
        path = finding.path or ""
        if path not in lines:
            lines[path] = texts.get(path, "").split("\n")
        stem = "\0".join((finding.rule, path, _text(finding, lines[path])))
        occurrence = seen[stem] = seen.get(stem, -1) + 1
        digest = hashlib.sha256(f"{stem}\0{occurrence}".encode("utf-8", "surrogatepass"))
        done.append(finding._replace(fingerprint=digest.hexdigest()[:_HEX]))
    return done


def _text(finding: Finding, lines: list[str]) -> str:
    if finding.line is None:
        return finding.message
    first, last = finding.line - 1, finding.end_line or finding.line
    return " ".join(" ".join(lines[first:last]).split())
