"""``Secure`` and ``HttpOnly`` switched on again."""

from __future__ import annotations

from checks.fixes.cookies import switched_on as mend

__all__ = ["mend"]
