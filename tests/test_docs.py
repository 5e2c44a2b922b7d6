"""What the documentation says is what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hardening.policy import GUARDS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md"))
REPORTED = re.compile(r'(?:report|emit)\(\s*(?:self\._?\w+, )?"([a-z_]+)"|event="([a-z_]+)"')


def events() -> set[str]:
    """Return the names of all events that the wrapper's source mentions as such."""
    found: set[str] = set()
    for path in (ROOT / "hardening").rglob("*.py"):
        for one, other in REPORTED.findall(path.read_text()):
            found.add(one or other)
    return found


def test_every_event_is_documented() -> None:
    """docs/guards.md names every event."""
    text = (ROOT / "docs" / "guards.md").read_text()

    assert [] == sorted(name for name in events() if f"`{name}`" not in text)


def test_every_guard_is_documented() -> None:
    """docs/guards.md has a row for every guard."""
    text = (ROOT / "docs" / "guards.md").read_text()

    assert [] == [guard for guard in GUARDS if f"\n| `{guard}` |" not in text]


@pytest.mark.parametrize("tool", ["build_settings.py", "build_docs.py"])
def test_generated_pages_are_current(tool: str) -> None:
    """Pages that a tool writes are as it would write them now."""
    command = [sys.executable, str(ROOT / "tools" / tool), "--check"]

    assert 0 == subprocess.run(command, check=False).returncode


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file of the project leads to one."""
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text())

    assert [] == [target for target in targets if not (page.parent / target).exists()]
