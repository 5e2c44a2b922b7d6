"""Werkzeug's own password functions, held before any name in it is rebound.

Everything here that verifies or makes a Werkzeug hash uses these, so that an adopted name can
never lead back to itself.
"""

from __future__ import annotations

from werkzeug.security import check_password_hash as werkzeug_check
from werkzeug.security import generate_password_hash as werkzeug_generate

__all__ = ["werkzeug_check", "werkzeug_generate"]
