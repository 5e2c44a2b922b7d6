"""Drawn by ``secrets`` instead of ``random``."""

from __future__ import annotations

from checks.fixes.randomness import drawn_safely as mend

__all__ = ["mend"]
