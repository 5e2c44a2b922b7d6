"""Targets for the attack gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from examples.attacks._target import Target


class RedisTarget(Target):
    """A target whose store is named by the app's configuration."""

    url = ""

    def app(self, name: str, *, key: str | None = None, **policy: object) -> Flask:
        return super().app(name, key=key, store=self.url, **policy)


@pytest.fixture
def target(tmp_path: Path, redis_url: Callable[..., str]) -> Iterator[Callable[..., Target]]:
    """Make targets whose files lie in the test's own folder."""

    def make(side: str = "wrapped", wrap: str = "late", store: str = "embedded") -> Target:
        if store != "redis":
            return Target(side, tmp_path, wrap=wrap, store=store)
        made = RedisTarget(side, tmp_path, wrap=wrap)
        made.url = redis_url()
        return made

    yield make
    Target.close()
