"""Suppressions: ``hardening: ignore[rule-id] reason`` in a comment on the line or above it.

A reason is required; without one nothing is suppressed and the run says so. What has no comments
(JSON) is suppressed by rule and path in the configuration file.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping

from checks.facts.source import Spot
from checks.finding import Finding
from checks.lazy import lazy
from checks.records import NamedTuple

# One comment start for each syntax that we read: Python, YAML, TOML, Dockerfile, nginx and
# .env (#), Jinja ({#), HTML (<!--) and ini (;).
_COMMENT = lazy(
    r"(?P<start>\{#|<!--|#|;)[^\n]*?\bhardening:[ \t]*ignore\[(?P<ids>[^\[\]\n]*)\]"
    r"(?P<reason>[^\n]*)"
)
_ENDS = ("#}", "-->")
_BEFORE, _AFTER = 300, 1000  # characters around the word: lines of generated files are endless


class Suppression(NamedTuple):
    """One comment."""

    line: int
    rules: tuple[str, ...]
    reason: str
    """``""`` where it is missing."""
    alone: bool
    """Whether nothing but the comment stands on its line: it then speaks for the next one."""
    column: int = 1
    """Where the comment begins, from 1."""
    end_column: int = 1
    """The character after its last one."""


class Configured(NamedTuple):
    """One ``[[tool.flask-hardening.suppress]]`` of the configuration file."""

    rule: str
    """The rule's id."""
    path: str
    """The finding's path, relative to the audit's root."""
    reason: str
    """Why; never empty."""


class Remark(NamedTuple):
    """A suppression after the audit, for the rules about suppressions."""

    spot: Spot | None
    """None for one of the configuration file."""
    rules: tuple[str, ...]
    reason: str
    """``""`` where it is missing."""
    unused: tuple[str, ...] = ()
    """Those of its rules that judged and have no finding for it to hide."""
    unknown: tuple[str, ...] = ()
    """Those of its ids that no rule has."""
    path: str = ""
    """The file that it is about."""


def find_suppressions(text: str, path: str = "") -> dict[int, list[Suppression]]:
    """Return the suppressions of a file by their line.

    Args:
        text: the file's text.
        path: its path; in Python only what stands in a comment counts.
    """
    if "hardening:" not in text:
        return {}
    starts = _python_comments(text) if path.endswith((".py", ".pyw", ".wsgi")) else None
    found: dict[int, list[Suppression]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if "hardening:" not in line or (starts is not None and number not in starts):
            continue
        first = starts[number] if starts is not None else 0
        told = line.find("hardening:", first)
        match = _COMMENT.search(line, max(first, told - _BEFORE), max(told, first) + _AFTER)
        if match is None:
            continue
        rules = tuple(part.strip() for part in match["ids"].split(",") if part.strip())
        alone = not line[: match.start()].strip()
        columns = (match.start() + 1, len(line.rstrip()) + 1)
        found.setdefault(number, []).append(
            Suppression(number, rules, _reason(match["reason"]), alone, *columns)
        )
    return found


def _python_comments(text: str) -> dict[int, int] | None:
    """Return where the comment of each line begins; None where the text is no Python."""
    found = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.start[1]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    return found


def _reason(text: str) -> str:
    for end in _ENDS:
        text = text.partition(end)[0]
    return text.strip().lstrip(":,- \t")


class Suppressions:
    """The suppressions of one run, which remember what they hid."""

    def __init__(self, texts: Mapping[str, str], configured: Iterable[Configured] = ()) -> None:
        """Look for comments.

        Args:
            texts: the audited files' texts by path; JSON has no comments and is never looked at.
            configured: those of the configuration file.
        """
        self._known: dict[str, dict[int, list[Suppression]]] = {}
        for path in sorted(texts):
            if not path.endswith(".json") and (found := find_suppressions(texts[path], path)):
                self._known[path] = found
        self._configured = {(one.rule, one.path): one for one in configured}
        self._read = frozenset(texts)
        self._used: set[tuple[str, int, str]] = set()

    @property
    def notes(self) -> list[str]:
        """One sentence for each comment without a reason."""
        return [
            f"{path}:{one.line}: ignore[{', '.join(one.rules)}] "
            "gives no reason and suppresses nothing"
            for path, one in self._comments()
            if not one.reason
        ]

    @property
    def named(self) -> frozenset[str]:
        """The ids that comments and the configuration name."""
        ids = {rule for _, one in self._comments() for rule in one.rules}
        return frozenset(ids | {rule for rule, _ in self._configured})

    def applied(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return `findings` with the reasons of the suppressions that hide them."""
        return [self._judged(finding) for finding in findings]

    def remarks(
        self, judged: Callable[[str], bool], known: Callable[[str], bool]
    ) -> tuple[Remark, ...]:
        """Return every suppression with what it did not do, after all `applied`.

        Args:
            judged: whether a rule ran; of others nobody knows whether they would find something.
            known: whether there is a rule with this id.
        """
        found = []
        for path, one in self._comments():
            idle = [rule for rule in one.rules if (path, one.line, rule) not in self._used]
            spot = Spot(path, one.line, one.column, one.line, one.end_column)
            unused = tuple(rule for rule in idle if judged(rule))
            unknown = tuple(rule for rule in idle if not known(rule))
            found.append(Remark(spot, one.rules, one.reason, unused, unknown, path))
        for entry in self._configured.values():
            # A file that was not read may be a part of the project that was not asked for.
            is_idle = entry.path in self._read and (entry.path, 0, entry.rule) not in self._used
            unused = (entry.rule,) if is_idle and judged(entry.rule) else ()
            found.append(Remark(None, (entry.rule,), entry.reason, unused, (), entry.path))
        return tuple(found)

    def _comments(self) -> Iterator[tuple[str, Suppression]]:
        for path, lines in self._known.items():
            for suppressions in lines.values():
                for one in suppressions:
                    yield path, one

    def _judged(self, finding: Finding) -> Finding:
        path = finding.path or ""
        reason = self._commented(finding, self._known.get(path, {}))
        if reason is None and (one := self._configured.get((finding.rule, path))) is not None:
            self._used.add((path, 0, finding.rule))
            reason = one.reason
        return finding if reason is None else finding._replace(suppressed=reason)

    def _commented(self, finding: Finding, known: dict[int, list[Suppression]]) -> str | None:
        if finding.line is None:
            return None
        last = finding.end_line or finding.line
        for line in (finding.line, last, finding.line - 1):
            for one in known.get(line, ()):
                above = line == finding.line - 1
                if finding.rule in one.rules and one.reason and (one.alone or not above):
                    self._used.add((finding.path or "", line, finding.rule))
                    return one.reason
        return None
