"""Our rules under plain ``bandit``: those that one Python file is enough for, as ``B8nn``.

A rule says by ``Meta(bandit="B8nn")`` that it is offered; pyproject.toml names the entry point. A
rule judges a whole file, bandit asks node by node: the file is judged once, and each finding is
told at the statement that it stands in, where ``# nosec`` looks for it.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

from checks.contexts import context_of
from checks.facts.matters import matters
from checks.facts.source import Source, decode_python
from checks.facts.walk import extract
from checks.finding import Finding
from checks.project import Files, Project
from checks.rule import Rule
from checks.rules import discover

_STATEMENTS = sorted(kind.__name__ for kind in ast.stmt.__subclasses__())

Key = tuple[str, int, int]
"""Kind, line and byte of a statement: what our tree and bandit's have in common."""
Test = Callable[[Any], Any]


@cache
def plugin(name: str) -> Test:
    """Return the test that bandit runs under the id `name`, such as ``B801``."""

    def test(context: Any) -> Any:
        found = _judged(context.filename, _bytes(context.file_data)).get(name)
        finding = found.get(_key(context.node)) if found else None
        return _issue(finding) if finding is not None else None

    test.__name__ = f"flask_hardening_{name.lower()}"
    test.__doc__ = f"Run the rule of flask-hardening that is offered as {name}."
    vars(test).update(_test_id=name, _checks=list(_STATEMENTS))
    return test


def offered() -> dict[str, Rule]:
    """Return the rules that are offered to bandit, by their ids there."""
    return {rule.meta.bandit: rule for rule in discover() if rule.meta.bandit}


def _bytes(stream: Any) -> bytes:
    stream.seek(0)
    raw: bytes = stream.read()
    return raw


@lru_cache(maxsize=1)
def _judged(filename: str, raw: bytes) -> dict[str, dict[Key, Finding]]:
    """Return what each offered rule finds in a file, by the statement where it is told."""
    if not matters(raw):
        return {}
    path = _shown(filename)
    try:
        source = Source(path, decode_python(raw), context_of(path))
        module = extract(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}  # bandit parses it too, and says so
    project = Project(Files(modules=[module]))
    places = [*_places(module.top.node, source)]
    found: dict[str, dict[Key, Finding]] = {}
    for name, rule in offered().items():
        for finding in _findings(rule, project):
            key = _innermost(places, finding)
            if key is not None and finding.path == path and finding.audience == "default":
                found.setdefault(name, {}).setdefault(key, finding)
    return found


def _findings(rule: Rule, project: Project) -> list[Finding]:
    try:
        return list(rule.check(project))
    except RecursionError:
        return []  # nested too deeply for this rule; the others may cope


def _shown(filename: str) -> str:
    """Return `filename` as our own audit of the current folder would."""
    path = os.path.relpath(filename) if filename != "<stdin>" else filename
    return path.replace(os.sep, "/") if not path.startswith("..") else os.path.basename(path)


Place = tuple[tuple[int, int], tuple[int, int], Key]


def _places(tree: ast.AST, source: Source) -> Iterator[Place]:
    """Yield every statement with its first and last place, outer ones first."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            spot = source.spot(node)
            start = min(
                [(spot.line, spot.column)]
                + [(d.lineno, 1) for d in getattr(node, "decorator_list", ())]
            )
            yield start, (spot.end_line, spot.end_column), _key(node)


def _key(node: ast.AST) -> Key:
    return type(node).__name__, getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _innermost(places: list[Place], finding: Finding) -> Key | None:
    at = (finding.line or 1, finding.column or 1)
    around = [place for place in places if place[0] <= at <= place[1]]
    return max(around, default=(None, None, None))[2]


def _issue(finding: Finding) -> Any:
    from bandit.core.issue import Issue

    return Issue(
        severity=finding.severity.upper(),
        confidence=finding.confidence.upper(),
        cwe=finding.cwe,
        text=f"{finding.message} {finding.fix}",
        lineno=finding.line,
        col_offset=(finding.column or 1) - 1,
    )
