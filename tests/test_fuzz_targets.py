"""Every fuzz target runs on its own seeds."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import pytest

FUZZ = Path(__file__).parent.parent / "fuzz"
TARGETS = sorted(FUZZ.glob("*.py"))


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"fuzz_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_targets() -> None:
    """The folder was found."""
    assert TARGETS


@pytest.mark.parametrize("path", TARGETS, ids=lambda path: path.stem)
def test_a_target_accepts_its_seeds(path: Path) -> None:
    """Seeds exist and hold, also cut short and with a byte changed."""
    target = load(path).TestOneInput
    seeds = [seed.read_bytes() for seed in sorted((FUZZ / "seeds" / path.stem).iterdir())]
    generator = random.Random(path.stem)

    assert seeds
    for seed in seeds:
        target(seed)
        for end in range(len(seed)):
            target(seed[:end])
            changed = bytearray(seed)
            changed[end] = generator.randrange(256)
            target(bytes(changed))


@pytest.mark.parametrize("path", TARGETS, ids=lambda path: path.stem)
def test_a_target_is_described(path: Path) -> None:
    """Each has a heading in the README of its folder."""
    assert f"## {path.stem}\n" in (FUZZ / "README.md").read_text(encoding="utf-8")
