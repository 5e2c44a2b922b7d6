"""Wrap an existing Flask-Login app: ``harden(app)``."""

from __future__ import annotations

from flask_hardening import __version__
from hardening.errors import ConfigurationError, HardeningError, StoreError
from hardening.extension import Hardening, harden
from hardening.policy import Policy

__all__ = [
    "ConfigurationError",
    "Hardening",
    "HardeningError",
    "Policy",
    "StoreError",
    "__version__",
    "harden",
]
