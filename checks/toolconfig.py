"""The settings of the tool that rules ask for; how they are read is in `checks.options`."""

from __future__ import annotations

from typing import Literal

from checks.records import NamedTuple


class ToolOptions(NamedTuple):
    """Answers that the audited project's configuration gives to rules."""

    https: Literal["app", "proxy"] = "app"
    """``proxy``: something in front of the app makes HTTPS mandatory."""
