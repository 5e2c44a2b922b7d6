"""Targets for the attack gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from examples.attacks._target import Target


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Callable[..., Target]]:
    """Make targets whose files lie in the test's own folder."""

    def make(side: str = "wrapped", wrap: str = "late", store: str = "embedded") -> Target:
        return Target(side, tmp_path, wrap=wrap, store=store)

    yield make
    Target.close()
