"""How a refusal of the fence is told from other errors."""

from __future__ import annotations

REFUSED = "refused by flask-hardening audit"
"""The text of every error that the fence raises."""
