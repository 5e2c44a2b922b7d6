"""Fixtures for tests of rules that mark lines."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from checks.finding import Finding


@pytest.fixture
def marked(outcome: Callable[..., object]) -> Callable[..., list[Finding]]:
    """Return a function that audits a source and compares with its lines marked ``# here``.

    ``marked(rule, head, body)``: exactly the marked lines must be where findings begin.
    """

    def marked(rule: str, *parts: str) -> list[Finding]:
        text = "".join(dedent(part).lstrip("\n") for part in parts)
        result = outcome({"app.py": text}, select=(rule,), strict=True)
        gaps = [gap for gap in result.not_audited if gap.reason.startswith("rule ")]  # type: ignore[attr-defined]  # an Outcome
        assert not gaps
        found = [f for f in result.findings if f.suppressed is None]  # type: ignore[attr-defined]  # an Outcome
        lines = enumerate(text.split("\n"), 1)
        assert [f.line for f in found] == [n for n, line in lines if line.endswith("# here")]
        return found

    return marked
