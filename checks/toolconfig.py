"""The settings of the tool that rules ask for; how they are read is in `checks.options`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ToolOptions:
    """Answers that the audited project's configuration gives to rules."""

    https: Literal["app", "proxy"] = "app"
    """``proxy``: something in front of the app makes HTTPS mandatory."""
